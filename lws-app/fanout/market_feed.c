#include "fanout/market_feed.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define WAITING_MAX (16 * 1024 * 1024)
/* Of one turn, so that what else happens on the loop waits 1 ms at most. */
#define TURN_BYTES (64 * 1024)
#define TURN_US 1000
#define LINES_BETWEEN_LOOKS 16
#define EPOCH_BYTES 12

_Static_assert(MARKET_EPOCH_MAX >= SECRET_TEXT_MAX, "an epoch has room");

struct entry {
    struct entry *next;
    size_t len;
    char text[];
};

struct market_feed {
    struct market_feed_config config;
    struct redis_stream *stream; /* NULL: there is none */
    atomic_bool is_up;           /* what is put is on its way */
    pthread_mutex_t lock;        /* of these four */
    struct entry *first, *last;
    size_t waiting;
    int64_t refused;
    struct entry *current; /* the loop's: being taken */
    size_t done;           /* bytes of it */
    struct market_at at;   /* of the next line */
    struct market_feed_stats stats;
    char epoch[MARKET_EPOCH_MAX];
};

void market_feed_name(const char *given, const char *epoch, char *key,
                      size_t max)
{
    if (*given)
        snprintf(key, max, "%s", given);
    else
        snprintf(key, max, "lws-app:%s:market", epoch);
}

static int make_epoch(struct market_feed *feed, struct err *err)
{
    uint8_t bytes[EPOCH_BYTES];

    if (secret_random(bytes, sizeof(bytes), err) < 0)
        return -1;
    secret_encode(bytes, sizeof(bytes), feed->epoch);
    return 0;
}

static void free_entries(struct entry *entry)
{
    while (entry) {
        struct entry *next = entry->next;

        mem_free(entry);
        entry = next;
    }
}

const char *market_feed_epoch(const struct market_feed *feed)
{
    return feed->epoch;
}

/* Whole lines, as many as an entry holds; at least one. */
static size_t first_lines(const char *lines, size_t len)
{
    const char *end;

    if (len <= MARKET_ENTRY_MAX)
        return len;
    end = memrchr(lines, '\n', MARKET_ENTRY_MAX);
    if (!end)
        end = memchr(lines, '\n', len);
    return end ? (size_t)(end - lines) + 1 : len;
}

static struct entry *make_entries(const char *lines, size_t len, size_t *count)
{
    struct entry *first = NULL;
    struct entry **end = &first;

    for (*count = 0; len; (*count)++) {
        size_t n = first_lines(lines, len);
        struct entry *entry = mem_alloc(sizeof(*entry) + n);

        if (!entry) {
            free_entries(first);
            return NULL;
        }
        entry->next = NULL;
        entry->len = n;
        memcpy(entry->text, lines, n);
        *end = entry;
        end = &entry->next;
        lines += n;
        len -= n;
    }
    return first;
}

static bool append(struct market_feed *feed, struct entry *first, size_t len,
                   bool *was_empty)
{
    struct entry *last = first;
    bool has_room;

    while (last->next)
        last = last->next;
    pthread_mutex_lock(&feed->lock);
    has_room = feed->waiting + len <= WAITING_MAX;
    *was_empty = !feed->first;
    if (!has_room) {
        feed->refused++;
    } else {
        if (feed->first)
            feed->last->next = first;
        else
            feed->first = first;
        feed->last = last;
        feed->waiting += len;
    }
    pthread_mutex_unlock(&feed->lock);
    return has_room;
}

int market_feed_put(struct market_feed *feed, const char *lines, size_t len,
                    struct err *err)
{
    struct entry *first;
    bool was_empty;
    size_t count;

    if (!len)
        return 0;
    if (!atomic_load(&feed->is_up)) {
        err_set(err, ERR_UNAVAILABLE,
                "Redis, which carries market data, is down: try again");
        err->retry_after_s = 1;
        return -1;
    }
    first = make_entries(lines, len, &count);
    if (!first)
        return err_set(err, ERR_NOMEM, "no memory for market data");
    if (!append(feed, first, len, &was_empty)) {
        free_entries(first);
        err_set(err, ERR_UNAVAILABLE,
                "more market data comes in than can be taken: try again");
        err->retry_after_s = 1;
        return -1;
    }
    if (was_empty)
        feed->config.wake(feed->config.arg);
    return 0;
}

static struct entry *next_entry(struct market_feed *feed)
{
    struct entry *entry;

    pthread_mutex_lock(&feed->lock);
    entry = feed->first;
    if (entry) {
        feed->first = entry->next;
        feed->waiting -= entry->len;
    }
    pthread_mutex_unlock(&feed->lock);
    return entry;
}

/* Ids grow, whatever the clock does. */
static void begin_entry(struct market_feed *feed, struct entry *entry)
{
    uint64_t now_ms = (uint64_t)(clock_now_us() / 1000);
    struct market_at *at = &feed->at;

    if (now_ms > at->ms)
        *at = (struct market_at){.ms = now_ms};
    else
        at->n++;
    at->line = 0;
    feed->current = entry;
    feed->done = 0;
    feed->stats.entries++;
    feed->stats.bytes += (int64_t)entry->len;
}

static void take_line(struct market_feed *feed, const char *line, size_t len,
                      int64_t mono_us)
{
    struct err err = ERR_INIT;
    struct tick tick;

    if (tick_read_line(line, len, &tick, &err) == 0)
        market_take(feed->config.market, &tick, &feed->at, mono_us);
    else
        feed->stats.unreadable++;
    feed->at.line++;
}

/* The current entry, or so many lines of it. Returns how many bytes. */
static size_t take_lines(struct market_feed *feed, int64_t mono_us)
{
    struct entry *entry = feed->current;
    size_t from = feed->done;

    for (int i = 0; i < LINES_BETWEEN_LOOKS && feed->done < entry->len; i++) {
        const char *line = entry->text + feed->done;
        const char *end = memchr(line, '\n', entry->len - feed->done);
        size_t len = end ? (size_t)(end - line) : entry->len - feed->done;

        take_line(feed, line, len, mono_us);
        feed->done += len + (end ? 1 : 0);
    }
    return feed->done - from;
}

/* Those that Redis takes now; the rest when it has taken these. */
static void pass_on(struct market_feed *feed)
{
    for (;;) {
        if (!feed->current)
            feed->current = next_entry(feed);
        if (!feed->current ||
            !redis_stream_add(feed->stream, feed->current->text,
                              feed->current->len))
            return;
        mem_free(feed->current);
        feed->current = NULL;
    }
}

static bool take_waiting(struct market_feed *feed)
{
    int64_t now_us = clock_mono_us();
    int64_t end_us = now_us + TURN_US;
    size_t bytes = 0;

    while (bytes < TURN_BYTES && now_us < end_us) {
        struct entry *entry = feed->current ? NULL : next_entry(feed);

        if (entry)
            begin_entry(feed, entry);
        if (!feed->current)
            return false;
        bytes += take_lines(feed, now_us);
        if (feed->done == feed->current->len) {
            mem_free(feed->current);
            feed->current = NULL;
        }
        now_us = clock_mono_us();
    }
    return true;
}

bool market_feed_turn(struct market_feed *feed)
{
    if (!feed->config.redis_url)
        return take_waiting(feed);
    if (feed->stream)
        pass_on(feed);
    return false;
}

/* What Redis gives: at most 64 KiB at once, and more only when asked again. */

static void on_entry(void *arg, const struct redis_stream_id *id,
                     const char *bytes, size_t len)
{
    struct market_feed *feed = arg;
    int64_t mono_us = clock_mono_us();
    const char *end = bytes + len;

    feed->at = (struct market_at){.ms = id->ms, .n = id->n};
    feed->stats.entries++;
    feed->stats.bytes += (int64_t)len;
    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t line = stop ? (size_t)(stop - bytes) : (size_t)(end - bytes);

        take_line(feed, bytes, line, mono_us);
        bytes += line + (stop ? 1 : 0);
    }
}

static void on_restore(void *arg, const char *name, size_t name_len,
                       const char *value, size_t len)
{
    struct market_feed *feed = arg;

    (void)name;
    (void)name_len;
    market_restore(feed->config.market, value, len, clock_mono_us());
}

static void on_began(void *arg, const char *epoch)
{
    struct market_feed *feed = arg;

    snprintf(feed->epoch, sizeof(feed->epoch), "%s", epoch);
    market_rebase(feed->config.market);
}

/* The last place before an entry: none of one millisecond has so many. */
static struct market_at before(const struct redis_stream_id *id)
{
    if (id->n > 0 || id->ms == 0)
        return (struct market_at){.ms = id->ms, .n = id->n - (id->n > 0)};
    return (struct market_at){.ms = id->ms - 1, .n = 999999999};
}

static void on_lost(void *arg, const struct redis_stream_id *after,
                    const struct redis_stream_id *next, int64_t entries)
{
    struct market_feed *feed = arg;
    struct market_at from = {.ms = after->ms, .n = after->n + 1};
    struct market_at to = before(next);

    market_lose(feed->config.market, &from, &to, entries);
}

static void on_state(void *arg, bool up)
{
    struct market_feed *feed = arg;

    atomic_store(&feed->is_up, up);
    market_set_down(feed->config.market, !up);
    log_info("market.redis", "up=%d", up);
}

static bool on_save(void *arg, struct buf *name, struct buf *value)
{
    struct market_feed *feed = arg;

    return market_next_unsaved(feed->config.market, name, value);
}

static void on_unsaved(void *arg)
{
    struct market_feed *feed = arg;

    market_unsave(feed->config.market);
}

static int open_stream(struct market_feed *feed, struct err *err)
{
    const struct redis_stream_hooks hooks = {
        .entry = on_entry,
        .restore = on_restore,
        .began = on_began,
        .lost = on_lost,
        .state = on_state,
        .save = on_save,
        .unsaved = on_unsaved,
        .arg = feed,
    };

    market_set_down(feed->config.market, true);
    return redis_stream_new(&feed->stream, feed->config.loop,
                            feed->config.redis_url, feed->config.key, &hooks,
                            err);
}

int market_feed_new(struct market_feed **out,
                    const struct market_feed_config *config, struct err *err)
{
    struct market_feed *feed = mem_zalloc(sizeof(*feed));

    *out = feed;
    if (!feed)
        return err_set(err, ERR_NOMEM, "no memory for a feed");
    feed->config = *config;
    atomic_init(&feed->is_up, !config->redis_url);
    pthread_mutex_init(&feed->lock, NULL);
    if (make_epoch(feed, err) < 0)
        return -1;
    return config->redis_url ? open_stream(feed, err) : 0;
}

void market_feed_close(struct market_feed *feed)
{
    if (!feed)
        return;
    redis_stream_free(feed->stream);
    feed->stream = NULL;
    atomic_store(&feed->is_up, false);
}

void market_feed_free(struct market_feed *feed)
{
    if (!feed)
        return;
    free_entries(feed->first);
    mem_free(feed->current);
    pthread_mutex_destroy(&feed->lock);
    mem_free(feed);
}

bool market_feed_is_keeper(const struct market_feed *feed)
{
    if (!feed->config.redis_url)
        return true;
    return feed->stream && redis_stream_is_keeper(feed->stream);
}

void market_feed_get_stats(struct market_feed *feed,
                           struct market_feed_stats *stats)
{
    pthread_mutex_lock(&feed->lock);
    feed->stats.waiting = (int64_t)feed->waiting;
    feed->stats.refused = feed->refused;
    pthread_mutex_unlock(&feed->lock);
    feed->stats.has_redis = feed->config.redis_url != NULL;
    feed->stats.is_up = atomic_load(&feed->is_up);
    if (feed->stream)
        redis_stream_get_stats(feed->stream, &feed->stats.redis);
    *stats = feed->stats;
}

int market_feed_url(const char *own, const char *redis_urls,
                    char url[REDIS_URL_MAX], struct err *err)
{
    const char *left = *own ? own : redis_urls;

    url[0] = '\0';
    if (redis_url_next(&left, url, err) < 0)
        return -1;
    return *own && *left
               ? err_field(err, "market_redis", "names more than one server")
               : 0;
}
