#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
/*
 * What could take an account over needs the password behind the login to have
 * been given lately: a session that somebody else has got hold of, or a token,
 * is not enough for it.
 * Thread: the caller's. Blocks on the database.
 */
/* ERR_CONFIRM: not given lately, or by a token. actor NULL: a command, which
 * has nothing to confirm. */
int confirm_check(const struct actor *actor, struct err *err);
/* It has been given now, behind the actor's session: with a row of the audit.
 */
int confirm_note(struct db *db, const struct actor *actor, struct err *err);
