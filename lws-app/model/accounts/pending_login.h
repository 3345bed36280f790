#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "store/db.h"
#include <stdint.h>
/*
 * A login whose password was right, until the code of its second factor comes:
 * what the form of the code is sent with, so that nobody types a password
 * twice. Only the SHA-256 of the secret is stored.
 * Thread: the caller's. Blocks on the database.
 */
#define PENDING_LOGIN_S 300

int pending_login_create(struct db *db, int64_t user,
                         char secret[SECRET_TEXT_MAX], struct err *err);
/* Whose it is. ERR_UNAUTHENTICATED: it is over, or never was. */
int pending_login_find(struct db *db, const char *secret, int64_t *user,
                       struct err *err);
/* Those of one user: a login came of one, or the password is another. */
int pending_login_end_all(struct db *db, int64_t user, struct err *err);
