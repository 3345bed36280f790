#pragma once
#include "base/err.h"
#include "store/db.h"
#include "view/order_match.h"
#include "view/order_query.h"
#include "view/order_ready.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Orders read one by one, each asked whether a query means it, as order_match.h
 * says: what answers a query where the database can't.
 * Thread: the caller's. Blocks on the database.
 */
bool order_walk_is_needed(const struct db *db, const struct order_query *query);
/* order: borrowed. 1: no more are wanted. */
typedef int order_walk_fn(void *arg, struct order_ready *order,
                          struct err *err);
/* Calls fn for each order that the filter means, whatever part of them the
 * query asks for; is_down: newest first. A read transaction of the caller makes
 * it one snapshot. ERR_INVALID (field "search") for a bad or too costly
 * pattern, ERR_BUDGET. */
int order_walk_run(struct db *db, const struct order_query *query,
                   struct order_match *match, bool is_down, order_walk_fn *fn,
                   void *arg, struct err *err);

/* What order_list.h answers with, of a query that is not an export in order of
 * the id. */
struct order_walk_page {
    int64_t *ids; /* of the page; the caller's to free, also after -1 */
    size_t count;
    int64_t matching; /* -1: totals are not asked for */
};
int order_walk_page(struct db *db, const struct order_query *query,
                    struct order_walk_page *page, struct err *err);
