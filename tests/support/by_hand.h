#pragma once
#include "view/order_query.h"
#include <stdbool.h>
/*
 * What a query means, the plain way and without a line of what answers queries:
 * ideas are what filters are made from, and rows are looked at one by one.
 */
#define IDEAS_MAX 200 /* of one filter */

struct idea {
    enum filter_kind kind;
    size_t count; /* of a group: the ideas behind it that are in it */
    enum query_op op;
    unsigned long columns;
    const char *text; /* as it was typed */
};

/* Adds all of them to the filter; each is one that it takes. */
void by_hand_build(struct order_filter *filter, const struct idea *ideas,
                   size_t count);
bool by_hand_meets(const struct order *order, const struct idea *ideas,
                   size_t count);
/* Below 0: a comes before b. */
int by_hand_compare(const struct order *a, const struct order *b,
                    const struct order_query *query);
