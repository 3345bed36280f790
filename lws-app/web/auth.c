#include "web/auth.h"
#include "base/log.h"
#include "base/secret.h"
#include "model/session.h"
#include "model/token.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define CSRF_RANDOM 24

static const char *bearer(const char *header)
{
    static const char *const schemes[] = {"Token ", "Bearer "};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);

        if (!strncasecmp(header, schemes[i], len))
            return header + len + strspn(header + len, " ");
    }
    return NULL;
}

bool auth_credential(const struct request *request,
                     char credential[AUTH_CREDENTIAL_MAX])
{
    const char *header = request->headers[HEADER_AUTHORIZATION];
    const char *token = header ? bearer(header) : NULL;

    if (!header)
        return request_cookie(request, SESSION_COOKIE, credential,
                              AUTH_CREDENTIAL_MAX);
    if (!token || strlen(token) >= AUTH_CREDENTIAL_MAX)
        return false;
    snprintf(credential, AUTH_CREDENTIAL_MAX, "%s", token);
    return true;
}

int auth_actor(struct db *db, const struct request *request,
               struct actor *actor, bool *by_cookie, int64_t *touch_session,
               int64_t *touch_token, struct err *err)
{
    const char *header = request->headers[HEADER_AUTHORIZATION];
    char cookie[128];
    bool touch = false;
    int rc;

    *by_cookie = false;
    if (header) {
        const char *token = bearer(header);

        if (!token)
            return err_set(err, ERR_UNAUTHENTICATED,
                           "the Authorization header must be Token or Bearer");
        rc = token_find(db, token, actor, &touch, err);
        if (rc == 0 && touch)
            *touch_token = actor->token;
    } else if (request_cookie(request, SESSION_COOKIE, cookie,
                              sizeof(cookie))) {
        *by_cookie = true;
        rc = session_find(db, cookie, actor, &touch, err);
        if (rc == 0 && touch)
            *touch_session = actor->session;
    } else {
        return err_set(err, ERR_UNAUTHENTICATED, "there is no login");
    }
    memcpy(actor->address, request->address, sizeof(actor->address));
    return rc;
}

/* Without the port and, for IPv6, with its brackets. What stands in the port's
 * place and is none counts. */
static size_t host_len(const char *host)
{
    const char *close = *host == '[' ? strchr(host, ']') : NULL;
    size_t len = close ? (size_t)(close - host) + 1 : strcspn(host, ":");

    if (host[len] == ':' &&
        !host[len + 1 + strspn(host + len + 1, "0123456789")])
        return len;
    return strlen(host);
}

int auth_check_host(const struct web *web, const struct request *request,
                    struct err *err)
{
    const char *host = request->headers[HEADER_HOST];
    const char *path = request->path;
    size_t len;

    if (!request->headers[HEADER_COOKIE] && !request->headers[HEADER_ORIGIN] &&
        strncmp(path, "/accounts/", 10) != 0 &&
        strncmp(path, "/api/token/", 11) != 0)
        return 0;
    if (!host)
        return err_set(err, ERR_MISDIRECTED, "there is no Host header");
    len = host_len(host);
    for (size_t i = 0; i < web->host_count; i++) {
        if (strlen(web->hosts[i]) == len &&
            !strncasecmp(web->hosts[i], host, len))
            return 0;
    }
    return err_set(err, ERR_MISDIRECTED,
                   "this server does not answer to that Host; see "
                   "allowed_hosts");
}

int auth_check_origin(const struct web *web, const struct request *request,
                      struct err *err)
{
    const char *origin = request->headers[HEADER_ORIGIN];

    if (!origin)
        return 0;
    for (size_t i = 0; i < web->origin_count; i++) {
        if (!strcasecmp(web->origins[i], origin))
            return 0;
    }
    return err_set(err, ERR_FORBIDDEN, "not from that Origin; see public_url");
}

/* Binds the token to what is signed: "s" a session, "a" an anonymous random
 * value; so that neither can stand for the other. */
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

int csrf_token(const struct web *web, const char *session,
               char token[CSRF_TEXT_MAX], struct err *err)
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
    sign(web, 'a', random_text, mac);
    snprintf(token, CSRF_TEXT_MAX, "%s.%s", random_text, mac);
    return 0;
}

int csrf_own_token(const struct call *call, char token[CSRF_TEXT_MAX],
                   struct err *err)
{
    char session[128];

    if (!request_cookie(call->request, SESSION_COOKIE, session,
                        sizeof(session)))
        return err_set(err, ERR_INTERNAL, "there is no session cookie");
    return csrf_token(call->web, session, token, err);
}

static bool same_text(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len == strlen(b) && secret_equal(a, b, len);
}

static bool is_signed(const struct web *web, const char *cookie)
{
    const char *dot = strchr(cookie, '.');
    char random_text[CSRF_RANDOM * 2];
    char mac[SECRET_TEXT_MAX];

    if (!dot || (size_t)(dot - cookie) >= sizeof(random_text))
        return false;
    memcpy(random_text, cookie, (size_t)(dot - cookie));
    random_text[dot - cookie] = '\0';
    sign(web, 'a', random_text, mac);
    return same_text(mac, dot + 1);
}

int csrf_check(const struct web *web, const struct request *request,
               bool by_session, const char *field, struct err *err)
{
    const char *sent = request->headers[HEADER_CSRF];
    char cookie[128];
    char wanted[CSRF_TEXT_MAX];

    if (!sent)
        sent = field;
    if (!sent)
        return err_set(err, ERR_FORBIDDEN,
                       "the CSRF token is missing: send it as X-CSRFToken or "
                       "csrfmiddlewaretoken");
    if (by_session) {
        if (!request_cookie(request, SESSION_COOKIE, cookie, sizeof(cookie)) ||
            csrf_token(web, cookie, wanted, err) < 0)
            return err_set(err, ERR_FORBIDDEN, "the CSRF token is wrong");
        if (same_text(wanted, sent))
            return 0;
        return err_set(err, ERR_FORBIDDEN, "the CSRF token is wrong");
    }
    if (!request_cookie(request, CSRF_COOKIE, cookie, sizeof(cookie)) ||
        !same_text(cookie, sent) || !is_signed(web, cookie))
        return err_set(err, ERR_FORBIDDEN,
                       "the CSRF token is missing or wrong: load the login "
                       "page again");
    return 0;
}
