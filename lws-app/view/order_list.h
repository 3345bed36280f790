#pragma once
#include "base/err.h"
#include "model/orders/order.h"
#include "store/db.h"
#include "view/order_cache.h"
#include "view/order_query.h"
/*
 * The list of orders: the answer to a query, with exact totals and the stream's
 * position from one read transaction.
 * Thread: the caller's. Blocks on the database.
 */
struct order_list {
    int64_t total;    /* all rows of the owner */
    int64_t matching; /* of these, those that the filter means */
    int64_t position; /* the stream's, same snapshot */
    int64_t returned;
    int64_t last_id; /* of the last row; 0: none */
};
/* Called per row; borrowed. */
typedef int order_row_fn(void *arg, const struct order *order, struct err *err);

/* Whether the query may have to look at many rows: no index gives its page. */
bool order_list_is_long(const struct order_query *query);
/* cache: to answer from where it can; NULL: none. totals come first: fn is
 * called after *list has total, matching and position. ERR_INVALID (field
 * "search") for a bad or too costly pattern, ERR_BUDGET. */
int order_list_run(struct db *db, struct order_cache *cache,
                   const struct order_query *query, struct order_list *list,
                   order_row_fn *fn, void *arg, struct err *err);
