#pragma once
#include "base/buf.h"
#include "view/order_query.h"
#include "view/order_rows.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A query answered from rows in memory: the same orders in the same order, and
 * the same totals, as order_match.h says.
 * Thread: the caller's. Never blocks.
 */
struct order_scan_page {
    int64_t *ids; /* of the page; the caller's to free */
    size_t count;
    int64_t matching;
};

/* False for what only the database answers: regular expressions, and empty
 * needles, which are in every value but not in a null. */
bool order_scan_can(const struct order_query *query);
/* Calls fn for each order that the filter means, in no order; false where it
 * says so, or where there is no memory. */
typedef bool order_slot_fn(void *arg, const struct order_slot *slot);
bool order_scan_each(const struct order_rows *rows,
                     const struct order_query *query, order_slot_fn *fn,
                     void *arg);
/* False: no memory. */
bool order_scan_run(const struct order_rows *rows,
                    const struct order_query *query,
                    struct order_scan_page *page);
