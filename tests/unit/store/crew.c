#include "crew.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Longer than any test runs. */
#define STOPPED_US (1000 * CLOCK_S)

static void ring(void *arg)
{
    struct crew *crew = arg;

    if (write(crew->bell[1], "x", 1) != 1)
        abort();
}

static void hear(void *arg, const char *outbox, size_t len)
{
    struct crew *crew = arg;

    buf_put_char(&crew->history, '[');
    buf_put(&crew->history, outbox, len);
    buf_put_char(&crew->history, ']');
}

int crew_open(void **state)
{
    struct crew *crew = mem_zalloc(sizeof(*crew));
    struct err err = ERR_INIT;
    struct scratch *s;

    assert_int_equal(scratch_open(&crew->scratch), 0);
    s = crew->scratch;
    crew->path = s->path;
    exec(s->db, "CREATE TABLE t (n INTEGER PRIMARY KEY, "
                "up INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)");
    buf_init(&crew->history, 1 << 20);
    assert_int_equal(pipe(crew->bell), 0);
    crew->jobs = jobs_new(ring, crew);
    assert_non_null(crew->jobs);
    jobs_enable_wake(crew->jobs, true);
    assert_int_equal(
        writer_new(&crew->writer, s->path, crew->jobs, hear, crew, 1000, &err),
        0);
    *state = crew;
    return 0;
}

int crew_close(void **state)
{
    struct crew *crew = *state;

    writer_free(crew->writer);
    jobs_free(crew->jobs);
    close(crew->bell[0]);
    close(crew->bell[1]);
    buf_release(&crew->history);
    scratch_close(&crew->scratch);
    mem_free(crew);
    return 0;
}

void crew_write(struct crew *crew, struct task *task)
{
    struct err err = ERR_INIT;

    if (writer_submit(crew->writer, &task->job, &err) < 0)
        fail_msg("%s", err.text);
}

void crew_wait(struct crew *crew, size_t done)
{
    char byte;

    while (crew->done < done) {
        assert_int_equal(read(crew->bell[0], &byte, 1), 1);
        jobs_finish(crew->jobs);
    }
    assert_int_equal(crew->done, done);
}

int64_t crew_number(struct crew *crew, const char *sql)
{
    struct scratch *s = crew->scratch;

    return number(s->db, sql);
}

void crew_expect(struct crew *crew, const char *history)
{
    assert_string_equal(buf_text(&crew->history), history);
    buf_clear(&crew->history);
}

static int task_run(struct job *job, struct db *db, struct err *err)
{
    struct task *task = (struct task *)job;

    if (task->run)
        return task->run(task, db, err);
    if (task->news && db_announce(db, task->news, strlen(task->news), err) < 0)
        return -1;
    return task->sql ? db_exec(db, task->sql, err) : 0;
}

static void task_done(struct job *job)
{
    struct task *task = (struct task *)job;

    assert_false(task->is_done);
    task->is_done = true;
    task->code = job->err.code;
    task->retry_after_s = job->err.retry_after_s;
    task->crew->done++;
    buf_put_int(&task->crew->history, task->id);
    buf_put_char(&task->crew->history, ' ');
}

void task_init(struct task *task, struct crew *crew, int id, const char *sql,
               const char *news)
{
    *task = (struct task){.job = {.run = task_run, .done = task_done},
                          .crew = crew,
                          .id = id,
                          .sql = sql,
                          .news = news};
    /* What was in it before must not show. */
    err_set(&task->job.err, ERR_INTERNAL, "stale");
}

static int gate_run(struct task *task, struct db *db, struct err *err)
{
    struct gate *gate = (struct gate *)task;

    (void)db;
    (void)err;
    sem_post(&gate->is_reached);
    while (sem_wait(&gate->may_go) < 0)
        continue;
    return 0;
}

void gate_close(struct gate *gate, struct crew *crew)
{
    task_init(&gate->task, crew, 0, NULL, NULL);
    gate->task.run = gate_run;
    sem_init(&gate->is_reached, 0, 0);
    sem_init(&gate->may_go, 0, 0);
    crew_write(crew, &gate->task);
    while (sem_wait(&gate->is_reached) < 0)
        continue;
    clock_shift_us(-STOPPED_US);
}

void gate_open(struct gate *gate, size_t done)
{
    sem_post(&gate->may_go);
    crew_wait(gate->task.crew, done);
    sem_destroy(&gate->is_reached);
    sem_destroy(&gate->may_go);
}
