#include "shown.h"

#include "base/banned.h"

static void put_term(struct buf *out, const struct query_term *term)
{
    static const char *const names[] = {
        [QUERY_CONTAINS] = "contains", [QUERY_MATCHES] = "matches",
        [QUERY_EQUAL] = "equal",       [QUERY_AT_LEAST] = "least",
        [QUERY_AT_MOST] = "most",
    };
    const char *mark = "";

    buf_printf(out, " %s(", names[term->op]);
    for (size_t i = 0; i < order_columns_count; i++) {
        if (!(term->columns & 1UL << i))
            continue;
        buf_printf(out, "%s%s", mark, order_columns[i].name);
        mark = ",";
    }
    buf_printf(out, ": %s)", term->text);
}

void shown_query(struct buf *out, const struct order_query *query)
{
    buf_printf(out, "%lld+%lld", (long long)query->offset,
               (long long)query->limit);
    if (query->before_id)
        buf_printf(out, " before %lld", (long long)query->before_id);
    for (size_t i = 0; i < query->term_count; i++)
        put_term(out, &query->terms[i]);
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
