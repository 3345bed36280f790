#include "base/json.h"
#include "web/api/handlers.h"
#include "web/query/draw.h"
#include "web/query/instrument_list.h"
#include "web/query/link.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

struct rows {
    struct call *call;
    const struct instrument_query *query;
    const struct instrument_table *table; /* NULL: the plain list */
    struct instrument_counts counts;
    bool begun;
};

static void begin_list(struct rows *rows)
{
    const struct instrument_query *query = rows->query;
    struct buf *body = &rows->call->response->body;

    json_put_int(body, "count", rows->counts.matching);
    link_put_pages(rows->call, query->offset / query->limit + 1,
                   query->offset + query->limit < rows->counts.matching);
    json_open_array(body, "results");
}

static void begin_table(struct rows *rows)
{
    struct buf *body = &rows->call->response->body;

    json_put_int(body, "draw", rows->table->draw);
    json_put_int(body, "recordsTotal", rows->counts.total);
    json_put_int(body, "recordsFiltered", rows->counts.matching);
    json_open_array(body, "data");
}

/* "All" that is cut would look like all. */
static int begin(struct rows *rows, struct err *err)
{
    rows->begun = true;
    if (rows->table && rows->table->is_all &&
        rows->counts.matching > DRAW_ROWS_MAX)
        return err_field(err, "length",
                         "there are %lld rows, and one answer has %d at most: "
                         "ask for pages",
                         (long long)rows->counts.matching, DRAW_ROWS_MAX);
    response_begin(rows->call->response, 200, "application/json");
    json_open(&rows->call->response->body);
    if (rows->table)
        begin_table(rows);
    else
        begin_list(rows);
    return 0;
}

static int put_row(void *arg, const struct instrument *instrument,
                   struct err *err)
{
    struct rows *rows = arg;
    struct buf *body = &rows->call->response->body;
    char row_id[48];

    if (!rows->begun && begin(rows, err) < 0)
        return -1;
    json_open(body);
    instrument_put_members(body, instrument);
    snprintf(row_id, sizeof(row_id), "instrument-%lld",
             (long long)instrument->id);
    if (rows->table)
        json_put_str(body, "DT_RowId", row_id);
    json_close(body);
    return buf_check(body, err);
}

/* A few by their symbols are found by an index. */
static bool is_long(const struct instrument_query *query)
{
    return query->word_count ||
           (!query->symbol_count &&
            (query->order_count || query->filters || query->currency));
}

static int answer_rows(struct rows *rows, struct err *err)
{
    struct call *call = rows->call;

    if ((is_long(rows->query) && call_need_long(call, err) < 0) ||
        instrument_query_run(call->db, rows->query, &rows->counts, put_row,
                             rows, err) < 0 ||
        (!rows->begun && begin(rows, err) < 0))
        return -1;
    json_close_array(&call->response->body);
    json_close(&call->response->body);
    return 0;
}

int instruments_list(struct call *call, struct err *err)
{
    struct instrument_query query;
    struct rows rows = {.call = call, .query = &query};

    if (instrument_list_read(&call->request->args, &query, err) < 0)
        return -1;
    return answer_rows(&rows, err);
}

/* DataTables shows an error only from an answer of 200 that also has rows. */
static void answer_table_error(struct rows *rows, struct err *err)
{
    struct buf *body = &rows->call->response->body;
    char text[300];

    if (err->field_count)
        snprintf(text, sizeof(text), "%s: %s", err->fields[0].name,
                 err->fields[0].text);
    else
        snprintf(text, sizeof(text), "%s", err_public_text(err));
    response_begin(rows->call->response, 200, "application/json");
    json_open(body);
    begin_table(rows);
    json_close_array(body);
    json_put_str(body, "error", text);
    json_close(body);
    err_clear(err);
}

static int count_all(void *arg, const struct instrument *instrument,
                     struct err *err)
{
    (void)arg;
    (void)instrument;
    (void)err;
    return 0;
}

int instruments_table(struct call *call, struct err *err)
{
    static const struct instrument_query none; /* of which no row is wanted */
    struct instrument_table table;
    struct rows rows = {.call = call, .query = &table.query, .table = &table};
    struct err again = ERR_INIT;

    if (instrument_table_read(&call->request->args, &table, err) == 0 &&
        answer_rows(&rows, err) == 0)
        return 0;
    if (err->code != ERR_INVALID && err->code != ERR_BUDGET)
        return -1;
    if (instrument_query_run(call->db, &none, &rows.counts, count_all, NULL,
                             &again) < 0)
        rows.counts.total = 0;
    rows.counts.matching = 0;
    answer_table_error(&rows, err);
    return 0;
}
