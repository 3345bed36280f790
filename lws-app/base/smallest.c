#include "base/smallest.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void smallest_init(struct smallest *smallest, size_t most, size_t bytes_max)
{
    memset(smallest, 0, sizeof(*smallest));
    smallest->most = most;
    smallest->bytes_max = bytes_max;
}

void smallest_release(struct smallest *smallest)
{
    for (size_t i = 0; i < smallest->count; i++)
        mem_free(smallest->items[i].key);
    mem_free(smallest->items);
    smallest_init(smallest, smallest->most, smallest->bytes_max);
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int sign = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return sign ? sign : (a_len > b_len) - (a_len < b_len);
}

static int compare_items(const void *left, const void *right)
{
    const struct smallest_item *a = left;
    const struct smallest_item *b = right;

    return compare(a->key, a->key_len, b->key, b->key_len);
}

static void swap(struct smallest *smallest, size_t a, size_t b)
{
    struct smallest_item item = smallest->items[a];

    smallest->items[a] = smallest->items[b];
    smallest->items[b] = item;
}

/* The items are a heap whose largest is at 0. */
static void rise(struct smallest *smallest, size_t at)
{
    while (at > 0) {
        size_t up = (at - 1) / 2;

        if (compare_items(&smallest->items[at], &smallest->items[up]) <= 0)
            break;
        swap(smallest, at, up);
        at = up;
    }
}

static void sink(struct smallest *smallest)
{
    size_t at = 0;

    for (;;) {
        size_t down = 2 * at + 1;

        if (down >= smallest->count)
            break;
        if (down + 1 < smallest->count &&
            compare_items(&smallest->items[down], &smallest->items[down + 1]) <
                0)
            down++;
        if (compare_items(&smallest->items[at], &smallest->items[down]) >= 0)
            break;
        swap(smallest, at, down);
        at = down;
    }
}

static bool grow(struct smallest *smallest)
{
    size_t cap = smallest->cap ? 2 * smallest->cap : 32;
    struct smallest_item *items;

    if (smallest->count < smallest->cap)
        return true;
    items = mem_realloc(smallest->items, cap * sizeof(*items));
    if (!items)
        return false;
    smallest->items = items;
    smallest->cap = cap;
    return true;
}

bool smallest_add(struct smallest *smallest, int64_t id, const char *key,
                  size_t key_len)
{
    bool is_full = smallest->count == smallest->most;
    struct smallest_item *largest = smallest->items;
    size_t bytes = smallest->bytes + key_len + sizeof(*largest);
    char *copy;

    if (is_full) {
        if (!largest ||
            compare(key, key_len, largest->key, largest->key_len) >= 0)
            return true;
        bytes -= largest->key_len + sizeof(*largest);
    }
    if (bytes > smallest->bytes_max || (!is_full && !grow(smallest)))
        return false;
    copy = mem_strndup(key, key_len);
    if (!copy)
        return false;
    smallest->bytes = bytes;
    if (is_full) {
        mem_free(largest->key);
        *largest = (struct smallest_item){id, key_len, copy};
        sink(smallest);
    } else {
        smallest->items[smallest->count] =
            (struct smallest_item){id, key_len, copy};
        rise(smallest, smallest->count++);
    }
    return true;
}

void smallest_sort(struct smallest *smallest)
{
    if (smallest->count)
        qsort(smallest->items, smallest->count, sizeof(*smallest->items),
              compare_items);
}
