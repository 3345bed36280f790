#include "app_metrics.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/figures.h"
#include "protocols/host/listener.h"
#include "protocols/http/http.h"
#include "protocols/orders/socket.h"
#include "view/order_cache.h"

#include <inttypes.h>

#include "base/banned.h"

/* What a write waits for beyond this is not right, be it its turn, which
 * another may hold, or its COMMIT, as without a standby that is waited for. */
#define STUCK_US (5 * CLOCK_S)

static void note_standby(struct server *server, int standby)
{
    if (standby < 0 ||
        atomic_exchange(&server->web->standby, standby) == standby)
        return;
    if (standby)
        log_info("store.durability", "durability=standby");
    else
        log_warn("store.durability", "durability=local");
}

void app_count_fanout(struct server *server)
{
    struct metrics *slot = server->metrics;
    struct hub_stats hub;
    struct relay_stats relay;

    hub_get_stats(server->hub, &hub);
    metrics_set(slot, METRIC_STREAMS, hub.streams);
    metrics_set(slot, METRIC_SUBSCRIPTIONS, hub.subscriptions);
    metrics_set(slot, METRIC_RING_BYTES, hub.ring_bytes);
    metrics_set(slot, METRIC_EVENTS_DELIVERED, hub.delivered);
    metrics_set(slot, METRIC_EVENTS_DROPPED, hub.dropped);
    metrics_set(slot, METRIC_EVENTS_HELD, hub.held);
    metrics_set(slot, METRIC_HOLES_SKIPPED, hub.skipped);
    metrics_set(slot, METRIC_HELD_BYTES,
                (int64_t)holds_sum(server->http->holds));
    relay_get_stats(server->relay, &relay);
    note_standby(server, relay.standby);
    metrics_set(slot, METRIC_STANDBY, atomic_load(&server->web->standby));
    atomic_store(&server->web->redis_up, relay.redis_up);
    atomic_store(&server->web->redis_down, relay.redis_down);
    metrics_set(slot, METRIC_EVENTS_COMMITTED, relay.committed);
    metrics_set(slot, METRIC_HOLES_REPAIRED, relay.repairs);
    metrics_set(slot, METRIC_EVENTS_REPAIRED, relay.repaired_events);
    metrics_set(slot, METRIC_LOG_LOOKS, relay.looks);
    metrics_set(slot, METRIC_REDIS_UP, relay.redis_up);
    metrics_set(slot, METRIC_REDIS_DOWN, relay.redis_down);
    metrics_set(slot, METRIC_REDIS_SAME, relay.redis_same);
    metrics_set(slot, METRIC_REDIS_PUBLISHED, relay.redis.published);
    metrics_set(slot, METRIC_REDIS_RECEIVED, relay.redis.received);
    metrics_set(slot, METRIC_REDIS_DROPPED, relay.redis.dropped);
    metrics_set(slot, METRIC_REDIS_UNREADABLE, relay.unreadable);
    metrics_set(slot, METRIC_REDIS_RECONNECTS, relay.redis.reconnects);
    metrics_set(slot, METRIC_REDIS_ROUND_TRIP_US,
                relay.redis.round_trip_us > 0 ? relay.redis.round_trip_us : 0);
}

void app_count_views(struct server *server)
{
    struct metrics *slot = server->metrics;
    struct views_stats views;

    views_get_stats(server->views, &views);
    metrics_set(slot, METRIC_VIEWS, views.views);
    metrics_set(slot, METRIC_VIEW_FOLLOWERS, views.followers);
    metrics_set(slot, METRIC_VIEW_BYTES, views.bytes);
    metrics_set(slot, METRIC_VIEW_BATCHES, views.batches);
    metrics_set(slot, METRIC_VIEW_EVENTS, views.events);
    metrics_set(slot, METRIC_VIEW_LOADS, views.loads);
    metrics_set(slot, METRIC_VIEW_FAILURES, views.failures);
    metrics_set(slot, METRIC_VIEW_US, views.engine_us);
}

/* What clients are refused for asking too much, and how the log calls it. */
static const struct {
    enum metric metric;
    const char *name;
} refusals[] = {
    {METRIC_CONNECTIONS_REFUSED, "connections"},
    {METRIC_REQUESTS_REFUSED, "requests"},
    {METRIC_LOGINS_REFUSED, "logins"},
    {METRIC_LOGINS_DELAYED, "logins_delayed"},
    {METRIC_SOCKETS_REFUSED, "sockets"},
    {METRIC_COMMANDS_REFUSED, "commands"},
    {METRIC_SOCKETS_UNREAD, "unread"},
    {METRIC_HOLDS_REFUSED, "holds"},
    {METRIC_ANSWERS_CUT, "cut"},
    {METRIC_JOBS_REFUSED, "jobs"},
    {METRIC_JOBS_DROPPED, "jobs_dropped"},
};
#define REFUSAL_COUNT (sizeof(refusals) / sizeof(refusals[0]))

/* Once a second at most, however many there are. */
static void say_refusals(struct server *server)
{
    static int64_t said[REFUSAL_COUNT];
    struct buf line;

    buf_init(&line, 512);
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        int64_t now = server->metrics->values[refusals[i].metric];
        int64_t more = now - said[i];

        if (more > 0)
            buf_printf(&line, "%s%s=%" PRId64, line.len ? " " : "",
                       refusals[i].name, more);
        said[i] = now;
    }
    if (line.len && !line.failed)
        log_warn("limits.refused", "%s", buf_text(&line));
    buf_release(&line);
}

static void count_queues(struct server *server, const struct pool_stats *writer)
{
    struct readers *const pools[] = {
        server->pools.readers, server->pools.long_readers,
        server->pools.hashers, server->pools.exporters};
    struct pool_stats stats[sizeof(pools) / sizeof(pools[0])];
    struct metrics *slot = server->metrics;
    struct pool_stats sum = *writer;

    for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
        readers_get_stats(pools[i], &stats[i]);
        sum.dropped += stats[i].dropped;
        sum.refused += stats[i].refused;
    }
    metrics_set(slot, METRIC_WRITE_QUEUE, writer->len);
    metrics_set(slot, METRIC_READ_QUEUE, stats[0].len + stats[1].len);
    metrics_set(slot, METRIC_HASH_QUEUE, stats[2].len);
    metrics_set(slot, METRIC_EXPORT_QUEUE, stats[3].len);
    metrics_set(slot, METRIC_JOBS_DROPPED, sum.dropped);
    metrics_set(slot, METRIC_JOBS_REFUSED, sum.refused);
    say_refusals(server);
}

int app_find_standby(struct server *server, struct db *db, struct err *err)
{
    bool has_standby;

    if (!db_is_server(db))
        return 0;
    if (db_has_standby(db, &has_standby, err) < 0)
        return -1;
    note_standby(server, has_standby);
    return 0;
}

/* Whether a write has waited for too long by now: told of once. */
static bool note_stuck(struct server *server, const struct writer_stats *writer)
{
    static const char *const stages[] = {"nothing", "turn", "jobs", "commit"};
    int64_t waits_us = writer->stage == WRITER_RESTS ? 0 : writer->stage_us;
    bool is_stuck = waits_us >= STUCK_US;

    metrics_set(server->metrics, METRIC_WRITE_WAIT_US, waits_us);
    if (is_stuck && !server->is_write_stuck)
        log_error("writer.waits", "for=%s ms=%" PRId64 " standby=%d",
                  stages[writer->stage], waits_us / 1000,
                  atomic_load(&server->web->standby));
    else if (!is_stuck && server->is_write_stuck)
        log_info("writer.goes_on", "batches=%" PRId64, writer->batches);
    server->is_write_stuck = is_stuck;
    return is_stuck;
}

void app_count_store(struct server *server)
{
    struct metrics *slot = server->metrics;
    struct writer_stats writer;

    writer_get_stats(server->pools.writer, &writer);
    atomic_store(&server->web->writes_fail,
                 note_stuck(server, &writer) || writer.is_failing);
    metrics_set(slot, METRIC_COMMIT_BATCHES, writer.batches);
    metrics_set(slot, METRIC_COMMIT_JOBS, writer.jobs);
    metrics_set(slot, METRIC_COMMIT_FAILED, writer.failed_batches);
    metrics_set(slot, METRIC_COMMIT_US, writer.commit_us);
    metrics_set(slot, METRIC_TURN_US, writer.turn_us);
    metrics_set(slot, METRIC_COMMIT_BATCH_MAX, writer.batch_size_max);
    count_queues(server, &writer.queue);
    metrics_set(slot, METRIC_LOG_DROPPED, log_dropped());
    if (server->admission.db)
        metrics_set(slot, METRIC_WAL_BYTES, db_wal_bytes(server->admission.db));
    metrics_set(slot, METRIC_SEARCH_BYTES,
                (int64_t)order_cache_bytes(server->web->order_cache));
    metrics_set(slot, METRIC_SOCKETS, server->orders->count);
    metrics_set(slot, METRIC_SOCKETS_UNLISTED, server->orders->unlisted);
    metrics_set(slot, METRIC_CONNECTIONS,
                (int64_t)listener_connections(server->listener));
    metrics_set(slot, METRIC_REQUESTS_OPEN, (int64_t)server->http->exchanges);
    metrics_set_process(slot);
    figures_sample(slot, clock_mono_us() / CLOCK_S);
}
