#pragma once
#include "base/buf.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What the program counts of itself, for Prometheus. Each worker writes a slot
 * of its own in memory that all workers share, so that any of them can show
 * all; a worker's successor goes on counting in its slot.
 * Thread: a slot is written by its worker's loop thread, read by any.
 */
#define METRICS_ROUTES_MAX 96
#define METRICS_BUCKETS 16 /* the last: no bound */

enum metric {
    METRIC_SOCKETS,
    METRIC_SOCKETS_UNLISTED,
    METRIC_STREAMS,
    METRIC_SUBSCRIPTIONS,
    METRIC_RING_BYTES,
    METRIC_EVENTS_COMMITTED,
    METRIC_EVENTS_DELIVERED,
    METRIC_EVENTS_DROPPED,
    METRIC_EVENTS_HELD,
    METRIC_HOLES_SKIPPED,
    METRIC_HOLES_REPAIRED,
    METRIC_EVENTS_REPAIRED,
    METRIC_LOG_LOOKS,
    METRIC_FRAMES_SENT,
    METRIC_BYTES_SENT,
    METRIC_JOINS_RECOVERED,
    METRIC_JOINS_FOLDED,
    METRIC_JOINS_RESYNC,
    METRIC_LAGS_FOLDED,
    METRIC_VIEWS,
    METRIC_VIEW_FOLLOWERS,
    METRIC_VIEW_BYTES,
    METRIC_VIEW_BATCHES,
    METRIC_VIEW_EVENTS,
    METRIC_VIEW_LOADS,
    METRIC_VIEW_FAILURES,
    METRIC_VIEW_US,
    METRIC_VIEW_FRAMES,
    METRIC_CLOSED_LOGIN,
    METRIC_CLOSED_SLOW,
    METRIC_CONNECTIONS,
    METRIC_CONNECTIONS_REFUSED,
    METRIC_REQUESTS_REFUSED,
    METRIC_SOCKETS_REFUSED,
    METRIC_COMMANDS_REFUSED,
    METRIC_SOCKETS_UNREAD,
    METRIC_LOGINS_REFUSED,
    METRIC_LOGINS_DELAYED,
    METRIC_COMMIT_BATCHES,
    METRIC_COMMIT_JOBS,
    METRIC_COMMIT_FAILED,
    METRIC_COMMIT_US,
    METRIC_TURN_US,
    METRIC_COMMIT_BATCH_MAX,
    METRIC_WRITE_WAIT_US,
    METRIC_WRITE_QUEUE,
    METRIC_READ_QUEUE,
    METRIC_HASH_QUEUE,
    METRIC_EXPORT_QUEUE,
    METRIC_JOBS_DROPPED,
    METRIC_JOBS_REFUSED,
    METRIC_REQUESTS_OPEN,
    METRIC_HELD_BYTES,
    METRIC_ANSWERS_CUT,
    METRIC_HOLDS_REFUSED,
    METRIC_STANDBY,
    METRIC_REDIS_UP,
    METRIC_REDIS_DOWN,
    METRIC_REDIS_SAME,
    METRIC_MACHINES_APART,
    METRIC_REDIS_ROUND_TRIP_US,
    METRIC_REDIS_PUBLISHED,
    METRIC_REDIS_RECEIVED,
    METRIC_REDIS_DROPPED,
    METRIC_REDIS_UNREADABLE,
    METRIC_REDIS_RECONNECTS,
    METRIC_MARKET_LINES,
    METRIC_MARKET_DROPPED,
    METRIC_MARKET_OVERFLOWS,
    METRIC_MARKET_REFUSED,
    METRIC_MARKET_WAITING,
    METRIC_MARKET_UP,
    METRIC_MARKET_REDIS_LOST,
    METRIC_MARKET_REDIS_DROPPED,
    METRIC_MARKET_GAPS,
    METRIC_MARKET_CROSSED,
    METRIC_MARKET_TRADES,
    METRIC_MARKET_SYMBOLS,
    METRIC_MARKET_SESSIONS,
    METRIC_MARKET_FOLLOWED,
    METRIC_MARKET_QUOTES_SENT,
    METRIC_MARKET_SKIPPED,
    METRIC_MARKET_TRADES_SENT,
    METRIC_MARKET_TRADES_LOST,
    METRIC_LOG_DROPPED,
    METRIC_WAL_BYTES,
    METRIC_SEARCH_BYTES,
    METRIC_ANSWERS_KEPT,
    METRIC_MEMORY_BYTES,
    METRIC_OPEN_FDS,
    METRIC_START_TIME_US,
    METRIC_COUNT,
};

/* How long a change takes on each stretch of its way to a client. */
enum metrics_hop {
    HOP_COMMIT, /* from its writing until it is in a stream here, where it was
                   committed by this worker */
    HOP_RELAY,  /* likewise, where it came by Redis or from the log */
    HOP_ENGINE, /* from its being heard of until live views show it */
    HOP_SOCKET, /* from a stream to a connection */
    HOP_VIEW,   /* from a live view to a connection: its max_rate is kept */
    HOP_COUNT,
};
struct metrics_route {
    _Atomic int64_t by_class[6]; /* [2]: 2xx, ...; [0], [1] unused */
    _Atomic int64_t buckets[METRICS_BUCKETS];
    _Atomic int64_t sum_us;
};
struct metrics_spread {
    _Atomic int64_t buckets[METRICS_BUCKETS];
    _Atomic int64_t sum_us;
};
/* What had been counted at one second, for metrics/figures.h. */
#define METRICS_SAMPLES 64
#define METRICS_STEPS 256
struct metrics_sample {
    _Atomic int64_t second; /* monotonic */
    _Atomic int64_t sockets;
    _Atomic int64_t requests;
    _Atomic int64_t writes;
    _Atomic int64_t events;
    _Atomic int64_t request[METRICS_BUCKETS];
    _Atomic int64_t hops[HOP_COUNT][METRICS_BUCKETS];
};
struct metrics {
    _Atomic int64_t values[METRIC_COUNT];
    struct metrics_route routes[METRICS_ROUTES_MAX];
    struct metrics_spread hops[HOP_COUNT];
    struct metrics_spread apart; /* of the routes' requests, see below */
    struct metrics_sample samples[METRICS_SAMPLES];
    struct metrics_sample hour[METRICS_STEPS]; /* and less often, for longer */
};

/* The upper bound of a bucket, in microseconds; INT64_MAX for the last. */
int64_t metrics_bound_us(size_t bucket);
const char *metrics_hop_name(enum metrics_hop hop); /* "commit", ... */

/* count slots, zeroed, shared with processes forked later. NULL: no memory. */
struct metrics *metrics_map(size_t count);
void metrics_unmap(struct metrics *slots, size_t count);

void metrics_add(struct metrics *slot, enum metric metric, int64_t n);
void metrics_set(struct metrics *slot, enum metric metric, int64_t value);
/* One answered request. route: its index in web's table. */
void metrics_request(struct metrics *slot, size_t route, int status,
                     int64_t us);
/* Of the requests counted, one that took as long as it takes to hash a
 * password: it says nothing of how busy the service is. */
void metrics_request_apart(struct metrics *slot, int64_t us);
/* One change, or several that went together. */
void metrics_pass(struct metrics *slot, enum metrics_hop hop, int64_t us);
/* Memory and descriptors of this process. */
void metrics_set_process(struct metrics *slot);
/* The text of all slots. route_name: of an index below route_count. */
void metrics_render(struct buf *out, struct metrics *slots, size_t count,
                    const char *(*route_name)(size_t route),
                    size_t route_count);
