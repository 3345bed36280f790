#include "web/query/datatables.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/query/draw.h"
#include "web/query/list_query.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define BIT(column) (1UL << (column))
#define NO_COLUMN SIZE_MAX

static size_t find_text(struct draw_text text)
{
    const struct order_column *column =
        text.len ? order_column_find(text.text, text.len) : NULL;

    return column ? (size_t)(column - order_columns) : NO_COLUMN;
}

/* Which of ours the client's column is. */
static size_t find_column(const struct draw *draw, size_t index)
{
    const struct draw_column *column;
    size_t found;

    if (index >= draw->column_count)
        return NO_COLUMN;
    column = &draw->columns[index];
    found = find_text(column->data);
    if (found == NO_COLUMN)
        found = find_text(column->data_default);
    if (found == NO_COLUMN)
        found = find_text(column->name);
    return found;
}

/* What to call the client's column when it is at fault. */
static const char *column_word(const struct draw *draw, size_t index)
{
    const struct draw_column *column;

    if (index >= draw->column_count)
        return "it";
    column = &draw->columns[index];
    if (column->data.len)
        return column->data.text;
    return column->name.len ? column->name.text : "it";
}

static bool is_search_column(size_t column)
{
    return column != NO_COLUMN && (order_columns[column].flags & COLUMN_SEARCH);
}

/* The columns that a search over all of them looks in. A draw that names none
 * (by hand, say) means all of ours. */
static unsigned long searchable_columns(const struct draw *draw)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < draw->column_count; i++) {
        size_t column = find_column(draw, i);

        if (draw->columns[i].is_searchable && is_search_column(column))
            columns |= BIT(column);
    }
    for (size_t i = 0; draw->column_count == 0 && i < order_columns_count; i++)
        columns |= is_search_column(i) ? BIT(i) : 0;
    return columns;
}

/* The bit of one column that is searched by itself; 0 with an error when it
 * can't be: to ignore it would show rows that were not asked for. */
static unsigned long own_column(const struct draw *draw, size_t index,
                                const char *field, struct err *err)
{
    size_t column = find_column(draw, index);

    if (is_search_column(column) && draw->columns[index].is_searchable)
        return BIT(column);
    err_field(err, field, "column %zu: %.80s is not searchable", index,
              column_word(draw, index));
    return 0;
}

static int add_search(struct order_query *query, unsigned long columns,
                      struct draw_text text, bool is_regex, const char *field,
                      struct err *err)
{
    return order_filter_add(&query->filter,
                            is_regex ? QUERY_MATCHES : QUERY_CONTAINS, columns,
                            text.text, text.len, field, err);
}

static void add_values(const struct draw *draw, struct order_query *query,
                       struct err *err)
{
    if (draw->value.len)
        add_search(query, searchable_columns(draw), draw->value, draw->is_regex,
                   "search[value]", err);
    for (size_t i = 0; i < draw->column_count; i++) {
        const struct draw_column *column = &draw->columns[i];
        char field[48];
        unsigned long bit;

        if (!column->value.len)
            continue;
        snprintf(field, sizeof(field), "columns[%zu][search][value]", i);
        bit = own_column(draw, i, field, err);
        if (bit)
            add_search(query, bit, column->value, column->is_regex, field, err);
    }
}

/* A regular expression among the fixed searches comes as its own text,
 * /pattern/flags, and nothing else says that it is one. */
static bool cut_pattern(struct draw_text *term)
{
    const char *text = term->text;
    size_t end = term->len;

    while (end > 0 && strchr("dgimsuvy", text[end - 1]))
        end--;
    if (end < 3 || text[0] != '/' || text[end - 1] != '/')
        return false;
    *term = (struct draw_text){text + 1, end - 2};
    return true;
}

static unsigned long group_columns(const struct draw *draw,
                                   const struct draw_search *search,
                                   struct err *err)
{
    unsigned long columns = 0;

    if (search->column_count == 0)
        return searchable_columns(draw);
    for (size_t i = 0; i < DRAW_COLUMNS; i++) {
        if (search->columns[i])
            columns |= own_column(draw, i, search->field, err);
    }
    return columns;
}

static unsigned long search_columns(const struct draw *draw,
                                    const struct draw_search *search,
                                    struct err *err)
{
    switch (search->kind) {
    case DRAW_FIXED: return searchable_columns(draw);
    case DRAW_COLUMN_FIXED:
        return own_column(draw, search->column, search->field, err);
    case DRAW_GROUP:
    case DRAW_GROUP_FIXED: break;
    }
    return group_columns(draw, search, err);
}

static void add_searches(const struct draw *draw, struct order_query *query,
                         struct err *err)
{
    for (size_t i = 0; i < draw->search_count; i++) {
        const struct draw_search *search = &draw->searches[i];
        struct draw_text term = search->term;
        size_t faults = err->field_count;
        unsigned long columns;
        bool is_regex;

        if (term.len == 0)
            continue;
        if (term.len == 8 && !memcmp(term.text, "function", 8)) {
            err_field(err, search->field,
                      "a function can't be run by the server");
            continue;
        }
        columns = search_columns(draw, search, err);
        is_regex = cut_pattern(&term);
        if (err->field_count == faults)
            add_search(query, columns, term, is_regex, search->field, err);
    }
}

/* The name counts before the number. NO_COLUMN where the client says itself
 * that this column has no order (a cell of buttons, first in line for the
 * order that DataTables begins with). */
static size_t order_column(const struct draw *draw, size_t i, struct err *err)
{
    const struct draw_order *order = &draw->orders[i];
    size_t column = find_text(order->name);
    size_t index = order->column < 0 ? NO_COLUMN : (size_t)order->column;
    char field[32];

    snprintf(field, sizeof(field), "order[%zu][column]", i);
    if (column == NO_COLUMN && index < draw->column_count) {
        column = find_column(draw, index);
        if (column == NO_COLUMN && !draw->columns[index].is_orderable)
            return NO_COLUMN;
    }
    if (column == NO_COLUMN && index == NO_COLUMN)
        err_field(err, field, "there is no such column");
    else if (column == NO_COLUMN ||
             !(order_columns[column].flags & COLUMN_SORT))
        err_field(err, field, "column %zu: %.80s is not sortable", index,
                  column_word(draw, index));
    return column;
}

static void add_orders(const struct draw *draw, struct order_query *query,
                       struct err *err)
{
    for (size_t i = 0; i < DRAW_ORDERS; i++) {
        const struct draw_order *order = &draw->orders[i];
        struct query_order *to = &query->orders[query->order_count];
        size_t faults = err->field_count;
        char field[32];

        snprintf(field, sizeof(field), "order[%zu][dir]", i);
        if (!order->is_given)
            continue;
        to->column = order_column(draw, i, err);
        to->descending =
            order->dir.len == 4 && !memcmp(order->dir.text, "desc", 4);
        if (order->dir.len && !to->descending &&
            (order->dir.len != 3 || memcmp(order->dir.text, "asc", 3) != 0))
            err_field(err, field, "must be asc or desc");
        if (err->field_count == faults && to->column != NO_COLUMN)
            query->order_count++;
    }
}

static int resolve(const struct draw *draw, struct order_query *query,
                   struct err *err)
{
    query->offset = draw->start;
    query->limit = draw->length < 0 ? DRAW_ROWS_MAX : draw->length;
    query->totals = true;
    add_values(draw, query, err);
    add_searches(draw, query, err);
    add_orders(draw, query, err);
    return err->code == ERR_NONE ? 0 : -1;
}

/* A GET with submitAs: 'json' has the whole object as its query string, which
 * the splitting at '=' may have cut. */
static const struct param *find_json(const struct params *params)
{
    for (size_t i = 0; i < params_count(params); i++) {
        if (params_at(params, i)->name[0] == '{')
            return params_at(params, i);
    }
    return NULL;
}

static int parse_json(const struct param *param, cJSON **json, struct err *err)
{
    struct buf text;
    int rc = -1;

    buf_init(&text, PARAMS_TEXT_MAX);
    buf_put(&text, param->name, param->name_len);
    if (param->value_len) {
        buf_put_char(&text, '=');
        buf_put(&text, param->value, param->value_len);
    }
    if (buf_check(&text, err) == 0)
        rc = json_parse(buf_text(&text), text.len, json, err);
    buf_release(&text);
    return rc;
}

/* What can be no filter: DataTables' own, the object in place of a query
 * string, nested data that a page adds for itself, and what one of Django's
 * sends with a form. */
static bool is_no_filter(const struct param *param)
{
    return draw_has(param) || strpbrk(param->name, "{[") ||
           !strcmp(param->name, "csrfmiddlewaretoken");
}

int datatables_add_filters(const struct params *args, struct datatables *table,
                           struct err *err)
{
    return list_filters_read(args, is_no_filter, &table->query, err);
}

/* The number of the draw, where what it stands among can't be read. */
static int64_t find_draw(const cJSON *body)
{
    const cJSON *draw = cJSON_GetObjectItemCaseSensitive(body, "draw");

    return cJSON_IsNumber(draw) && draw->valuedouble >= 0 &&
                   draw->valuedouble <= 1e15
               ? (int64_t)draw->valuedouble
               : 0;
}

static int read_draw(struct draw *draw, const struct params *params,
                     struct datatables *table, struct err *err)
{
    int rc = draw_read(draw, params, err);

    table->draw = draw->draw;
    table->is_all = draw->length < 0;
    if (rc < 0 || resolve(draw, &table->query, err) < 0)
        return -1;
    return datatables_add_filters(params, table, err);
}

void datatables_release(struct datatables *table)
{
    order_query_release(&table->query);
}

int datatables_read(const struct params *params, const cJSON *body,
                    struct datatables *table, struct err *err)
{
    const struct param *packed = body ? NULL : find_json(params);
    struct draw *draw = mem_alloc(sizeof(*draw));
    struct params flat;
    cJSON *json = NULL;
    int rc = -1;

    memset(table, 0, sizeof(*table));
    params_init(&flat);
    if (!draw) {
        err_set(err, ERR_NOMEM, "no memory for a draw");
        goto out;
    }
    if (packed && parse_json(packed, &json, err) < 0)
        goto out;
    if (json)
        body = json;
    table->draw = find_draw(body);
    if (body && params_add_json(&flat, body, err) < 0)
        goto out;
    rc = read_draw(draw, body ? &flat : params, table, err);
    if (rc == 0 && json)
        rc = datatables_add_filters(params, table, err);
out:
    cJSON_Delete(json);
    params_release(&flat);
    mem_free(draw);
    return rc;
}
