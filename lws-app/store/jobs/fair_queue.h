#pragma once
#include "base/err.h"
#include "store/jobs/job.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Jobs in fair turns (start-time fair queuing): each flow, which is a user or
 * a stranger's address, gets the same share of the threads' time, however many
 * jobs it has waiting and whatever one of them costs. What a job cost is known
 * only once it has run; then its flow waits until the others have had as much.
 * Jobs of one flow run in the order in which they came; where they have
 * members, these take turns: one's first before another's second. Flow 0 is the
 * program's own, which only the bound of all holds. Thread: the caller's lock.
 */
struct flow;
struct fair_queue {
    struct flow *flows; /* with jobs waiting or running, or ahead of the rest */
    struct flow **ready; /* a heap: the next one to be served is the first */
    size_t ready_count;
    size_t len; /* jobs waiting */
    size_t running;
    size_t max;          /* jobs waiting at most, of all flows */
    size_t flow_max;     /* and of one */
    size_t running_max;  /* jobs of one flow that run at a time */
    int64_t virtual_us;  /* how far everybody has been served */
    uint64_t last_place; /* who became ready first goes first */
};

/* threads: how many jobs are taken at a time; one flow gets all but one of
 * them, so that there is always one for the others. ERR_NOMEM. */
int fair_queue_init(struct fair_queue *queue, size_t max, size_t threads,
                    struct err *err);
void fair_queue_release(struct fair_queue *queue); /* empty by then */
/* Behind the others of job->flow. Where the queue is full, the newest job of
 * the flow with the most goes into *dropped, else NULL. ERR_THROTTLED: its flow
 * has too many already; ERR_UNAVAILABLE: full, and it has the most; ERR_NOMEM.
 */
int fair_queue_put(struct fair_queue *queue, struct job *job,
                   struct job **dropped, struct err *err);
/* The next one, which runs now; NULL: none that may. */
struct job *fair_queue_take(struct fair_queue *queue);
/* As if it took it, to look at it. All that are borrowed are returned before
 * one is taken, the last one first, each with its place; then it is as it was.
 */
struct job *fair_queue_borrow(struct fair_queue *queue, uint64_t *place);
void fair_queue_return(struct fair_queue *queue, struct job *job,
                       uint64_t place);
/* How far everybody will have been served when it is its turn; INT64_MAX: there
 * is none. */
int64_t fair_queue_next_us(const struct fair_queue *queue);
/* One that was taken is likely to cost so much, which counts at once. What it
 * did cost beyond that, or less, is then told as it is finished. */
void fair_queue_charge(struct fair_queue *queue, uint64_t flow,
                       int64_t cost_us);
/* One that was taken is not run after all, and is the first of its flow again.
 * charged_us: as above. */
void fair_queue_give_back(struct fair_queue *queue, struct job *job,
                          int64_t charged_us);
/* A job that was taken has run, or will not. cost_us: the thread's time. */
void fair_queue_finish(struct fair_queue *queue, uint64_t flow, int64_t cost_us,
                       int64_t now_us);
/* One that may have been taken already: false, and nothing is done. */
bool fair_queue_remove(struct fair_queue *queue, struct job *job);
/* Removes what has waited for waited_us by now: a list linked by next. To be
 * called now and then: it also forgets flows that are long done. */
struct job *fair_queue_expire(struct fair_queue *queue, int64_t now_us,
                              int64_t waited_us);
