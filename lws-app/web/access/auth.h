#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "model/log/meta.h"
#include "store/db.h"
#include "web/access/call.h"
#include "web/access/credentials.h"
#include "web/http/request.h"
/*
 * Who sends a request, and whether a browser was tricked into sending it.
 * Thread: any; auth_actor() blocks on the database.
 */
#define CSRF_COOKIE "csrftoken"
#define CSRF_TEXT_MAX 96
const char *csrf_cookie(const struct request *request); /* as the session's */

/* The first live login among the credentials. *which: by which of them.
 * ERR_UNAUTHENTICATED. touch_*: as session_find() and token_find(). */
int auth_find(struct db *db, const struct credentials *credentials,
              struct actor *actor, size_t *which, int64_t *touch_session,
              int64_t *touch_token, struct err *err);
/* The same of what the request was sent with. session: the cookie's value; ""
 * for a login by token. */
int auth_actor(struct db *db, const struct request *request,
               struct actor *actor, char session[CREDENTIAL_MAX],
               int64_t *touch_session, int64_t *touch_token, struct err *err);
/* auth_actor() is likely to come: see db_foresee(). */
void auth_foresee(struct db *db, const struct request *request);
/* What is known besides of an actor that was found by this credential: the
 * address, and the session, as above. */
void auth_finish(const struct request *request,
                 const struct credential *credential, struct actor *actor,
                 char session[CREDENTIAL_MAX]);
/* Whether the password behind it was given lately enough. */
void auth_note_confirmed(const struct web *web, struct actor *actor);
/* Does Authorization name the scheme beside which no cookie counts? */
bool auth_is_token(const struct request *request);

/* The Host must be one of ours. ERR_MISDIRECTED. */
int auth_check_host(const struct web *web, const struct request *request,
                    struct err *err);
/* An Origin, where one was sent, must be ours: to be asked where a browser logs
 * in by itself, so not where a token was sent. ERR_ORIGIN. */
int auth_check_origin(const struct web *web, const struct request *request,
                      struct err *err);

/* The Origin of a page that is not ours but may use the API (cors_origins), as
 * it was allowed; NULL: of no such page. */
const char *auth_cors_origin(const struct web *web,
                             const struct request *request);
/* Whether such a page's browser asks if it may send a request of that page. */
bool auth_is_preflight(const struct web *web, const struct request *request);

/* The CSRF token of a session (its cookie's value), or, before login, a new
 * signed random one (session NULL), which is good from this address alone. */
int csrf_token(const struct web *web, const struct request *request,
               const char *session, char token[CSRF_TEXT_MAX], struct err *err);
/* The token sent by header or form field against the session's. session: its
 * cookie's value. ERR_CSRF. */
int csrf_check(const struct web *web, const struct request *request,
               const char *session, const char *field, struct err *err);
/* Before login: against that of any session whose cookie was sent, live or not,
 * or against a signed csrftoken cookie. */
int csrf_check_stranger(const struct web *web, const struct request *request,
                        const char *field, struct err *err);
/* A csrftoken cookie that csrf_check_stranger() would take. */
bool csrf_kept(const struct web *web, const struct request *request,
               char token[CSRF_TEXT_MAX]);
