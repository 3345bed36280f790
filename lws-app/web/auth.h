#pragma once
#include "base/err.h"
#include "model/actor.h"
#include "model/meta.h"
#include "store/db.h"
#include "web/request.h"
#include "web/web.h"
/*
 * Who sends a request, and whether a browser was tricked into sending it.
 * Thread: any; auth_actor() blocks on the database.
 */
#define SESSION_COOKIE "sessionid"
#define CSRF_COOKIE "csrftoken"
#define CSRF_TEXT_MAX 96

/* The login behind the Authorization header, else behind the session cookie.
 * ERR_UNAUTHENTICATED. touch_*: as session_find() and token_find(). */
int auth_actor(struct db *db, const struct request *request,
               struct actor *actor, bool *by_cookie, int64_t *touch_session,
               int64_t *touch_token, struct err *err);

/* What a request logs in with, good or not: the token, or the session cookie's
 * value. False: nothing, or more than a login can be. */
#define AUTH_CREDENTIAL_MAX 128
bool auth_credential(const struct request *request,
                     char credential[AUTH_CREDENTIAL_MAX]);

/* The Host rule: on logins and tokens and any request with a Cookie or an
 * Origin. ERR_MISDIRECTED. */
int auth_check_host(const struct web *web, const struct request *request,
                    struct err *err);
/* An Origin, where one was sent, must be ours. ERR_FORBIDDEN. */
int auth_check_origin(const struct web *web, const struct request *request,
                      struct err *err);

/* The CSRF token of a session (its cookie's value), or, before login, a new
 * signed random one (session NULL). */
int csrf_token(const struct web *web, const char *session,
               char token[CSRF_TEXT_MAX], struct err *err);
/* That of the session which this request came with. */
int csrf_own_token(const struct call *call, char token[CSRF_TEXT_MAX],
                   struct err *err);
/* The token sent by header or form field against the session, or against the
 * signed csrftoken cookie when there is no session. ERR_FORBIDDEN. */
int csrf_check(const struct web *web, const struct request *request,
               bool by_session, const char *field, struct err *err);
