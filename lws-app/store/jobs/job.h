#pragma once
#include "base/err.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * A job: a function that runs on a thread that has a connection, and then a
 * second one that runs on the loop thread with the outcome. The queue back to
 * the loop is one list for all pools; wake is called (from any thread) when it
 * stops being empty, and must lead to jobs_finish() on the loop thread. It must
 * not call jobs_*() itself: once jobs_enable_wake(jobs, false) has returned, no
 * thread is in it.
 * Ownership: a struct job is the submitter's, usually embedded in a larger
 * struct; from submit until done() is entered nobody else touches it.
 */
struct job {
    /* On the pool's thread. -1 with err set: on the writer, what it wrote is
     * rolled back. */
    int (*run)(struct job *job, struct db *db, struct err *err);
    /* On the writer of a server, before any job of its transaction runs: says
     * by db_foresee() what run() will read. NULL: nothing. */
    void (*foresee)(struct job *job, struct db *db);
    /* On the loop thread, always called once: err.code is ERR_NONE for a job
     * that is done and (writer) committed. May free the job. */
    void (*done)(struct job *job);
    struct err err;
    uint64_t
        flow; /* whose turn it takes (fair_queue.h); 0: the program's own */
    uint64_t member; /* of the flow: who takes turns there; 0: nobody's */
    struct job *next, *prev; /* the queue's, as the rest */
    size_t round;            /* of its member */
    int64_t foreseen;        /* the writer's: for which of its turns */
    int64_t foresee_us;      /* what that has cost, and is not charged yet */
    int64_t submitted_us;    /* monotonic, the queue's */
};

struct jobs; /* the queue of finished jobs */
struct jobs *jobs_new(void (*wake)(void *arg), void *arg); /* NULL: no memory */
/* Only once every pool that uses it has been freed; finishes what is left. */
void jobs_free(struct jobs *jobs);
/* On the loop thread: runs done() of every finished job. Returns how many. */
size_t jobs_finish(struct jobs *jobs);
/* Any thread: hands over a list linked by next. */
void jobs_hand_over(struct jobs *jobs, struct job *first);
/* wake does nothing until this is true (lws can't be woken before its first
 * loop turns); switching on wakes once. */
void jobs_enable_wake(struct jobs *jobs, bool on);
