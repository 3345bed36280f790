#include "base/json.h"
#include "web/query/shape.h"
#include "web/schema/openapi.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define STATUSES_MAX 32

bool openapi_has_mark(const struct openapi_operation *operation,
                      enum route_mark mark)
{
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->rows[i]->marks & mark)
            return true;
    }
    return false;
}

bool openapi_is_unsafe(const struct route *route)
{
    return route->method != HTTP_GET && route->method != HTTP_OPTIONS;
}

/* Statuses, each once, in order. */
struct statuses {
    int list[STATUSES_MAX];
    size_t count;
};

static void add(struct statuses *statuses, int status)
{
    size_t at = 0;

    while (at < statuses->count && statuses->list[at] < status)
        at++;
    if ((at < statuses->count && statuses->list[at] == status) ||
        statuses->count == STATUSES_MAX)
        return;
    memmove(&statuses->list[at + 1], &statuses->list[at],
            (statuses->count - at) * sizeof(statuses->list[0]));
    statuses->list[at] = status;
    statuses->count++;
}

static bool has(const struct statuses *statuses, int status)
{
    for (size_t i = 0; i < statuses->count; i++) {
        if (statuses->list[i] == status)
            return true;
    }
    return false;
}

/* Is what is not there made by it? */
static bool may_create(const struct route *route)
{
    bool is_creating = false;

    for (size_t i = 0; route->answers[i]; i++)
        is_creating = is_creating || route->answers[i] == 201;
    return route->method == HTTP_PUT && is_creating;
}

/* What a row refuses by its nature: who may use it, what it takes, where it
 * runs. */
static void add_refusals(struct statuses *statuses, const struct route *route)
{
    bool takes_body = route->method == HTTP_POST || route->method == HTTP_PUT ||
                      route->method == HTTP_PATCH;

    add(statuses, 400);
    if (!route->any_host)
        add(statuses, 421);
    if (route->role != ROLE_NONE && route->method != HTTP_OPTIONS)
        add(statuses, 401);
    if (route->role != ROLE_NONE &&
        (openapi_is_unsafe(route) || route->role != ROLE_USER || route->scope))
        add(statuses, 403);
    if (strchr(route->path, '<') && route->method != HTTP_OPTIONS &&
        !may_create(route))
        add(statuses, 404);
    if (takes_body)
        add(statuses, 411);
    add(statuses, 413);
    add(statuses, 415);
    if (route->marks & ROUTE_IF_MATCH)
        add(statuses, 412);
    if (!strncmp(route->path, "/api/", 5))
        add(statuses, 429); /* the limits of web_admit() */
    if (route->run != RUN_LOOP)
        add(statuses, 503);
    for (size_t i = 0; route->refuses[i]; i++)
        add(statuses, route->refuses[i]);
}

/* Is it given with that status by a row before this one, as the same type? */
static const char *media_of(const struct route *row)
{
    const struct shape *shape = shape_find(row->output, strlen(row->output));

    return shape && shape->media ? shape->media : "application/json";
}

static bool gives(const struct route *row, int status)
{
    for (size_t i = 0; row->answers[i]; i++) {
        if (row->answers[i] == status && row->output)
            return true;
    }
    return false;
}

/* All that this status gives as one content type. */
static void put_content(struct buf *out,
                        const struct openapi_operation *operation, int status,
                        size_t first)
{
    const char *media = media_of(operation->rows[first]);
    struct buf of;

    for (size_t i = 0; i < first; i++) {
        if (gives(operation->rows[i], status) &&
            !strcmp(media_of(operation->rows[i]), media))
            return;
    }
    buf_init(&of, 500);
    for (size_t i = first; i < operation->count; i++) {
        const struct route *row = operation->rows[i];

        if (gives(row, status) && !strcmp(media_of(row), media))
            buf_printf(&of, "%s%s%s%s", of.len ? "|" : "", row->output,
                       row->format ? "@" : "", row->format ? row->format : "");
    }
    json_open_key(out, media);
    shape_put_of(out, "schema", buf_text(&of));
    json_close(out);
    openapi_end_piece(out, &of);
}

static const char *words_for(int status)
{
    switch (status) {
    case 200: return "Done";
    case 201: return "Created";
    case 204: return "Done; there is no body";
    case 304: return "Not changed since";
    case 503: return "Not ready, or not available now";
    default: return "A response";
    }
}

static void put_answer(struct buf *out,
                       const struct openapi_operation *operation, int status,
                       bool also_refuses)
{
    char name[16];
    bool etag = openapi_has_mark(operation, ROUTE_ETAG) &&
                (status < 300 || status == 304);
    bool allow = operation->main->method == HTTP_OPTIONS;
    bool location = openapi_has_mark(operation, ROUTE_LOCATION) && status < 300;

    snprintf(name, sizeof(name), "%d", status);
    json_open_key(out, name);
    json_put_str(out, "description", words_for(status));
    if (etag || location || allow) {
        json_open_key(out, "headers");
        if (allow)
            openapi_put_header(out, "Allow");
        if (etag)
            openapi_put_header(out, "ETag");
        if (location)
            openapi_put_header(out, "Location");
        json_close(out);
    }
    if (status != 204 && status != 304) {
        json_open_key(out, "content");
        for (size_t i = 0; i < operation->count; i++) {
            if (gives(operation->rows[i], status))
                put_content(out, operation, status, i);
        }
        if (also_refuses) {
            json_open_key(out, "application/problem+json");
            shape_put_of(out, "schema", "Problem");
            json_close(out);
        }
        json_close(out);
    }
    json_close(out);
}

/* As a page, unless it comes before the route is known, or to another Host. */
static void put_page_refusal(struct buf *out, const char *name, int status)
{
    json_open_key(out, name);
    json_put_str(out, "description", "A page that says why");
    openapi_put_refusal_headers(out, status);
    json_open_key(out, "content");
    json_open_key(out, "text/html; charset=utf-8");
    shape_put_of(out, "schema", "Page");
    json_close(out);
    json_close(out);
    json_close(out);
}

static void put_refusal(struct buf *out, int status, bool as_page)
{
    char name[16];
    char ref[64];

    snprintf(name, sizeof(name), "%d", status);
    if (as_page && status != 400 && status != 411 && status != 413 &&
        status != 421) {
        put_page_refusal(out, name, status);
        return;
    }
    snprintf(ref, sizeof(ref), "#/components/responses/Problem%d", status);
    json_open_key(out, name);
    json_put_str(out, "$ref", ref);
    json_close(out);
}

void openapi_put_responses(struct buf *out,
                           const struct openapi_operation *operation)
{
    struct statuses answers = {.count = 0};
    struct statuses all = {.count = 0};
    struct statuses refusals = {.count = 0};

    for (size_t i = 0; i < operation->count; i++) {
        const struct route *row = operation->rows[i];

        for (size_t at = 0; row->answers[at]; at++) {
            add(&answers, row->answers[at]);
            add(&all, row->answers[at]);
        }
        if (row->method == HTTP_GET && row->marks & ROUTE_ETAG) {
            add(&answers, 304);
            add(&all, 304);
        }
        add_refusals(&refusals, row);
    }
    for (size_t i = 0; i < refusals.count; i++)
        add(&all, refusals.list[i]);
    json_open_key(out, "responses");
    for (size_t i = 0; i < all.count; i++) {
        if (has(&answers, all.list[i]))
            put_answer(out, operation, all.list[i],
                       has(&refusals, all.list[i]));
        else
            put_refusal(out, all.list[i], operation->main->html);
    }
    json_close(out);
}
