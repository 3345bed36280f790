#include "base/json.h"
#include "model/orders/order_column.h"
#include "web/api/handlers.h"
#include "web/routes.h"
#include "web/schema/shapes.h"

#include <stdio.h>

#include "base/banned.h"

/* What is said of the routes themselves, and what only they know. */

int api_root(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    char name[ROUTE_RESOURCE_MAX];
    int standby = atomic_load(&call->web->standby);

    (void)err;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    for (size_t i = 0; route_resource(i, name); i++) {
        struct buf text;

        buf_init(&text, 400);
        buf_printf(&text, "%s/api/%s/", call->web->base_url, name);
        json_put_str(body, name, buf_text(&text));
        buf_release(&text);
    }
    if (standby >= 0)
        json_put_str(body, "durability", shape_durability_words[standby]);
    json_close(body);
    return 0;
}

static bool durability_shape_field(size_t i, struct shape_field *field)
{
    char name[SHAPE_NAME_MAX];

    if (i > 0 && !route_resource(i - 1, name))
        return false;
    *field = (struct shape_field){
        "durability", SHAPE_CHOICE, .choices = shape_durability_words,
        .flags = SHAPE_OPTIONAL,
        .help = "Of a database server: whether commits wait for a standby"};
    return true;
}

bool resource_shape_field(size_t i, struct shape_field *field,
                          char name[SHAPE_NAME_MAX])
{
    if (!route_resource(i, name))
        return durability_shape_field(i, field);
    field->name = name;
    field->type = SHAPE_URL;
    return true;
}

static const char *type_name(enum column_type type)
{
    switch (type) {
    case COLUMN_INT: return "integer";
    case COLUMN_TEXT: return "string";
    case COLUMN_DECIMAL: return "decimal string";
    case COLUMN_TIME: return "time";
    case COLUMN_CHOICE: break;
    }
    return "choice";
}

static void put_field(struct buf *body, const struct order_column *column,
                      bool staff)
{
    bool writable = (column->flags & COLUMN_WRITE) ||
                    (staff && (column->flags & COLUMN_WRITE_STAFF));

    json_open_key(body, column->name);
    json_put_str(body, "type", type_name(column->type));
    json_put_bool(body, "required", column->flags & COLUMN_REQUIRED);
    json_put_bool(body, "read_only", !writable);
    json_put_bool(body, "nullable", column->flags & COLUMN_NULL);
    json_put_bool(body, "sortable", column->flags & COLUMN_SORT);
    json_put_bool(body, "searchable", column->flags & COLUMN_SEARCH);
    if (column->max_length)
        json_put_int(body, "max_length", column->max_length);
    if (column->choices) {
        json_open_array(body, "choices");
        for (const char *const *choice = column->choices; *choice; choice++)
            json_put_str(body, NULL, *choice);
        json_close_array(body);
    }
    if (column->help)
        json_put_str(body, "help", column->help);
    json_close(body);
}

static int answer_options(struct call *call)
{
    char allow[ROUTE_ALLOW_MAX];
    struct buf *body = &call->response->body;

    route_allow(route_methods(call->request->path), allow);
    response_begin(call->response, 200, "application/json");
    response_header(call->response, "allow", allow);
    json_open(body);
    json_put_str(body, "name", "orders");
    json_put_str(body, "allow", allow);
    json_open_array(body, "parses");
    json_put_str(body, NULL, "application/json");
    json_put_str(body, NULL, "application/x-www-form-urlencoded");
    json_close_array(body);
    json_put_int(body, "array_max", ORDERS_AT_ONCE_MAX);
    json_put_int(body, "body_max", REQUEST_BODY_MAX);
    json_open_key(body, "fields");
    for (size_t i = 0; i < order_columns_count; i++)
        put_field(body, &order_columns[i], call->actor.is_staff);
    json_close(body);
    json_close(body);
    return 0;
}

int orders_options(struct call *call, struct err *err)
{
    (void)err;
    return answer_options(call);
}

int order_options(struct call *call, struct err *err)
{
    (void)err;
    return answer_options(call);
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
