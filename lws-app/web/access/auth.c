#include "web/access/auth.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/secret.h"
#include "model/accounts/login_row.h"
#include "model/accounts/session.h"
#include "model/accounts/token.h"
#include "web/access/host.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CSRF_RANDOM 24

int auth_find(struct db *db, const struct credentials *credentials,
              struct actor *actor, size_t *which, int64_t *touch_session,
              int64_t *touch_token, struct err *err)
{
    *touch_session = *touch_token = 0;
    for (size_t i = 0; i < credentials->count; i++) {
        const struct credential *one = &credentials->of[i];
        bool touch = false;

        err_clear(err);
        if ((one->is_token
                 ? token_find(db, one->text, actor, &touch, err)
                 : session_find(db, one->text, actor, &touch, err)) < 0) {
            if (err->code != ERR_UNAUTHENTICATED)
                return -1;
            continue;
        }
        *which = i;
        if (touch && one->is_token)
            *touch_token = actor->token;
        else if (touch)
            *touch_session = actor->session;
        return 0;
    }
    if (err->code)
        return -1;
    return err_set(err, ERR_UNAUTHENTICATED,
                   credentials->scheme == SCHEME_NONE
                       ? "not logged in"
                       : "not logged in: Authorization must be Token or "
                         "Bearer, and one of ours");
}

void auth_finish(const struct request *request,
                 const struct credential *credential, struct actor *actor,
                 char session[CREDENTIAL_MAX])
{
    *session = '\0';
    if (!credential->is_token)
        memcpy(session, credential->text, CREDENTIAL_MAX);
    memcpy(actor->address, request->address, sizeof(actor->address));
}

int auth_actor(struct db *db, const struct request *request,
               struct actor *actor, char session[CREDENTIAL_MAX],
               int64_t *touch_session, int64_t *touch_token, struct err *err)
{
    struct credentials credentials;
    size_t which;

    *session = '\0';
    if (credentials_read(request, &credentials, err) < 0 ||
        auth_find(db, &credentials, actor, &which, touch_session, touch_token,
                  err) < 0)
        return -1;
    auth_finish(request, &credentials.of[which], actor, session);
    return 0;
}

void auth_foresee(struct db *db, const struct request *request)
{
    struct credentials credentials;
    struct err err = ERR_INIT;

    if (credentials_read(request, &credentials, &err) < 0)
        return;
    for (size_t i = 0; i < credentials.count; i++)
        login_foresee(db,
                      credentials.of[i].is_token ? LOGIN_TOKEN : LOGIN_SESSION,
                      credentials.of[i].text);
}

void auth_note_confirmed(const struct web *web, struct actor *actor)
{
    int64_t now = clock_now_us();

    /* Never of a time to come: the clock was set back since. */
    actor->is_confirmed =
        actor->session && actor->confirmed_us <= now &&
        actor->confirmed_us > now - web->confirm_window_s * CLOCK_S;
}

bool auth_is_token(const struct request *request)
{
    struct credentials credentials;
    struct err err = ERR_INIT;

    return credentials_read(request, &credentials, &err) == 0 &&
           credentials.scheme == SCHEME_TOKEN;
}

int auth_check_host(const struct web *web, const struct request *request,
                    struct err *err)
{
    const char *text = request->headers[HEADER_HOST];
    struct host host;

    if (!text)
        return err_set(err, ERR_MISDIRECTED, "there is no Host header");
    if (host_parse(text, strlen(text), &host)) {
        for (size_t i = 0; i < web->host_count; i++) {
            if (!strcmp(web->hosts[i], host.name))
                return 0;
        }
    }
    return err_set(err, ERR_MISDIRECTED,
                   "this server does not answer to that Host; see "
                   "allowed_hosts");
}

int auth_check_origin(const struct web *web, const struct request *request,
                      struct err *err)
{
    const char *text = request->headers[HEADER_ORIGIN];
    char origin[ORIGIN_MAX];
    struct host host;

    if (!text)
        return 0;
    if (origin_parse(text, strlen(text), origin, &host, NULL)) {
        for (size_t i = 0; i < web->origin_count; i++) {
            if (!strcmp(web->origins[i], origin))
                return 0;
        }
    }
    return err_set(err, ERR_ORIGIN, "not from that Origin; see public_url");
}

const char *auth_cors_origin(const struct web *web,
                             const struct request *request)
{
    const char *text = request->headers[HEADER_ORIGIN];
    char origin[ORIGIN_MAX];
    struct host host;

    if (!text || !web->cors_origin_count ||
        !origin_parse(text, strlen(text), origin, &host, NULL))
        return NULL;
    for (size_t i = 0; i < web->cors_origin_count; i++) {
        if (!strcmp(web->cors_origins[i], origin))
            return web->cors_origins[i];
    }
    return NULL;
}

bool auth_is_preflight(const struct web *web, const struct request *request)
{
    return request->method == HTTP_OPTIONS &&
           request->headers[HEADER_PREFLIGHT] && request_is_of_api(request) &&
           auth_cors_origin(web, request);
}

const char *csrf_cookie(const struct request *request)
{
    return request->host_cookies ? SECURE_PREFIX CSRF_COOKIE : CSRF_COOKIE;
}

/* Binds the token to what is signed: "s" a session, "a" an anonymous random
 * value and who it was given to; so that neither can stand for the other. */
static void sign(const struct web *web, char kind, const char *text,
                 char out[SECRET_TEXT_MAX])
{
    uint8_t digest[SECRET_DIGEST];
    char signed_text[256];
    int len =
        snprintf(signed_text, sizeof(signed_text), "csrf:%c:%s", kind, text);

    secret_hmac(web->meta.secret, sizeof(web->meta.secret), signed_text,
                (size_t)len < sizeof(signed_text) ? (size_t)len
                                                  : sizeof(signed_text) - 1,
                digest);
    secret_encode(digest, sizeof(digest), out);
}

/* Of whom it was given to: a pair of cookie and field that somebody else got
 * from us, and planted in this browser, is of another address. */
static void sign_stranger(const struct web *web, const struct request *request,
                          const char *random_text, char mac[SECRET_TEXT_MAX])
{
    char site[ADDRESS_TEXT_MAX];
    char text[CSRF_RANDOM * 2 + ADDRESS_TEXT_MAX];

    address_site_text(request->address, site);
    snprintf(text, sizeof(text), "%s %s", random_text, site);
    sign(web, 'a', text, mac);
}

int csrf_token(const struct web *web, const struct request *request,
               const char *session, char token[CSRF_TEXT_MAX], struct err *err)
{
    uint8_t random[CSRF_RANDOM];
    char random_text[CSRF_RANDOM * 2];
    char mac[SECRET_TEXT_MAX];

    if (session) {
        sign(web, 's', session, mac);
        snprintf(token, CSRF_TEXT_MAX, "%s", mac);
        return 0;
    }
    if (secret_random(random, sizeof(random), err) < 0)
        return -1;
    secret_encode(random, sizeof(random), random_text);
    sign_stranger(web, request, random_text, mac);
    snprintf(token, CSRF_TEXT_MAX, "%s.%s", random_text, mac);
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len == strlen(b) && secret_equal(a, b, len);
}

static bool is_signed(const struct web *web, const struct request *request,
                      const char *cookie)
{
    const char *dot = strchr(cookie, '.');
    char random_text[CSRF_RANDOM * 2];
    char mac[SECRET_TEXT_MAX];

    if (!dot || (size_t)(dot - cookie) >= sizeof(random_text))
        return false;
    memcpy(random_text, cookie, (size_t)(dot - cookie));
    random_text[dot - cookie] = '\0';
    sign_stranger(web, request, random_text, mac);
    return same_text(mac, dot + 1);
}

static const char *sent_token(const struct request *request, const char *field)
{
    const char *header = request->headers[HEADER_CSRF];

    return header ? header : field;
}

static int refuse_none(struct err *err)
{
    return err_set(err, ERR_CSRF,
                   "the CSRF token is missing: send it as X-CSRFToken or "
                   "csrfmiddlewaretoken");
}

int csrf_check(const struct web *web, const struct request *request,
               const char *session, const char *field, struct err *err)
{
    const char *sent = sent_token(request, field);
    char wanted[CSRF_TEXT_MAX];

    if (!sent)
        return refuse_none(err);
    if (csrf_token(web, request, session, wanted, err) < 0 ||
        !same_text(wanted, sent))
        return err_set(err, ERR_CSRF, "the CSRF token is wrong");
    return 0;
}

static bool is_of_a_session(const struct web *web,
                            const struct request *request, const char *sent)
{
    const char *at = NULL;
    char session[CREDENTIAL_MAX];
    char wanted[CSRF_TEXT_MAX];
    struct err err = ERR_INIT;

    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        if (!request_cookie_next(request, credentials_cookie(request), &at,
                                 session, sizeof(session)))
            return false;
        if (csrf_token(web, request, session, wanted, &err) == 0 &&
            same_text(wanted, sent))
            return true;
    }
    return false;
}

bool csrf_kept(const struct web *web, const struct request *request,
               char token[CSRF_TEXT_MAX])
{
    const char *at = NULL;

    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        if (!request_cookie_next(request, csrf_cookie(request), &at, token,
                                 CSRF_TEXT_MAX))
            return false;
        if (is_signed(web, request, token))
            return true;
    }
    return false;
}

static bool is_of_a_cookie(const struct web *web, const struct request *request,
                           const char *sent)
{
    const char *at = NULL;
    char cookie[CSRF_TEXT_MAX];

    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        if (!request_cookie_next(request, csrf_cookie(request), &at, cookie,
                                 sizeof(cookie)))
            return false;
        if (same_text(cookie, sent))
            return is_signed(web, request, cookie);
    }
    return false;
}

int csrf_check_stranger(const struct web *web, const struct request *request,
                        const char *field, struct err *err)
{
    const char *sent = sent_token(request, field);

    if (!sent)
        return refuse_none(err);
    if (is_of_a_session(web, request, sent) ||
        is_of_a_cookie(web, request, sent))
        return 0;
    return err_set(err, ERR_CSRF,
                   "the CSRF token is missing or wrong: load the login page "
                   "again");
}
