#include "metrics/figures.h"

#include <string.h>

#include "base/banned.h"

/* A worker that took no sample for so long is gone, or as good as that. */
#define ALIVE_S 3

/* A sample as it was read. */
struct reading {
    int64_t second; /* 0: there is none */
    int64_t sockets;
    int64_t requests;
    int64_t writes;
    int64_t events;
    int64_t request[METRICS_BUCKETS];
    int64_t hops[HOP_COUNT][METRICS_BUCKETS];
};

static int64_t get(_Atomic int64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void put(_Atomic int64_t *value, int64_t to)
{
    atomic_store_explicit(value, to, memory_order_relaxed);
}

static void take_sample(struct metrics *slot, struct metrics_sample *sample,
                        int64_t second)
{
    int64_t buckets[METRICS_BUCKETS] = {0};
    int64_t requests = 0;

    for (size_t route = 0; route < METRICS_ROUTES_MAX; route++) {
        for (size_t i = 0; i < METRICS_BUCKETS; i++)
            buckets[i] += get(&slot->routes[route].buckets[i]);
    }
    atomic_store(&sample->second, 0);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        requests += buckets[i];
        put(&sample->request[i], buckets[i] - get(&slot->apart.buckets[i]));
        for (int hop = 0; hop < HOP_COUNT; hop++)
            put(&sample->hops[hop][i], get(&slot->hops[hop].buckets[i]));
    }
    put(&sample->sockets, get(&slot->values[METRIC_SOCKETS]));
    put(&sample->requests, requests);
    put(&sample->writes, get(&slot->values[METRIC_COMMIT_JOBS]));
    put(&sample->events, get(&slot->values[METRIC_EVENTS_COMMITTED]));
    atomic_store(&sample->second, second);
}

static struct metrics_sample *hour_sample(struct metrics *slot, int64_t second)
{
    return &slot->hour[second / FIGURES_STEP_S % METRICS_STEPS];
}

void figures_sample(struct metrics *slot, int64_t second)
{
    struct metrics_sample *step = hour_sample(slot, second);

    take_sample(slot, &slot->samples[second % METRICS_SAMPLES], second);
    if (get(&step->second) / FIGURES_STEP_S != second / FIGURES_STEP_S)
        take_sample(slot, step, second);
}

static void read_sample(struct metrics_sample *sample, struct reading *reading)
{
    reading->second = atomic_load(&sample->second);
    reading->sockets = get(&sample->sockets);
    reading->requests = get(&sample->requests);
    reading->writes = get(&sample->writes);
    reading->events = get(&sample->events);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        reading->request[i] = get(&sample->request[i]);
        for (int hop = 0; hop < HOP_COUNT; hop++)
            reading->hops[hop][i] = get(&sample->hops[hop][i]);
    }
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&sample->second) != reading->second)
        reading->second = 0; /* it was being written */
}

/* The first sample of the slot from one second to another, or the last. */
static void find_sample(struct metrics *slot, int64_t from, int64_t to,
                        bool last, struct reading *found)
{
    memset(found, 0, sizeof(*found));
    for (size_t i = 0; i < METRICS_SAMPLES; i++) {
        struct reading reading;

        read_sample(&slot->samples[i], &reading);
        if (reading.second < 1 || reading.second < from ||
            reading.second > to ||
            (found->second && (reading.second < found->second) == last))
            continue;
        *found = reading;
    }
}

/* A successor counts what is its process's own from 0 on. */
static int64_t since(int64_t before, int64_t now)
{
    return now >= before ? now - before : now;
}

static void add_rates(const struct reading *before, const struct reading *now,
                      struct figures *figures)
{
    double seconds = (double)(now->second - before->second);

    if (seconds < 1)
        return;
    figures->requests_per_s +=
        (double)since(before->requests, now->requests) / seconds;
    figures->writes_per_s +=
        (double)since(before->writes, now->writes) / seconds;
    figures->events_per_s +=
        (double)since(before->events, now->events) / seconds;
}

/* Where in the sorted values `part` of them lie below. */
static double percentile_ms(const int64_t counts[METRICS_BUCKETS],
                            int64_t total, double part)
{
    double wanted = part * (double)total;
    double below = 0;

    for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
        double low = i ? (double)metrics_bound_us(i - 1) : 0;
        double high = (double)metrics_bound_us(i);
        double here = (double)counts[i];

        if (here > 0 && below + here >= wanted)
            return (low + (high - low) * (wanted - below) / here) / 1000;
        below += here;
    }
    /* No more is known than that it is beyond the last bound. */
    return (double)metrics_bound_us(METRICS_BUCKETS - 2) / 1000;
}

static void set_spread(const int64_t counts[METRICS_BUCKETS],
                       struct figures_spread *spread)
{
    int64_t total = 0;

    for (size_t i = 0; i < METRICS_BUCKETS; i++)
        total += counts[i];
    if (!total)
        return;
    spread->is_known = true;
    spread->p50_ms = percentile_ms(counts, total, 0.5);
    spread->p99_ms = percentile_ms(counts, total, 0.99);
}

void figures_read(struct metrics *slots, size_t count, int64_t second,
                  struct figures *figures)
{
    int64_t request[METRICS_BUCKETS] = {0};
    int64_t hops[HOP_COUNT][METRICS_BUCKETS] = {{0}};
    int64_t delivery[METRICS_BUCKETS];

    memset(figures, 0, sizeof(*figures));
    for (size_t slot = 0; slot < count; slot++) {
        struct reading now;
        struct reading before;

        find_sample(&slots[slot], second - ALIVE_S, second, true, &now);
        if (!now.second)
            continue;
        figures->workers++;
        figures->sockets += get(&slots[slot].values[METRIC_SOCKETS]);
        find_sample(&slots[slot], now.second - FIGURES_RATE_S, now.second,
                    false, &before);
        add_rates(&before, &now, figures);
        find_sample(&slots[slot], now.second - FIGURES_SPREAD_S, now.second,
                    false, &before);
        for (size_t i = 0; i < METRICS_BUCKETS; i++) {
            request[i] += since(before.request[i], now.request[i]);
            for (int hop = 0; hop < HOP_COUNT; hop++)
                hops[hop][i] += since(before.hops[hop][i], now.hops[hop][i]);
        }
    }
    set_spread(request, &figures->request);
    for (size_t i = 0; i < METRICS_BUCKETS; i++)
        delivery[i] = hops[HOP_COMMIT][i] + hops[HOP_RELAY][i];
    set_spread(delivery, &figures->delivery);
    for (int hop = 0; hop < HOP_COUNT; hop++)
        set_spread(hops[hop], &figures->hops[hop]);
}

/* What was counted from the beginning of a step to that of the next one. */
static void add_step(struct metrics *slot, int64_t from,
                     int64_t request[METRICS_BUCKETS],
                     int64_t delivery[METRICS_BUCKETS],
                     struct figures_step *step)
{
    struct figures rates = {.workers = 0};
    struct reading before;
    struct reading now;

    read_sample(hour_sample(slot, from), &before);
    read_sample(hour_sample(slot, from + FIGURES_STEP_S), &now);
    if (before.second < from || before.second >= from + FIGURES_STEP_S ||
        now.second < from + FIGURES_STEP_S ||
        now.second >= from + 2 * FIGURES_STEP_S)
        return;
    step->workers++;
    step->sockets += now.sockets;
    add_rates(&before, &now, &rates);
    step->requests_per_s += rates.requests_per_s;
    step->events_per_s += rates.events_per_s;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        request[i] += since(before.request[i], now.request[i]);
        delivery[i] +=
            since(before.hops[HOP_COMMIT][i], now.hops[HOP_COMMIT][i]) +
            since(before.hops[HOP_RELAY][i], now.hops[HOP_RELAY][i]);
    }
}

void figures_read_hour(struct metrics *slots, size_t count, int64_t second,
                       struct figures_step steps[FIGURES_STEPS])
{
    /* The newest one that can be whole. */
    int64_t end = second / FIGURES_STEP_S * FIGURES_STEP_S;

    for (int i = 0; i < FIGURES_STEPS; i++) {
        int64_t to = end - (FIGURES_STEPS - 1 - i) * FIGURES_STEP_S;
        int64_t request[METRICS_BUCKETS] = {0};
        int64_t delivery[METRICS_BUCKETS] = {0};

        steps[i] = (struct figures_step){.second = to};
        for (size_t slot = 0; slot < count && to >= FIGURES_STEP_S; slot++)
            add_step(&slots[slot], to - FIGURES_STEP_S, request, delivery,
                     &steps[i]);
        set_spread(request, &steps[i].request);
        set_spread(delivery, &steps[i].delivery);
    }
}
