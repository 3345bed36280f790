#include "model/accounts/ticket.h"
#include "base/clock.h"
#include "model/accounts/session.h"

#include <string.h>

#include "base/banned.h"

int ticket_create(struct db *db, const struct actor *actor,
                  char secret[SECRET_TEXT_MAX], int64_t *expires_us,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];

    if (secret_new(secret, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO ticket (hash, \"user\", session, token, "
                   "expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    *expires_us = db_time_us(db) + TICKET_LIFETIME_S * CLOCK_S;
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, actor->user);
    db_bind_optional(stmt, 3, actor->session, actor->session);
    db_bind_optional(stmt, 4, actor->token, actor->token);
    db_bind_int(stmt, 5, *expires_us);
    return db_run(&stmt, err);
}

int ticket_redeem(struct db *db, const char *secret, struct actor *actor,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int64_t session = 0;
    int64_t token = 0;
    int64_t expires = 0;
    int rc;

    if (db_prepare(db,
                   "DELETE FROM ticket WHERE hash = ?1 "
                   "RETURNING session, token, expires",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    rc = db_step(stmt, err);
    if (rc == 1) {
        session = db_int(stmt, 0);
        token = db_int(stmt, 1);
        expires = db_int(stmt, 2);
    }
    if (rc < 0 || db_run(&stmt, err) < 0) {
        db_done(&stmt);
        return -1;
    }
    if (rc == 0 || expires <= db_time_us(db))
        return err_set(err, ERR_UNAUTHENTICATED, "invalid or expired ticket");
    return session_reread(db, session, token, actor, err);
}
