#pragma once
#include "base/err.h"
#include "store/job.h"
/*
 * A pool of threads with a read-only connection each. Every job has a time
 * budget, which begins when it starts to run. A connection that breaks is
 * opened anew for the next job.
 */
struct readers;
/* threads: 1 to 16. budget_ms: per job. queue_max: jobs waiting at most. */
int readers_new(struct readers **readers, const char *database,
                struct jobs *jobs, int threads, int budget_ms, size_t queue_max,
                struct err *err);
void readers_free(struct readers *readers); /* runs what waits; NULL is fine */
/* Loop thread. ERR_UNAVAILABLE when the queue is full, or readers is NULL (gone
 * already): done() is not called. */
int readers_submit(struct readers *readers, struct job *job, struct err *err);
/* As writer_expire(). */
void readers_expire(struct readers *readers, int64_t waited_us);
/* Waiting now. */
size_t readers_queue_len(struct readers *readers);
