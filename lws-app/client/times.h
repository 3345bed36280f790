#pragma once
#include <stdint.h>
/*
 * How long many things took: counted by the microsecond, up to 2 s; beyond that
 * only the longest is known.
 * Thread: belongs to its owner. Never blocks.
 */
struct times {
    uint32_t *buckets;
    int64_t count, max_us;
};

int times_init(struct times *times); /* -1: no memory */
void times_release(struct times *times);
void times_add(struct times *times, int64_t us);
/* What so many of a hundred did not exceed; 0: there were none. */
int64_t times_percentile(const struct times *times, int64_t percent);
