#include "base/json.h"
#include "base/tick.h"
#include "model/accounts/scopes.h"
#include "model/desk/kept.h"
#include "web/query/shape.h"
#include "web/schema/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void gather(struct openapi_operation *operation,
                   const struct route_table *table, const struct route *first)
{
    const struct route *end = table->rows + table->count;

    operation->count = 0;
    operation->main = first;
    for (const struct route *row = first; row < end; row++) {
        if (!row->summary || row->method != first->method ||
            strcmp(row->path, first->path) != 0 ||
            operation->count == OPENAPI_ROWS_MAX)
            continue;
        operation->rows[operation->count++] = row;
        if (row->format)
            continue;
        /* It comes first, whatever is said. */
        operation->rows[operation->count - 1] = operation->rows[0];
        operation->rows[0] = operation->main = row;
    }
}

static bool has_format(const struct openapi_operation *operation)
{
    for (size_t i = 0; i < operation->count; i++) {
        if (operation->rows[i]->format)
            return true;
    }
    return false;
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

/* One of these is needed. */
static void put_scopes(struct buf *out, unsigned scopes)
{
    struct buf text;

    buf_init(&text, 256);
    scopes_write(&text, scopes);
    json_put_str_len(out, "x-scope", buf_text(&text),
                     text.len ? text.len - 1 : 0);
    openapi_end_piece(out, &text);
}

static void put_words(struct buf *out,
                      const struct openapi_operation *operation)
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
    if (route->scope)
        put_scopes(out, route->scope);
}

/* A cookie needs the CSRF token beside it for what changes something. */
static void put_security(struct buf *out, const struct route *route)
{
    json_open_array(out, "security");
    if (route->role == ROLE_NONE || route->method == HTTP_OPTIONS) {
        json_open(out);
        json_close(out);
    }
    if (route->role != ROLE_NONE || openapi_is_unsafe(route)) {
        json_open(out);
        json_open_array(out, "cookie");
        json_close_array(out);
        if (openapi_is_unsafe(route)) {
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
    const struct shape_field symbol = {.name = "symbol",
                                       .type = SHAPE_TEXT,
                                       .least = 1,
                                       .most = TICK_SYMBOL_CHARS};

    const struct shape_field name = {.name = "name",
                                     .type = SHAPE_TEXT,
                                     .least = 1,
                                     .most = KEPT_NAME_CHARS};

    if (strstr(route->path, ROUTE_SYMBOL))
        put_parameter(out, "path", true, NULL, &symbol);
    if (strstr(route->path, ROUTE_NAME))
        put_parameter(out, "path", true, NULL, &name);
    if (!first)
        return;
    id.most = INT64_C(999999999999999999);
    put_parameter(out, "path", true, NULL, &id);
    id.name = "sub_id";
    if (strstr(first + 1, "<id>"))
        put_parameter(out, "path", true, NULL, &id);
}

static void put_format(struct buf *out,
                       const struct openapi_operation *operation)
{
    const char *formats[OPENAPI_ROWS_MAX + 2];
    struct shape_field field = {.name = "format",
                                .type = SHAPE_CHOICE,
                                .choices = formats,
                                .otherwise = "json",
                                .help = "The format of the response"};
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
static bool is_said(const struct openapi_operation *operation, size_t row,
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

static void put_query(struct buf *out,
                      const struct openapi_operation *operation)
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

static void put_condition(struct buf *out, const char *name, const char *help)
{
    struct shape_field field = {.name = name, .type = SHAPE_TEXT, .help = help};

    put_parameter(out, "header", false, NULL, &field);
}

static void put_conditions(struct buf *out,
                           const struct openapi_operation *operation)
{
    bool is_read = operation->main->method == HTTP_GET;

    if (openapi_has_mark(operation, ROUTE_IF_MATCH))
        put_condition(out, "If-Match",
                      is_read ? "The ETags that are wanted: any other gives 412"
                              : "The ETags that the change is meant for: any "
                                "other gives 412");
    if (is_read && openapi_has_mark(operation, ROUTE_ETAG))
        put_condition(
            out, "If-None-Match",
            "The ETags that the client has already: any of them gives 304");
    else if (openapi_has_mark(operation, ROUTE_IF_MATCH))
        put_condition(out, "If-None-Match",
                      "The ETags that the change is not meant for: any of "
                      "them, or *, gives 412");
}

static void put_parameters(struct buf *out,
                           const struct openapi_operation *operation)
{
    json_open_array(out, "parameters");
    put_path_parameters(out, operation->main);
    put_query(out, operation);
    put_conditions(out, operation);
    json_close_array(out);
}

/* What the rows take, as one list of alternatives. as_form: of these, the ones
 * that a form can send. */
static void gather_input(const struct route *row, bool as_form, struct buf *of)
{
    const char *at = row->input;

    while (at && *at) {
        size_t len = strcspn(at, "|");
        bool is_array = len > 2 && at[len - 1] == ']';
        const struct shape *shape = shape_find(at, len);
        size_t before = of->len;

        if (as_form && shape && shape->as_form)
            buf_printf(of, "%s%s", of->len ? "|" : "", shape->as_form);
        else if (!as_form || (!is_array && shape && !shape->only_json))
            buf_printf(of, "%s%.*s", of->len ? "|" : "", (int)len, at);
        if (row->format && of->len > before)
            buf_printf(of, "@%s", row->format);
        at += len;
        at += *at == '|';
    }
}

static void gather_inputs(const struct openapi_operation *operation,
                          bool as_form, struct buf *of)
{
    for (size_t i = 0; i < operation->count; i++)
        gather_input(operation->rows[i], as_form, of);
}

static void put_body(struct buf *out, const struct openapi_operation *operation)
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

void openapi_put_operation(struct buf *out, const struct route_table *table,
                           const struct route *first)
{
    struct openapi_operation operation;
    char method[16];
    size_t len = 0;

    gather(&operation, table, first);
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
    openapi_put_responses(out, &operation);
    json_close(out);
}
