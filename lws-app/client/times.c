#include "client/times.h"
#include "base/mem.h"

#include "base/banned.h"

/* What took longer is in the last. */
#define BUCKETS 2000000

int times_init(struct times *times)
{
    *times = (struct times){.buckets =
                                mem_zalloc(BUCKETS * sizeof(*times->buckets))};
    return times->buckets ? 0 : -1;
}

void times_release(struct times *times)
{
    mem_free(times->buckets);
    times->buckets = NULL;
}

void times_add(struct times *times, int64_t us)
{
    if (us < 0)
        us = 0;
    if (us > times->max_us)
        times->max_us = us;
    times->buckets[us < BUCKETS ? us : BUCKETS - 1]++;
    times->count++;
}

int64_t times_percentile(const struct times *times, int64_t percent)
{
    int64_t rank = (times->count * percent + 99) / 100;
    int64_t seen = 0;

    for (int64_t us = 0; us < BUCKETS - 1; us++) {
        seen += times->buckets[us];
        if (seen >= rank)
            return us;
    }
    return times->max_us;
}
