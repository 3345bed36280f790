#pragma once
#include "web/access/call.h"
/*
 * What is looked at before a call is run: who asks, whether that is allowed,
 * and whether so often.
 * Thread: as each says.
 */
/* Before anything is run or looked up: was it sent to a Host of ours, in a
 * coding that we take, and may its sender ask again so soon? ERR_MISDIRECTED,
 * ERR_ENCODING, ERR_THROTTLED, to be given to web_fail(). Loop thread. */
int web_admit(struct call *call, struct err *err);
/* The same, once lookup_for_run() has been. ERR_THROTTLED. Loop thread. */
int web_admit_known(struct call *call, struct err *err);
/* Of a client that waits with its body: may it be asked for? What web_run()
 * would say whatever the body is, as far as no database is needed for it. */
int web_invite(const struct call *call, struct err *err);
/* May more of a body come than a stranger's may have? Only of a user who is
 * logged in, which is to be looked up behind this. ERR_MISDIRECTED,
 * ERR_TOO_LARGE. Loop thread. */
#define WEB_STRANGER_BODY 16384
int web_admit_large(const struct call *call, struct err *err);
/* May call->actor make or end a login, a token's or a session's, so soon again?
 * ERR_THROTTLED. */
int web_admit_logins(const struct call *call, struct err *err);
/* Finds call->actor where the route wants one, and whether he may use it so
 * soon again; unsafe methods by cookie must bear a token. On the call's thread;
 * blocks on the database. */
int web_check_login(struct call *call, struct err *err);
/* Whether the route writes orders, which are limited in a day. */
bool web_writes_orders(const struct call *call);
/* Those of this call have been written: takes them from what its user may
 * write, and counts those that were asked for beside them. from: where in the
 * outbox they begin. ERR_THROTTLED. */
int web_take_quota(const struct call *call, size_t from, struct err *err);
/* None of them has been, for a fault that is not ours. */
void web_count_refused(const struct call *call, const struct err *err);
