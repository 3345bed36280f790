#pragma once
#include "view/order_query.h"
#include "view/order_rows.h"
#include <stddef.h>
#include <stdint.h>
/*
 * The order of rows in memory, as order_match.h has it: most comparisons are of
 * one number made from the first column; only where that is the same are the
 * rows themselves looked at.
 * Thread: the caller's. Never blocks.
 */
struct order_hit {
    uint64_t key; /* the lesser comes first */
    uint32_t slot;
};
struct order_sort {
    const struct order_rows *rows;
    size_t count;
    struct order_sort_by {
        int number; /* -1: by text */
        int text;
        const char *const *words; /* of a choice; NULL: a plain number */
        bool is_down;
    } by[QUERY_ORDERS];
    bool is_id_down; /* what decides between equals */
};

void order_sort_init(struct order_sort *sort, const struct order_rows *rows,
                     const struct order_query *query);
uint64_t order_sort_key(const struct order_sort *sort,
                        const struct order_slot *slot);
/* Puts those from start on, count of them, into the places that they have in
 * the order of all; the rest is in no order. */
void order_sort_page(const struct order_sort *sort, struct order_hit *hits,
                     size_t hit_count, size_t start, size_t count);
