#include "model/accounts/pending_login.h"
#include "base/clock.h"

#include <string.h>

#include "base/banned.h"

int pending_login_create(struct db *db, int64_t user,
                         char secret[SECRET_TEXT_MAX], struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];

    if (secret_new(secret, err) < 0 ||
        db_prepare(db,
                   "INSERT INTO pending_login (hash, \"user\", expires) "
                   "VALUES (?1, ?2, ?3)",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, user);
    db_bind_int(stmt, 3, db_time_us(db) + PENDING_LOGIN_S * CLOCK_S);
    return db_run(&stmt, err);
}

int pending_login_find(struct db *db, const char *secret, int64_t *user,
                       struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint8_t hash[SECRET_DIGEST];
    int rc;

    if (db_prepare(db,
                   "SELECT \"user\" FROM pending_login WHERE hash = ?1 AND "
                   "expires > ?2",
                   &stmt, err) < 0)
        return -1;
    secret_sha256(secret, strlen(secret), hash);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, db_time_us(db));
    rc = db_step(stmt, err);
    if (rc == 1)
        *user = db_int(stmt, 0);
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_UNAUTHENTICATED,
                       "the login took too long: start again");
    return rc < 0 ? -1 : 0;
}

int pending_login_end_all(struct db *db, int64_t user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM pending_login WHERE \"user\" = ?1", &stmt,
                   err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    return db_run(&stmt, err);
}
