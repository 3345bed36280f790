#include "view/order_query.h"
#include "model/orders/stream.h"

#include <string.h>

#include "base/banned.h"

static bool is_by(const struct order_query *query, size_t i, const char *name)
{
    return !strcmp(order_columns[query->orders[i].column].name, name);
}

bool order_query_has_order(const struct order_query *query, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (query->orders[k].column == query->orders[i].column ||
            is_by(query, k, "id"))
            return false;
    }
    return query->owner == STREAM_ALL || !is_by(query, i, "owner");
}

size_t order_query_first_order(const struct order_query *query)
{
    size_t i = 0;

    while (i < query->order_count && !order_query_has_order(query, i))
        i++;
    return i;
}

bool order_query_is_by_id(const struct order_query *query, bool *is_down)
{
    size_t first = order_query_first_order(query);

    if (first == query->order_count) {
        *is_down = true;
        return true;
    }
    *is_down = query->orders[first].descending;
    return is_by(query, first, "id");
}

bool order_query_is_id_down(const struct order_query *query)
{
    size_t first = order_query_first_order(query);

    for (size_t i = 0; i < query->order_count; i++) {
        if (is_by(query, i, "id"))
            return query->orders[i].descending;
    }
    return first == query->order_count || query->orders[first].descending;
}

void order_query_release(struct order_query *query)
{
    order_filter_release(&query->filter);
}

int order_query_copy(struct order_query *to, const struct order_query *from,
                     struct err *err)
{
    *to = *from;
    return order_filter_copy(&to->filter, &from->filter, err);
}

/* The i-th of the orders that count, without the id, which always comes last;
 * NULL: there are no more. */
static const struct query_order *
order_that_counts(const struct order_query *query, size_t i)
{
    for (size_t at = 0; at < query->order_count; at++) {
        if (!order_query_has_order(query, at) || is_by(query, at, "id"))
            continue;
        if (i-- == 0)
            return &query->orders[at];
    }
    return NULL;
}

static bool has_same_order(const struct order_query *a,
                           const struct order_query *b)
{
    for (size_t i = 0; i <= QUERY_ORDERS; i++) {
        const struct query_order *x = order_that_counts(a, i);
        const struct query_order *y = order_that_counts(b, i);

        if (!x || !y)
            return x == y &&
                   order_query_is_id_down(a) == order_query_is_id_down(b);
        if (x->column != y->column || x->descending != y->descending)
            return false;
    }
    return true;
}

bool order_query_equal(const struct order_query *a, const struct order_query *b)
{
    return a->owner == b->owner && a->offset == b->offset &&
           a->limit == b->limit && a->before_id == b->before_id &&
           a->totals == b->totals && has_same_order(a, b) &&
           order_filter_equal(&a->filter, &b->filter);
}

uint64_t order_query_hash(const struct order_query *query)
{
    int64_t plain[] = {query->owner,  query->offset,
                       query->limit,  query->before_id,
                       query->totals, order_query_is_id_down(query)};
    uint64_t hash = query_hash_bytes(QUERY_HASH, plain, sizeof(plain));
    const struct query_order *order;
    size_t i = 0;

    for (order = order_that_counts(query, i); order;
         order = order_that_counts(query, ++i)) {
        size_t by[] = {order->column, order->descending};

        hash = query_hash_bytes(hash, by, sizeof(by));
    }
    return order_filter_hash(&query->filter, hash);
}
