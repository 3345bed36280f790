#pragma once
#include "store/jobs/job.h"
#include "store/jobs/readers.h"
#include "store/jobs/writer.h"
/*
 * The threads of one worker that work on the database, and how what they did
 * comes back to the loop.
 * Thread: loop thread only.
 */
struct pools {
    struct jobs *jobs;
    struct writer *writer;
    struct readers *readers;
    struct readers *long_readers; /* for searches */
    struct readers *exporters;
    struct readers *hashers;
    struct readers *lookers; /* what the relay missed */
    struct readers *engine;  /* one thread: what brings live views forward */
};

struct pools_settings {
    const char *database;
    bool needs_standby; /* writer_require_standby() */
    int readers;        /* threads */
    int long_readers;
    int hashers;
    int read_budget_ms;
    int export_budget_ms;
    void (*wake)(void *arg); /* from any thread: jobs_finish() is due */
    void (*committed)(void *arg, const char *outbox, size_t len);
    void *arg; /* of both */
};

/* All or what there is: pools_close() in both cases. ERR_NOMEM, or as
 * db_open(). wake() is not called before jobs_enable_wake(). */
int pools_open(struct pools *pools, const struct pools_settings *settings,
               struct err *err);
/* Ends those jobs that have waited longer. */
void pools_expire(struct pools *pools, int64_t waited_us);
/* In this order, all safe on a zeroed one. A pool that is gone refuses jobs, so
 * each is emptied while those that its jobs may go on to are still there. */
void pools_close_readers(struct pools *pools);
void pools_close_writer(struct pools *pools);
void pools_close(struct pools *pools);
