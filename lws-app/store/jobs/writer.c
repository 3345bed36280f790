#include "store/jobs/writer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/jobs/pool.h"

#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

/* The most that one turn may hold: others wait for theirs. */
#define TURN_JOBS_MAX 256
#define TURN_US (10 * INT64_C(1000))
/* And the most of it that one flow gets while another's jobs wait for its
 * COMMIT. */
#define SHARE_US (2 * INT64_C(1000))
/* What one is likely to cost, at most: those that are dear are rare, and who
 * was taken beside one in vain is given back. */
#define JOB_US_MAX (TURN_US / 64)
/* Jobs whose reads are asked for with the turn, at most. */
#define FORESEEN_JOBS 64
#define OUTBOX_MAX SIZE_MAX
/* Between two lines about batches that fail for the same reason. */
#define SAID_US (10 * CLOCK_S)

struct writer {
    struct jobs *jobs;
    void (*committed)(void *arg, const char *outbox, size_t len);
    void *arg;
    struct db *db;
    bool must_reopen; /* for the next batch */
    bool needs_standby;
    int careful_jobs; /* so many more are to fail alone, whatever it costs */
    int64_t job_us;   /* what one costs about */
    int64_t turns;    /* that it has asked for */
    struct pool pool;
    bool has_pool;
    pthread_t thread;
    bool is_running;
    struct err said; /* why a batch failed, when that was logged last */
    int64_t said_us;
    int64_t unsaid; /* batches that failed since */
    pthread_mutex_t stats_lock;
    struct writer_stats stats; /* stage_us: when it began */
};

/* What a batch has to tell, as an entry of the queue to the loop. */
struct news {
    struct job job; /* run is NULL: nothing of it is left to run */
    /* The writer's; it may be gone by then. */
    void (*committed)(void *arg, const char *outbox, size_t len);
    void *arg;
    struct buf outbox;
};

/* One transaction. */
struct batch {
    struct job *first;
    struct job *last;
    size_t len;
    uint64_t flow; /* of the last of them; 0: only the program's own */
    bool is_mixed; /* of more than one flow */
    struct news *news;
    int64_t turn_us;
    int64_t commit_us;
    bool lacks_standby;
    struct err err; /* why nothing of it was committed */
};

static void set_stage(struct writer *writer, enum writer_stage stage)
{
    int64_t now_us = clock_mono_us();

    pthread_mutex_lock(&writer->stats_lock);
    writer->stats.stage = stage;
    writer->stats.stage_us = now_us;
    pthread_mutex_unlock(&writer->stats_lock);
}

static void news_free(struct news *news)
{
    if (news)
        buf_release(&news->outbox);
    mem_free(news);
}

static void news_done(struct job *job)
{
    struct news *news = (struct news *)job;

    news->committed(news->arg, buf_text(&news->outbox), news->outbox.len);
    news_free(news);
}

static struct news *news_new(struct writer *writer)
{
    struct news *news = mem_zalloc(sizeof(*news));

    if (news) {
        news->job.done = news_done;
        news->committed = writer->committed;
        news->arg = writer->arg;
        buf_init(&news->outbox, OUTBOX_MAX);
    }
    return news;
}

static void batch_add(struct batch *batch, struct job *job)
{
    if (batch->last)
        batch->last->next = job;
    else
        batch->first = job;
    batch->last = job;
    batch->len++;
    if (!job->flow)
        return;
    batch->is_mixed |= batch->flow && batch->flow != job->flow;
    batch->flow = job->flow;
}

/* Its outcome is in job->err; that the transaction is gone, in the database. */
static void run_job(struct db *db, struct job *job)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    int rc = -1;

    err_clear(&job->err);
    if (db_savepoint(db, &point, &job->err) < 0)
        goto out;
    if (job->run(job, db, &job->err) < 0) {
        if (job->err.code == ERR_NONE)
            err_set(&job->err, ERR_INTERNAL, "a job failed and didn't say why");
        goto out;
    }
    rc = db_release(&point, &job->err);
out:
    db_rollback(&point);
    if (rc == 0)
        err_clear(&job->err);
}

static bool is_turn_over(const struct batch *batch, int64_t begun_us)
{
    return batch->len >= TURN_JOBS_MAX || clock_mono_us() - begun_us >= TURN_US;
}

/* served_us: how far everybody had been when the turn began. */
static struct job *next_job(struct writer *writer, const struct batch *batch,
                            int64_t begun_us, int64_t served_us)
{
    if (is_turn_over(batch, begun_us))
        return NULL;
    return batch->is_mixed ? pool_poll_by(&writer->pool, served_us + SHARE_US)
                           : pool_poll(&writer->pool);
}

/* One of its jobs, which is tried again, as those beside it are: it shall not
 * take them with it for ever. */
static bool is_of_a_job(enum err_code code)
{
    return code != ERR_UNAVAILABLE && code != ERR_UNSURE && code != ERR_NOMEM;
}

static int fail_by_job(struct writer *writer, struct batch *batch,
                       const struct job *job)
{
    if (is_of_a_job(job->err.code))
        writer->careful_jobs = TURN_JOBS_MAX;
    return err_set(&batch->err, ERR_UNAVAILABLE,
                   "a job ended the transaction: %s", job->err.text);
}

/* Those that come meanwhile join; none, when all have been expired. */
static int run_one_by_one(struct writer *writer, struct batch *batch)
{
    int64_t begun_us = clock_mono_us();
    int64_t job_us = begun_us;
    struct job *job = pool_poll(&writer->pool);
    int64_t served_us = pool_served_us(&writer->pool);

    while (job) {
        int64_t now_us;

        batch_add(batch, job);
        run_job(writer->db, job);
        if (writer->careful_jobs > 0)
            writer->careful_jobs--;
        now_us = clock_mono_us();
        pool_finish(&writer->pool, job, now_us - job_us);
        job_us = now_us;
        if (!db_in_transaction(writer->db))
            return fail_by_job(writer, batch, job);
        job = next_job(writer, batch, begun_us, served_us);
    }
    return 0;
}

/* Once for each turn that was asked for. */
static void foresee(struct writer *writer, struct job *job)
{
    int64_t begun_us = clock_mono_us();

    if (!job->foresee || job->foreseen == writer->turns)
        return;
    job->foresee(job, writer->db);
    job->foreseen = writer->turns;
    job->foresee_us += clock_mono_us() - begun_us;
}

/* What those that wait will read comes with the turn. They stay in the queue
 * until it has come, so that they can still be expired. */
static void expect_turn(struct writer *writer)
{
    struct job *jobs[FORESEEN_JOBS];
    uint64_t places[FORESEEN_JOBS];
    size_t count = 0;

    writer->turns++;
    if (writer->careful_jobs > 0 || !db_expect(writer->db))
        return;
    while (count < FORESEEN_JOBS &&
           (jobs[count] = pool_borrow(&writer->pool, &places[count])) != NULL)
        foresee(writer, jobs[count++]);
    for (; count > 0; count--)
        pool_return(&writer->pool, jobs[count - 1], places[count - 1]);
}

/* As above, by what they are likely to cost. */
static void take_jobs(struct writer *writer, struct batch *batch)
{
    int64_t begun_us = clock_mono_us();
    int64_t cost_us = writer->job_us;
    struct job *job = pool_poll(&writer->pool);
    int64_t served_us = pool_served_us(&writer->pool);

    while (job) {
        batch_add(batch, job);
        pool_charge(&writer->pool, job, cost_us);
        begun_us -= cost_us;
        job = next_job(writer, batch, begun_us, served_us);
    }
}

/* Those behind last are not of the batch after all. */
static void give_back(struct writer *writer, struct batch *batch,
                      struct job *last)
{
    struct job *reversed = NULL;

    for (struct job *job = last->next, *next; job; job = next) {
        next = job->next;
        job->next = reversed;
        reversed = job;
        batch->len--;
    }
    for (struct job *job = reversed, *next; job; job = next) {
        next = job->next;
        pool_give_back(&writer->pool, job, writer->job_us);
    }
    batch->last = last;
    last->next = NULL;
}

/* Returns what it cost. */
static int64_t run_taken(struct writer *writer, struct job *job)
{
    int64_t begun_us = clock_mono_us();
    int64_t cost_us;

    run_job(writer->db, job);
    cost_us = clock_mono_us() - begun_us;
    pool_finish(&writer->pool, job, cost_us - writer->job_us);
    return cost_us;
}

static int run_all_taken(struct writer *writer, struct batch *batch)
{
    int64_t spent_us = 0;
    int64_t count = 0;
    int rc = 0;

    for (struct job *job = batch->first; job; job = job->next) {
        spent_us += run_taken(writer, job);
        count++;
        if (!db_in_transaction(writer->db))
            rc = fail_by_job(writer, batch, job);
        if (rc < 0 || spent_us >= TURN_US) {
            give_back(writer, batch, job);
            break;
        }
    }
    writer->job_us = (3 * writer->job_us + spent_us / count) / 4;
    if (writer->job_us > JOB_US_MAX)
        writer->job_us = JOB_US_MAX;
    return rc;
}

/* What they will read is asked for at once. */
static int run_together(struct writer *writer, struct batch *batch)
{
    take_jobs(writer, batch);
    if (!batch->first)
        return 0;
    for (struct job *job = batch->first; job; job = job->next) {
        foresee(writer, job);
        pool_charge(&writer->pool, job, job->foresee_us);
        job->foresee_us = 0;
    }
    if (db_read_foreseen(writer->db, &batch->err) == 0)
        return run_all_taken(writer, batch);
    for (struct job *job = batch->first; job; job = job->next)
        pool_finish(&writer->pool, job, 0);
    return -1;
}

static int run_jobs(struct writer *writer, struct batch *batch)
{
    return db_is_server(writer->db) && !writer->careful_jobs
               ? run_together(writer, batch)
               : run_one_by_one(writer, batch);
}

static int commit(struct writer *writer, struct batch *batch)
{
    int64_t begun_us = clock_mono_us();
    int rc;

    set_stage(writer, WRITER_COMMIT);
    /* The next one's way begins with the COMMIT's, for those that wait now. */
    if (pool_is_filled(&writer->pool))
        expect_turn(writer);
    rc = db_commit(writer->db, &batch->err);
    if (rc < 0 && batch->err.code == ERR_UNSURE)
        rc = db_resolve(writer->db, DB_RESOLVE_MS, &batch->err);
    batch->commit_us = clock_mono_us() - begun_us;
    return rc;
}

/* Up to the open transaction. */
static int begin_batch(struct writer *writer, struct batch *batch)
{
    int rc;

    /* Before the COMMIT, so that nothing can fail after it. */
    batch->news = news_new(writer);
    if (!batch->news)
        return err_set(&batch->err, ERR_NOMEM, "out of memory for a batch");
    if (writer->must_reopen && db_reopen(&writer->db, &batch->err) < 0)
        return -1;
    writer->must_reopen = false;
    if (writer->needs_standby)
        db_require_standby(writer->db);
    db_be_careful(writer->db, writer->careful_jobs > 0);
    if (!db_is_ahead(writer->db))
        expect_turn(writer);
    rc = db_begin(writer->db, &batch->err);
    batch->lacks_standby = rc < 0 && db_lacks_standby(writer->db);
    batch->turn_us = db_turn_us(writer->db);
    return rc;
}

/* Those that wait would each wait in vain for as long. */
static void join_all_waiting(struct writer *writer, struct batch *batch)
{
    struct job *job = pool_poll(&writer->pool);

    while (job) {
        batch_add(batch, job);
        pool_finish(&writer->pool, job, 0);
        job = batch->len < TURN_JOBS_MAX ? pool_poll(&writer->pool) : NULL;
    }
}

static int run_batch(struct writer *writer, struct batch *batch)
{
    int rc;

    set_stage(writer, WRITER_TURN);
    rc = begin_batch(writer, batch);
    if (rc < 0) {
        join_all_waiting(writer, batch);
    } else {
        set_stage(writer, WRITER_JOBS);
        rc = run_jobs(writer, batch);
        if (rc == 0)
            rc = commit(writer, batch);
        db_abort(writer->db);
    }
    if (rc < 0 && is_of_a_job(batch->err.code))
        writer->careful_jobs = TURN_JOBS_MAX;
    return rc;
}

/* While a server is away each write fails as the one before did. */
static void say_failed(struct writer *writer, const struct batch *batch)
{
    int64_t now_us = clock_mono_us();
    bool is_new = strcmp(writer->said.text, batch->err.text) != 0;

    if (!is_new && now_us - writer->said_us < SAID_US) {
        writer->unsaid++;
        return;
    }
    log_error("writer.failed", "jobs=%zu code=%s error=%s unsaid=%" PRId64,
              batch->len, err_code_name(batch->err.code), batch->err.text,
              writer->unsaid);
    writer->said = batch->err;
    writer->said_us = now_us;
    writer->unsaid = 0;
}

/* Every job: also one whose own error was another may have it from what the
 * others wrote, and that is gone. */
static void fail_batch(struct writer *writer, struct batch *batch)
{
    const char *why =
        batch->err.code == ERR_UNSURE
            ? "it can't be told whether this was saved"
        : batch->lacks_standby
            ? "nothing was saved: commits do not wait for a standby"
            : "nothing was saved: try again";

    say_failed(writer, batch);
    for (struct job *job = batch->first; job; job = job->next) {
        err_set(&job->err, ERR_UNAVAILABLE, "%s", why);
        job->err.retry_after_s = 1;
    }
    writer->must_reopen = true;
}

static void count_batch(struct writer *writer, const struct batch *batch,
                        int rc)
{
    struct writer_stats *stats = &writer->stats;
    int64_t len = (int64_t)batch->len;

    pthread_mutex_lock(&writer->stats_lock);
    stats->batches++;
    stats->jobs += len;
    stats->failed_batches += rc < 0;
    stats->is_failing = rc < 0;
    stats->commit_us += batch->commit_us;
    stats->turn_us += batch->turn_us;
    if (len > stats->batch_size_max)
        stats->batch_size_max = len;
    pthread_mutex_unlock(&writer->stats_lock);
}

/* The jobs of a batch, behind what it has to tell. */
static struct job *finish_batch(struct writer *writer, struct batch *batch,
                                int rc)
{
    struct job *first = batch->first;

    if (rc == 0)
        db_take_outbox(writer->db, &batch->news->outbox);
    if (rc == 0 && batch->news->outbox.len > 0) {
        batch->news->job.next = first;
        first = &batch->news->job;
    } else {
        news_free(batch->news);
    }
    return first;
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;

    /* A job stays in the queue until the turn is ours, so that it can still be
     * expired. A turn that was asked for is taken also where none is left. */
    while (db_is_ahead(writer->db) || pool_wait_filled(&writer->pool)) {
        struct batch batch = {.first = NULL, .err = ERR_INIT};
        int rc = run_batch(writer, &batch);

        if (rc < 0)
            fail_batch(writer, &batch);
        if (batch.len > 0)
            count_batch(writer, &batch, rc);
        set_stage(writer, WRITER_RESTS);
        jobs_hand_over(writer->jobs, finish_batch(writer, &batch, rc));
    }
    return NULL;
}

int writer_new(struct writer **writer, const char *database, struct jobs *jobs,
               void (*committed)(void *arg, const char *outbox, size_t len),
               void *arg, size_t queue_max, struct err *err)
{
    struct writer *made = mem_zalloc(sizeof(*made));
    int rc = -1;

    *writer = NULL;
    if (!made) {
        err_set(err, ERR_NOMEM, "out of memory for the writer");
        goto out;
    }
    made->jobs = jobs;
    made->committed = committed;
    made->arg = arg;
    made->stats_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (pool_init(&made->pool, jobs, queue_max, TURN_JOBS_MAX + 1, err) < 0)
        goto out;
    made->has_pool = true;
    if (db_open(&made->db, database, DB_WRITE, err) < 0 ||
        pool_start_thread(&made->thread, "writer", writer_main, made, err) < 0)
        goto out;
    made->is_running = true;
    *writer = made;
    made = NULL;
    rc = 0;
out:
    writer_free(made);
    return rc;
}

void writer_require_standby(struct writer *writer)
{
    writer->needs_standby = true;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    if (writer->has_pool)
        pool_end(&writer->pool);
    if (writer->is_running)
        pthread_join(writer->thread, NULL);
    if (writer->has_pool)
        pool_release(&writer->pool);
    db_close(writer->db);
    mem_free(writer);
}

int writer_submit(struct writer *writer, struct job *job, struct err *err)
{
    if (!writer)
        return err_set(err, ERR_UNAVAILABLE, "the server is stopping");
    return pool_submit(&writer->pool, job, err);
}

void writer_expire(struct writer *writer, int64_t waited_us)
{
    if (writer)
        pool_expire(&writer->pool, waited_us);
}

void writer_get_stats(struct writer *writer, struct writer_stats *stats)
{
    pthread_mutex_lock(&writer->stats_lock);
    *stats = writer->stats;
    pthread_mutex_unlock(&writer->stats_lock);
    stats->stage_us = clock_mono_us() - stats->stage_us;
    pool_get_stats(&writer->pool, &stats->queue);
}
