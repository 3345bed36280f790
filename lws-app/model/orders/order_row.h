#pragma once
#include "model/orders/order.h"
/*
 * The rows of an order and what stays of it: SQL only, no rules. For order.c
 * and order_foresee.c alone; everybody else changes orders through order.h.
 * Thread: the caller's. Blocks on the database.
 */
/* ERR_MISSING. */
int order_row_load(struct db *db, int64_t id, struct order *order,
                   struct err *err);
int order_row_insert(struct db *db, const struct order *order, struct err *err);
/* now: as it is. Its owner may change, too. */
int order_row_update(struct db *db, const struct order *now,
                     const struct order *order, struct err *err);
int order_row_delete(struct db *db, int64_t id, struct err *err);

/* Leaves a tombstone of an order in a stream (0: of all) at a position;
 * client_order_id may be NULL. */
int order_row_bury(struct db *db, int64_t stream, const struct order *order,
                   int64_t position, const char *client_order_id,
                   struct err *err);
int order_row_unbury(struct db *db, int64_t stream, int64_t id,
                     struct err *err);

/* Who bears a client_order_id in an owner's stream. */
struct order_bearer {
    int64_t id;   /* 0: nobody */
    bool is_dead; /* it left the stream: a tombstone */
};
/* Another order than id. */
int order_row_bearer(struct db *db, int64_t owner, const char *client_order_id,
                     int64_t id, struct order_bearer *bearer, struct err *err);
/* order_row_load() and order_row_bearer(), of any order, are likely to come:
 * see db_foresee(). */
void order_row_foresee(struct db *db, int64_t id);
void order_row_foresee_bearer(struct db *db, int64_t owner,
                              const char *client_order_id);
