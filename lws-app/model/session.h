#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/actor.h"
#include "store/db.h"
/*
 * Logins by cookie. Only the SHA-256 of the session id is stored. Expiry
 * slides with use; last use is written at most once a minute.
 * Thread: the caller's. Blocks on the database.
 */
#define SESSION_TOUCH_US INT64_C(60000000)

/* secret: gets the new session id, the cookie's value. lifetime_s: from now. */
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
int session_touch(struct db *db, int64_t id, int lifetime_s, struct err *err);
/* Ends one, with a control entry "session_ended". Nothing to do if gone. */
int session_end(struct db *db, int64_t id, struct err *err);
/* Deletes at most limit sessions, tokens and tickets whose time is over, and
 * throttle and control rows past their use. *left: there may be more. */
int session_purge(struct db *db, int limit, bool *left, struct err *err);
