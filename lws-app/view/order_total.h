#pragma once
#include "base/buf.h"
#include "model/orders/order.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Exact sums of orders by group: how many, their quantity, and quantity times
 * price. Kept up one order at a time, and shown as totals that never change,
 * which share the groups that are the same.
 * Thread: a tally is its owner's; totals and their groups may be held by
 * several threads at once. Never blocks.
 */
enum order_total_kind {
    TOTAL_SIDE,
    TOTAL_STATUS,
    TOTAL_INSTRUMENT, /* and each of them by side, as those of a status are: */
    TOTAL_STATUS_SIDE,
    TOTAL_KINDS
};
/* What a client calls it. */
const char *order_total_kind_name(enum order_total_kind kind);
#define TOTAL_BIT(kind) (1U << (kind))
#define TOTAL_INSTRUMENTS_MAX 1000
#define TOTAL_TEXT_MAX 80 /* of a sum, NUL included */

/* A whole number of 192 bits, as two's complement. All bytes 0 is 0. */
struct order_sum {
    unsigned __int128 low;
    int64_t high;
};
void order_sum_add(struct order_sum *sum, __int128 value);
/* As a decimal with so many digits behind the point, in the canonical form of
 * base/decimal.h. */
void order_sum_format(const struct order_sum *sum, int scale,
                      char text[TOTAL_TEXT_MAX]);

struct order_group;
struct order_totals {
    _Atomic unsigned refs;
    bool is_too_many; /* there are more instruments than are counted */
    size_t count;
    struct order_group *groups[]; /* in order */
};
struct order_totals *order_totals_ref(struct order_totals *totals);
void order_totals_unref(struct order_totals *totals); /* NULL is fine */
size_t order_totals_bytes(const struct order_totals *totals);
bool order_totals_equal(const struct order_totals *a,
                        const struct order_totals *b);
/* As an object under "totals"; from: only what differs from that, a group that
 * went as null; NULL: all. kinds: those that were asked for. */
void order_totals_put(struct buf *out, const struct order_totals *totals,
                      const struct order_totals *from, unsigned kinds);

struct order_tally {
    unsigned kinds;
    bool is_too_many;
    bool is_dirty; /* since the last totals were shown */
    size_t instrument_count;
    size_t count;
    size_t cap;
    struct tally_entry *entries; /* in order */
    struct order_totals *shown;
};
/* kinds: TOTAL_BIT of each, 0: it counts nothing. */
void order_tally_init(struct order_tally *tally, unsigned kinds);
void order_tally_release(struct order_tally *tally); /* safe twice */
/* sign: 1, or -1 for one that was added before. False: no memory, or it was
 * not added; the tally is of no use then. */
bool order_tally_add(struct order_tally *tally, const struct order *order,
                     int sign);
/* What it comes to now, held once; NULL: no memory. */
struct order_totals *order_tally_show(struct order_tally *tally);
size_t order_tally_bytes(const struct order_tally *tally);
