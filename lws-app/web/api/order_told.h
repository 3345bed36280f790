#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/orders/order.h"
#include "web/access/call.h"
/*
 * What the answer to a change tells of an order. A token with orders:write but
 * not orders:read reads nothing by writing: it is told which order it was and
 * whether it was done, and no more.
 * Thread: any. Blocks on the database.
 */
bool order_told_all(const struct call *call);
/* The order, or its id alone. */
void order_told_put(struct call *call, struct buf *out,
                    const struct order *order);
/* Words that say nothing of how the order stands, in place of those of
 * ERR_CONFLICT and ERR_STALE. */
void order_told_hide(const struct call *call, struct err *err);
