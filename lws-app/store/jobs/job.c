#include "store/jobs/job.h"
#include "base/mem.h"

#include <pthread.h>

#include "base/banned.h"

struct jobs {
    pthread_mutex_t lock;
    struct job *first;
    struct job *last;
    bool may_wake;
    void (*wake)(void *arg);
    void *arg;
};

struct jobs *jobs_new(void (*wake)(void *arg), void *arg)
{
    struct jobs *jobs = mem_zalloc(sizeof(*jobs));

    if (!jobs)
        return NULL;
    jobs->wake = wake;
    jobs->arg = arg;
    if (pthread_mutex_init(&jobs->lock, NULL) != 0) {
        mem_free(jobs);
        return NULL;
    }
    return jobs;
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    jobs_finish(jobs);
    pthread_mutex_destroy(&jobs->lock);
    mem_free(jobs);
}

size_t jobs_finish(struct jobs *jobs)
{
    struct job *job;
    size_t count = 0;

    pthread_mutex_lock(&jobs->lock);
    job = jobs->first;
    jobs->first = NULL;
    jobs->last = NULL;
    pthread_mutex_unlock(&jobs->lock);
    while (job) {
        struct job *next = job->next;

        /* One that never ran is a pool's own. */
        if (job->run)
            count++;
        job->done(job);
        job = next;
    }
    return count;
}

void jobs_hand_over(struct jobs *jobs, struct job *first)
{
    struct job *last = first;
    bool was_empty;

    if (!first)
        return;
    while (last->next)
        last = last->next;
    pthread_mutex_lock(&jobs->lock);
    was_empty = !jobs->first;
    if (was_empty)
        jobs->first = first;
    else
        jobs->last->next = first;
    jobs->last = last;
    /* Under the lock: once jobs_enable_wake(false) has returned, no thread is
     * on its way into wake(). */
    if (was_empty && jobs->may_wake)
        jobs->wake(jobs->arg);
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_enable_wake(struct jobs *jobs, bool on)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->may_wake = on;
    if (on)
        jobs->wake(jobs->arg);
    pthread_mutex_unlock(&jobs->lock);
}
