#include "web/access/auth.h"
#include "web/api/handlers.h"
#include "web/browse.h"
#include "web/http/problem.h"
#include "web/query/link.h"
#include "web/routes.h"
#include "web/web.h"

#include <string.h>

#include "base/banned.h"

static bool is_all(const char *path)
{
    return !strcmp(path, "*");
}

static int missing(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_MISSING, "there is nothing here");
}

static int add_slash(struct call *call, struct err *err)
{
    struct buf to;

    buf_init(&to, 3500);
    link_put_own(&to, call->request, "/");
    if (buf_check(&to, err) == 0)
        response_redirect(call->response, 301, buf_text(&to));
    buf_release(&to);
    return err->code ? -1 : 0;
}

static int wrong_method(struct call *call, struct err *err)
{
    char allow[ROUTE_ALLOW_MAX];

    route_allow(route_methods(call->request->path), allow);
    err_set(err, ERR_METHOD, "only %s here", allow);
    problem_respond(call->response, err);
    response_header(call->response, "allow", allow);
    err_clear(err);
    return 0;
}

static int unknown_method(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_UNSUPPORTED, "unknown method");
}

int options_read(struct call *call, struct err *err)
{
    const char *path = call->request->path;
    char allow[ROUTE_ALLOW_MAX];

    (void)err;
    route_allow(is_all(path) ? ROUTE_ALL_METHODS : route_methods(path), allow);
    response_begin(call->response, 204, NULL);
    response_header(call->response, "allow", allow);
    return 0;
}

/* Found by other means than the table. */
static const struct route asset_route = {.handle = asset_read, .html = true};
static const struct route missing_route = {.handle = missing};
static const struct route missing_page = {.handle = missing, .html = true};
static const struct route slash_route = {.handle = add_slash};
static const struct route method_route = {.handle = wrong_method};
static const struct route unknown_route = {.handle = unknown_method};
static const struct route options_route = {.handle = options_read};

size_t web_route_index(const struct route *route)
{
    if (route >= routes && route < routes + routes_count)
        return (size_t)(route - routes);
    /* Behind those of the table: the assets, then all others. */
    return routes_count + (route == &asset_route ? 0 : 1);
}

/* The row of the table; NULL: none with that method. */
static const struct route *find_row(struct call *call)
{
    const struct request *request = call->request;
    enum http_method method =
        request->method == HTTP_HEAD ? HTTP_GET : request->method;
    const char *format = params_get(&request->args, "format");
    int64_t ids[2];

    for (size_t i = 0; i < routes_count; i++) {
        const struct route *route = &routes[i];

        if (route->method == method && route_fits(route, request->path, ids) &&
            (!route->format || (format && !strcmp(format, route->format)))) {
            call->id = ids[0];
            call->sub_id = ids[1];
            return route;
        }
    }
    return NULL;
}

/* What is said where the table has no row for it. */
static const struct route *find_other(const struct request *request)
{
    const char *path = request->path;
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;

    if (request->method == HTTP_OTHER)
        return &unknown_route;
    if (is_read && asset_is_served(path))
        return &asset_route;
    if (is_read && route_lacks_slash(path))
        return &slash_route;
    if (request->method == HTTP_OPTIONS &&
        (is_all(path) || route_methods(path)))
        return &options_route;
    if (route_methods(path))
        return &method_route;
    return strncmp(path, "/api/", 5) ? &missing_page : &missing_route;
}

void web_route(const struct web *web, struct call *call)
{
    const struct route *row;

    call->web = web;
    call->id = call->sub_id = 0;
    if (auth_is_preflight(web, call->request)) {
        call->route = &options_route;
        call->browse = false;
        return;
    }
    row = find_row(call);
    call->route = row ? row : find_other(call->request);
    call->browse = !call->route->html && browse_wanted(call->request);
}
