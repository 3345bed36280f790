#include "model/accounts/token.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "model/accounts/audit.h"
#include "model/accounts/confirm.h"
#include "model/accounts/login_row.h"
#include "model/accounts/scopes.h"
#include "model/accounts/session.h"
#include "model/log/control.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TOKEN_NAME_CHARS 64

static int check_name(const char *name, struct err *err)
{
    size_t len = strlen(name);

    if (!utf8_is_valid(name, len) || text_has_control(name, len) ||
        text_has_hidden(name, len))
        return err_field(err, "name",
                         "must be text without control "
                         "characters");
    if (len && text_is_blank(name, len))
        return err_field(err, "name", "must not be blank");
    if (utf8_count(name, len) > TOKEN_NAME_CHARS)
        return err_field(err, "name", "must be at most %d characters",
                         TOKEN_NAME_CHARS);
    return 0;
}

static int check_count(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t count = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT count(*) FROM token WHERE \"user\" = ?1 "
                   "AND expires > ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, db_time_us(db));
    rc = db_step(stmt, err);
    if (rc == 1)
        count = db_int(stmt, 0);
    db_done(&stmt);
    if (rc < 0)
        return -1;
    if (count >= TOKEN_MAX)
        return err_set(err, ERR_CONFLICT,
                       "this user has %d live tokens: revoke some first",
                       TOKEN_MAX);
    return 0;
}

int token_check(const struct token_draft *draft, struct err *err)
{
    check_name(draft->name, err);
    if (draft->lifetime_s < TOKEN_LEAST_S || draft->lifetime_s > TOKEN_MOST_S)
        err_field(err, "expires_in", "must be %d to %d seconds", TOKEN_LEAST_S,
                  TOKEN_MOST_S);
    return err->code ? -1 : 0;
}

/* field: of one thing that was, or is now, as text. */
static void put_text(struct buf *detail, const char *field, const char *text,
                     bool is_new)
{
    audit_put_text(detail, field, is_new ? NULL : text, is_new ? text : NULL);
}

static int note(struct db *db, const struct actor *actor,
                const struct token *token, bool is_new, struct err *err)
{
    struct buf detail;
    struct buf scopes;
    int rc = -1;

    buf_init(&scopes, 128);
    buf_init(&detail, AUDIT_DETAIL_MAX);
    scopes_write(&scopes, token->scopes);
    if (buf_check(&scopes, err) < 0)
        goto out;
    if (scopes.len)
        buf_truncate(&scopes, scopes.len - 1);
    json_open(&detail);
    audit_put_int(&detail, "token", is_new ? 0 : token->id,
                  is_new ? token->id : 0);
    put_text(&detail, "name", token->name, is_new);
    put_text(&detail, "scopes", buf_text(&scopes), is_new);
    audit_put_time(&detail, "expires", is_new ? 0 : token->expires_us,
                   is_new ? token->expires_us : 0);
    json_close(&detail);
    rc = audit_append(db, actor, is_new ? AUDIT_TOKEN_CREATE : AUDIT_TOKEN_END,
                      token->user, &detail, err);
out:
    buf_release(&detail);
    buf_release(&scopes);
    return rc;
}

static int insert(struct db *db, struct token *token, const char *secret,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    struct buf scopes;
    int rc = -1;

    buf_init(&scopes, 128);
    scopes_write(&scopes, token->scopes);
    if (buf_check(&scopes, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO token (hash, \"user\", name, created, expires, "
                   "scopes) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
                   &stmt, err) < 0)
        goto out;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, token->user);
    db_bind_str(stmt, 3, token->name);
    db_bind_int(stmt, 4, token->created_us);
    db_bind_int(stmt, 5, token->expires_us);
    db_bind_text(stmt, 6, buf_text(&scopes), scopes.len);
    if (db_step(stmt, err) == 1) {
        token->id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    }
out:
    db_done(&stmt);
    buf_release(&scopes);
    return rc;
}

int token_create(struct db *db, const struct actor *actor,
                 const struct token_draft *draft, char secret[SECRET_TEXT_MAX],
                 struct token *token, struct err *err)
{
    if (token_check(draft, err) < 0 || confirm_check(actor, err) < 0 ||
        check_count(db, draft->user, err) < 0 || secret_new(secret, err) < 0)
        return -1;
    memset(token, 0, sizeof(*token));
    token->user = draft->user;
    token->scopes = draft->scopes;
    snprintf(token->name, sizeof(token->name), "%s", draft->name);
    token->created_us = db_time_us(db);
    token->expires_us = token->created_us + draft->lifetime_s * CLOCK_S;
    if (insert(db, token, secret, err) < 0)
        return -1;
    return note(db, actor, token, true, err);
}

int token_find(struct db *db, const char *secret, struct actor *actor,
               bool *touch, struct err *err)
{
    return login_find(db, LOGIN_TOKEN, secret, actor, touch, err);
}

int token_touch(struct db *db, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);

    if (db_prepare(db,
                   "UPDATE token SET last_used = ?2 WHERE id = ?1 "
                   "AND (last_used IS NULL OR last_used <= ?3)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, now);
    db_bind_int(stmt, 3, now - SESSION_TOUCH_US);
    return db_run(&stmt, err);
}

#define TOKEN_COLUMNS "id, \"user\", name, created, last_used, expires, scopes "

static void from_row(const struct db_stmt *stmt, struct token *token)
{
    const char *scopes;
    size_t len;

    memset(token, 0, sizeof(*token));
    token->id = db_int(stmt, 0);
    token->user = db_int(stmt, 1);
    db_copy_text(stmt, 2, token->name, sizeof(token->name));
    token->created_us = db_int(stmt, 3);
    token->last_used_us = db_int(stmt, 4);
    token->expires_us = db_int(stmt, 5);
    scopes = db_text(stmt, 6, &len);
    token->scopes = scopes ? scopes_parse(scopes, len) : SCOPE_UNKNOWN;
}

int token_list(struct db *db, int64_t user, struct token *tokens, int max,
               struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT " TOKEN_COLUMNS "FROM token "
                   "WHERE \"user\" = ?1 AND expires > ?2 "
                   "ORDER BY id DESC LIMIT ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, db_time_us(db));
    db_bind_int(stmt, 3, max);
    while ((rc = db_step(stmt, err)) == 1)
        from_row(stmt, &tokens[count++]);
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

int token_end(struct db *db, const struct actor *actor, int64_t user,
              int64_t id, struct err *err)
{
    struct control control = {
        .user = user, .kind = CONTROL_TOKEN_ENDED, .which = id};
    struct db_stmt *stmt = NULL;
    struct token token;
    int rc;

    if (db_prepare(db,
                   "DELETE FROM token WHERE id = ?1 AND \"user\" = ?2 "
                   "RETURNING " TOKEN_COLUMNS,
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, user);
    rc = db_step(stmt, err);
    if (rc != 1) {
        db_done(&stmt);
        return rc < 0 ? -1
                      : err_set(err, ERR_MISSING, "there is no such token");
    }
    from_row(stmt, &token);
    if (db_run(&stmt, err) < 0 || control_append(db, &control, err) < 0)
        return -1;
    return note(db, actor, &token, false, err);
}
