#include "web/schema/openapi.h"
#include "base/json.h"
#include "web/http/problem.h"
#include "web/http/reason.h"
#include "web/query/shape.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char about_api[] =
    "The orders of a desk. JSON throughout; quantities and prices are exact "
    "decimals and travel as strings, times are RFC 3339 with microseconds, in "
    "UTC. Errors are application/problem+json and name every field with an "
    "error. HEAD is answered wherever GET is, and OPTIONS everywhere, without "
    "a login, with the methods of a path in Allow; a method that a path does "
    "not have is 405, an unknown one 501. What can't be read as a request is "
    "refused with 400, 411, 413, 414, 417 or 431, a body in a content coding "
    "with 415, and a Host that is not ours with 421. A client that prefers "
    "text/html to JSON gets a page that shows the response; format=json always "
    "gives JSON. With asked_by=NAME any address that needs a login answers "
    "that user alone, and others with 403. An unsafe method with a cookie "
    "login needs the CSRF token of GET /api/me/ and, where a browser sends an "
    "Origin, one of ours; with a "
    "token it needs neither. An Authorization that is not ours (Basic, or a "
    "Bearer for a proxy) is ignored next to a valid cookie. A repeated "
    "client_order_id with the same content gives the order that already "
    "exists, so a write whose answer was lost can be sent again. Changes are "
    "followed over the websocket at /data/stream/, which docs/asyncapi.yaml "
    "describes.";

void openapi_path(const struct route *route, char out[OPENAPI_PATH_MAX])
{
    const char *at = route->path;
    const char *name = "{id}";
    size_t len = 0;

    while (*at && len + 16 < OPENAPI_PATH_MAX) {
        if (*at == '<' && strncmp(at, "<id>", 4) != 0) {
            size_t word = strcspn(at + 1, ">");

            len += (size_t)snprintf(out + len, OPENAPI_PATH_MAX - len, "{%.*s}",
                                    (int)word, at + 1);
            at += word + 2;
            continue;
        }
        if (strncmp(at, "<id>", 4) != 0) {
            out[len++] = *at++;
            continue;
        }
        len += (size_t)snprintf(out + len, OPENAPI_PATH_MAX - len, "%s", name);
        name = "{sub_id}";
        at += 4;
    }
    out[len] = '\0';
}

bool openapi_is_first(const struct route_table *table,
                      const struct route *route, bool of_method)
{
    for (const struct route *other = table->rows; other < route; other++) {
        if (other->summary && !strcmp(other->path, route->path) &&
            (!of_method || other->method == route->method))
            return false;
    }
    return true;
}

void openapi_end_piece(struct buf *out, struct buf *piece)
{
    out->failed = out->failed || piece->failed;
    buf_release(piece);
}

static void put_info(struct buf *out, const char *base)
{
    json_put_str(out, "openapi", "3.1.0");
    json_open_key(out, "info");
    json_put_str(out, "title", "lws-app");
    json_put_str(out, "version", "1");
    json_put_str(out, "description", about_api);
    json_close(out);
    json_open_array(out, "servers");
    json_open(out);
    json_put_str(out, "url", *base ? base : "/");
    json_close(out);
    json_close_array(out);
}

static void put_paths(struct buf *out, const struct route_table *table)
{
    const struct route *routes = table->rows;
    char path[OPENAPI_PATH_MAX];

    json_open_key(out, "paths");
    for (size_t i = 0; i < table->count; i++) {
        if (!routes[i].summary || !openapi_is_first(table, &routes[i], false))
            continue;
        openapi_path(&routes[i], path);
        json_open_key(out, path);
        for (size_t at = i; at < table->count; at++) {
            if (routes[at].summary &&
                !strcmp(routes[at].path, routes[i].path) &&
                openapi_is_first(table, &routes[at], true))
                openapi_put_operation(out, table, &routes[at]);
        }
        json_close(out);
    }
    json_close(out);
}

static void put_scheme(struct buf *out, const char *key, const char *in,
                       const char *name, const char *about)
{
    json_open_key(out, key);
    json_put_str(out, "type", "apiKey");
    json_put_str(out, "in", in);
    json_put_str(out, "name", name);
    json_put_str(out, "description", about);
    json_close(out);
}

static void put_security(struct buf *out)
{
    json_open_key(out, "securitySchemes");
    put_scheme(out, "cookie", "cookie", "sessionid",
               "The cookie of a login at /accounts/login/; over https its name "
               "is __Host-sessionid");
    put_scheme(
        out, "csrf", "header", "X-CSRFToken",
        "Together with the cookie, for unsafe methods: csrf_token of GET "
        "/api/me/, or the cookie csrftoken (over https __Host-csrftoken)");
    put_scheme(out, "token", "header", "Authorization",
               "\"Token \" or \"Bearer \" and a token of POST /api/token/");
    json_close(out);
}

static void put_schemas(struct buf *out)
{
    json_open_key(out, "schemas");
    for (size_t i = 0; i < shapes_count; i++) {
        if (!shapes[i].is_query)
            shape_put(out, shapes[i].name, &shapes[i]);
    }
    json_close(out);
}

static void put_header(struct buf *out, const char *name, const char *type,
                       const char *about)
{
    json_open_key(out, name);
    json_open_key(out, "schema");
    json_put_str(out, "type", type);
    json_close(out);
    json_put_str(out, "description", about);
    json_close(out);
}

static void put_headers(struct buf *out)
{
    json_open_key(out, "headers");
    put_header(out, "Accept", "string", "The content types that are accepted");
    put_header(out, "Accept-Encoding", "string",
               "The content codings that are accepted: identity");
    put_header(out, "Allow", "string", "The methods of this path");
    put_header(out, "ETag", "string", "The version of this, for If-Match");
    put_header(out, "Location", "string", "The address of the new one");
    put_header(out, "Retry-After", "integer",
               "Try again after this many seconds");
    put_header(out, "WWW-Authenticate", "string", "How to log in: Token");
    json_close(out);
}

static const struct {
    int status;
    const char *name;
} refusal_headers[] = {
    {401, "WWW-Authenticate"}, {405, "Allow"},           {412, "ETag"},
    {415, "Accept"},           {415, "Accept-Encoding"}, {429, "Retry-After"},
    {503, "Retry-After"},
};

void openapi_put_header(struct buf *out, const char *name)
{
    char ref[64];

    snprintf(ref, sizeof(ref), "#/components/headers/%s", name);
    json_open_key(out, name);
    json_put_str(out, "$ref", ref);
    json_close(out);
}

void openapi_put_refusal_headers(struct buf *out, int status)
{
    bool is_open = false;

    for (size_t i = 0; i < sizeof(refusal_headers) / sizeof(refusal_headers[0]);
         i++) {
        if (refusal_headers[i].status != status)
            continue;
        if (!is_open)
            json_open_key(out, "headers");
        is_open = true;
        openapi_put_header(out, refusal_headers[i].name);
    }
    if (is_open)
        json_close(out);
}

/* The refusals, by status. */
static void put_refusal(struct buf *out, int status)
{
    char name[24];

    snprintf(name, sizeof(name), "Problem%d", status);
    json_open_key(out, name);
    json_put_str(out, "description", http_reason(status));
    openapi_put_refusal_headers(out, status);
    json_open_key(out, "content");
    json_open_key(out, "application/problem+json");
    shape_put_of(out, "schema", status == 412 ? "StaleProblem" : "Problem");
    json_close(out);
    json_close(out);
    json_close(out);
}

static void put_refusals(struct buf *out)
{
    json_open_key(out, "responses");
    for (int code = ERR_NONE + 1; code <= ERR_INTERNAL; code++) {
        int status = problem_status((enum err_code)code);
        int before = ERR_NONE + 1;

        while (problem_status((enum err_code)before) != status)
            before++;
        if (before == code)
            put_refusal(out, status);
    }
    json_close(out);
}

void openapi_write(struct buf *out, const char *base,
                   const struct route_table *table)
{
    json_open(out);
    put_info(out, base);
    put_paths(out, table);
    json_open_key(out, "components");
    put_security(out);
    put_headers(out);
    put_refusals(out);
    put_schemas(out);
    json_close(out);
    json_close(out);
}

/* Every name in `of` must be a shape's, or a JSON type. */
static int check_of(const char *of, const char *where, struct err *err)
{
    while (*of) {
        size_t len = strcspn(of, "|");
        size_t name_len = len;

        while (name_len > 2 && !memcmp(of + name_len - 2, "[]", 2))
            name_len -= 2;
        if (!islower((unsigned char)*of) && !shape_find(of, name_len))
            return err_set(err, ERR_INTERNAL, "%s: there is no shape %.*s",
                           where, (int)name_len, of);
        of += len;
        of += *of == '|';
    }
    return 0;
}

int openapi_check_shapes(struct err *err)
{
    struct shape_field field;
    char name[SHAPE_NAME_MAX];

    for (size_t i = 0; i < shapes_count; i++) {
        if (shapes[i].of && check_of(shapes[i].of, shapes[i].name, err) < 0)
            return -1;
        for (size_t at = 0; shape_field(&shapes[i], at, &field, name); at++) {
            if (field.of && check_of(field.of, shapes[i].name, err) < 0)
                return -1;
        }
    }
    return 0;
}

int openapi_check_route(const struct route *route, struct err *err)
{
    const char *path = route->path;

    if (!route->summary && strncmp(path, "/api/", 5) != 0)
        return 0;
    if (!route->summary)
        return err_set(err, ERR_INTERNAL, "%s: what does it do?", path);
    if (!route->answers[0])
        return err_set(err, ERR_INTERNAL, "%s: with which status?", path);
    if (!route->output != (route->answers[0] == 204))
        return err_set(err, ERR_INTERNAL, "%s: what does it give?", path);
    if ((route->method == HTTP_PUT || route->method == HTTP_PATCH) &&
        !route->input)
        return err_set(err, ERR_INTERNAL, "%s: what does it take?", path);
    if ((route->query && check_of(route->query, path, err) < 0) ||
        (route->input && check_of(route->input, path, err) < 0) ||
        (route->output && check_of(route->output, path, err) < 0))
        return -1;
    return 0;
}
