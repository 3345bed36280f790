#include "model/session.h"
#include "base/clock.h"
#include "model/control.h"
#include "model/login_row.h"

#include <string.h>

#include "base/banned.h"

#define USER_AGENT_MAX 255
/* Throttle rows are of no use behind the longest window. */
#define THROTTLE_KEPT_US (86400 * CLOCK_S)

int session_create(struct db *db, int64_t user, const char *address,
                   const char *user_agent, int lifetime_s,
                   char secret[SECRET_TEXT_MAX], int64_t *id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int64_t now = db_time_us(db);
    int rc = -1;

    if (secret_new(secret, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO session (hash, \"user\", address, user_agent, "
                   "created, last_used, expires) VALUES (?1, ?2, ?3, ?4, ?5, "
                   "?5, ?6) RETURNING id",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, user);
    db_bind_str(stmt, 3, address);
    db_bind_text(stmt, 4, user_agent, strnlen(user_agent, USER_AGENT_MAX));
    db_bind_int(stmt, 5, now);
    db_bind_int(stmt, 6, now + lifetime_s * CLOCK_S);
    if (db_step(stmt, err) == 1) {
        *id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    }
    db_done(&stmt);
    return rc;
}

int session_find(struct db *db, const char *secret, struct actor *actor,
                 bool *touch, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int64_t now = db_time_us(db);
    int64_t last_used;
    int64_t id;

    if (db_prepare(db,
                   "SELECT " LOGIN_USER_COLUMNS ", s.id, s.expires, "
                   "s.last_used FROM session s JOIN \"user\" u "
                   "ON u.id = s.\"user\" WHERE s.hash = ?1 "
                   "AND s.expires > ?2 AND u.is_active = 1",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, now);
    if (login_take(stmt, actor, &id, &last_used, err) < 0)
        return -1;
    actor->session = id;
    *touch = now - last_used >= SESSION_TOUCH_US;
    return 0;
}

static int reread_session(struct db *db, int64_t session, struct actor *actor,
                          struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t last_used;
    int64_t id;

    if (db_prepare(db,
                   "SELECT " LOGIN_USER_COLUMNS ", s.id, s.expires, "
                   "s.last_used FROM session s JOIN \"user\" u "
                   "ON u.id = s.\"user\" WHERE s.id = ?1 "
                   "AND s.expires > ?2 AND u.is_active = 1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, session);
    db_bind_int(stmt, 2, db_time_us(db));
    if (login_take(stmt, actor, &id, &last_used, err) < 0)
        return -1;
    actor->session = id;
    return 0;
}

static int reread_token(struct db *db, int64_t token, struct actor *actor,
                        struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t last_used;
    int64_t id;

    if (db_prepare(db,
                   "SELECT " LOGIN_USER_COLUMNS ", t.id, t.expires, "
                   "t.last_used FROM token t JOIN \"user\" u "
                   "ON u.id = t.\"user\" WHERE t.id = ?1 "
                   "AND t.expires > ?2 AND u.is_active = 1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, token);
    db_bind_int(stmt, 2, db_time_us(db));
    if (login_take(stmt, actor, &id, &last_used, err) < 0)
        return -1;
    actor->token = id;
    return 0;
}

int session_reread(struct db *db, int64_t session, int64_t token,
                   struct actor *actor, struct err *err)
{
    if (session)
        return reread_session(db, session, actor, err);
    return reread_token(db, token, actor, err);
}

int session_touch(struct db *db, int64_t id, int lifetime_s, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);

    if (db_prepare(db,
                   "UPDATE session SET last_used = ?2, expires = ?3 "
                   "WHERE id = ?1 AND last_used <= ?4",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, now);
    db_bind_int(stmt, 3, now + lifetime_s * CLOCK_S);
    db_bind_int(stmt, 4, now - SESSION_TOUCH_US);
    return db_run(&stmt, err);
}

int session_end(struct db *db, int64_t id, struct err *err)
{
    struct control control = {.kind = CONTROL_SESSION_ENDED, .which = id};
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "DELETE FROM session WHERE id = ?1 RETURNING \"user\"",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1)
        control.user = db_int(stmt, 0);
    if (rc < 0 || db_run(&stmt, err) < 0) {
        db_done(&stmt);
        return -1;
    }
    return rc == 1 ? control_append(db, &control, err) : 0;
}

int session_purge(struct db *db, int limit, bool *left, struct err *err)
{
    static const struct {
        const char *sql;
        int64_t kept_us;
    } purges[] = {
        {"DELETE FROM session WHERE id IN (SELECT id FROM session "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM token WHERE id IN (SELECT id FROM token "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket "
         "WHERE expires < ?1 LIMIT ?2)",
         0},
        {"DELETE FROM throttle WHERE key IN (SELECT key FROM throttle "
         "WHERE since < ?1 LIMIT ?2)",
         THROTTLE_KEPT_US},
        /* The newest stays, so that its id is not given out again. */
        {"DELETE FROM control WHERE id IN (SELECT id FROM control "
         "WHERE time < ?1 AND id < (SELECT max(id) FROM control) LIMIT ?2)",
         CONTROL_KEPT_S * CLOCK_S},
    };
    int64_t now = db_time_us(db);

    *left = false;
    for (size_t i = 0; i < sizeof(purges) / sizeof(purges[0]); i++) {
        struct db_stmt *stmt = NULL;

        if (db_prepare(db, purges[i].sql, &stmt, err) < 0)
            return -1;
        db_bind_int(stmt, 1, now - purges[i].kept_us);
        db_bind_int(stmt, 2, limit);
        if (db_run(&stmt, err) < 0)
            return -1;
        *left = *left || db_changes(db) == limit;
    }
    return 0;
}
