#include "web/web.h"
#include "base/log.h"
#include "web/auth.h"
#include "web/handlers.h"
#include "web/input.h"
#include "web/page.h"
#include "web/problem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Rights sit in the row, so that a route without them shows in review. */
static const struct route routes[] = {
    {HTTP_GET, "/", NULL, ROLE_PAGE_USER, RUN_READ, home_page, NULL, true},
    {HTTP_GET, "/accounts/login/", NULL, ROLE_NONE, RUN_LOOP, login_page, NULL,
     true},
    {HTTP_POST, "/accounts/login/", NULL, ROLE_NONE, RUN_HASH, login_submit,
     login_prepare, true},
    {HTTP_POST, "/accounts/logout/", NULL, ROLE_PAGE_USER, RUN_WRITE,
     logout_submit, NULL, true},
    {HTTP_GET, "/api/", NULL, ROLE_USER, RUN_READ, api_root, NULL, false},
    {HTTP_GET, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     NULL, false},
    {HTTP_POST, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     NULL, false},
    {HTTP_GET, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_list, NULL,
     false},
    {HTTP_POST, "/api/data/", NULL, ROLE_USER, RUN_WRITE, orders_create, NULL,
     false},
    {HTTP_OPTIONS, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_options,
     NULL, false},
    {HTTP_GET, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_read, NULL,
     false},
    {HTTP_PUT, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_replace,
     NULL, false},
    {HTTP_PATCH, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_update,
     NULL, false},
    {HTTP_DELETE, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_delete,
     NULL, false},
    {HTTP_OPTIONS, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_options,
     NULL, false},
    {HTTP_GET, "/api/me/", NULL, ROLE_USER, RUN_READ, me_read, NULL, false},
    {HTTP_GET, "/api/token/", NULL, ROLE_COOKIE, RUN_READ, tokens_list, NULL,
     false},
    {HTTP_POST, "/api/token/", NULL, ROLE_NONE, RUN_HASH, token_submit,
     token_prepare, false},
    {HTTP_DELETE, "/api/token/<id>/", NULL, ROLE_COOKIE, RUN_WRITE,
     token_delete, NULL, false},
    {HTTP_POST, "/api/ticket/", NULL, ROLE_USER, RUN_WRITE, ticket_submit, NULL,
     false},
    {HTTP_GET, "/data/stream/", NULL, ROLE_NONE, RUN_LOOP, stream_hint, NULL,
     false},
    {HTTP_GET, "/healthz", NULL, ROLE_NONE, RUN_LOOP, healthz, NULL, false},
    {HTTP_GET, "/readyz", NULL, ROLE_NONE, RUN_READ, readyz, NULL, false},
    {HTTP_GET, "/metrics", NULL, ROLE_NONE, RUN_LOOP, metrics_read, NULL,
     false},
};
#define ROUTES_COUNT (sizeof(routes) / sizeof(routes[0]))

/* Counted behind those of the table. */
enum { INDEX_ASSETS = ROUTES_COUNT, INDEX_OTHER, INDEX_COUNT };
_Static_assert(INDEX_COUNT <= METRICS_ROUTES_MAX, "every route is counted");

static int missing(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_MISSING, "there is nothing here");
}

static int add_slash(struct call *call, struct err *err)
{
    struct buf to;

    buf_init(&to, 4096);
    buf_printf(&to, "%s/", call->request->path);
    for (size_t i = 0; i < params_count(&call->request->args); i++) {
        const struct param *arg = params_at(&call->request->args, i);

        buf_put_char(&to, i ? '&' : '?');
        params_encode(&to, arg->name, strlen(arg->name));
        buf_put_char(&to, '=');
        params_encode(&to, arg->value, arg->value_len);
    }
    if (buf_check(&to, err) == 0)
        response_redirect(call->response, 301, buf_text(&to));
    buf_release(&to);
    return err->code ? -1 : 0;
}

static bool path_fits(const char *route, const char *path, int64_t *id);

static int wrong_method(struct call *call, struct err *err)
{
    char allow[128] = "";
    int64_t id;

    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        const char *name = http_method_name(routes[i].method);
        size_t len = strlen(allow);

        if (!path_fits(routes[i].path, call->request->path, &id) ||
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

static const struct route asset_route = {HTTP_GET, "/assets/", NULL, ROLE_NONE,
                                         RUN_LOOP, asset_read, NULL, true};
static const struct route missing_route = {HTTP_GET, "",      NULL, ROLE_NONE,
                                           RUN_LOOP, missing, NULL, false};
static const struct route missing_page = {HTTP_GET, "",      NULL, ROLE_NONE,
                                          RUN_LOOP, missing, NULL, true};
static const struct route slash_route = {HTTP_GET, "",        NULL, ROLE_NONE,
                                         RUN_LOOP, add_slash, NULL, false};
static const struct route method_route = {
    HTTP_GET, "", NULL, ROLE_NONE, RUN_LOOP, wrong_method, NULL, false};

size_t web_route_index(const struct route *route)
{
    if (route >= routes && route < routes + ROUTES_COUNT)
        return (size_t)(route - routes);
    return route == &asset_route ? INDEX_ASSETS : INDEX_OTHER;
}

static const char *route_name(size_t index)
{
    static char name[80];

    if (index == INDEX_ASSETS)
        return "GET /assets/";
    if (index == INDEX_OTHER)
        return "other";
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
                   call->web->metrics_count, route_name, INDEX_COUNT);
    return 0;
}

/* "<id>" takes 1 to 18 digits without a leading zero. */
static bool path_fits(const char *route, const char *path, int64_t *id)
{
    *id = 0;
    while (*route) {
        if (!strncmp(route, "<id>", 4)) {
            size_t digits = strspn(path, "0123456789");

            if (digits < 1 || digits > 18 || *path == '0')
                return false;
            *id = strtoll(path, NULL, 10);
            path += digits;
            route += 4;
        } else if (*route++ != *path++) {
            return false;
        }
    }
    return !*path;
}

static bool with_slash_fits(const char *path)
{
    char longer[256];
    int64_t id;

    if (strlen(path) + 2 > sizeof(longer))
        return false;
    snprintf(longer, sizeof(longer), "%s/", path);
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        if (path_fits(routes[i].path, longer, &id))
            return true;
    }
    return false;
}

/* What is asked for in a body is not known yet, so it counts as a search. */
static bool is_search(const struct request *request)
{
    for (size_t i = 0; i < params_count(&request->args); i++) {
        const struct param *arg = params_at(&request->args, i);

        if (arg->value_len &&
            ((strstr(arg->name, "search") && !strstr(arg->name, "[regex]")) ||
             strstr(arg->name, "__contains")))
            return true;
    }
    return request->method == HTTP_POST;
}

void web_route(const struct web *web, struct call *call)
{
    const struct request *request = call->request;
    enum http_method method =
        request->method == HTTP_HEAD ? HTTP_GET : request->method;
    const char *format = params_get(&request->args, "format");
    bool path_known = false;

    call->web = web;
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        const struct route *route = &routes[i];

        if (!path_fits(route->path, request->path, &call->id))
            continue;
        path_known = true;
        if (route->method == method &&
            (!route->format || (format && !strcmp(format, route->format)))) {
            call->route = route;
            call->is_long = route->run == RUN_READ && is_search(request);
            return;
        }
    }
    call->id = 0;
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

static int check_login(struct call *call, struct err *err)
{
    enum role role = call->route->role;

    if (role == ROLE_NONE)
        return 0;
    if (auth_actor(call->db, call->request, &call->actor, &call->by_cookie,
                   &call->response->touch_session, &call->response->touch_token,
                   err) < 0)
        return -1;
    if (role == ROLE_COOKIE && !call->by_cookie)
        return err_set(err, ERR_FORBIDDEN,
                       "only a login by cookie or password may do this, not "
                       "a token");
    if (call->by_cookie && is_unsafe(call->request->method))
        return check_forgery(call, err);
    return 0;
}

static void put_common_headers(struct call *call)
{
    struct response *response = call->response;

    response_header(response, "x-content-type-options", "nosniff");
    if (response->asset)
        return;
    response_header(response, "cache-control", "no-store");
    if (!strncmp(call->request->path, "/api/", 5))
        response_header(response, "vary", "Accept, Cookie, Authorization");
    else
        response_header(response, "vary", "Cookie");
    response_header(response, "referrer-policy", "same-origin");
    response_header(response, "x-frame-options", "DENY");
    response_header(response, "content-security-policy",
                    "default-src 'self'; img-src 'self' data:; "
                    "object-src 'none'; base-uri 'none'; "
                    "form-action 'self'; frame-ancestors 'none'");
}

int web_prepare(struct call *call, struct db *db, struct err *err)
{
    int rc;

    call->db = db;
    if (auth_check_host(call->web, call->request, err) < 0)
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
    put_common_headers(call);
    return 0;
}

static void redirect_to_login(struct call *call)
{
    struct buf to;

    buf_init(&to, 4096);
    buf_put_text(&to, "/accounts/login/?next=");
    params_encode_path(&to, call->request->path);
    response_redirect(call->response, 302, buf_text(&to));
    buf_release(&to);
}

void web_fail(struct call *call, const struct err *err)
{
    call->response->touch_session = 0;
    call->response->touch_token = 0;
    if (problem_status(err->code) == 500)
        log_error("web.failed", "method=%s path=%s code=%s text=\"%s\"",
                  http_method_name(call->request->method), call->request->path,
                  err_code_name(err->code), err->text);
    else if (err->code == ERR_UNAVAILABLE || err->code == ERR_NOMEM ||
             err->code == ERR_BUDGET)
        log_warn("web.unavailable", "method=%s path=%s text=\"%s\"",
                 http_method_name(call->request->method), call->request->path,
                 err->text);
    if (call->route->role == ROLE_PAGE_USER && err->code == ERR_UNAUTHENTICATED)
        redirect_to_login(call);
    else if (call->route->html)
        page_fail(call->response, err);
    else
        problem_respond(call->response, err);
    put_common_headers(call);
}
