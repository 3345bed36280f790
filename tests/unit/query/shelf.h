#pragma once
#include "store/db.h"
#include "support/suite.h"
#include "view/order_list.h"
/*
 * A database with users ann (1) and Bob (2), and rows put there as
 * they are, without the rules of orders.
 */
#define ANN 1
#define BOB 2

int shelf_open(void **state); /* cmocka's; *state: a struct db */
int shelf_close(void **state);
/* values: "instrument, side, quantity, price, status, filled_quantity,
 * average_price, client_order_id" as SQL, and when, in seconds since 1970. */
void shelf_put(struct db *db, int64_t owner, const char *values, int64_t when);
unsigned long shelf_column(const char *name); /* its bit */
unsigned long shelf_searchable(void);
