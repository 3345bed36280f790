#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/accounts/actor.h"
#include "store/db.h"
/*
 * Logins by cookie. Only the SHA-256 of the session id is stored. Expiry
 * slides with use; last use is written at most once a minute.
 * Thread: the caller's. Blocks on the database.
 */
#define SESSION_TOUCH_US INT64_C(60000000)
/* From when a user becomes staff, a session of before is good for so long
 * unless it is used. */
#define SESSION_RAISED_S 600
struct session_limits {
    int lifetime_s; /* from its last use */
    /* Of staff and superusers, besides: from its last use and from its login.
     */
    int staff_idle_s;
    int staff_lifetime_s;
};
#define USER_AGENT_MAX 255 /* bytes of it that are kept */

/* Of somebody who has just given the password. secret: gets the new session id,
 * the cookie's value. lifetime_s: from now. */
int session_create(struct db *db, int64_t user, const char *address,
                   const char *user_agent, int lifetime_s,
                   char secret[SECRET_TEXT_MAX], int64_t *id, struct err *err);
/* The live session behind a cookie's value, of an active user, as its actor
 * (address left empty). ERR_UNAUTHENTICATED when there is none. *touch: its
 * last use is older than SESSION_TOUCH_US, so session_touch() is due. */
int session_find(struct db *db, const char *secret, struct actor *actor,
                 bool *touch, struct err *err);
/* The login behind a socket as it stands now, by its ids (one of them 0).
 * ERR_UNAUTHENTICATED when it has ended or its user is not active. */
int session_reread(struct db *db, int64_t session, int64_t token,
                   struct actor *actor, struct err *err);
int session_touch(struct db *db, int64_t id,
                  const struct session_limits *limits, struct err *err);
/* How long a new one of this user lives without being used. */
int session_lifetime_s(const struct session_limits *limits,
                       const struct actor *actor);
/* The user has become staff: what that demands of sessions holds for those that
 * there are, too, from their next use on. */
int session_raise(struct db *db, int64_t user, struct err *err);
/* Ends one, with a control entry "session_ended". Nothing to do if gone. */
int session_end(struct db *db, int64_t id, struct err *err);
/* One login as its user sees it. */
struct session {
    int64_t id;
    char address[ADDRESS_MAX];
    char user_agent[USER_AGENT_MAX + 1];
    int64_t created_us, last_used_us, expires_us;
};
typedef int session_fn(void *arg, const struct session *session,
                       struct err *err);
/* Calls fn for each live one of a user, newest first, at most max. Returns how
 * many, or -1. */
int session_each(struct db *db, int64_t user, int max, session_fn *fn,
                 void *arg, struct err *err);
/* Ends one of this user's, with a row of the audit. ERR_MISSING. */
int session_end_own(struct db *db, const struct actor *actor, int64_t user,
                    int64_t id, struct err *err);
/* Ends all of a user's but keep (0: none is kept), each as above. */
int session_end_all(struct db *db, const struct actor *actor, int64_t user,
                    int64_t keep, struct err *err);
/* Deletes at most limit sessions, tokens, tickets and pending logins whose time
 * is over, and throttle and control rows past their use. *left: there may be
 * more. */
int session_purge(struct db *db, int limit, bool *left, struct err *err);
