#pragma once
#include "web/access/call.h"
#include <stdbool.h>
struct logins;
/*
 * What has to be known of a call before it is run, or before its body is read:
 * the login behind it, and how long a login by password is to wait.
 */
/* Leaves what it found with the call. Thread: any that may block on db, for a
 * look-up by a key. logins: what that thread remembers; NULL: nothing. Whoever
 * is not logged in is no error here, but lookup_take()'s. ERR_NOMEM, ERR_STORE.
 */
typedef int lookup_function(struct call *call, struct db *db,
                            struct logins *logins, struct err *err);
lookup_function lookup_login;
/* Whatever web_admit_known() and web_run_here() go by. */
lookup_function lookup_for_run;
/* Whether there is something for the second of them to find. */
bool lookup_is_needed(const struct call *call);
/* Of a login that has been looked up: call->actor, call->session and what is to
 * be touched. -1: there is none, or it could not be looked up. */
int lookup_take(struct call *call, struct err *err);
/* Who it was; NULL: nobody that we know. Borrowed. */
const struct actor *lookup_actor(const struct call *call);
