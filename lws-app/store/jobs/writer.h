#pragma once
#include "base/err.h"
#include "store/jobs/job.h"
#include "store/jobs/pool.h"
#include <stdint.h>
/*
 * The one thread of this process that writes. It takes what waits, in fair
 * turns by flow (fair_queue.h; at most 256 jobs, or 10 ms), runs each in a
 * savepoint inside one transaction, commits once, and only then hands over the
 * outbox and releases the answers. On a server it takes those that wait before
 * the first of them runs, so that what all will read is one trip, and gives
 * back who is left when the time is over; what those will read that wait
 * already while it asks for its turn comes with that, and where there are any
 * at the COMMIT, the next turn is asked for by the same trip. When the COMMIT
 * fails, or a job has ended the transaction, every job of the batch gets
 * ERR_UNAVAILABLE, the connection is opened anew, and no outbox leaves.
 */
struct writer;
enum writer_stage { WRITER_RESTS, WRITER_TURN, WRITER_JOBS, WRITER_COMMIT };
struct writer_stats {
    int64_t batches, jobs, failed_batches;
    struct pool_stats queue;
    int64_t commit_us;      /* time in COMMIT, all together */
    int64_t turn_us;        /* time waiting for turns, all together */
    int64_t batch_size_max; /* since start */
    bool is_failing;        /* the last batch failed */
    /* What the writer is at now, and how long by now. */
    enum writer_stage stage;
    int64_t stage_us;
};

/* jobs: where finished ones go. committed: on the loop thread, in commit order,
 * before done() of any job of that batch; bytes are borrowed. queue_max: jobs
 * waiting at most. */
int writer_new(struct writer **writer, const char *database, struct jobs *jobs,
               void (*committed)(void *arg, const char *outbox, size_t len),
               void *arg, size_t queue_max, struct err *err);
/* As db_require_standby(); before the first job. */
void writer_require_standby(struct writer *writer);
/* Runs what waits, then ends the thread. Their done() is called by the next
 * jobs_finish(). NULL is fine. */
void writer_free(struct writer *writer);
/* Loop thread. As pool_submit(), also where writer is NULL (gone already):
 * done() is not called when it fails. */
int writer_submit(struct writer *writer, struct job *job, struct err *err);
/* Loop thread. Jobs that have waited for waited_us and are not begun end with
 * ERR_UNAVAILABLE, and nothing of them was done. */
void writer_expire(struct writer *writer, int64_t waited_us);
void writer_get_stats(struct writer *writer, struct writer_stats *stats);
