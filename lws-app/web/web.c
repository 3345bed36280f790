#include "web/web.h"
#include "base/log.h"
#include "model/scopes.h"
#include "web/answers.h"
#include "web/auth.h"
#include "web/browse.h"
#include "web/handlers.h"
#include "web/link.h"
#include "web/login.h"
#include "web/logins.h"
#include "web/openapi.h"
#include "web/order_told.h"
#include "web/page.h"
#include "web/problem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* Where one's second factor is set up. */
#define SETUP_PAGE "/accounts/"

int web_open(struct web *web, struct err *err)
{
    struct buf *text = &web->description_text;
    uint8_t digest[SECRET_DIGEST];
    char hash[SECRET_TEXT_MAX];

    buf_init(text, OPENAPI_MAX);
    openapi_write(text);
    if (buf_check(text, err) < 0)
        return -1;
    secret_sha256(text->data, text->len, digest);
    secret_encode(digest, sizeof(digest), hash);
    snprintf(web->description_etag, sizeof(web->description_etag), "\"%s\"",
             hash);
    web->description = (struct asset){
        .path = "/api/schema/",
        .type = "application/json",
        .etag = web->description_etag,
        .data = (const unsigned char *)text->data,
        .len = text->len,
    };
    return 0;
}

void web_close(struct web *web)
{
    buf_release(&web->description_text);
    limit_free(web->limits.token);
    limit_free(web->limits.user);
    limit_free(web->limits.address);
    limit_free(web->limits.login_account);
    limit_free(web->limits.login_address);
    limit_free(web->limits.sockets);
    limit_free(web->limits.commands);
    limit_free(web->limits.connections);
    limit_free(web->limits.profile);
    limit_free(web->limits.logins);
    quota_free(web->limits.quota);
    refusals_free(web->refusals);
}

static const char *route_name(size_t index)
{
    static char name[80];

    if (index >= routes_count)
        return index == routes_count ? "GET /assets/" : "other";
    snprintf(name, sizeof(name), "%s %s%s%s",
             http_method_name(routes[index].method), routes[index].path,
             routes[index].format ? "?format=" : "",
             routes[index].format ? routes[index].format : "");
    return name;
}

int metrics_read(struct call *call, struct err *err)
{
    (void)err;
    response_begin(call->response, 200,
                   "text/plain; version=0.0.4; charset=utf-8");
    metrics_render(&call->response->body, call->web->metrics,
                   call->web->metrics_count, route_name, routes_count + 2);
    return 0;
}

int web_input(struct call *call, const struct input **input, struct err *err)
{
    if (!call->has_input) {
        if (input_read(call->request, &call->input, err) < 0) {
            input_release(&call->input);
            return -1;
        }
        call->has_input = true;
    }
    *input = &call->input;
    return 0;
}

void web_release(struct call *call)
{
    if (call->has_input)
        input_release(&call->input);
    call->has_input = false;
}

static bool is_unsafe(enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

/* A cookie travels by itself, so what it may change must also carry a token
 * that another site can't know. */
static int check_forgery(struct call *call, struct err *err)
{
    const struct input *input;
    const char *field = NULL;

    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    if (!call->request->headers[HEADER_CSRF]) {
        if (web_input(call, &input, err) == 0)
            field = input_text(input, "csrfmiddlewaretoken");
        else
            err_clear(err);
    }
    return csrf_check(call->web, call->request, call->session, field, err);
}

static int check_role(const struct call *call, struct err *err)
{
    switch (call->route->role) {
    case ROLE_COOKIE:
        if (!call->by_cookie)
            return err_set(err, ERR_FORBIDDEN,
                           "only a login by cookie or password may do this, "
                           "not a token");
        return 0;
    case ROLE_PAGE_STAFF:
    case ROLE_STAFF:
        if (!call->actor.is_staff && !call->actor.is_superuser)
            return err_set(err, ERR_FORBIDDEN, "this is for staff alone");
        return 0;
    case ROLE_SUPERUSER:
        if (!call->actor.is_superuser)
            return err_set(err, ERR_FORBIDDEN, "this is for superusers alone");
        return 0;
    case ROLE_NONE:
    case ROLE_PAGE_USER:
    case ROLE_USER: return 0;
    }
    return err_set(err, ERR_INTERNAL, "a route without a role");
}

static bool is_limited(const struct call *call)
{
    return !strncmp(call->request->path, "/api/", 5);
}

static int too_often(const char *who, int wait_s, struct err *err)
{
    err_set(err, ERR_THROTTLED, "too many requests %s: wait, then go on", who);
    err->retry_after_s = wait_s;
    return -1;
}

/* One that nobody asks at another's: a health check, and OPTIONS as one, which
 * has no Host where it is HTTP/1.0. */
static bool is_any_host(const struct call *call)
{
    return call->route->any_host || (call->request->method == HTTP_OPTIONS &&
                                     !call->request->headers[HEADER_HOST]);
}

static int check_host(const struct call *call, struct err *err)
{
    return is_any_host(call) ? 0
                             : auth_check_host(call->web, call->request, err);
}

/* Of a body that has come, or is to come. */
static int check_coding(const struct request *request, struct err *err)
{
    const char *coding = request->headers[HEADER_CONTENT_ENCODING];

    if (!coding || !*coding || !strcasecmp(coding, "identity"))
        return 0;
    return err_set(err, ERR_ENCODING,
                   "Content-Encoding: send the body as it is (identity)");
}

/* Of all that may be the login, since none has been looked up yet: or whoever
 * sends something else beside it each time would never be limited. */
static int admit_login(const struct call *call, struct err *err)
{
    struct limit *limit = call->web->limits.token;
    struct credentials credentials;
    struct err unreadable = ERR_INIT;

    if (!limit ||
        credentials_read(call->request, &credentials, &unreadable) < 0)
        return 0;
    for (size_t i = 0; i < credentials.count; i++) {
        const char *text = credentials.of[i].text;
        int wait_s = limit_take(limit, text, strlen(text));

        if (wait_s)
            return too_often("by one login", wait_s, err);
    }
    return 0;
}

/* Whatever costs a hash, which a password may be guessed by. */
static int admit_password(struct call *call, struct logins *logins,
                          struct err *err)
{
    if (call->route->run != RUN_HASH)
        return 0;
    if (call->route->role == ROLE_NONE)
        return login_admit(call, logins_db(logins), err);
    return call->route->role == ROLE_COOKIE
               ? login_admit_again(call, logins, err)
               : 0;
}

int web_admit(struct call *call, struct logins *logins, struct err *err)
{
    const struct web_limits *limits = &call->web->limits;
    int wait_s;

    if (check_host(call, err) < 0 ||
        (call->request->body.len && check_coding(call->request, err) < 0))
        return -1;
    if (admit_password(call, logins, err) < 0)
        return -1;
    if ((!limits->address && !limits->token) || !is_limited(call))
        return 0;
    wait_s = limit_take_address(limits->address, call->request->address);
    if (wait_s)
        return too_often("from one address", wait_s, err);
    return admit_login(call, err);
}

int web_invite(const struct call *call, struct err *err)
{
    struct credentials credentials;

    if (check_host(call, err) < 0 || check_coding(call->request, err) < 0)
        return -1;
    if (call->route->role == ROLE_NONE)
        return 0;
    if (credentials_read(call->request, &credentials, err) < 0)
        return -1;
    if (credentials.count)
        return 0;
    return err_set(err, ERR_UNAUTHENTICATED, "there is no login");
}

int web_admit_large(struct call *call, struct logins *logins, struct err *err)
{
    char session[CREDENTIAL_MAX];
    int64_t touch_session;
    int64_t touch_token;

    if (check_host(call, err) < 0)
        return -1;
    if (call->route->role == ROLE_NONE)
        return err_set(err, ERR_TOO_LARGE,
                       "without a login a body is at most %d bytes",
                       WEB_STRANGER_BODY);
    return logins_actor(logins, call->request, &call->actor, session,
                        &touch_session, &touch_token, err);
}

static int take_turn(const struct call *call, struct limit *limit,
                     const char *who, struct err *err)
{
    int wait_s = limit_take(limit, &call->actor.user, sizeof(call->actor.user));

    return wait_s ? too_often(who, wait_s, err) : 0;
}

int web_admit_logins(const struct call *call, struct err *err)
{
    return take_turn(call, call->web->limits.logins,
                     "of one user that make or end logins", err);
}

/* What is run again counts once. */
static int admit_user(struct call *call, struct err *err)
{
    const struct web_limits *limits = &call->web->limits;

    if (call->admitted || !is_limited(call))
        return 0;
    if (take_turn(call, limits->user, "of one user", err) < 0 ||
        (call->route->is_profile &&
         take_turn(call, limits->profile, "of one user that change an account",
                   err) < 0) ||
        (call->route->ends_logins && web_admit_logins(call, err) < 0))
        return -1;
    call->admitted = true;
    return 0;
}

static bool writes_orders(const struct call *call)
{
    return call->route->scope & SCOPE_ORDERS_WRITE;
}

/* Told before it costs; what it comes to is known afterwards. */
static int check_quota(const struct call *call, struct err *err)
{
    return writes_orders(call)
               ? quota_take(call->web->limits.quota, call->actor.user,
                            (struct quota_use){0}, err)
               : 0;
}

/* An event is a line. from: where in the outbox this call's begin. */
static int take_quota(const struct call *call, size_t from, struct err *err)
{
    size_t len;
    const char *outbox = db_announced(call->db, &len);
    struct quota_use more = {.bytes = (int64_t)(len - from)};

    for (const char *at = outbox + from;
         (at = memchr(at, '\n', (size_t)(outbox + len - at))); at++)
        more.rows++;
    return quota_take(call->web->limits.quota, call->actor.user, more, err);
}

static int find_actor(struct call *call, struct err *err)
{
    struct response *response = call->response;
    int rc =
        call->logins
            ? logins_actor(call->logins, call->request, &call->actor,
                           call->session, &response->touch_session,
                           &response->touch_token, err)
            : auth_actor(call->db, call->request, &call->actor, call->session,
                         &response->touch_session, &response->touch_token, err);

    call->by_cookie = *call->session != '\0';
    auth_note_confirmed(call->web, &call->actor);
    return rc;
}

static int check_factor(const struct call *call, struct err *err)
{
    return call->route->for_setup
               ? 0
               : second_factor_check(&call->actor,
                                     call->web->staff_second_factor, err);
}

static int check_login(struct call *call, struct err *err)
{
    if (call->route->role == ROLE_NONE)
        return 0;
    if (find_actor(call, err) < 0)
        return -1;
    if (admit_user(call, err) < 0 ||
        scope_check(&call->actor, call->route->scope, err) < 0 ||
        check_role(call, err) < 0 || check_factor(call, err) < 0 ||
        check_quota(call, err) < 0)
        return -1;
    if (call->by_cookie && is_unsafe(call->request->method))
        return check_forgery(call, err);
    return 0;
}

static void put_common_headers(struct call *call)
{
    struct response *response = call->response;

    if (call->request->is_https && !call->web->is_tls)
        response_header(response, "strict-transport-security", HSTS);
    if (response->asset)
        return;
    response_header(response, "cache-control", "no-store");
    if (!strncmp(call->request->path, "/api/", 5))
        response_header(response, "vary", "Accept, Cookie, Authorization");
    else
        response_header(response, "vary", "Cookie, Authorization");
}

int web_prepare(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    /* A stranger costs no hash where a login is needed. */
    if (check_login(call, err) < 0)
        return -1;
    rc = call->route->prepare(call, err);
    call->db = NULL;
    return rc;
}

static int handle(struct call *call, struct err *err)
{
    size_t from;

    if (!writes_orders(call))
        return call->route->handle(call, err);
    db_announced(call->db, &from);
    if (call->route->handle(call, err) < 0) {
        order_told_hide(call, err);
        return -1;
    }
    return take_quota(call, from, err);
}

int web_run(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    rc = check_login(call, err) < 0 ? -1 : handle(call, err);
    /* Here, and not on the loop. */
    if (!call->must_be_long)
        web_release(call);
    if (rc < 0)
        return -1;
    if (buf_check(&call->response->body, err) < 0)
        return -1;
    if (call->browse && call->response->status / 100 != 3 &&
        browse_respond(call, call->response->status, err) < 0)
        return -1;
    put_common_headers(call);
    if (call->response->header_failed)
        return err_set(err, ERR_INTERNAL, "a header does not fit the answer");
    return 0;
}

int web_need_long(struct call *call, struct err *err)
{
    if (call->may_be_long)
        return 0;
    call->must_be_long = true;
    return err_set(err, ERR_UNAVAILABLE, "this is no thread for long reads");
}

bool web_move_long(struct call *call)
{
    if (!call->must_be_long)
        return false;
    call->must_be_long = false;
    call->may_be_long = true;
    call->response->touch_session = 0;
    call->response->touch_token = 0;
    return true;
}

void web_refuse(struct response *response, const struct err *err)
{
    char allow[ROUTE_ALLOW_MAX];

    problem_respond(response, err);
    response_header(response, "cache-control", "no-store");
    if (err->code != ERR_METHOD)
        return;
    route_allow(ROUTE_ALL_METHODS, allow);
    response_header(response, "allow", allow);
}

bool web_run_kept(struct call *call, struct logins *logins,
                  const struct answers *answers)
{
    struct err err = ERR_INIT;
    bool is_found;

    if (!answers_may_have(answers, call))
        return false;
    call->db = logins_db(logins);
    call->logins = logins;
    is_found = check_login(call, &err) == 0 && answers_take(answers, call);
    call->db = NULL;
    call->logins = NULL;
    if (is_found) {
        put_common_headers(call);
    } else {
        call->response->touch_session = 0;
        call->response->touch_token = 0;
    }
    return is_found;
}

/* Back to the same address afterwards, where it is not too long for that. */
static void redirect_to_login(struct call *call)
{
    struct buf address;
    struct buf to;

    buf_init(&address, 2048);
    buf_init(&to, 3500);
    link_put_own(&address, call->request, "");
    buf_put_text(&to, "/accounts/login/?next=");
    params_encode_path(&to, address.failed ? "/" : buf_text(&address));
    response_redirect(call->response, 302,
                      to.failed ? "/accounts/login/" : buf_text(&to));
    buf_release(&address);
    buf_release(&to);
}

/* A login there would not count beside a token, and lead here again. */
static bool is_for_login_page(const struct call *call, const struct err *err)
{
    return err->code == ERR_UNAUTHENTICATED && !auth_is_token(call->request);
}

/* A page for a browser, in place of a problem. -1: it is a problem. */
static int fail_browse(struct call *call, const struct err *err)
{
    struct err inner = ERR_INIT;

    if (!call->browse)
        return -1;
    if (err->code == ERR_SETUP) {
        response_redirect(call->response, 302, SETUP_PAGE);
        return 0;
    }
    if (is_for_login_page(call, err)) {
        redirect_to_login(call);
        return 0;
    }
    return browse_respond(call, problem_status(err->code), &inner);
}

/* Which methods there are is no secret. */
static void say_options(struct call *call)
{
    struct err none = ERR_INIT;

    options_read(call, &none);
}

void web_fail(struct call *call, const struct err *err)
{
    enum role role = call->route->role;
    char path[LOG_QUOTED_MAX];

    call->response->touch_session = 0;
    call->response->touch_token = 0;
    refusals_note_err(call->web->refusals, err, call->request->address,
                      call->actor.user);
    if (problem_status(err->code) == 500)
        log_error("web.failed", "method=%s path=%s code=%s text=\"%s\"",
                  http_method_name(call->request->method),
                  log_quoted(path, call->request->path),
                  err_code_name(err->code), err->text);
    else if (err->code == ERR_UNAVAILABLE || err->code == ERR_NOMEM ||
             err->code == ERR_BUDGET)
        log_warn("web.unavailable", "method=%s path=%s text=\"%s\"",
                 http_method_name(call->request->method),
                 log_quoted(path, call->request->path), err->text);
    if (err->code == ERR_MISDIRECTED)
        problem_respond(call->response, err);
    else if (err->code == ERR_UNAUTHENTICATED &&
             call->request->method == HTTP_OPTIONS)
        say_options(call);
    else if ((role == ROLE_PAGE_USER || role == ROLE_PAGE_STAFF) &&
             is_for_login_page(call, err))
        redirect_to_login(call);
    else if (call->route->html && err->code == ERR_SETUP)
        response_redirect(call->response, 302, SETUP_PAGE);
    else if (call->route->html)
        page_fail(call->response, err);
    else if (fail_browse(call, err) < 0)
        problem_respond(call->response, err);
    put_common_headers(call);
}
