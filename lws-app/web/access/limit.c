#include "web/access/limit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"

#include <stdatomic.h>
#include <string.h>

#include "base/banned.h"

#define ROWS 3
#define COLUMN_BITS 15
#define COLUMNS (1 << COLUMN_BITS)

/* A cell holds when its keys will have used up nothing: each turn moves it on
 * by the interval, and it may be a window ahead of now. */
struct limit {
    uint8_t key[SECRET_SIPHASH_KEY];
    long count;
    int64_t interval_us;
    int64_t window_us;
    _Atomic int64_t cells[ROWS][COLUMNS];
};

int limit_new(struct limit **limit, long count, int window_s, struct err *err)
{
    *limit = NULL;
    if (!count)
        return 0;
    *limit = mem_zalloc(sizeof(**limit));
    if (!*limit)
        return err_set(err, ERR_NOMEM, "no memory for a limit");
    (*limit)->count = count;
    (*limit)->window_us = window_s * CLOCK_S;
    (*limit)->interval_us = (*limit)->window_us / count;
    return secret_random((*limit)->key, sizeof((*limit)->key), err);
}

void limit_free(struct limit *limit)
{
    mem_free(limit);
}

long limit_count(const struct limit *limit)
{
    return limit ? limit->count : 0;
}

static void move_to(_Atomic int64_t *cell, int64_t value)
{
    int64_t seen = atomic_load_explicit(cell, memory_order_relaxed);

    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               cell, &seen, value, memory_order_relaxed,
                               memory_order_relaxed)) {
    }
}

int limit_take(struct limit *limit, const void *key, size_t len)
{
    _Atomic int64_t *cells[ROWS];
    int64_t now = clock_mono_us();
    int64_t used = INT64_MAX;
    uint64_t hash;

    if (!limit)
        return 0;
    hash = secret_siphash(limit->key, key, len);
    for (size_t i = 0; i < ROWS; i++) {
        int64_t value;

        cells[i] = &limit->cells[i][hash >> (i * COLUMN_BITS) & (COLUMNS - 1)];
        value = atomic_load_explicit(cells[i], memory_order_relaxed);
        if (value < used)
            used = value;
    }
    if (used < now)
        used = now;
    used += limit->interval_us;
    if (used - now > limit->window_us)
        return (int)((used - now - limit->window_us + CLOCK_S - 1) / CLOCK_S);
    for (size_t i = 0; i < ROWS; i++)
        move_to(cells[i], used);
    return 0;
}

int limit_take_address(struct limit *limit, const char *address)
{
    struct address site;

    if (!limit || !address_parse(address, strlen(address), &site) ||
        address_is_loopback(&site))
        return 0;
    site = address_site(&site);
    return limit_take_site(limit, &site);
}

int limit_take_site(struct limit *limit, const struct address *site)
{
    return limit_take(limit, site->bytes, sizeof(site->bytes));
}
