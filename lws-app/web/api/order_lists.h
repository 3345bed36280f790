#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "view/order_values.h"
#include "web/access/call.h"
#include "web/query/datatables.h"
/*
 * The lists of values beside a draw: what SearchPanes and ColumnControl offer
 * to pick from.
 * Thread: any. Blocks on the database.
 */
#define LIST_VALUES_MAX 1000 /* of one column */

struct order_lists {
    size_t count;
    struct order_values values[ORDER_COLUMNS_MAX]; /* as table->lists */
};

void order_lists_init(struct order_lists *lists);
void order_lists_release(struct order_lists *lists); /* safe twice */
/* ERR_INVALID under "lists": a column that was named has too many values; or as
 * order_values_count(). */
int order_lists_count(struct call *call, const struct datatables *table,
                      struct order_lists *lists, struct err *err);
/* "searchPanes" and "columnControl" into an open object, where there are any.
 */
void order_lists_put(struct buf *out, const struct datatables *table,
                     const struct order_lists *lists);
