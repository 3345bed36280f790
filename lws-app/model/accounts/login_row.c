#include "model/accounts/login_row.h"
#include "base/secret.h"
#include "model/accounts/scopes.h"
#include "model/accounts/session.h"

#include <string.h>

#include "base/banned.h"

#define LOGIN_SELECT(table, key, scopes, confirmed)                            \
    "SELECT u.id, u.username, u.is_staff, u.is_superuser, u.may_add, "         \
    "u.may_change, u.may_delete, l.id, l.expires, l.last_used, "               \
    "COALESCE((SELECT s.position FROM stream s WHERE s.owner = u.id), "        \
    "0), " scopes ", u.max_quantity, u.max_notional, " confirmed ", "          \
    "u.second_factor IS NOT NULL, u.second_factor_required, u.may_feed, "      \
    "u.market_symbols "                                                        \
    "FROM " table " l JOIN \"user\" u ON u.id = l.\"user\" "                   \
    "WHERE l." key " = ?1 AND u.is_active = 1"

static const struct {
    const char *by_hash;
    const char *by_id;
} selects[] = {
    [LOGIN_SESSION] = {LOGIN_SELECT("session", "hash", "''", "l.confirmed"),
                       LOGIN_SELECT("session", "id", "''", "l.confirmed")},
    [LOGIN_TOKEN] = {LOGIN_SELECT("token", "hash", "l.scopes", "0"),
                     LOGIN_SELECT("token", "id", "l.scopes", "0")},
};

static void from_row(const struct db_stmt *stmt, enum login_kind kind,
                     struct actor *actor)
{
    const char *scopes;
    size_t len;

    memset(actor, 0, sizeof(*actor));
    scopes = db_text(stmt, 11, &len);
    actor->scopes = scopes ? scopes_parse(scopes, len) : SCOPE_UNKNOWN;
    actor->user = db_int(stmt, 0);
    db_copy_text(stmt, 1, actor->username, sizeof(actor->username));
    actor->is_active = true;
    if (!actor->scopes || actor->scopes & SCOPE_ADMIN) {
        actor->is_staff = db_int(stmt, 2) != 0;
        actor->is_superuser = db_int(stmt, 3) != 0;
    }
    actor->is_of_staff = db_int(stmt, 2) != 0 || db_int(stmt, 3) != 0;
    actor->has_second_factor = db_int(stmt, 15) != 0;
    actor->second_factor_required = db_int(stmt, 16) != 0;
    actor->may_add = db_int(stmt, 4) != 0;
    actor->may_change = db_int(stmt, 5) != 0;
    actor->may_delete = db_int(stmt, 6) != 0;
    actor->may_feed = actor->is_of_staff || db_int(stmt, 17) != 0;
    db_copy_text(stmt, 18, actor->market_symbols,
                 sizeof(actor->market_symbols));
    actor->limits.max_quantity = db_int(stmt, 12);
    actor->limits.max_notional = db_int(stmt, 13);
    if (kind == LOGIN_SESSION)
        actor->session = db_int(stmt, 7);
    else
        actor->token = db_int(stmt, 7);
    actor->expires_us = db_int(stmt, 8);
    actor->position = db_int(stmt, 10);
    actor->confirmed_us = db_int(stmt, 14);
}

/* No row of a stream: where it stands may have been read at the beginning of a
 * write transaction, in which it is of no use. */
#define LOGIN_KEY UINT64_MAX

/* Ends stmt, which is bound. When the login ends is told here: the text names
 * no time, so that it can be foreseen before the transaction has one. */
static int take(struct db *db, struct db_stmt *stmt, enum login_kind kind,
                struct actor *actor, bool *touch, struct err *err)
{
    int64_t now = db_time_us(db);
    int rc = db_step(stmt, err);

    if (rc == 1 && db_int(stmt, 8) <= now)
        rc = 0;
    if (rc == 1) {
        from_row(stmt, kind, actor);
        *touch = db_int(stmt, 9) <= now - SESSION_TOUCH_US;
    }
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_UNAUTHENTICATED, "the login has ended");
    return rc < 0 ? -1 : 0;
}

static int prepare_find(struct db *db, enum login_kind kind, const char *secret,
                        uint8_t hash[SECRET_DIGEST], struct db_stmt **stmt,
                        struct err *err)
{
    if (db_prepare(db, selects[kind].by_hash, stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(*stmt, 1, hash, SECRET_DIGEST);
    db_bind_key(*stmt, LOGIN_KEY);
    return 0;
}

void login_foresee(struct db *db, enum login_kind kind, const char *secret)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    struct err err = ERR_INIT;

    if (prepare_find(db, kind, secret, hash, &stmt, &err) == 0)
        db_foresee(&stmt);
}

int login_find(struct db *db, enum login_kind kind, const char *secret,
               struct actor *actor, bool *touch, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];

    if (prepare_find(db, kind, secret, hash, &stmt, err) < 0)
        return -1;
    return take(db, stmt, kind, actor, touch, err);
}

int login_reread(struct db *db, enum login_kind kind, int64_t id,
                 struct actor *actor, struct err *err)
{
    struct db_stmt *stmt = NULL;
    bool touch;

    if (db_prepare(db, selects[kind].by_id, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    return take(db, stmt, kind, actor, &touch, err);
}
