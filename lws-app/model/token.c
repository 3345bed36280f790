#include "model/token.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/control.h"
#include "model/login_row.h"
#include "model/session.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TOKEN_NAME_CHARS 64

static int check_name(const char *name, struct err *err)
{
    size_t len = strlen(name);

    if (!text_is_utf8(name, len) || text_has_control(name, len))
        return err_field(err, "name",
                         "must be text without control "
                         "characters");
    if (text_count(name, len) > TOKEN_NAME_CHARS)
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

int token_create(struct db *db, int64_t user, const char *name, int lifetime_s,
                 char secret[SECRET_TEXT_MAX], struct token *token,
                 struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int rc = -1;

    if (check_name(name, err) < 0 || check_count(db, user, err) < 0 ||
        secret_new(secret, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO token (hash, \"user\", name, created, expires) "
                   "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
                   &stmt, err) < 0)
        return -1;
    memset(token, 0, sizeof(*token));
    token->user = user;
    snprintf(token->name, sizeof(token->name), "%s", name);
    token->created_us = db_time_us(db);
    token->expires_us = token->created_us + lifetime_s * CLOCK_S;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, user);
    db_bind_str(stmt, 3, token->name);
    db_bind_int(stmt, 4, token->created_us);
    db_bind_int(stmt, 5, token->expires_us);
    if (db_step(stmt, err) == 1) {
        token->id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    }
    db_done(&stmt);
    return rc;
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

int token_list(struct db *db, int64_t user, struct token *tokens, int max,
               struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT id, name, created, last_used, expires FROM token "
                   "WHERE \"user\" = ?1 AND expires > ?2 "
                   "ORDER BY id DESC LIMIT ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, db_time_us(db));
    db_bind_int(stmt, 3, max);
    while ((rc = db_step(stmt, err)) == 1) {
        struct token *token = &tokens[count++];

        memset(token, 0, sizeof(*token));
        token->id = db_int(stmt, 0);
        token->user = user;
        db_copy_text(stmt, 1, token->name, sizeof(token->name));
        token->created_us = db_int(stmt, 2);
        token->last_used_us = db_int(stmt, 3);
        token->expires_us = db_int(stmt, 4);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

int token_end(struct db *db, int64_t user, int64_t id, struct err *err)
{
    struct control control = {
        .user = user, .kind = CONTROL_TOKEN_ENDED, .which = id};
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM token WHERE id = ?1 AND \"user\" = ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, user);
    if (db_run(&stmt, err) < 0)
        return -1;
    if (db_changes(db) != 1)
        return err_set(err, ERR_MISSING, "there is no such token");
    return control_append(db, &control, err);
}
