#include "web/api/order_lists.h"
#include "base/json.h"

#include "base/banned.h"

enum { TOTAL, COUNT }; /* of a value's counts */

void order_lists_init(struct order_lists *lists)
{
    lists->count = 0;
}

void order_lists_release(struct order_lists *lists)
{
    for (size_t i = 0; i < lists->count; i++)
        order_values_release(&lists->values[i]);
    lists->count = 0;
}

/* Among the orders that the filter means, of lists from on up to end. */
static int count(struct call *call, const struct datatables *table,
                 const struct order_filter *filter, struct order_lists *lists,
                 size_t from, size_t end, size_t which, struct err *err)
{
    struct order_query query = {.owner = table->query.owner, .filter = *filter};

    if (from == end)
        return 0;
    return order_values_count(call->db, call->web->order_cache, &query,
                              &lists->values[from], end - from, which, err);
}

static int count_found(struct call *call, const struct datatables *table,
                       struct order_lists *lists, struct err *err)
{
    size_t end = lists->count;
    size_t last = 0;

    while (last < end && table->lists[last].column != table->last)
        last++;
    if (count(call, table, &table->query.filter, lists, 0, last, COUNT, err) <
        0)
        return -1;
    if (last == end)
        return 0;
    return count(call, table, &table->but_last, lists, last, last + 1, COUNT,
                 err) < 0
               ? -1
               : count(call, table, &table->query.filter, lists, last + 1, end,
                       COUNT, err);
}

static int check_named(const struct datatables *table,
                       const struct order_lists *lists, struct err *err)
{
    for (size_t i = 0; i < lists->count; i++) {
        if (lists->values[i].is_over && table->lists[i].is_named)
            return err_field(err, "lists", "%s has more than %d values",
                             order_columns[lists->values[i].column].name,
                             LIST_VALUES_MAX);
    }
    return 0;
}

int order_lists_count(struct call *call, const struct datatables *table,
                      struct order_lists *lists, struct err *err)
{
    for (size_t i = 0; i < table->list_count; i++)
        order_values_init(&lists->values[i], table->lists[i].column,
                          LIST_VALUES_MAX);
    lists->count = table->list_count;
    if (count(call, table, &table->all, lists, 0, lists->count, TOTAL, err) <
            0 ||
        check_named(table, lists, err) < 0 ||
        (table->has_panes && count_found(call, table, lists, err) < 0))
        return -1;
    for (size_t i = 0; i < lists->count; i++)
        order_values_sort(&lists->values[i]);
    return 0;
}

static void put_list(struct buf *out, const char *key,
                     const struct order_values *values, bool has_counts)
{
    char room[64];

    json_open_array(out, key);
    for (size_t i = 0; i < values->count; i++) {
        const char *text = order_value_text(values, i, room);

        json_open(out);
        json_put_str(out, "label", text);
        json_put_str(out, "value", text);
        if (has_counts) {
            json_put_int(out, "total", values->list[i].counts[TOTAL]);
            json_put_int(out, "count", values->list[i].counts[COUNT]);
        }
        json_close(out);
    }
    json_close_array(out);
}

static void put_lists(struct buf *out, const char *key,
                      const struct datatables *table,
                      const struct order_lists *lists, bool has_counts)
{
    json_open_key(out, key);
    for (size_t i = 0; i < lists->count; i++) {
        if (!lists->values[i].is_over)
            put_list(out, table->lists[i].key, &lists->values[i], has_counts);
    }
    json_close(out);
}

void order_lists_put(struct buf *out, const struct datatables *table,
                     const struct order_lists *lists)
{
    if (lists->count == 0)
        return;
    if (table->has_panes) {
        json_open_key(out, "searchPanes");
        put_lists(out, "options", table, lists, true);
        json_close(out);
    }
    if (table->has_builder) {
        json_open_key(out, "searchBuilder");
        put_lists(out, "options", table, lists, false);
        json_close(out);
    }
    put_lists(out, "columnControl", table, lists, false);
}
