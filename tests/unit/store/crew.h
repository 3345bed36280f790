#pragma once
#include "base/buf.h"
#include "store/jobs/job.h"
#include "store/jobs/writer.h"
#include "store/scratch.h"
#include <semaphore.h>
#include <stdbool.h>
/*
 * A writer, a queue of finished jobs and a loop that is the test itself: it
 * sleeps on a pipe until it is woken.
 */
#define CREW_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, crew_open, crew_close)

struct crew {
    void *scratch; /* the state of scratch_open() */
    const char *path;
    struct jobs *jobs;
    struct writer *writer;
    int bell[2];
    size_t done;
    struct buf history; /* "[outbox]" of each commit, "id " of each done job */
};

/* A job that runs a text, announces another, and remembers its outcome. */
struct task {
    struct job job;
    struct crew *crew;
    int id;
    const char *sql;
    const char *news;
    /* In place of both, where it is set. */
    int (*run)(struct task *task, struct db *db, struct err *err);
    int64_t number; /* what run() found */
    bool is_done;
    enum err_code code;
    int retry_after_s;
};

/* A job that holds the writer until it is let go, and stops the clock that ends
 * its turn: all that is submitted meanwhile is of its batch. */
struct gate {
    struct task task;
    sem_t is_reached;
    sem_t may_go;
};

int crew_open(void **state); /* with a table t (n INTEGER PRIMARY KEY, up) */
int crew_close(void **state);
void crew_write(struct crew *crew, struct task *task);
/* Runs the loop until so many jobs are done, all in all. */
void crew_wait(struct crew *crew, size_t done);
int64_t crew_number(struct crew *crew, const char *sql);
void crew_expect(struct crew *crew, const char *history);
void task_init(struct task *task, struct crew *crew, int id, const char *sql,
               const char *news);
void gate_close(struct gate *gate, struct crew *crew); /* once it is reached */
/* Lets it go, and waits as crew_wait() does. */
void gate_open(struct gate *gate, size_t done);
