#pragma once
#include "view/order_view.h"
/*
 * What a view and its loads share.
 */
struct order_view_entry {
    int64_t id;
    struct order_page_row *row; /* NULL: not made yet */
    size_t key_len;
    char *key;
};

void order_view_entry_release(struct order_view_entry *entry);
/* Below 0: a comes first. */
int order_view_compare_keys(const char *a, size_t a_len, const char *b,
                            size_t b_len);
/* Index of the first one that does not stand before the key; count: none. */
size_t order_view_find(const struct order_view_entry *entries, size_t count,
                       const char *key, size_t key_len);
