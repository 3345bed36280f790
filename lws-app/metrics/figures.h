#pragma once
#include "metrics/metrics.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * How busy all workers are now: what was counted over the last moments, from
 * samples that each worker takes of its slot once a second.
 * Thread: sampling on the loop thread of the slot's worker, reading on any.
 */
#define FIGURES_RATE_S 10   /* rates are of so many seconds */
#define FIGURES_SPREAD_S 60 /* percentiles likewise */

struct figures_spread {
    bool is_known; /* anything was counted at all */
    double p50_ms; /* interpolated between the bounds of a bucket */
    double p99_ms;
};
struct figures {
    int64_t workers; /* that have taken a sample lately */
    int64_t sockets;
    double requests_per_s;
    double writes_per_s;            /* jobs committed */
    double events_per_s;            /* changes of orders */
    struct figures_spread request;  /* without those that hash a password */
    struct figures_spread delivery; /* commit and relay together */
    struct figures_spread hops[HOP_COUNT];
};

/* The last hour, step by step. A step of which too little was counted has no
 * worker. */
#define FIGURES_STEP_S 15
#define FIGURES_STEPS 240
struct figures_step {
    int64_t second; /* of the monotonic clock: where it ends */
    int64_t workers;
    int64_t sockets; /* then */
    double requests_per_s;
    double events_per_s;
    struct figures_spread request;
    struct figures_spread delivery;
};

/* second: of a monotonic clock that all workers share. */
void figures_sample(struct metrics *slot, int64_t second);
void figures_read(struct metrics *slots, size_t count, int64_t second,
                  struct figures *figures);
/* The oldest first; the last one ends at second, or shortly before. */
void figures_read_hour(struct metrics *slots, size_t count, int64_t second,
                       struct figures_step steps[FIGURES_STEPS]);
