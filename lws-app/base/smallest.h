#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The smallest of many keys, in order of memcmp(), with a number each: what a
 * page of rows is found by that no index gives.
 * Thread: its owner's. Never blocks.
 */
struct smallest_item {
    int64_t id;
    size_t key_len;
    char *key;
};
struct smallest {
    size_t most;
    size_t bytes_max;
    size_t bytes; /* held */
    struct smallest_item *items;
    size_t count;
    size_t cap;
};

/* most: so many are kept. Allocates nothing. */
void smallest_init(struct smallest *smallest, size_t most, size_t bytes_max);
void smallest_release(struct smallest *smallest); /* safe twice */
/* The key is copied where it is among the smallest so far. False: no memory, or
 * they would take more than bytes_max; it is as it was then. */
bool smallest_add(struct smallest *smallest, int64_t id, const char *key,
                  size_t key_len);
/* Puts items in order; nothing can be added any more. */
void smallest_sort(struct smallest *smallest);
