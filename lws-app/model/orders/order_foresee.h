#pragma once
#include "model/orders/order.h"
/*
 * What is likely to be read as orders are written, for db_foresee(). Nothing
 * rests on it. user: who is likely to ask.
 * Thread: the caller's. Does not block.
 */
/* order_place() of what the draft holds. */
void order_foresee_place(struct db *db, int64_t user,
                         const struct order_draft *draft);
/* order_change() and order_remove(). */
void order_foresee_change(struct db *db, int64_t user, int64_t id);
