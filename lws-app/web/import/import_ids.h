#pragma once
#include "base/err.h"
#include "model/orders/order.h"
#include <stdint.h>
/*
 * Which line of a file placed each client_order_id, of orders that may come to
 * nothing with the rest of it: such a one can't be named by its number.
 * Thread: the caller's. Never blocks.
 */
struct import_ids;

/* NULL: err. */
struct import_ids *import_ids_new(struct err *err);
void import_ids_free(struct import_ids *ids); /* NULL is fine */
void import_ids_clear(struct import_ids *ids);
/* The order that line has placed. The first line of an id stays. ERR_NOMEM. */
int import_ids_add(struct import_ids *ids, const struct order *order,
                   int64_t line, struct err *err);
/* Where err refuses the draft for its client_order_id, and it is a line's: err
 * names that. owner: of a draft that names none. */
void import_ids_explain(const struct import_ids *ids,
                        const struct order_draft *draft, const char *owner,
                        struct err *err);
