#pragma once
#include "base/err.h"
#include "fanout/market.h"
#include "store/redis/redis_stream.h"
#include "store/redis/redis_url.h"
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
#define MARKET_ENTRY_MAX REDIS_STREAM_ENTRY_MAX
#define MARKET_EPOCH_MAX 64

struct market_feed;
/* Which Redis carries market data: market_redis (own), or else the first that
 * carries orders; "": none. ERR_INVALID, field "redis" or "market_redis". */
int market_feed_url(const char *own, const char *redis_urls,
                    char url[REDIS_URL_MAX], struct err *err);

struct market_feed_config {
    struct market *market;
    uv_loop_t *loop;
    const char *redis_url; /* NULL: none; then lines go no further than here */
    const char *key;       /* of the stream there */
    /* Something waits, and nothing did; on the thread that put it. */
    void (*wake)(void *arg);
    void *arg;
};
struct market_feed_stats {
    int64_t entries, bytes; /* taken */
    int64_t waiting;        /* bytes, now */
    int64_t unreadable;     /* lines that are none */
    int64_t refused;        /* put while there was no room */
    struct redis_stream_stats redis;
    bool has_redis, is_up;
};

/* What the stream is called: as given, or, for "", by the database's epoch. Two
 * deployments with one Redis have nothing to do with each other, unless they
 * say so. */
void market_feed_name(const char *given, const char *epoch, char *key,
                      size_t max);
/* ERR_NOMEM, ERR_INTERNAL (no random bytes), ERR_INVALID. */
int market_feed_new(struct market_feed **feed,
                    const struct market_feed_config *config, struct err *err);
/* Lets go of Redis, for which the loop must run once more. NULL is fine. */
void market_feed_close(struct market_feed *feed);
void market_feed_free(struct market_feed *feed); /* NULL is fine */
/* Any thread. lines: each with '\n' behind it, as tick_read_line() takes them,
 * none longer than MARKET_ENTRY_MAX; all of them or none. ERR_UNAVAILABLE: too
 * much waits already, or Redis is down; ERR_NOMEM. */
int market_feed_put(struct market_feed *feed, const char *lines, size_t len,
                    struct err *err);
/* So much of what waits as a turn of the loop may cost. True: there is more. */
bool market_feed_turn(struct market_feed *feed);
/* Of all workers it is the one that does what only one may do. */
bool market_feed_is_keeper(const struct market_feed *feed);
/* Which feed it is: another one has nothing to do with its positions. */
const char *market_feed_epoch(const struct market_feed *feed);
void market_feed_get_stats(struct market_feed *feed,
                           struct market_feed_stats *stats);
