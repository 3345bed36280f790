#pragma once
#include "base/err.h"
#include "view/order_filter.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What a list, a search, a DataTables draw and an export ask for, as one value:
 * which orders, in which order, and which part of them. What it means is said
 * in order_match.h; order_list.h answers it.
 * A query owns its filter: order_query_release() gives it back,
 * order_query_copy() makes another value, and an assignment moves it. All bytes
 * 0 is a query for nobody's orders without conditions.
 * Numbers and times are ordered as such, text by its fold and then by itself,
 * choices as text; null comes before everything, ties go the way of the first
 * order.
 * Thread: its owner's. Never blocks.
 */
#define QUERY_ORDERS 8 /* sort terms at most */

struct query_order {
    size_t column; /* index in order_columns */
    bool descending;
};
struct order_query {
    int64_t owner; /* whose; STREAM_ALL: everybody's (the caller checked) */
    struct order_filter filter;
    size_t order_count; /* ties, and none at all: id, newest first */
    struct query_order orders[QUERY_ORDERS];
    int64_t offset;
    int64_t limit;
    /* Cursor: only ids below it; goes with the order by id alone. 0: none. */
    int64_t before_id;
    bool totals; /* count what matches; else -1 */
};

void order_query_release(struct order_query *query); /* safe twice */
/* to: is overwritten. ERR_NOMEM: its filter is empty. */
int order_query_copy(struct order_query *to, const struct order_query *from,
                     struct err *err);
/* Whether they ask for the same; orders that say nothing do not count. */
bool order_query_equal(const struct order_query *a,
                       const struct order_query *b);
uint64_t order_query_hash(const struct order_query *query);

/* Whether the query's order i says anything: of one owner's orders the owner
 * does not, and behind the id nothing does. */
bool order_query_has_order(const struct order_query *query, size_t i);
/* The direction of the id, which decides between equals. */
bool order_query_is_id_down(const struct order_query *query);
/* True when rows are in order of their id: no need to see them all to know
 * which come first. *is_down: newest first. */
bool order_query_is_by_id(const struct order_query *query, bool *is_down);
/* The index of the first order that says anything; order_count: none does. */
size_t order_query_first_order(const struct order_query *query);
