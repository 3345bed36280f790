#pragma once
#include "model/orders/order.h"
/*
 * The most that one order may be: what its owner is held to, whoever writes it.
 * For order.c alone.
 * Thread: the caller's. Blocks on the database.
 */
/* Those of an owner: the actor's own are known already. */
int order_limits_of(struct db *db, const struct actor *actor, int64_t owner,
                    struct order_limits *limits, struct err *err);
/* Names the limit that the order is above, under quantity, unless that is at
 * fault already. */
int order_limits_check(const struct order_limits *limits,
                       const struct order *order, struct err *err);
