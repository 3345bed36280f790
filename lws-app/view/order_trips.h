#pragma once
#include "view/order_list.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Orders read by their ids, many in one trip to a server.
 * Thread: the caller's. Blocks on the database.
 */
#define ORDER_TRIP 50 /* orders of one */

/* Calls fn for each, in the order of ids; all of them are there, or it is
 * ERR_STORE. */
int order_trips_give(struct db *db, const int64_t *ids, size_t count,
                     order_row_fn *fn, void *arg, struct err *err);
