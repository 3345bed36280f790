#pragma once
#include "base/err.h"
#include "store/jobs/job.h"
#include "store/jobs/pool.h"
#include <stdbool.h>
/*
 * A pool of threads with a read-only connection each, in fair turns by flow
 * (fair_queue.h). Every job has a time budget, which begins when it starts to
 * run. A connection that breaks is opened anew for the next job.
 */
struct readers;
/* threads: 1 to 16. budget_ms: per job. queue_max: jobs waiting at most. */
int readers_new(struct readers **readers, const char *database,
                struct jobs *jobs, int threads, int budget_ms, size_t queue_max,
                struct err *err);
void readers_free(struct readers *readers); /* runs what waits; NULL is fine */
/* Loop thread. As pool_submit(), also where readers is NULL (gone already):
 * done() is not called when it fails. */
int readers_submit(struct readers *readers, struct job *job, struct err *err);
/* Loop thread. As pool_cancel(). */
bool readers_cancel(struct readers *readers, struct job *job);
/* As writer_expire(). */
void readers_expire(struct readers *readers, int64_t waited_us);
void readers_get_stats(struct readers *readers, struct pool_stats *stats);
