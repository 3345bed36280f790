#include "web/web.h"
#include "base/log.h"
#include "model/scopes.h"
#include "web/answers.h"
#include "web/auth.h"
#include "web/browse.h"
#include "web/handlers.h"
#include "web/input.h"
#include "web/logins.h"
#include "web/openapi.h"
#include "web/page.h"
#include "web/problem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

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
    limit_free(web->limits.sockets);
}

static int missing(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_MISSING, "there is nothing here");
}

/* The address that was asked for, as it can be asked for again. */
static void put_address(struct buf *to, const struct request *request,
                        const char *suffix)
{
    params_encode_path(to, request->path);
    buf_put_text(to, suffix);
    for (size_t i = 0; i < params_count(&request->args); i++) {
        const struct param *arg = params_at(&request->args, i);

        buf_put_char(to, i ? '&' : '?');
        params_encode(to, arg->name, strlen(arg->name));
        buf_put_char(to, '=');
        params_encode(to, arg->value, arg->value_len);
    }
}

static int add_slash(struct call *call, struct err *err)
{
    struct buf to;

    buf_init(&to, 4096);
    put_address(&to, call->request, "/");
    if (buf_check(&to, err) == 0)
        response_redirect(call->response, 301, buf_text(&to));
    buf_release(&to);
    return err->code ? -1 : 0;
}

static int wrong_method(struct call *call, struct err *err)
{
    char allow[128] = "";
    int64_t ids[2];

    for (size_t i = 0; i < routes_count; i++) {
        const char *name = http_method_name(routes[i].method);
        size_t len = strlen(allow);

        if (!route_fits(&routes[i], call->request->path, ids) ||
            strstr(allow, name))
            continue;
        snprintf(allow + len, sizeof(allow) - len, "%s%s", len ? ", " : "",
                 name);
    }
    err_set(err, ERR_METHOD, "only %s here", allow);
    problem_respond(call->response, err);
    response_header(call->response, "allow", allow);
    err_clear(err);
    return 0;
}

/* Found by other means than the table. */
static const struct route asset_route = {.handle = asset_read, .html = true};
static const struct route missing_route = {.handle = missing};
static const struct route missing_page = {.handle = missing, .html = true};
static const struct route slash_route = {.handle = add_slash};
static const struct route method_route = {.handle = wrong_method};

size_t web_route_index(const struct route *route)
{
    if (route >= routes && route < routes + routes_count)
        return (size_t)(route - routes);
    /* Behind those of the table: the assets, then all others. */
    return routes_count + (route == &asset_route ? 0 : 1);
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

static bool with_slash_fits(const char *path)
{
    char longer[256];
    int64_t ids[2];

    if (strlen(path) + 2 > sizeof(longer))
        return false;
    snprintf(longer, sizeof(longer), "%s/", path);
    for (size_t i = 0; i < routes_count; i++) {
        if (route_fits(&routes[i], longer, ids))
            return true;
    }
    return false;
}

/* Whether a row has to be looked at for an argument of such a name. A table
 * says of each column that it may be searched, and how, with every page. */
static bool is_needle(const char *name)
{
    return (strstr(name, "search") && !strstr(name, "[searchable]") &&
            !strstr(name, "[regex]")) ||
           strstr(name, "__contains");
}

/* What is asked for in a body is not known yet, so it counts as a search. */
static bool is_search(const struct request *request)
{
    for (size_t i = 0; i < params_count(&request->args); i++) {
        const struct param *arg = params_at(&request->args, i);

        if (arg->value_len && is_needle(arg->name))
            return true;
    }
    return request->method == HTTP_POST;
}

static void find_route(const struct web *web, struct call *call)
{
    const struct request *request = call->request;
    enum http_method method =
        request->method == HTTP_HEAD ? HTTP_GET : request->method;
    const char *format = params_get(&request->args, "format");
    bool path_known = false;
    int64_t ids[2];

    call->web = web;
    call->id = call->sub_id = 0;
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *route = &routes[i];

        if (!route_fits(route, request->path, ids))
            continue;
        path_known = true;
        if (route->method == method &&
            (!route->format || (format && !strcmp(format, route->format)))) {
            call->route = route;
            call->id = ids[0];
            call->sub_id = ids[1];
            call->is_long = route->run == RUN_READ && is_search(request);
            return;
        }
    }
    if (path_known)
        call->route = &method_route;
    else if (method == HTTP_GET && !strncmp(request->path, "/assets/", 8))
        call->route = &asset_route;
    else if (method == HTTP_GET && with_slash_fits(request->path))
        call->route = &slash_route;
    else if (!strncmp(request->path, "/api/", 5))
        call->route = &missing_route;
    else
        call->route = &missing_page;
}

void web_route(const struct web *web, struct call *call)
{
    find_route(web, call);
    call->browse = !call->route->html && browse_wanted(call->request);
}

static bool is_unsafe(enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

/* A cookie travels by itself, so what it may change must also carry a token
 * that another site can't know. */
static int check_forgery(struct call *call, struct err *err)
{
    struct input input = {.json = NULL};
    const char *field = NULL;
    int rc;

    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    if (!call->request->headers[HEADER_CSRF]) {
        if (input_read(call->request, &input, err) < 0) {
            err_clear(err);
            input_release(&input);
        } else {
            field = input_text(&input, "csrfmiddlewaretoken");
        }
    }
    rc = csrf_check(call->web, call->request, true, field, err);
    input_release(&input);
    return rc;
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

int web_admit(const struct call *call, struct err *err)
{
    const struct web_limits *limits = &call->web->limits;
    char credential[AUTH_CREDENTIAL_MAX];
    int wait_s;

    if ((!limits->address && !limits->token) || !is_limited(call))
        return 0;
    wait_s = limit_take_address(limits->address, call->request->address);
    if (wait_s)
        return too_often("from one address", wait_s, err);
    if (!limits->token || !auth_credential(call->request, credential))
        return 0;
    wait_s = limit_take(limits->token, credential, strlen(credential));
    return wait_s ? too_often("by one login", wait_s, err) : 0;
}

int web_invite(const struct call *call, struct err *err)
{
    char credential[AUTH_CREDENTIAL_MAX];

    if (auth_check_host(call->web, call->request, err) < 0)
        return -1;
    if (call->route->role == ROLE_NONE ||
        auth_credential(call->request, credential))
        return 0;
    return err_set(err, ERR_UNAUTHENTICATED, "there is no login");
}

static int admit_user(const struct call *call, struct err *err)
{
    struct limit *limit = call->web->limits.user;
    int wait_s;

    if (!limit || !is_limited(call))
        return 0;
    wait_s = limit_take(limit, &call->actor.user, sizeof(call->actor.user));
    return wait_s ? too_often("of one user", wait_s, err) : 0;
}

static int find_actor(struct call *call, struct err *err)
{
    struct response *response = call->response;

    if (call->logins)
        return logins_actor(call->logins, call->request, &call->actor,
                            &call->by_cookie, &response->touch_session,
                            &response->touch_token, err);
    return auth_actor(call->db, call->request, &call->actor, &call->by_cookie,
                      &response->touch_session, &response->touch_token, err);
}

static int check_login(struct call *call, struct err *err)
{
    if (call->route->role == ROLE_NONE)
        return 0;
    if (find_actor(call, err) < 0)
        return -1;
    if (admit_user(call, err) < 0 ||
        scope_check(&call->actor, call->route->scope, err) < 0 ||
        check_role(call, err) < 0)
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
        response_header(response, "vary", "Cookie");
}

int web_prepare(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    /* A stranger costs no hash where a login is needed. */
    if (auth_check_host(call->web, call->request, err) < 0 ||
        check_login(call, err) < 0)
        return -1;
    rc = call->route->prepare(call, err);
    call->db = NULL;
    return rc;
}

int web_run(struct call *call, struct db *db, struct err *err)
{
    call->db = db;
    if (auth_check_host(call->web, call->request, err) < 0 ||
        check_login(call, err) < 0 || call->route->handle(call, err) < 0 ||
        buf_check(&call->response->body, err) < 0)
        return -1;
    if (call->browse && call->response->status / 100 != 3 &&
        browse_respond(call, call->response->status, err) < 0)
        return -1;
    put_common_headers(call);
    return 0;
}

void web_refuse(struct response *response, const struct err *err)
{
    problem_respond(response, err);
    response_header(response, "cache-control", "no-store");
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
    is_found = auth_check_host(call->web, call->request, &err) == 0 &&
               check_login(call, &err) == 0 && answers_take(answers, call);
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
    buf_init(&to, 4096);
    put_address(&address, call->request, "");
    buf_put_text(&to, "/accounts/login/?next=");
    params_encode_path(&to, address.failed ? "/" : buf_text(&address));
    response_redirect(call->response, 302,
                      to.failed ? "/accounts/login/" : buf_text(&to));
    buf_release(&address);
    buf_release(&to);
}

/* A page for a browser, in place of a problem. -1: it is a problem. */
static int fail_browse(struct call *call, const struct err *err)
{
    struct err inner = ERR_INIT;

    if (!call->browse)
        return -1;
    if (err->code == ERR_UNAUTHENTICATED) {
        redirect_to_login(call);
        return 0;
    }
    return browse_respond(call, problem_status(err->code), &inner);
}

void web_fail(struct call *call, const struct err *err)
{
    enum role role = call->route->role;
    char path[LOG_QUOTED_MAX];

    call->response->touch_session = 0;
    call->response->touch_token = 0;
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
    if ((role == ROLE_PAGE_USER || role == ROLE_PAGE_STAFF) &&
        err->code == ERR_UNAUTHENTICATED)
        redirect_to_login(call);
    else if (call->route->html)
        page_fail(call->response, err);
    else if (fail_browse(call, err) < 0)
        problem_respond(call->response, err);
    put_common_headers(call);
}
