#include "store/pool.h"
#include "base/clock.h"

#include <signal.h>
#include <string.h>

#include "base/banned.h"

int pool_init(struct pool *pool, size_t max, struct err *err)
{
    int rc;

    *pool = (struct pool){.max = max};
    rc = pthread_mutex_init(&pool->lock, NULL);
    if (rc == 0) {
        rc = pthread_cond_init(&pool->filled, NULL);
        if (rc != 0)
            pthread_mutex_destroy(&pool->lock);
    }
    return rc == 0 ? 0 : err_set(err, ERR_NOMEM, "queue: %s", strerror(rc));
}

void pool_release(struct pool *pool)
{
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
}

int pool_submit(struct pool *pool, struct job *job, struct err *err)
{
    bool is_taken;

    job->next = NULL;
    job->submitted_us = clock_mono_us();
    pthread_mutex_lock(&pool->lock);
    is_taken = pool->len < pool->max && !pool->is_ending;
    if (is_taken) {
        if (pool->last)
            pool->last->next = job;
        else
            pool->first = job;
        pool->last = job;
        pool->len++;
        pthread_cond_signal(&pool->filled);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!is_taken) {
        err_set(err, ERR_UNAVAILABLE, "too busy: try again");
        err->retry_after_s = 1;
    }
    return is_taken ? 0 : -1;
}

/* Under the lock. */
static struct job *take_first(struct pool *pool)
{
    struct job *job = pool->first;

    if (job) {
        pool->first = job->next;
        if (!pool->first)
            pool->last = NULL;
        pool->len--;
        job->next = NULL;
    }
    return job;
}

struct job *pool_wait(struct pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->is_ending)
        pthread_cond_wait(&pool->filled, &pool->lock);
    job = take_first(pool);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

bool pool_wait_filled(struct pool *pool)
{
    bool is_filled;

    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->is_ending)
        pthread_cond_wait(&pool->filled, &pool->lock);
    is_filled = pool->first != NULL;
    pthread_mutex_unlock(&pool->lock);
    return is_filled;
}

struct job *pool_expire(struct pool *pool, int64_t waited_us)
{
    int64_t before_us = clock_mono_us() - waited_us;
    struct job *first = NULL;
    struct job **last = &first;

    pthread_mutex_lock(&pool->lock);
    while (pool->first && pool->first->submitted_us <= before_us) {
        *last = take_first(pool);
        last = &(*last)->next;
    }
    pthread_mutex_unlock(&pool->lock);
    for (struct job *job = first; job; job = job->next) {
        err_clear(&job->err);
        err_set(&job->err, ERR_UNAVAILABLE, "waited too long: try again");
        job->err.retry_after_s = 1;
    }
    return first;
}

struct job *pool_poll(struct pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    job = take_first(pool);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

void pool_end(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_len(struct pool *pool)
{
    size_t len;

    pthread_mutex_lock(&pool->lock);
    len = pool->len;
    pthread_mutex_unlock(&pool->lock);
    return len;
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
