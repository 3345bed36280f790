#pragma once
#include "model/accounts/actor.h"
#include "store/db.h"
#include "web/access/credentials.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Who was found behind a login when it was last looked up, for as long as
 * nothing at all has been committed to the database since: then looking again
 * would find the same. Secrets are kept as digests.
 * Thread: the one of the connection. Blocks on the database, as auth_actor().
 */
struct logins;

/* db is borrowed. NULL: no memory. */
struct logins *logins_new(struct db *db);
void logins_free(struct logins *logins); /* NULL is fine */
struct db *logins_db(const struct logins *logins);
/* As auth_actor(). */
int logins_actor(struct logins *logins, const struct request *request,
                 struct actor *actor, char session[CREDENTIAL_MAX],
                 int64_t *touch_session, int64_t *touch_token, struct err *err);
