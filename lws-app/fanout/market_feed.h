#pragma once
#include "base/err.h"
#include "fanout/market.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Market data on its way in. Whoever has lines puts them here; the loop takes
 * them from here in one order, so much a turn, and gives them to the market.
 * What waits makes entries of at most 16 KiB, each with an id as a Redis stream
 * has them: the time in milliseconds, and a number among those of the same.
 * Thread: loop thread only, save for market_feed_put().
 */
#define MARKET_ENTRY_MAX (16 * 1024)
#define MARKET_EPOCH_MAX 64

struct market_feed;
struct market_feed_stats {
    int64_t entries, bytes; /* taken */
    int64_t waiting;        /* bytes, now */
    int64_t unreadable;     /* lines that are none */
    int64_t refused;        /* put while there was no room */
};

/* wake: something waits, and nothing did; on the thread that put it. ERR_NOMEM,
 * ERR_INTERNAL (no random bytes). */
int market_feed_new(struct market_feed **feed, struct market *market,
                    void (*wake)(void *arg), void *arg, struct err *err);
void market_feed_free(struct market_feed *feed); /* NULL is fine */
/* Any thread. lines: each with '\n' behind it, as tick_read_line() takes them,
 * none longer than MARKET_ENTRY_MAX; all of them or none. ERR_UNAVAILABLE: too
 * much waits already; ERR_NOMEM. */
int market_feed_put(struct market_feed *feed, const char *lines, size_t len,
                    struct err *err);
/* So much of what waits as a turn of the loop may cost. True: there is more. */
bool market_feed_turn(struct market_feed *feed);
/* Which feed it is: another one has nothing to do with its positions. */
const char *market_feed_epoch(const struct market_feed *feed);
void market_feed_get_stats(struct market_feed *feed,
                           struct market_feed_stats *stats);
