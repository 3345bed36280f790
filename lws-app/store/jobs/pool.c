#include "store/jobs/pool.h"
#include "base/clock.h"

#include <signal.h>
#include <string.h>

#include "base/banned.h"

int pool_init(struct pool *pool, struct jobs *jobs, size_t max, int threads,
              struct err *err)
{
    int rc;

    *pool = (struct pool){.jobs = jobs};
    if (fair_queue_init(&pool->queue, max, (size_t)threads, err) < 0)
        return -1;
    rc = pthread_mutex_init(&pool->lock, NULL);
    if (rc == 0) {
        rc = pthread_cond_init(&pool->filled, NULL);
        if (rc != 0)
            pthread_mutex_destroy(&pool->lock);
    }
    if (rc == 0)
        return 0;
    fair_queue_release(&pool->queue);
    return err_set(err, ERR_NOMEM, "queue: %s", strerror(rc));
}

void pool_release(struct pool *pool)
{
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
    fair_queue_release(&pool->queue);
}

/* Under the lock. */
static int put(struct pool *pool, struct job *job, struct job **dropped,
               struct err *err)
{
    if (pool->is_ending)
        return err_set(err, ERR_UNAVAILABLE, "the server is stopping");
    if (fair_queue_put(&pool->queue, job, dropped, err) < 0) {
        pool->refused++;
        return -1;
    }
    pool->dropped += *dropped != NULL;
    pthread_cond_signal(&pool->filled);
    return 0;
}

/* Jobs that will not run, as a list linked by next. */
static void give_up(struct pool *pool, struct job *first, const char *why)
{
    for (struct job *job = first; job; job = job->next) {
        err_clear(&job->err);
        err_set(&job->err, ERR_UNAVAILABLE, "%s", why);
        job->err.retry_after_s = 1;
    }
    jobs_hand_over(pool->jobs, first);
}

int pool_submit(struct pool *pool, struct job *job, struct err *err)
{
    struct job *dropped = NULL;
    int rc;

    job->next = job->prev = NULL;
    job->foreseen = job->foresee_us = 0;
    job->submitted_us = clock_mono_us();
    pthread_mutex_lock(&pool->lock);
    rc = put(pool, job, &dropped, err);
    pthread_mutex_unlock(&pool->lock);
    give_up(pool, dropped, "too busy: try again");
    return rc;
}

bool pool_cancel(struct pool *pool, struct job *job)
{
    bool was_waiting;

    pthread_mutex_lock(&pool->lock);
    was_waiting = fair_queue_remove(&pool->queue, job);
    pthread_mutex_unlock(&pool->lock);
    return was_waiting;
}

/* Under the lock. Jobs that wait for one of their own flow to end count, so
 * that none is left behind. */
static void wait_filled(struct pool *pool)
{
    while (!pool->queue.ready_count && (!pool->is_ending || pool->queue.len))
        pthread_cond_wait(&pool->filled, &pool->lock);
}

struct job *pool_wait(struct pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    wait_filled(pool);
    job = fair_queue_take(&pool->queue);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

bool pool_is_filled(struct pool *pool)
{
    bool is_filled;

    pthread_mutex_lock(&pool->lock);
    is_filled = pool->queue.ready_count > 0;
    pthread_mutex_unlock(&pool->lock);
    return is_filled;
}

bool pool_wait_filled(struct pool *pool)
{
    bool is_filled;

    pthread_mutex_lock(&pool->lock);
    wait_filled(pool);
    is_filled = pool->queue.ready_count > 0;
    pthread_mutex_unlock(&pool->lock);
    return is_filled;
}

struct job *pool_poll(struct pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    job = fair_queue_take(&pool->queue);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

struct job *pool_borrow(struct pool *pool, uint64_t *place)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    job = fair_queue_borrow(&pool->queue, place);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

void pool_return(struct pool *pool, struct job *job, uint64_t place)
{
    pthread_mutex_lock(&pool->lock);
    fair_queue_return(&pool->queue, job, place);
    pthread_mutex_unlock(&pool->lock);
}

struct job *pool_poll_by(struct pool *pool, int64_t served_us)
{
    struct job *job = NULL;

    pthread_mutex_lock(&pool->lock);
    if (fair_queue_next_us(&pool->queue) <= served_us)
        job = fair_queue_take(&pool->queue);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

int64_t pool_served_us(struct pool *pool)
{
    int64_t served_us;

    pthread_mutex_lock(&pool->lock);
    served_us = pool->queue.virtual_us;
    pthread_mutex_unlock(&pool->lock);
    return served_us;
}

void pool_charge(struct pool *pool, const struct job *job, int64_t cost_us)
{
    pthread_mutex_lock(&pool->lock);
    fair_queue_charge(&pool->queue, job->flow, cost_us);
    pthread_mutex_unlock(&pool->lock);
}

void pool_give_back(struct pool *pool, struct job *job, int64_t charged_us)
{
    pthread_mutex_lock(&pool->lock);
    fair_queue_give_back(&pool->queue, job, charged_us);
    pthread_cond_signal(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

void pool_finish(struct pool *pool, const struct job *job, int64_t cost_us)
{
    int64_t now_us = clock_mono_us();

    pthread_mutex_lock(&pool->lock);
    fair_queue_finish(&pool->queue, job->flow, cost_us, now_us);
    /* It may have been in the way of another of its flow; and who waits for
     * the end of all looks again. */
    if (pool->is_ending)
        pthread_cond_broadcast(&pool->filled);
    else if (pool->queue.ready_count)
        pthread_cond_signal(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

void pool_expire(struct pool *pool, int64_t waited_us)
{
    struct job *first;

    pthread_mutex_lock(&pool->lock);
    first = fair_queue_expire(&pool->queue, clock_mono_us(), waited_us);
    pthread_mutex_unlock(&pool->lock);
    give_up(pool, first, "waited too long: try again");
}

void pool_end(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

void pool_get_stats(struct pool *pool, struct pool_stats *stats)
{
    pthread_mutex_lock(&pool->lock);
    *stats = (struct pool_stats){
        .len = (int64_t)pool->queue.len,
        .dropped = pool->dropped,
        .refused = pool->refused,
    };
    pthread_mutex_unlock(&pool->lock);
}

int pool_start_thread(pthread_t *thread, const char *name, void *(*run)(void *),
                      void *arg, struct err *err)
{
    sigset_t all;
    sigset_t before;
    int rc;

    /* A thread is born with the mask of its maker. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "thread %s: %s", name,
                       strerror(rc));
    pthread_setname_np(*thread, name);
    return 0;
}
