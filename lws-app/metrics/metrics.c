#include "metrics/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/banned.h"

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER };

/* divisor: from what is kept to the unit in the name. */
static const struct {
    const char *name;
    enum metric_kind kind;
    int64_t divisor;
    const char *help;
} metrics_table[METRIC_COUNT] = {
    [METRIC_SOCKETS] = {"lwsapp_sockets", METRIC_GAUGE, 1, "Open websockets"},
    [METRIC_SOCKETS_UNLISTED] = {"lwsapp_sockets_unlisted", METRIC_GAUGE, 1,
                                 "Of these, beyond what can be listed"},
    [METRIC_STREAMS] = {"lwsapp_streams", METRIC_GAUGE, 1,
                        "Streams with a subscription"},
    [METRIC_SUBSCRIPTIONS] = {"lwsapp_subscriptions", METRIC_GAUGE, 1,
                              "Subscriptions of sockets to streams"},
    [METRIC_RING_BYTES] = {"lwsapp_ring_bytes", METRIC_GAUGE, 1,
                           "Events kept in memory, all streams"},
    [METRIC_EVENTS_COMMITTED] = {"lwsapp_events_committed_total",
                                 METRIC_COUNTER, 1,
                                 "Events from this worker's own commits"},
    [METRIC_EVENTS_DELIVERED] = {"lwsapp_events_delivered_total",
                                 METRIC_COUNTER, 1,
                                 "Events that entered a stream in order"},
    [METRIC_EVENTS_DROPPED] = {"lwsapp_events_duplicate_total", METRIC_COUNTER,
                               1, "Events seen already"},
    [METRIC_EVENTS_HELD] = {"lwsapp_events_held", METRIC_GAUGE, 1,
                            "Events waiting behind a hole"},
    [METRIC_HOLES_SKIPPED] = {"lwsapp_holes_skipped_total", METRIC_COUNTER, 1,
                              "Holes that the log could not fill"},
    [METRIC_HOLES_REPAIRED] = {"lwsapp_hole_repairs_total", METRIC_COUNTER, 1,
                               "Reads of the log because of a hole"},
    [METRIC_EVENTS_REPAIRED] = {"lwsapp_events_repaired_total", METRIC_COUNTER,
                                1, "Events that the log brought"},
    [METRIC_LOG_LOOKS] = {"lwsapp_log_looks_total", METRIC_COUNTER, 1,
                          "Times the log was looked at"},
    [METRIC_FRAMES_SENT] = {"lwsapp_frames_sent_total", METRIC_COUNTER, 1,
                            "Websocket frames sent"},
    [METRIC_BYTES_SENT] = {"lwsapp_frame_bytes_sent_total", METRIC_COUNTER, 1,
                           "Bytes of websocket frames sent"},
    [METRIC_JOINS_RECOVERED] = {"lwsapp_joins_recovered_total", METRIC_COUNTER,
                                1, "Subscriptions resumed by events"},
    [METRIC_JOINS_FOLDED] = {"lwsapp_joins_folded_total", METRIC_COUNTER, 1,
                             "Subscriptions resumed by a folded difference"},
    [METRIC_JOINS_RESYNC] = {"lwsapp_joins_resync_total", METRIC_COUNTER, 1,
                             "Subscriptions with a foreign position"},
    [METRIC_LAGS_FOLDED] = {"lwsapp_lags_folded_total", METRIC_COUNTER, 1,
                            "Readers overtaken and folded forward"},
    [METRIC_VIEWS] = {"lwsapp_views", METRIC_GAUGE, 1, "Distinct live views"},
    [METRIC_VIEW_FOLLOWERS] = {"lwsapp_view_followers", METRIC_GAUGE, 1,
                               "Live views that sockets have open"},
    [METRIC_VIEW_BYTES] = {"lwsapp_view_bytes", METRIC_GAUGE, 1,
                           "Memory of live views"},
    [METRIC_VIEW_BATCHES] = {"lwsapp_view_batches_total", METRIC_COUNTER, 1,
                             "Reads of the log for live views"},
    [METRIC_VIEW_EVENTS] = {"lwsapp_view_events_total", METRIC_COUNTER, 1,
                            "Events read for live views"},
    [METRIC_VIEW_LOADS] = {"lwsapp_view_loads_total", METRIC_COUNTER, 1,
                           "Draws that live views began or continued from"},
    [METRIC_VIEW_FAILURES] = {"lwsapp_view_failures_total", METRIC_COUNTER, 1,
                              "Reads of the log for live views that failed"},
    [METRIC_VIEW_US] = {"lwsapp_view_seconds_total", METRIC_COUNTER, 1000000,
                        "Time that live views took of their thread"},
    [METRIC_VIEW_FRAMES] = {"lwsapp_view_frames_sent_total", METRIC_COUNTER, 1,
                            "Frames of live views sent"},
    [METRIC_CLOSED_LOGIN] = {"lwsapp_sockets_ended_total", METRIC_COUNTER, 1,
                             "Sockets closed because their login ended"},
    [METRIC_CLOSED_SLOW] = {"lwsapp_sockets_slow_closed_total", METRIC_COUNTER,
                            1, "Sockets closed because nothing was read"},
    [METRIC_CONNECTIONS] = {"lwsapp_connections", METRIC_GAUGE, 1,
                            "Open connections"},
    [METRIC_CONNECTIONS_REFUSED] = {"lwsapp_connections_refused_total",
                                    METRIC_COUNTER, 1,
                                    "Connections closed at once: too many"},
    [METRIC_REQUESTS_REFUSED] = {"lwsapp_http_requests_throttled_total",
                                 METRIC_COUNTER, 1,
                                 "Requests answered with 429"},
    [METRIC_COMMANDS_REFUSED] = {"lwsapp_commands_throttled_total",
                                 METRIC_COUNTER, 1,
                                 "Commands over websockets beyond their rate"},
    [METRIC_SOCKETS_UNREAD] = {"lwsapp_sockets_unread_total", METRIC_COUNTER, 1,
                               "Times that a socket was not read for a while "
                               "because it had sent too much"},
    [METRIC_LOGINS_REFUSED] = {"lwsapp_logins_throttled_total", METRIC_COUNTER,
                               1, "Logins refused for too many attempts"},
    [METRIC_LOGINS_DELAYED] =
        {"lwsapp_logins_delayed_total", METRIC_COUNTER, 1,
         "Logins that had to wait because many to that account had failed"},
    [METRIC_SOCKETS_REFUSED] = {"lwsapp_sockets_throttled_total",
                                METRIC_COUNTER, 1,
                                "Handshakes answered with 429"},
    [METRIC_COMMIT_BATCHES] = {"lwsapp_commits_total", METRIC_COUNTER, 1,
                               "Group commits"},
    [METRIC_COMMIT_JOBS] = {"lwsapp_commit_jobs_total", METRIC_COUNTER, 1,
                            "Jobs in group commits"},
    [METRIC_COMMIT_FAILED] = {"lwsapp_commits_failed_total", METRIC_COUNTER, 1,
                              "Group commits that failed"},
    [METRIC_COMMIT_US] = {"lwsapp_commit_seconds_total", METRIC_COUNTER,
                          1000000, "Time in COMMIT"},
    [METRIC_TURN_US] = {"lwsapp_turn_wait_seconds_total", METRIC_COUNTER,
                        1000000, "Time waiting for a writer's turn"},
    [METRIC_COMMIT_BATCH_MAX] = {"lwsapp_commit_jobs_max", METRIC_GAUGE, 1,
                                 "Largest group commit since start"},
    [METRIC_WRITE_WAIT_US] = {"lwsapp_write_wait_seconds", METRIC_GAUGE,
                              1000000,
                              "How long the write under way has waited for its "
                              "turn or its COMMIT by now"},
    [METRIC_WRITE_QUEUE] = {"lwsapp_write_queue", METRIC_GAUGE, 1,
                            "Jobs waiting for the writer"},
    [METRIC_READ_QUEUE] = {"lwsapp_read_queue", METRIC_GAUGE, 1,
                           "Jobs waiting for a reader"},
    [METRIC_HASH_QUEUE] = {"lwsapp_hash_queue", METRIC_GAUGE, 1,
                           "Passwords waiting to be checked"},
    [METRIC_EXPORT_QUEUE] = {"lwsapp_export_queue", METRIC_GAUGE, 1,
                             "Exports waiting to be put together"},
    [METRIC_JOBS_DROPPED] =
        {"lwsapp_jobs_dropped_total", METRIC_COUNTER, 1,
         "Jobs dropped from a full queue to make room for those of others"},
    [METRIC_JOBS_REFUSED] =
        {"lwsapp_jobs_refused_total", METRIC_COUNTER, 1,
         "Jobs refused because their user or address had too many waiting"},
    [METRIC_REQUESTS_OPEN] = {"lwsapp_http_requests_open", METRIC_GAUGE, 1,
                              "Requests not answered yet"},
    [METRIC_ANSWERS_CUT] =
        {"lwsapp_http_cut_total", METRIC_COUNTER, 1,
         "Answers cut off because their clients took too little"},
    [METRIC_HOLDS_REFUSED] =
        {"lwsapp_http_holds_refused_total", METRIC_COUNTER, 1,
         "Bodies, answers and frames refused because too much was held"},
    [METRIC_HELD_BYTES] =
        {"lwsapp_http_held_bytes", METRIC_GAUGE, 1,
         "Held for request bodies, and for answers and frames not yet taken"},
    [METRIC_STANDBY] = {"lwsapp_database_standby", METRIC_GAUGE, 1,
                        "1: commits wait for a standby, 0: for none, -1: the "
                        "database is a file"},
    [METRIC_REDIS_UP] = {"lwsapp_redis_up", METRIC_GAUGE, 1,
                         "1: up, 0: down, -1: not configured"},
    [METRIC_REDIS_DOWN] = {"lwsapp_redis_servers_down", METRIC_GAUGE, 1,
                           "Redis servers that are down"},
    [METRIC_REDIS_SAME] = {"lwsapp_redis_servers_same", METRIC_GAUGE, 1,
                           "Redis servers that are another one of them, by a "
                           "second name"},
    [METRIC_MACHINES_APART] = {"lwsapp_machines_apart", METRIC_GAUGE, 1,
                               "Other machines of this database that are told "
                               "other Redis servers"},
    [METRIC_REDIS_ROUND_TRIP_US] = {"lwsapp_redis_round_trip_seconds",
                                    METRIC_GAUGE, 1000000,
                                    "Round trip of the last ping to Redis"},
    [METRIC_REDIS_PUBLISHED] = {"lwsapp_redis_published_total", METRIC_COUNTER,
                                1, "Messages that Redis servers took"},
    [METRIC_REDIS_RECEIVED] = {"lwsapp_redis_received_total", METRIC_COUNTER, 1,
                               "Messages from Redis"},
    [METRIC_REDIS_DROPPED] = {"lwsapp_redis_dropped_total", METRIC_COUNTER, 1,
                              "Messages that Redis servers may not have got"},
    [METRIC_REDIS_UNREADABLE] = {"lwsapp_redis_unreadable_total",
                                 METRIC_COUNTER, 1,
                                 "Messages that could not be read"},
    [METRIC_REDIS_RECONNECTS] = {"lwsapp_redis_reconnects_total",
                                 METRIC_COUNTER, 1, "Reconnects to Redis"},
    [METRIC_MARKET_LINES] = {"lwsapp_market_lines_total", METRIC_COUNTER, 1,
                             "Lines of market data taken"},
    [METRIC_MARKET_DROPPED] = {"lwsapp_market_dropped_total", METRIC_COUNTER, 1,
                               "Lines that break a rule or can't be read"},
    [METRIC_MARKET_OVERFLOWS] = {"lwsapp_market_too_many_symbols_total",
                                 METRIC_COUNTER, 1,
                                 "Of these, of symbols beyond market_symbols"},
    [METRIC_MARKET_REFUSED] =
        {"lwsapp_market_refused_total", METRIC_COUNTER, 1,
         "Requests refused because there was no room for their lines"},
    [METRIC_MARKET_WAITING] = {"lwsapp_market_waiting_bytes", METRIC_GAUGE, 1,
                               "Lines waiting to be taken"},
    [METRIC_MARKET_UP] = {"lwsapp_market_up", METRIC_GAUGE, 1,
                          "Whether market data can come in"},
    [METRIC_MARKET_REDIS_LOST] = {"lwsapp_market_entries_lost_total",
                                  METRIC_COUNTER, 1,
                                  "Entries of the stream trimmed unread"},
    [METRIC_MARKET_REDIS_DROPPED] =
        {"lwsapp_market_entries_dropped_total", METRIC_COUNTER, 1,
         "Entries that Redis is known not to have taken"},
    [METRIC_MARKET_GAPS] = {"lwsapp_market_gaps_total", METRIC_COUNTER, 1,
                            "Gaps in the sequence numbers of the feed"},
    [METRIC_MARKET_CROSSED] = {"lwsapp_market_crossed_total", METRIC_COUNTER, 1,
                               "Lines after which bid was above ask"},
    [METRIC_MARKET_TRADES] = {"lwsapp_market_trades_total", METRIC_COUNTER, 1,
                              "Trades that came in"},
    [METRIC_MARKET_SYMBOLS] = {"lwsapp_market_symbols", METRIC_GAUGE, 1,
                               "Symbols that have a quote"},
    [METRIC_MARKET_SESSIONS] = {"lwsapp_market_sessions", METRIC_GAUGE, 1,
                                "Websockets that follow market data"},
    [METRIC_MARKET_FOLLOWED] = {"lwsapp_market_followed", METRIC_GAUGE, 1,
                                "Symbols that they follow, all together"},
    [METRIC_MARKET_QUOTES_SENT] = {"lwsapp_market_quotes_sent_total",
                                   METRIC_COUNTER, 1, "Quotes sent"},
    [METRIC_MARKET_SKIPPED] =
        {"lwsapp_market_quotes_skipped_total", METRIC_COUNTER, 1,
         "Quotes replaced by a newer one before they were sent"},
    [METRIC_MARKET_TRADES_SENT] = {"lwsapp_market_trades_sent_total",
                                   METRIC_COUNTER, 1, "Trades sent"},
    [METRIC_MARKET_TRADES_LOST] =
        {"lwsapp_market_trades_lost_total", METRIC_COUNTER, 1,
         "Trades of any symbol that a reader was told it had missed"},
    [METRIC_LOG_DROPPED] = {"lwsapp_log_dropped_total", METRIC_COUNTER, 1,
                            "Log lines dropped for lack of room"},
    [METRIC_WAL_BYTES] = {"lwsapp_wal_bytes", METRIC_GAUGE, 1,
                          "Size of the write-ahead log"},
    [METRIC_SEARCH_BYTES] = {"lwsapp_search_bytes", METRIC_GAUGE, 1,
                             "Orders kept in memory for searches"},
    [METRIC_ANSWERS_KEPT] = {"lwsapp_answers_kept_total", METRIC_COUNTER, 1,
                             "Lists answered from a page that was kept"},
    [METRIC_MEMORY_BYTES] = {"process_resident_memory_bytes", METRIC_GAUGE, 1,
                             "Resident memory"},
    [METRIC_OPEN_FDS] = {"process_open_fds", METRIC_GAUGE, 1,
                         "Open file descriptors"},
    [METRIC_START_TIME_US] = {"process_start_time_seconds", METRIC_GAUGE,
                              1000000, "Start time, in seconds since 1970"},
};

static const int64_t bucket_bounds_us[METRICS_BUCKETS - 1] = {
    25,    50,    100,    250,    500,    1000,    2500,   5000,
    10000, 25000, 100000, 250000, 500000, 1000000, 5000000};

static const char *const hop_names[HOP_COUNT] = {
    [HOP_COMMIT] = "commit", [HOP_RELAY] = "relay", [HOP_ENGINE] = "engine",
    [HOP_SOCKET] = "socket", [HOP_VIEW] = "view",
};

struct metrics *metrics_map(size_t count)
{
    void *slots =
        mmap(NULL, count * sizeof(struct metrics), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return slots == MAP_FAILED ? NULL : slots;
}

void metrics_unmap(struct metrics *slots, size_t count)
{
    if (slots)
        munmap(slots, count * sizeof(*slots));
}

static void add(_Atomic int64_t *value, int64_t n)
{
    atomic_fetch_add_explicit(value, n, memory_order_relaxed);
}

static int64_t get(_Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

void metrics_add(struct metrics *slot, enum metric metric, int64_t n)
{
    add(&slot->values[metric], n);
}

void metrics_set(struct metrics *slot, enum metric metric, int64_t value)
{
    atomic_store_explicit(&slot->values[metric], value, memory_order_relaxed);
}

int64_t metrics_bound_us(size_t bucket)
{
    return bucket < METRICS_BUCKETS - 1 ? bucket_bounds_us[bucket] : INT64_MAX;
}

static size_t bucket_of(int64_t us)
{
    size_t bucket = 0;

    while (us > metrics_bound_us(bucket))
        bucket++;
    return bucket;
}

const char *metrics_hop_name(enum metrics_hop hop)
{
    return hop_names[hop];
}

void metrics_pass(struct metrics *slot, enum metrics_hop hop, int64_t us)
{
    /* Clocks of two machines may differ. */
    add(&slot->hops[hop].buckets[bucket_of(us)], 1);
    add(&slot->hops[hop].sum_us, us > 0 ? us : 0);
}

void metrics_request(struct metrics *slot, size_t route, int status, int64_t us)
{
    struct metrics_route *counts = &slot->routes[route];
    size_t bucket = bucket_of(us);

    if (status >= 200 && status < 600)
        add(&counts->by_class[status / 100], 1);
    add(&counts->buckets[bucket], 1);
    add(&counts->sum_us, us);
}

void metrics_request_apart(struct metrics *slot, int64_t us)
{
    add(&slot->apart.buckets[bucket_of(us)], 1);
    add(&slot->apart.sum_us, us);
}

static int64_t read_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size;
    long resident = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

static int64_t count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int64_t count = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    /* Without ".", ".." and the directory itself. */
    return count - 3;
}

void metrics_set_process(struct metrics *slot)
{
    metrics_set(slot, METRIC_MEMORY_BYTES, read_memory());
    metrics_set(slot, METRIC_OPEN_FDS, count_fds());
}

static void put_head(struct buf *out, const char *name, const char *help,
                     const char *type)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct buf *out, int64_t value, int64_t divisor)
{
    if (divisor == 1)
        buf_put_int(out, value);
    else
        buf_printf(out, "%.6f", (double)value / (double)divisor);
    buf_put_char(out, '\n');
}

static void put_scalar(struct buf *out, enum metric metric,
                       struct metrics *slots, size_t count)
{
    const char *name = metrics_table[metric].name;

    put_head(out, name, metrics_table[metric].help,
             metrics_table[metric].kind == METRIC_GAUGE ? "gauge" : "counter");
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s{worker=\"%zu\"} ", name, i);
        put_value(out, get(&slots[i].values[metric]),
                  metrics_table[metric].divisor);
    }
}

static int64_t sum(struct metrics *slots, size_t count, size_t route,
                   size_t offset)
{
    int64_t total = 0;

    for (size_t i = 0; i < count; i++) {
        char *base = (char *)&slots[i].routes[route];

        total += get((_Atomic int64_t *)(void *)(base + offset));
    }
    return total;
}

static void put_requests(struct buf *out, struct metrics *slots, size_t count,
                         const char *(*route_name)(size_t route),
                         size_t route_count)
{
    static const char name[] = "lwsapp_http_requests_total";

    put_head(out, name, "Requests answered, by route and class of status",
             "counter");
    for (size_t route = 0; route < route_count; route++) {
        for (size_t class = 2; class < 6; class ++) {
            int64_t n = sum(slots, count, route,
                            offsetof(struct metrics_route, by_class) +
                                class * sizeof(int64_t));

            if (n)
                buf_printf(out,
                           "%s{route=\"%s\",status=\"%zuxx\"} %" PRId64 "\n",
                           name, route_name(route), class, n);
        }
    }
}

/* label: as name="value", or "". */
static void put_histogram(struct buf *out, const char *name, const char *label,
                          const int64_t counts[METRICS_BUCKETS], int64_t sum_us)
{
    const char *comma = *label ? "," : "";
    int64_t total = 0;

    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        total += counts[i];
        buf_printf(out, "%s_bucket{%s%sle=\"", name, label, comma);
        if (i < METRICS_BUCKETS - 1)
            buf_printf(out, "%g\"} ", (double)bucket_bounds_us[i] / 1e6);
        else
            buf_put_text(out, "+Inf\"} ");
        put_value(out, total, 1);
    }
    buf_printf(out, "%s_sum{%s} ", name, label);
    put_value(out, sum_us, 1000000);
    buf_printf(out, "%s_count{%s} %" PRId64 "\n", name, label, total);
}

static void put_durations(struct buf *out, struct metrics *slots, size_t count,
                          const char *(*route_name)(size_t route),
                          size_t route_count)
{
    static const char name[] = "lwsapp_http_request_duration_seconds";

    put_head(out, name, "From the head of a request to its answer",
             "histogram");
    for (size_t route = 0; route < route_count; route++) {
        int64_t counts[METRICS_BUCKETS];
        int64_t total = 0;
        char label[120];

        for (size_t i = 0; i < METRICS_BUCKETS; i++) {
            counts[i] = sum(slots, count, route,
                            offsetof(struct metrics_route, buckets) +
                                i * sizeof(int64_t));
            total += counts[i];
        }
        if (!total)
            continue;
        snprintf(label, sizeof(label), "route=\"%s\"", route_name(route));
        put_histogram(
            out, name, label, counts,
            sum(slots, count, route, offsetof(struct metrics_route, sum_us)));
    }
}

/* A hop of all slots is added; returns what it took together. */
static int64_t add_hop(struct metrics *slots, size_t count,
                       enum metrics_hop hop, int64_t counts[METRICS_BUCKETS])
{
    int64_t sum_us = 0;

    for (size_t slot = 0; slot < count; slot++) {
        for (size_t i = 0; i < METRICS_BUCKETS; i++)
            counts[i] += get(&slots[slot].hops[hop].buckets[i]);
        sum_us += get(&slots[slot].hops[hop].sum_us);
    }
    return sum_us;
}

static void put_deliveries(struct buf *out, struct metrics *slots, size_t count)
{
    static const char name[] = "lwsapp_event_delivery_seconds";
    int64_t counts[METRICS_BUCKETS] = {0};
    int64_t sum_us = add_hop(slots, count, HOP_COMMIT, counts);

    sum_us += add_hop(slots, count, HOP_RELAY, counts);
    put_head(out, name, "From the writing of an event to its place in a stream",
             "histogram");
    put_histogram(out, name, "", counts, sum_us);
}

static void put_hops(struct buf *out, struct metrics *slots, size_t count)
{
    static const char name[] = "lwsapp_hop_seconds";

    put_head(out, name,
             "How long each hop of a change to a client takes: from writing to "
             "a stream of the worker that committed it (commit) or of another "
             "(relay), until live views show it (engine), from a stream to a "
             "connection (socket), from a live view to a connection, at its "
             "rate (view)",
             "histogram");
    for (int hop = 0; hop < HOP_COUNT; hop++) {
        int64_t counts[METRICS_BUCKETS] = {0};
        int64_t sum_us = add_hop(slots, count, (enum metrics_hop)hop, counts);
        char label[32];

        snprintf(label, sizeof(label), "hop=\"%s\"", hop_names[hop]);
        put_histogram(out, name, label, counts, sum_us);
    }
}

void metrics_render(struct buf *out, struct metrics *slots, size_t count,
                    const char *(*route_name)(size_t route), size_t route_count)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        put_scalar(out, (enum metric)metric, slots, count);
    put_requests(out, slots, count, route_name, route_count);
    put_durations(out, slots, count, route_name, route_count);
    put_deliveries(out, slots, count);
    put_hops(out, slots, count);
}
