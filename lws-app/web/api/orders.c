#include "base/json.h"
#include "base/mem.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"
#include "view/order_list.h"
#include "web/api/handlers.h"
#include "web/api/order_input.h"
#include "web/api/order_lists.h"
#include "web/query/datatables.h"
#include "web/query/draw.h"
#include "web/query/draw_json.h"
#include "web/query/link.h"
#include "web/query/list_query.h"
#include "web/query/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define COUNT_BUDGET_MS 500

static void put_position(struct call *call, struct buf *body, int64_t seq)
{
    json_open_key(body, "position");
    json_put_str(body, "epoch", call->web->meta.epoch);
    json_put_int(body, "seq", seq);
    json_close(body);
}

struct rows {
    struct call *call;
    const struct order_query *query;
    struct order_list *list;
    const struct datatables *table; /* NULL: the plain list */
    bool begun;
};

static void put_page_links(struct rows *rows)
{
    const struct order_query *query = rows->query;
    int64_t page = query->limit ? query->offset / query->limit + 1 : 1;

    link_put_pages(rows->call, page,
                   query->offset + query->limit < rows->list->matching);
}

static void begin_list(struct rows *rows)
{
    struct buf *body = &rows->call->response->body;

    rows->begun = true;
    response_begin(rows->call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "count", rows->list->matching);
    if (!params_get(&rows->call->request->args, "cursor"))
        put_page_links(rows);
    put_position(rows->call, body, rows->list->position);
    json_open_array(body, "results");
}

/* "All" that is cut would look like all. */
static int begin_table(struct rows *rows, struct err *err)
{
    struct buf *body = &rows->call->response->body;

    if (rows->table->is_all && rows->list->matching > DRAW_ROWS_MAX)
        return err_field(err, "length",
                         "there are %lld rows, and one answer has %d at most: "
                         "ask for pages",
                         (long long)rows->list->matching, DRAW_ROWS_MAX);
    rows->begun = true;
    response_begin(rows->call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "draw", rows->table->draw);
    rows->call->keep.from = body->len;
    json_put_int(body, "recordsTotal", rows->list->total);
    json_put_int(body, "recordsFiltered", rows->list->matching);
    put_position(rows->call, body, rows->list->position);
    json_open_array(body, "data");
    return 0;
}

static int put_row(void *arg, const struct order *order, struct err *err)
{
    struct rows *rows = arg;
    struct buf *body = &rows->call->response->body;

    if (!rows->begun && rows->table && begin_table(rows, err) < 0)
        return -1;
    if (!rows->begun)
        begin_list(rows);
    if (rows->table)
        order_put_row(body, order);
    else
        order_put_json(body, NULL, order);
    return buf_check(body, err);
}

/* Of searches and filters there are too many: they would push out the pages
 * that are asked for again. */
static void let_keep(struct call *call, const struct order_query *query,
                     const struct order_list *list)
{
    if (query->owner == call->actor.user &&
        order_filter_is_empty(&query->filter))
        call->keep.position = list->position;
}

static int check_length(struct call *call, const struct order_query *query,
                        struct err *err)
{
    return order_list_is_long(query) ? call_need_long(call, err) : 0;
}

int orders_list(struct call *call, struct err *err)
{
    struct order_query *query = mem_zalloc(sizeof(*query));
    struct order_list list = {0};
    struct rows rows = {.call = call, .query = query, .list = &list};
    const struct params *args = &call->request->args;
    const char *format = params_get(args, "format");
    char cursor[LIST_CURSOR_MAX];
    int rc = -1;

    if (!query)
        return err_set(err, ERR_NOMEM, "no memory for a query");
    if (format && strcmp(format, "json") != 0)
        err_field(err, "format", "must be json, datatables, csv or ndjson");
    if (list_query_read(args, query, err) < 0 || err->code ||
        scope_read(call, query, err) < 0 ||
        check_length(call, query, err) < 0 ||
        order_list_run(call->db, call->web->order_cache, query, &list, put_row,
                       &rows, err) < 0)
        goto out;
    if (!rows.begun)
        begin_list(&rows);
    json_close_array(&call->response->body);
    if (params_get(args, "cursor")) {
        bool more = list.returned == query->limit && query->limit > 0;

        if (more)
            list_cursor(list.last_id, cursor);
        link_put(call, "next", "cursor", more ? cursor : NULL);
        link_put(call, "previous", "cursor", NULL);
    }
    json_close(&call->response->body);
    let_keep(call, query, &list);
    rc = 0;
out:
    order_query_release(query);
    mem_free(query);
    return rc;
}

/* Of whoever's orders were asked for; 0 where that can't be told. What has used
 * up the time for rows leaves none, and this is told of a row or two. */
static int64_t count_orders(struct call *call)
{
    struct order_query *query = mem_zalloc(sizeof(*query));
    struct err err = ERR_INIT;
    int64_t position;
    int64_t count = 0;

    db_budget(call->db, COUNT_BUDGET_MS);
    if (!query || scope_read(call, query, &err) < 0 ||
        stream_position(call->db, query->owner, &position, &count, &err) < 0)
        count = 0;
    mem_free(query);
    return count;
}

/* DataTables shows an error only from an answer of 200 that also has rows. */
static void answer_table_error(struct call *call, int64_t draw,
                               const struct err *err)
{
    struct buf *body = &call->response->body;
    int64_t total = count_orders(call);
    char text[300];

    if (err->field_count)
        snprintf(text, sizeof(text), "%s: %s", err->fields[0].name,
                 err->fields[0].text);
    else
        snprintf(text, sizeof(text), "%s", err_public_text(err));
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "draw", draw);
    json_put_int(body, "recordsTotal", total);
    json_put_int(body, "recordsFiltered", 0);
    json_open_array(body, "data");
    json_close_array(body);
    json_put_str(body, "error", text);
    json_close(body);
}

/* Which errors are the table's to show: what the user typed, and a search that
 * took too long. The rest are HTTP's. */
static bool is_table_error(enum err_code code)
{
    return code == ERR_INVALID || code == ERR_MALFORMED || code == ERR_BUDGET;
}

static int read_table(struct call *call, struct datatables *table,
                      struct err *err)
{
    const struct params *address = &call->request->args;
    const struct input *input;

    if (call->request->method != HTTP_POST)
        return datatables_read(address, NULL, NULL, table, err);
    if (call_input(call, &input, err) < 0) {
        table->draw = draw_number_in(buf_text(&call->request->body),
                                     call->request->body.len);
        return -1;
    }
    return datatables_read(&input->form, input->json, address, table, err);
}

static int check_table(struct call *call, const struct datatables *table,
                       struct err *err)
{
    if (table->list_count)
        return call_need_long(call, err);
    return check_length(call, &table->query, err);
}

static int put_table(struct rows *rows, struct order_lists *lists,
                     struct err *err)
{
    struct call *call = rows->call;
    const struct datatables *table = rows->table;

    if (order_lists_count(call, table, lists, err) < 0 ||
        order_list_run(call->db, call->web->order_cache, rows->query,
                       rows->list, put_row, rows, err) < 0)
        return -1;
    if (!rows->begun && begin_table(rows, err) < 0)
        return -1;
    json_close_array(&call->response->body);
    order_lists_put(&call->response->body, table, lists);
    json_close(&call->response->body);
    return buf_check(&call->response->body, err);
}

/* The rows, and the lists beside them, of one snapshot. */
static int answer_table(struct rows *rows, struct order_lists *lists,
                        struct err *err)
{
    struct db *db = rows->call->db;
    int rc;

    if (rows->table->list_count == 0)
        return put_table(rows, lists, err);
    if (db_read_begin(db, err) < 0)
        return -1;
    rc = put_table(rows, lists, err);
    db_read_end(db);
    return rc;
}

int orders_table(struct call *call, struct err *err)
{
    struct datatables *table = mem_zalloc(sizeof(*table));
    struct order_list list = {0};
    struct rows rows = {.call = call, .list = &list, .table = table};
    struct order_lists lists;
    int rc = -1;

    if (!table)
        return err_set(err, ERR_NOMEM, "no memory for a query");
    order_lists_init(&lists);
    rows.query = &table->query;
    if (read_table(call, table, err) < 0 ||
        scope_read(call, &table->query, err) < 0 ||
        check_table(call, table, err) < 0 ||
        answer_table(&rows, &lists, err) < 0)
        goto out;
    let_keep(call, &table->query, &list);
    rc = 0;
out:
    if (rc < 0 && is_table_error(err->code)) {
        answer_table_error(call, table->draw, err);
        err_clear(err);
        rc = 0;
    }
    order_lists_release(&lists);
    datatables_release(table);
    mem_free(table);
    return rc;
}
