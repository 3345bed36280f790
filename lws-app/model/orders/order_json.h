#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/orders/order.h"
#include <stddef.h>
/*
 * The order on every wire: one JSON object, written and read back.
 * Thread: any. Never blocks.
 */
/* key NULL for an element, or by itself. */
void order_put_json(struct buf *out, const char *key,
                    const struct order *order);
/* {"price":["1","2"]}: each field of an order that somebody chose, before and
 * after, where they differ. An element, or by itself. */
void order_put_changes(struct buf *out, const struct order *before,
                       const struct order *after);
/* json: as order_put_json() wrote it, to the byte. *order is all that stands in
 * it: not the owner's id, and no position among those of all. ERR_STORE: it was
 * not written there. */
int order_read_json(const char *json, size_t len, struct order *order,
                    struct err *err);
/* The row of a page, as DataTables draws it: the order, and the row's name. An
 * element. */
void order_put_row(struct buf *out, const struct order *order);
/* json: as order_put_json() wrote it. */
void order_put_row_json(struct buf *out, int64_t id, const char *json,
                        size_t len);
