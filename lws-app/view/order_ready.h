#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "model/orders/order.h"
#include "model/orders/order_column.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * An order made ready to be asked about by many queries: the texts of its
 * columns as people see them (10.5; RFC 3339 times), and folded, each made
 * once.
 * Thread: its owner's. Never blocks.
 */
struct order_ready_text {
    const char *shown; /* NULL: there is nothing */
    size_t shown_len;
    const char *folded;
    size_t folded_len;
};
struct order_ready {
    const struct order *order;
    struct buf folds;   /* of the columns of text */
    unsigned long made; /* bit i: texts[i] is there */
    struct order_ready_text texts[ORDER_COLUMNS_MAX];
    char room[ORDER_COLUMNS_MAX][2][CLOCK_TEXT_MAX];
};

void order_ready_init(struct order_ready *ready);
void order_ready_release(struct order_ready *ready); /* safe twice */
/* In place of the one before. order is borrowed until the next call, or until
 * ready is released. False: no memory; it is of no use then. */
bool order_ready_set(struct order_ready *ready, const struct order *order);
/* column: index in order_columns. */
const struct order_ready_text *order_ready_text(struct order_ready *ready,
                                                size_t column);
