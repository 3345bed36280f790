#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/orders/order_column.h"
#include "store/db.h"
#include "view/order_cache.h"
#include "view/order_query.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Which values the orders of a stream have in a column, and how many orders
 * have each: what a list to choose from shows.
 * Thread: its owner's. order_values_count() blocks on the database.
 */
struct order_value {
    bool is_null;
    int64_t number; /* of a choice the index of its word; not of text */
    size_t text;    /* of text: where it begins in values->texts */
    int64_t counts[2];
};
struct order_values {
    size_t column; /* index in order_columns */
    int number;    /* where rows in memory have it; -1: it is text, ... */
    int text;
    size_t most; /* values; beyond it is_over, and none are told */
    bool is_over;
    struct order_value *list;
    size_t count;
    size_t cap;
    struct buf texts;
    uint32_t *table; /* index + 1, 0: free; a table of hashes */
    unsigned bits;
};

void order_values_init(struct order_values *values, size_t column, size_t most);
void order_values_release(struct order_values *values); /* safe twice */
/* Adds the orders that a query means, whatever part of them it asks for, to
 * counts[which] of each of n columns. ERR_INVALID (field "search") for a bad
 * or too costly pattern, ERR_BUDGET, ERR_NOMEM. */
int order_values_count(struct db *db, struct order_cache *cache,
                       const struct order_query *query,
                       struct order_values *values, size_t n, size_t which,
                       struct err *err);
/* In the order in which a column is sorted, choices in that of their words;
 * nothing at all comes first. Nothing more can be counted then. */
void order_values_sort(struct order_values *values);
/* The value as people see it, with a NUL behind it; "": nothing at all. room:
 * used where it is a number. */
const char *order_value_text(const struct order_values *values, size_t i,
                             char room[64]);
