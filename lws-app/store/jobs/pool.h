#pragma once
#include "base/err.h"
#include "store/jobs/fair_queue.h"
#include "store/jobs/job.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * What the writer and the readers share: a bounded fair queue of jobs on which
 * threads wait, and how such a thread starts.
 * Thread: any. pool_wait() blocks.
 */
struct pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct fair_queue queue;
    struct jobs *jobs;
    int64_t dropped, refused; /* see struct pool_stats */
    bool is_ending;
};
struct pool_stats {
    int64_t len;     /* waiting now */
    int64_t dropped; /* since start: a full queue made room for another flow */
    int64_t refused; /* since start: of a flow that had too many */
};

/* jobs: where those go that are dropped or expired. max: jobs waiting at most.
 * threads: how many jobs are taken at a time. */
int pool_init(struct pool *pool, struct jobs *jobs, size_t max, int threads,
              struct err *err);
void pool_release(struct pool *pool); /* empty by then */
/* ERR_UNAVAILABLE: ending. Else as fair_queue_put(). A job
 * of another flow that had to make room ends with ERR_UNAVAILABLE. */
int pool_submit(struct pool *pool, struct job *job, struct err *err);
/* Takes back one that has not begun: its done() will not be called. false: it
 * has, or is finished already. */
bool pool_cancel(struct pool *pool, struct job *job);
/* The next job, NULL once the pool has ended and is empty. */
struct job *pool_wait(struct pool *pool);
struct job *pool_poll(struct pool *pool); /* the next job, NULL: none now */
/* fair_queue_borrow(), by the one thread that takes any. */
struct job *pool_borrow(struct pool *pool, uint64_t *place);
void pool_return(struct pool *pool, struct job *job, uint64_t place);
/* NULL too where its flow has been served further than served_us: see
 * fair_queue_next_us(). */
struct job *pool_poll_by(struct pool *pool, int64_t served_us);
/* How far everybody has been served. */
int64_t pool_served_us(struct pool *pool);
/* Of one that was given out, before it runs: fair_queue_charge(). */
void pool_charge(struct pool *pool, const struct job *job, int64_t cost_us);
/* And one that does not run after all: fair_queue_give_back(). */
void pool_give_back(struct pool *pool, struct job *job, int64_t charged_us);
/* Each job that was given out, once it has run: before it is handed over.
 * cost_us: the time that it took of the thread. */
void pool_finish(struct pool *pool, const struct job *job, int64_t cost_us);
bool pool_is_filled(struct pool *pool); /* a job waits */
/* Blocks until a job waits, and leaves it there; false once the pool has ended
 * and is empty. */
bool pool_wait_filled(struct pool *pool);
/* Ends those that have waited for at least waited_us with ERR_UNAVAILABLE. */
void pool_expire(struct pool *pool, int64_t waited_us);
/* What waits is still given out. */
void pool_end(struct pool *pool);
void pool_get_stats(struct pool *pool, struct pool_stats *stats);

/* Named, and with every signal blocked: those are the loop thread's. name: at
 * most 15 characters. ERR_UNAVAILABLE. */
int pool_start_thread(pthread_t *thread, const char *name, void *(*run)(void *),
                      void *arg, struct err *err);
