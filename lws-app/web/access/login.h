#pragma once
#include "base/err.h"
#include "web/access/call.h"
#include <stdbool.h>
/*
 * A login by password in two halves, shared by the form and by tokens.
 */
/* On the loop, before any hash is made or anything looked up: may this account
 * be tried again so soon from this address? Every attempt counts, a right one
 * too: each costs a hash. Fills call->account. ERR_THROTTLED. */
int login_admit(struct call *call, struct err *err);
/* The same of somebody who is logged in, and was looked up, and gives the
 * password again: who has got hold of a session guesses no faster. */
int login_admit_again(struct call *call, struct err *err);
/* How long that account is to wait, by what others have tried: call->delay_s.
 * Blocks on the database, for a look-up by a key. */
int login_find_delay(struct call *call, struct db *db, struct err *err);
/* The code of a second factor that came with it, if any: before
 * login_decide(). */
void login_take_code(struct call *call, const char *code); /* NULL: none */
/* On a hashing thread, reading only: fills call->login. ERR_THROTTLED. */
int login_look(struct call *call, const char *username, const char *password,
               struct err *err);
/* On the writer, of the password and, where the user has a second factor, of
 * its code: counts a failure, or (*ok) fills call->actor and notes the login.
 * ERR_SECOND_FACTOR: the password was right and no code came; nothing was
 * written. ERR_THROTTLED. */
int login_decide(struct call *call, bool *ok, struct err *err);
/* The same of the password alone, of somebody who is logged in. */
int login_decide_password(struct call *call, bool *ok, struct err *err);
/* A new session for call->actor, in the place of the one that the request came
 * with: its cookies, into an answer that is begun; call->actor.session is it.
 */
int login_start_session(struct call *call, struct err *err);
/* A cookie for the whole site, of the kind that the connection allows. */
void login_set_cookie(struct call *call, const char *name, const char *value,
                      int max_age_s, bool http_only);
/* The Origin and CSRF rules before there is a login. */
int login_check_form(struct call *call, const char *field, struct err *err);
