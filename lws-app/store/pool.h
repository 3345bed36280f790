#pragma once
#include "base/err.h"
#include "store/job.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
/*
 * What the writer and the readers share: a bounded queue of jobs on which
 * threads wait, and how such a thread starts.
 * Thread: any. pool_wait() blocks.
 */
struct pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job *first;
    struct job *last;
    size_t len;
    size_t max;
    bool is_ending;
};

int pool_init(struct pool *pool, size_t max, struct err *err);
void pool_release(struct pool *pool); /* empty by then */
/* ERR_UNAVAILABLE: full, or ending. */
int pool_submit(struct pool *pool, struct job *job, struct err *err);
/* The next job, NULL once the pool has ended and is empty. */
struct job *pool_wait(struct pool *pool);
struct job *pool_poll(struct pool *pool); /* the next job, NULL: none now */
/* Blocks until a job waits, and leaves it there; false once the pool has ended
 * and is empty. */
bool pool_wait_filled(struct pool *pool);
/* Takes out those that have waited for at least waited_us, each with
 * ERR_UNAVAILABLE. A list linked by next, or NULL. */
struct job *pool_expire(struct pool *pool, int64_t waited_us);
/* What waits is still given out. */
void pool_end(struct pool *pool);
size_t pool_len(struct pool *pool);

/* Named, and with every signal blocked: those are the loop thread's. name: at
 * most 15 characters. ERR_UNAVAILABLE. */
int pool_start_thread(pthread_t *thread, const char *name, void *(*run)(void *),
                      void *arg, struct err *err);
