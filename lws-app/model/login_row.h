#pragma once
#include "base/err.h"
#include "model/actor.h"
#include "store/db.h"
/*
 * What sessions and tokens share: the columns of the user behind a login, and
 * reading them as an actor.
 */
#define LOGIN_USER_COLUMNS                                                     \
    "u.id, u.username, u.is_staff, u.is_superuser, u.may_add, "                \
    "u.may_change, u.may_delete"
#define LOGIN_USER_COUNT 7

/* From the LOGIN_USER_COLUMNS that begin at column 0. */
void login_from_row(const struct db_stmt *stmt, struct actor *actor);
/* Steps a query for one login: LOGIN_USER_COLUMNS, its id, its expiry, its last
 * use. ERR_UNAUTHENTICATED when there is no row. Ends stmt. */
int login_take(struct db_stmt *stmt, struct actor *actor, int64_t *id,
               int64_t *last_used_us, struct err *err);
