#include "store/jobs/readers.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/jobs/pool.h"

#include "base/banned.h"

#define THREADS_MAX 16

struct reader {
    struct readers *readers;
    struct db *db; /* NULL: to be opened for the next job */
    pthread_t thread;
    bool is_running;
};

struct readers {
    char *database;
    struct jobs *jobs;
    int budget_ms;
    struct pool pool;
    bool has_pool;
    int count;
    struct reader threads[THREADS_MAX];
};

static int reader_open(struct reader *reader, struct err *err)
{
    if (reader->db)
        return 0;
    return db_open(&reader->db, reader->readers->database, DB_READ, err);
}

static void reader_close(struct reader *reader)
{
    db_close(reader->db);
    reader->db = NULL;
}

static void reader_run_job(struct reader *reader, struct job *job)
{
    int rc;

    err_clear(&job->err);
    if (reader_open(reader, &job->err) < 0) {
        /* The text names our files: it is for the log alone. */
        log_error("reader.failed", "error=%s", job->err.text);
        err_set(&job->err, ERR_UNAVAILABLE, "the database can't be read now");
        job->err.retry_after_s = 1;
        return;
    }
    db_budget(reader->db, reader->readers->budget_ms);
    rc = job->run(job, reader->db, &job->err);
    db_budget(reader->db, 0);
    /* A snapshot that stays open would keep the log from shrinking. */
    db_abort(reader->db);
    if (rc >= 0)
        err_clear(&job->err);
    else if (job->err.code == ERR_NONE)
        err_set(&job->err, ERR_INTERNAL, "a read failed without saying why");
    if (job->err.code == ERR_STORE)
        reader_close(reader);
}

static void *reader_main(void *arg)
{
    struct reader *reader = arg;
    struct pool *pool = &reader->readers->pool;
    struct job *job = pool_wait(pool);

    while (job) {
        int64_t begun_us = clock_mono_us();

        reader_run_job(reader, job);
        pool_finish(pool, job, clock_mono_us() - begun_us);
        jobs_hand_over(reader->readers->jobs, job);
        job = pool_wait(pool);
    }
    return NULL;
}

static int reader_start(struct readers *readers, int index, struct err *err)
{
    struct reader *reader = &readers->threads[index];

    reader->readers = readers;
    if (reader_open(reader, err) < 0)
        return -1;
    if (pool_start_thread(&reader->thread, "reader", reader_main, reader, err) <
        0)
        return -1;
    reader->is_running = true;
    return 0;
}

int readers_new(struct readers **readers, const char *database,
                struct jobs *jobs, int threads, int budget_ms, size_t queue_max,
                struct err *err)
{
    struct readers *made = mem_zalloc(sizeof(*made));
    int rc = -1;

    *readers = NULL;
    if (made)
        made->database = mem_strdup(database);
    if (!made || !made->database) {
        err_set(err, ERR_NOMEM, "out of memory for the readers");
        goto out;
    }
    made->jobs = jobs;
    made->budget_ms = budget_ms;
    made->count = threads < 1             ? 1
                  : threads > THREADS_MAX ? THREADS_MAX
                                          : threads;
    if (pool_init(&made->pool, jobs, queue_max, made->count, err) < 0)
        goto out;
    made->has_pool = true;
    for (int i = 0; i < made->count; i++)
        if (reader_start(made, i, err) < 0)
            goto out;
    *readers = made;
    made = NULL;
    rc = 0;
out:
    readers_free(made);
    return rc;
}

void readers_free(struct readers *readers)
{
    if (!readers)
        return;
    if (readers->has_pool)
        pool_end(&readers->pool);
    for (int i = 0; i < THREADS_MAX; i++) {
        if (readers->threads[i].is_running)
            pthread_join(readers->threads[i].thread, NULL);
        reader_close(&readers->threads[i]);
    }
    if (readers->has_pool)
        pool_release(&readers->pool);
    mem_free(readers->database);
    mem_free(readers);
}

int readers_submit(struct readers *readers, struct job *job, struct err *err)
{
    if (!readers)
        return err_set(err, ERR_UNAVAILABLE, "the server is stopping");
    return pool_submit(&readers->pool, job, err);
}

void readers_expire(struct readers *readers, int64_t waited_us)
{
    if (readers)
        pool_expire(&readers->pool, waited_us);
}

bool readers_cancel(struct readers *readers, struct job *job)
{
    return readers && pool_cancel(&readers->pool, job);
}

void readers_get_stats(struct readers *readers, struct pool_stats *stats)
{
    pool_get_stats(&readers->pool, stats);
}
