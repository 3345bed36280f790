#include "shown.h"
#include "base/clock.h"
#include "base/decimal.h"

#include "base/banned.h"

static void put_value(struct buf *out, const struct order_filter *filter,
                      const struct filter_node *node,
                      const struct order_column *column)
{
    char text[CLOCK_TEXT_MAX];

    if (!query_op_is_typed(node->op) || node->is_null ||
        column->type == COLUMN_TEXT)
        buf_put_text(out, order_filter_text(filter, node));
    else if (column->type == COLUMN_CHOICE)
        buf_put_text(out, column->choices[node->number]);
    else if (column->type == COLUMN_INT)
        buf_put_int(out, node->number);
    else if (column->type == COLUMN_DECIMAL)
        buf_put(out, text, decimal_format(node->number, text));
    else
        buf_put(out, text, clock_format(node->number, text));
}

static void put_term(struct buf *out, const struct order_filter *filter,
                     const struct filter_node *node)
{
    static const char *const names[] = {
        [QUERY_CONTAINS] = "contains",
        [QUERY_MATCHES] = "matches",
        [QUERY_STARTS] = "starts",
        [QUERY_ENDS] = "ends",
        [QUERY_IS] = "is",
        [QUERY_ABOVE] = "above",
        [QUERY_BELOW] = "below",
        [QUERY_EQUAL] = "equal",
        [QUERY_AT_LEAST] = "least",
        [QUERY_AT_MOST] = "most",
    };
    const struct order_column *last = NULL;

    buf_printf(out, " %s(", names[node->op]);
    for (size_t i = 0; i < order_columns_count; i++) {
        if (!(node->columns & 1UL << i))
            continue;
        buf_printf(out, "%s%s", last ? "," : "", order_columns[i].name);
        last = &order_columns[i];
    }
    buf_put_text(out, ": ");
    put_value(out, filter, node, last);
    buf_put_char(out, ')');
}

static void put_node(struct buf *out, const struct order_filter *filter,
                     const struct filter_node *node)
{
    static const char *const words[] = {
        [FILTER_AND] = "and", [FILTER_OR] = "or", [FILTER_NOT] = "not"};
    const struct filter_node *end = node + node->span;

    if (node->kind == FILTER_TERM) {
        put_term(out, filter, node);
        return;
    }
    buf_printf(out, " %s(", words[node->kind]);
    for (node++; node < end; node += node->span)
        put_node(out, filter, node);
    buf_put_char(out, ')');
}

void shown_query(struct buf *out, const struct order_query *query)
{
    buf_printf(out, "%lld+%lld", (long long)query->offset,
               (long long)query->limit);
    if (query->before_id)
        buf_printf(out, " before %lld", (long long)query->before_id);
    for (size_t i = 0; i < query->filter.node_count;
         i += query->filter.nodes[i].span)
        put_node(out, &query->filter, &query->filter.nodes[i]);
    for (size_t i = 0; i < query->order_count; i++)
        buf_printf(out, "%s%s%s", i ? ", " : " order(",
                   query->orders[i].descending ? "-" : "",
                   order_columns[query->orders[i].column].name);
    if (query->order_count)
        buf_put_char(out, ')');
}

void shown_error(struct buf *out, const struct err *err)
{
    buf_put_text(out, "error ");
    if (!err->field_count)
        buf_put_text(out, err_code_name(err->code));
    for (size_t i = 0; i < err->field_count; i++)
        buf_printf(out, "%s%s", i ? ", " : "", err->fields[i].name);
}
