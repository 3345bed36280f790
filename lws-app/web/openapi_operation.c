#include "base/json.h"
#include "web/openapi.h"
#include "web/shape.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* An operation is all rows of its path and method: those with a format beside
 * the one without. */
#define ROWS_MAX 8
#define STATUSES_MAX 32

struct operation {
    const struct route *rows[ROWS_MAX];
    size_t count;
    const struct route *main; /* the one without a format, else the first */
};

static void gather(struct operation *operation, const struct route *first)
{
    operation->count = 0;
    operation->main = first;
    for (const struct route *row = first; row < routes + routes_count; row++) {
        if (!row->summary || row->method != first->method ||
            strcmp(row->path, first->path) != 0 || operation->count == ROWS_MAX)
            continue;
        operation->rows[operation->count++] = row;
        if (row->format)
            continue;
        /* It comes first, whatever is said. */
        operation->rows[operation->count - 1] = operation->rows[0];
        operation->rows[0] = operation->main = row;
    }
}

static bool has_mark(const struct operation *operation, enum route_mark mark)
{
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->rows[i]->marks & mark)
            return true;
    }
    return false;
}

static bool has_format(const struct operation *operation)
{
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->rows[i]->format)
            return true;
    }
    return false;
}

static bool has_id(const struct route *route)
{
    return strstr(route->path, "<id>");
}

static bool is_unsafe(const struct route *route)
{
    return route->method != HTTP_GET && route->method != HTTP_OPTIONS;
}

/* get_data_id: the method and the words of the path. */
static void put_id(struct buf *out, const struct route *route)
{
    char path[OPENAPI_PATH_MAX];
    char method[16];
    struct buf id;
    bool gap = true;

    snprintf(method, sizeof(method), "%s", http_method_name(route->method));
    openapi_path(route, path);
    buf_init(&id, 200);
    for (const char *c = method; *c; c++)
        buf_put_char(&id, (char)tolower((unsigned char)*c));
    for (const char *c = path; *c; c++) {
        if (!isalnum((unsigned char)*c)) {
            gap = true;
            continue;
        }
        if (gap)
            buf_put_char(&id, '_');
        gap = false;
        buf_put_char(&id, *c);
    }
    json_put_str(out, "operationId", buf_text(&id));
    openapi_end_piece(out, &id);
}

static void put_tag(struct buf *out, const struct route *route)
{
    const char *name = "health";
    size_t len = strlen(name);

    if (!strncmp(route->path, "/api/", 5) && route->path[5]) {
        name = route->path + 5;
        len = strcspn(name, "/");
    } else if (!strcmp(route->path, "/api/")) {
        name = "api";
        len = 3;
    }
    json_open_array(out, "tags");
    json_put_str_len(out, NULL, name, len);
    json_close_array(out);
}

static const char *who_may(enum role role)
{
    switch (role) {
    case ROLE_NONE: return "anybody";
    case ROLE_PAGE_USER:
    case ROLE_USER: return "any login";
    case ROLE_PAGE_STAFF:
    case ROLE_STAFF: return "staff";
    case ROLE_SUPERUSER: return "superusers";
    case ROLE_COOKIE: return "a login by cookie";
    }
    return "nobody";
}

static void put_words(struct buf *out, const struct operation *operation)
{
    const struct route *route = operation->main;
    struct buf text;

    json_put_str(out, "summary", route->summary);
    buf_init(&text, 2000);
    for (size_t i = 0; i < operation->count; i++) {
        const struct route *row = operation->rows[i];

        if (row->format && row != route)
            buf_printf(&text, "%sformat=%s: %s.", text.len ? " " : "",
                       row->format, row->summary);
    }
    if (text.len)
        json_put_str(out, "description", buf_text(&text));
    openapi_end_piece(out, &text);
    json_put_str(out, "x-who", who_may(route->role));
}

/* A cookie needs the CSRF token beside it for what changes something. */
static void put_security(struct buf *out, const struct route *route)
{
    json_open_array(out, "security");
    if (route->role == ROLE_NONE) {
        json_open(out);
        json_close(out);
    }
    if (route->role != ROLE_NONE || is_unsafe(route)) {
        json_open(out);
        json_open_array(out, "cookie");
        json_close_array(out);
        if (is_unsafe(route)) {
            json_open_array(out, "csrf");
            json_close_array(out);
        }
        json_close(out);
    }
    if (route->role != ROLE_NONE && route->role != ROLE_COOKIE) {
        json_open(out);
        json_open_array(out, "token");
        json_close_array(out);
        json_close(out);
    }
    json_close_array(out);
}

/* format: the only one that it goes with; NULL: any. */
static void put_parameter(struct buf *out, const char *in, bool required,
                          const char *format, const struct shape_field *field)
{
    struct shape_field about = *field;

    about.help = NULL;
    json_open(out);
    json_put_str(out, "name", field->name);
    json_put_str(out, "in", in);
    if (required)
        json_put_bool(out, "required", true);
    if (field->help)
        json_put_str(out, "description", field->help);
    shape_put_value(out, "schema", &about);
    if (format)
        json_put_str(out, "x-format", format);
    json_close(out);
}

static void put_path_parameters(struct buf *out, const struct route *route)
{
    const char *first = strstr(route->path, "<id>");
    struct shape_field id = {.name = "id", .type = SHAPE_INT, .least = 1};

    if (!first)
        return;
    id.most = INT64_C(999999999999999999);
    put_parameter(out, "path", true, NULL, &id);
    id.name = "sub_id";
    if (strstr(first + 1, "<id>"))
        put_parameter(out, "path", true, NULL, &id);
}

static void put_format(struct buf *out, const struct operation *operation)
{
    const char *formats[ROWS_MAX + 2];
    struct shape_field field = {.name = "format",
                                .type = SHAPE_CHOICE,
                                .choices = formats,
                                .otherwise = "json",
                                .help = "How the answer is written"};
    size_t count = 0;

    if (!has_format(operation))
        return;
    formats[count++] = "json";
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->rows[i]->format)
            formats[count++] = operation->rows[i]->format;
    }
    formats[count] = NULL;
    put_parameter(out, "query", false, NULL, &field);
}

/* Was the name a parameter of one of the rows before this one? */
static bool is_said(const struct operation *operation, size_t row,
                    const char *name)
{
    struct shape_field field;
    char room[SHAPE_NAME_MAX];

    for (size_t i = 0; i < row; i++) {
        const char *query = operation->rows[i]->query;
        const struct shape *shape =
            query ? shape_find(query, strlen(query)) : NULL;

        for (size_t at = 0; shape && shape_field(shape, at, &field, room);
             at++) {
            if (!strcmp(field.name, name))
                return true;
        }
    }
    return false;
}

static void put_query(struct buf *out, const struct operation *operation)
{
    struct shape_field field;
    char name[SHAPE_NAME_MAX];

    put_format(out, operation);
    for (size_t i = 0; i < operation->count; i++) {
        const char *query = operation->rows[i]->query;
        const struct shape *shape =
            query ? shape_find(query, strlen(query)) : NULL;

        for (size_t at = 0; shape && shape_field(shape, at, &field, name);
             at++) {
            if (!is_said(operation, i, field.name))
                put_parameter(out, "query", !(field.flags & SHAPE_OPTIONAL),
                              operation->rows[i]->format, &field);
        }
    }
}

static void put_if_match(struct buf *out)
{
    struct shape_field field = {
        .name = "If-Match",
        .type = SHAPE_TEXT,
        .help = "The ETag that the change is meant for: with another one it is "
                "412"};

    put_parameter(out, "header", false, NULL, &field);
}

static void put_parameters(struct buf *out, const struct operation *operation)
{
    json_open_array(out, "parameters");
    put_path_parameters(out, operation->main);
    put_query(out, operation);
    if (has_mark(operation, ROUTE_IF_MATCH))
        put_if_match(out);
    json_close_array(out);
}

/* What the rows take, as one list of alternatives. as_form: of these, the ones
 * that a form can send. */
static void gather_inputs(const struct operation *operation, bool as_form,
                          struct buf *of)
{
    for (size_t i = 0; i < operation->count; i++) {
        const char *at = operation->rows[i]->input;

        while (at && *at) {
            size_t len = strcspn(at, "|");
            bool is_array = len > 2 && at[len - 1] == ']';
            const struct shape *shape = shape_find(at, len);

            if (!as_form || (!is_array && shape && !shape->only_json))
                buf_printf(of, "%s%.*s", of->len ? "|" : "", (int)len, at);
            at += len;
            at += *at == '|';
        }
    }
}

static void put_body(struct buf *out, const struct operation *operation)
{
    static const char *const types[] = {"application/json",
                                        "application/x-www-form-urlencoded"};
    struct buf of;

    buf_init(&of, 500);
    gather_inputs(operation, false, &of);
    if (of.len) {
        json_open_key(out, "requestBody");
        json_put_bool(out, "required", true);
        json_open_key(out, "content");
        for (size_t i = 0; i < 2; i++) {
            buf_clear(&of);
            gather_inputs(operation, i == 1, &of);
            if (!of.len)
                continue;
            json_open_key(out, types[i]);
            shape_put_of(out, "schema", buf_text(&of));
            json_close(out);
        }
        json_close(out);
        json_close(out);
    }
    openapi_end_piece(out, &of);
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

/* What a row refuses by its nature: who may use it, what it takes, where it
 * runs. */
static void add_refusals(struct statuses *statuses, const struct route *route)
{
    bool takes_body = route->method == HTTP_POST || route->method == HTTP_PUT ||
                      route->method == HTTP_PATCH;

    add(statuses, 400);
    add(statuses, 421);
    if (route->role != ROLE_NONE) {
        add(statuses, 401);
        add(statuses, 403);
    }
    if (has_id(route))
        add(statuses, 404);
    if (takes_body)
        add(statuses, 411);
    add(statuses, 413);
    if (route->input)
        add(statuses, 415);
    if (route->marks & ROUTE_IF_MATCH)
        add(statuses, 412);
    if (route->run != RUN_LOOP)
        add(statuses, 503);
    for (size_t i = 0; route->refuses[i]; i++)
        add(statuses, route->refuses[i]);
}

static void put_header_ref(struct buf *out, const char *name)
{
    char ref[64];

    snprintf(ref, sizeof(ref), "#/components/headers/%s", name);
    json_open_key(out, name);
    json_put_str(out, "$ref", ref);
    json_close(out);
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
static void put_content(struct buf *out, const struct operation *operation,
                        int status, size_t first)
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
            buf_printf(&of, "%s%s", of.len ? "|" : "", row->output);
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
    case 201: return "Made";
    case 204: return "Done; there is nothing to say";
    case 503: return "Not ready, or not now";
    default: return "An answer";
    }
}

static void put_answer(struct buf *out, const struct operation *operation,
                       int status, bool also_refuses)
{
    char name[16];
    bool etag = has_mark(operation, ROUTE_ETAG) && status < 300;
    bool location = has_mark(operation, ROUTE_LOCATION) && status < 300;

    snprintf(name, sizeof(name), "%d", status);
    json_open_key(out, name);
    json_put_str(out, "description", words_for(status));
    if (etag || location) {
        json_open_key(out, "headers");
        if (etag)
            put_header_ref(out, "ETag");
        if (location)
            put_header_ref(out, "Location");
        json_close(out);
    }
    if (status != 204) {
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

static void put_refusal(struct buf *out, int status)
{
    char name[16];
    char ref[64];

    snprintf(name, sizeof(name), "%d", status);
    snprintf(ref, sizeof(ref), "#/components/responses/Problem%d", status);
    json_open_key(out, name);
    json_put_str(out, "$ref", ref);
    json_close(out);
}

static void put_responses(struct buf *out, const struct operation *operation)
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
            put_refusal(out, all.list[i]);
    }
    json_close(out);
}

void openapi_put_operation(struct buf *out, const struct route *first)
{
    struct operation operation;
    char method[16];
    size_t len = 0;

    gather(&operation, first);
    for (const char *c = http_method_name(first->method);
         *c && len + 1 < sizeof(method); c++)
        method[len++] = (char)tolower((unsigned char)*c);
    method[len] = '\0';
    json_open_key(out, method);
    put_id(out, operation.main);
    put_tag(out, operation.main);
    put_words(out, &operation);
    put_security(out, operation.main);
    put_parameters(out, &operation);
    put_body(out, &operation);
    put_responses(out, &operation);
    json_close(out);
}
