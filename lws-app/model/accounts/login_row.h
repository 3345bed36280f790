#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
/*
 * What sessions and tokens share: the login that is live, of a user who is
 * active, read as an actor (address left empty). ERR_UNAUTHENTICATED when there
 * is none.
 * Thread: the caller's. Blocks on the database.
 */
enum login_kind { LOGIN_SESSION, LOGIN_TOKEN };

/* Behind a secret. *touch: its last use is older than SESSION_TOUCH_US. */
int login_find(struct db *db, enum login_kind kind, const char *secret,
               struct actor *actor, bool *touch, struct err *err);
/* That is likely to come: see db_foresee(). */
void login_foresee(struct db *db, enum login_kind kind, const char *secret);
int login_reread(struct db *db, enum login_kind kind, int64_t id,
                 struct actor *actor, struct err *err);
