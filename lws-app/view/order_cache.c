#include "view/order_cache.h"
#include "base/mem.h"
#include "model/orders/changes.h"

#include <pthread.h>
#include <string.h>

#include "base/banned.h"

/* Rows brought forward by one use at most: about 0.2 s. */
#define FORWARD_MAX 100000
/* A row with its share of the lists takes more than this. */
#define ROW_BYTES_MIN 200
/* So many dead slots are left alone however few live ones there are. */
#define DEAD_MIN 1000

struct order_cached {
    struct order_cache *cache;
    struct order_cached *next; /* the one used before it */
    int64_t owner;
    int users;    /* holding or awaiting the lock; under the cache's lock */
    size_t bytes; /* as last counted; under the cache's lock */
    pthread_mutex_t lock;
    /* Under its own lock. */
    int64_t position; /* of the rows */
    int64_t too_many; /* orders: so many did not fit; 0: not known */
    bool has_rows;
    struct order_rows rows;
};
struct order_cache {
    size_t bytes_max;
    int64_t rows_min;
    pthread_mutex_t lock;
    struct order_cached *first; /* the last used */
    size_t bytes;
};

struct order_cache *order_cache_new(size_t bytes_max, int64_t rows_min)
{
    struct order_cache *cache = mem_zalloc(sizeof(*cache));

    if (!cache)
        return NULL;
    cache->bytes_max = bytes_max;
    cache->rows_min = rows_min;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        mem_free(cache);
        return NULL;
    }
    return cache;
}

static void forget_rows(struct order_cached *cached)
{
    if (cached->has_rows)
        order_rows_release(&cached->rows);
    cached->has_rows = false;
    cached->position = 0;
}

static void cached_free(struct order_cached *cached)
{
    forget_rows(cached);
    pthread_mutex_destroy(&cached->lock);
    mem_free(cached);
}

void order_cache_free(struct order_cache *cache)
{
    if (!cache)
        return;
    while (cache->first) {
        struct order_cached *cached = cache->first;

        cache->first = cached->next;
        cached_free(cached);
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache);
}

static struct order_cached *cached_new(struct order_cache *cache, int64_t owner)
{
    struct order_cached *cached = mem_zalloc(sizeof(*cached));

    if (!cached)
        return NULL;
    cached->cache = cache;
    cached->owner = owner;
    cached->bytes = sizeof(*cached);
    if (pthread_mutex_init(&cached->lock, NULL) != 0) {
        mem_free(cached);
        return NULL;
    }
    cache->bytes += cached->bytes;
    return cached;
}

struct order_cached *order_cache_lock(struct order_cache *cache, int64_t owner)
{
    struct order_cached **at;
    struct order_cached *cached;

    if (!cache)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    at = &cache->first;
    while (*at && (*at)->owner != owner)
        at = &(*at)->next;
    cached = *at;
    if (cached)
        *at = cached->next;
    else
        cached = cached_new(cache, owner);
    if (cached) {
        cached->next = cache->first;
        cache->first = cached;
        cached->users++;
    }
    pthread_mutex_unlock(&cache->lock);
    if (cached)
        pthread_mutex_lock(&cached->lock);
    return cached;
}

/* Of one that nobody uses, so that nobody writes to what is read here. */
static bool says_nothing(const struct order_cached *cached)
{
    return !cached->has_rows && !cached->too_many;
}

/* One that nobody uses and that must go: it says nothing, or is the one asked
 * for the longest ago and there is too much. Under the cache's lock. */
static struct order_cached *take_spare(struct order_cache *cache)
{
    struct order_cached **spare = NULL;
    struct order_cached *cached;

    for (struct order_cached **at = &cache->first; *at; at = &(*at)->next)
        if ((*at)->users == 0 &&
            (cache->bytes > cache->bytes_max || says_nothing(*at)))
            spare = at;
    if (!spare)
        return NULL;
    cached = *spare;
    *spare = cached->next;
    cache->bytes -= cached->bytes;
    return cached;
}

void order_cache_unlock(struct order_cached *cached)
{
    struct order_cache *cache;
    struct order_cached *spare;
    size_t bytes;

    if (!cached)
        return;
    cache = cached->cache;
    bytes = sizeof(*cached);
    if (cached->has_rows)
        bytes += order_rows_bytes(&cached->rows);
    pthread_mutex_lock(&cache->lock);
    pthread_mutex_unlock(&cached->lock);
    cache->bytes = cache->bytes - cached->bytes + bytes;
    cached->bytes = bytes;
    cached->users--;
    do {
        spare = take_spare(cache);
        if (spare)
            cached_free(spare);
    } while (spare);
    pthread_mutex_unlock(&cache->lock);
}

size_t order_cache_bytes(struct order_cache *cache)
{
    size_t bytes;

    pthread_mutex_lock(&cache->lock);
    bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}

static bool is_over(const struct order_cached *cached)
{
    return order_rows_bytes(&cached->rows) > cached->cache->bytes_max;
}

/* Whether all of count rows will fit, going by those that are here. */
static bool will_fit(const struct order_cached *cached, int64_t count)
{
    const struct order_rows *rows = &cached->rows;
    size_t bytes = order_rows_bytes(rows);

    return rows->count == 0 ||
           bytes / rows->count * (size_t)count <= cached->cache->bytes_max;
}

static int take(struct order_cached *cached, const struct changes *change,
                struct err *err)
{
    if (!change->is_live)
        order_rows_remove(&cached->rows, change->order_id);
    else if (!order_rows_put(&cached->rows, &change->order))
        return err_set(err, ERR_NOMEM, "no memory for rows to search");
    cached->position = change->position;
    return 0;
}

/* Up to position, or as far as one use goes. */
static int bring_forward(struct order_cached *cached, struct db *db,
                         int64_t position, struct err *err)
{
    struct changes changes;
    int rc = changes_begin(&changes, db, cached->owner, cached->position,
                           FORWARD_MAX, err);

    for (int i = 0; rc == 0 && i < FORWARD_MAX && !is_over(cached); i++) {
        rc = changes_next(&changes, err);
        if (rc == 0)
            cached->position = position;
        if (rc != 1)
            break;
        rc = take(cached, &changes, err);
    }
    changes_end(&changes);
    return rc;
}

static bool is_worth_it(const struct order_cached *cached, int64_t count)
{
    const struct order_cache *cache = cached->cache;

    return count >= cache->rows_min &&
           (uint64_t)count < cache->bytes_max / ROW_BYTES_MIN &&
           (!cached->too_many || count < cached->too_many);
}

static bool is_worn(const struct order_rows *rows)
{
    return rows->dead > DEAD_MIN && rows->dead > rows->count / 2;
}

/* As far as one use goes. Rows that can't be kept are forgotten: it can be done
 * without them. */
static int refresh(struct order_cached *cached, struct db *db, int64_t position,
                   int64_t count, struct err *err)
{
    int rc = 0;

    if (cached->has_rows && is_worn(&cached->rows))
        forget_rows(cached);
    if (!cached->has_rows) {
        if (!order_rows_init(&cached->rows, (size_t)count))
            return 0;
        cached->has_rows = true;
    }
    if (cached->position < position)
        rc = bring_forward(cached, db, position, err);
    if (rc < 0 && err->code == ERR_NOMEM) {
        err_clear(err);
        forget_rows(cached);
        rc = 0;
    } else if (is_over(cached) ||
               (cached->position < position && !will_fit(cached, count))) {
        cached->too_many = count;
        forget_rows(cached);
    }
    return rc;
}

int order_cache_rows(struct order_cached *cached, struct db *db,
                     int64_t position, int64_t count,
                     const struct order_rows **rows, struct err *err)
{
    size_t live;

    *rows = NULL;
    if (!is_worth_it(cached, count)) {
        forget_rows(cached);
        return 0;
    }
    if (refresh(cached, db, position, count, err) < 0)
        return -1;
    if (!cached->has_rows || cached->position != position)
        return 0;
    live = cached->rows.count - cached->rows.dead;
    if ((int64_t)live == count)
        *rows = &cached->rows;
    else
        forget_rows(cached); /* a stream that miscounts, or a fault of ours */
    return 0;
}
