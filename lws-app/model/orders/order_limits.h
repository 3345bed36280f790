#pragma once
#include "model/desk/instrument.h"
#include "model/orders/order.h"
/*
 * What an order is held to, whoever writes it: the most that one of its owner's
 * may be, and the steps in which its instrument is traded. For order.c alone.
 * Thread: the caller's. Blocks on the database.
 */
/* Those of an owner: the actor's own are known already. */
int order_limits_of(struct db *db, const struct actor *actor, int64_t owner,
                    struct order_limits *limits, struct err *err);
/* Names the limit that the order is above, under quantity, unless that is at
 * fault already. */
int order_limits_check(const struct order_limits *limits,
                       const struct instrument_terms *terms,
                       const struct order *order, struct err *err);
/* Names what breaks the terms under its field, unless that is at fault already.
 * now: as the order is, which may stay so; NULL: a new one. */
int order_terms_check(const struct instrument_terms *terms,
                      const struct order *now, const struct order *next,
                      struct err *err);
