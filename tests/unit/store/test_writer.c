#include "base/clock.h"
#include "base/mem.h"
#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define MANY 600

static void one_commit_serves_many_jobs(void **state)
{
    struct crew *crew = *state;
    struct writer_stats stats;
    struct gate gate;
    struct task tasks[5];

    task_init(&tasks[0], crew, 1, "INSERT INTO t (n) VALUES (1)", "a");
    task_init(&tasks[1], crew, 2, "INSERT INTO t (n) VALUES (2)", "b");
    task_init(&tasks[2], crew, 3,
              "INSERT INTO t (n) VALUES (3); INSERT INTO t (n) VALUES (2)",
              "c");
    task_init(&tasks[3], crew, 4, "INSERT INTO t (n) VALUES (4)", "d");
    task_init(&tasks[4], crew, 5, NULL, NULL);
    gate_close(&gate, crew);
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        crew_write(crew, &tasks[i]);
    writer_get_stats(crew->writer, &stats);
    assert_int_equal(stats.queue.len, 5);
    gate_open(&gate, 6);
    /* The one that failed is taken back alone; what all of them announced
     * comes before any of them is done. */
    crew_expect(crew, "[abd]0 1 2 3 4 5 ");
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        assert_int_equal(tasks[i].code, i == 2 ? ERR_CONFLICT : ERR_NONE);
    assert_int_equal(crew_number(crew, "SELECT SUM(n) FROM t"), 7);
    writer_get_stats(crew->writer, &stats);
    assert_int_equal(stats.batches, 1);
    assert_int_equal(stats.failed_batches, 0);
    assert_int_equal(stats.jobs, 6);
    assert_int_equal(stats.batch_size_max, 6);
    assert_int_equal(stats.queue.len, 0);
}

static void commits_are_heard_in_order(void **state)
{
    struct crew *crew = *state;
    struct task tasks[3];

    for (int i = 0; i < 3; i++) {
        task_init(&tasks[i], crew, i, NULL, i == 1 ? NULL : "x");
        crew_write(crew, &tasks[i]);
        crew_wait(crew, (size_t)i + 1);
    }
    crew_expect(crew, "[x]0 1 [x]2 ");
}

static void a_turn_ends_after_256_jobs(void **state)
{
    struct crew *crew = *state;
    struct writer_stats stats;
    struct gate gate;
    struct task *tasks = mem_zalloc(sizeof(*tasks) * MANY);

    gate_close(&gate, crew);
    for (int i = 0; i < MANY; i++) {
        task_init(&tasks[i], crew, i, NULL, "x");
        crew_write(crew, &tasks[i]);
    }
    gate_open(&gate, MANY + 1);
    writer_get_stats(crew->writer, &stats);
    assert_int_equal(stats.batch_size_max, 256);
    assert_int_equal(stats.jobs, MANY + 1);
    assert_true(stats.batches >= 3);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(tasks[i].code, ERR_NONE);
    mem_free(tasks);
}

static int work_for_ten_ms(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    (void)db;
    (void)err;
    /* More than was taken off by the gate. */
    clock_shift_us(2000 * CLOCK_S);
    return 0;
}

static void a_turn_ends_after_10_ms(void **state)
{
    struct crew *crew = *state;
    struct gate gate;
    struct task slow;
    struct task next;

    gate_close(&gate, crew);
    task_init(&slow, crew, 1, NULL, "slow");
    slow.run = work_for_ten_ms;
    task_init(&next, crew, 2, NULL, "next");
    crew_write(crew, &slow);
    crew_write(crew, &next);
    gate_open(&gate, 3);
    crew_expect(crew, "0 1 [next]2 ");
}

static int work_for_three_ms(struct task *task, struct db *db, struct err *err)
{
    clock_shift_us(3000);
    return db_announce(db, task->news, strlen(task->news), err);
}

static void write_of(struct crew *crew, struct task *task, int id,
                     uint64_t flow, const char *news)
{
    task_init(task, crew, id, NULL, news);
    task->job.flow = flow;
    crew_write(crew, task);
}

/* Whoever has had 2 ms of it waits for the next, once another's job waits for
 * its COMMIT. */
static void a_turn_ends_before_a_second_share(void **state)
{
    struct crew *crew = *state;
    struct gate gate;
    struct task greedy[2];
    struct task modest;
    struct task cheap;

    gate_close(&gate, crew);
    for (int i = 0; i < 2; i++) {
        task_init(&greedy[i], crew, i + 1, NULL, i ? "more" : "much");
        greedy[i].run = work_for_three_ms;
        greedy[i].job.flow = 7;
        crew_write(crew, &greedy[i]);
    }
    write_of(crew, &modest, 3, 8, "little");
    write_of(crew, &cheap, 4, 8, "again");
    gate_open(&gate, 5);
    crew_expect(crew, "[muchlittleagain]0 1 3 4 [more]2 ");
}

static void a_turn_of_one_flow_is_not_cut(void **state)
{
    struct crew *crew = *state;
    struct gate gate;
    struct task tasks[3];

    gate_close(&gate, crew);
    for (int i = 0; i < 3; i++) {
        task_init(&tasks[i], crew, i + 1, NULL, "x");
        tasks[i].run = work_for_three_ms;
        tasks[i].job.flow = 7;
        crew_write(crew, &tasks[i]);
    }
    gate_open(&gate, 4);
    crew_expect(crew, "[xxx]0 1 2 3 ");
}

static void a_full_queue_refuses(void **state)
{
    struct crew *crew = *state;
    struct err err = ERR_INIT;
    struct gate gate;
    struct task *tasks = mem_zalloc(sizeof(*tasks) * 1001);

    gate_close(&gate, crew);
    for (int i = 0; i < 1001; i++)
        task_init(&tasks[i], crew, i, NULL, NULL);
    for (int i = 0; i < 1000; i++)
        crew_write(crew, &tasks[i]);
    assert_int_equal(writer_submit(crew->writer, &tasks[1000].job, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);
    gate_open(&gate, 1001);
    assert_false(tasks[1000].is_done);
    mem_free(tasks);
}

static void what_waits_too_long_is_refused_and_not_done(void **state)
{
    struct crew *crew = *state;
    struct scratch *scratch = crew->scratch;
    struct db *other = scratch->db;
    struct err err = ERR_INIT;
    struct task late;
    struct task next;

    task_init(&late, crew, 1, "INSERT INTO t (n) VALUES (1)", "late");
    task_init(&next, crew, 2, "INSERT INTO t (n) VALUES (2)", "next");
    assert_int_equal(db_begin(other, &err), 0);
    crew_write(crew, &late);
    writer_expire(crew->writer, 60 * CLOCK_S);
    assert_false(late.is_done);
    writer_expire(crew->writer, 0);
    crew_wait(crew, 1);
    assert_int_equal(late.code, ERR_UNAVAILABLE);
    assert_int_equal(late.retry_after_s, 1);
    crew_write(crew, &next);
    db_abort(other);
    crew_wait(crew, 2);
    crew_expect(crew, "1 [next]2 ");
    assert_int_equal(crew_number(crew, "SELECT SUM(n) FROM t"), 2);
}

static void ending_runs_what_waits(void **state)
{
    struct crew *crew = *state;
    struct gate gate;
    struct task tasks[20];

    gate_close(&gate, crew);
    for (int i = 0; i < 20; i++) {
        task_init(&tasks[i], crew, i, NULL, "x");
        crew_write(crew, &tasks[i]);
    }
    sem_post(&gate.may_go);
    writer_free(crew->writer);
    crew->writer = NULL;
    assert_int_equal(crew->done, 0);
    crew_wait(crew, 21);
}

static int look_at_thread(struct task *task, struct db *db, struct err *err)
{
    sigset_t mask;
    char name[16];

    (void)db;
    pthread_getname_np(pthread_self(), name, sizeof(name));
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    task->number = strcmp(name, "writer") == 0 && sigismember(&mask, SIGTERM);
    (void)err;
    return 0;
}

static void its_thread_has_a_name_and_no_signals(void **state)
{
    struct crew *crew = *state;
    struct task task;
    sigset_t mask;

    task_init(&task, crew, 1, NULL, NULL);
    task.run = look_at_thread;
    crew_write(crew, &task);
    crew_wait(crew, 1);
    assert_true(task.number);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
}

static void a_bad_database_stops_the_start(void **state)
{
    struct crew *crew = *state;
    struct writer *writer = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(
        writer_new(&writer, "/nowhere/x.db", crew->jobs, NULL, NULL, 1, &err),
        -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_null(writer);
    for (unsigned n = 1; n <= 4; n++) {
        mem_fail_after(n);
        assert_int_equal(
            writer_new(&writer, crew->path, crew->jobs, NULL, NULL, 1, &err),
            -1);
        mem_fail_after(0);
        assert_int_equal(err.code, ERR_NOMEM);
    }
}

SUITE(writer)
{
    const struct CMUnitTest tests[] = {
        CREW_TEST(one_commit_serves_many_jobs),
        CREW_TEST(commits_are_heard_in_order),
        CREW_TEST(a_turn_ends_after_256_jobs),
        CREW_TEST(a_turn_ends_after_10_ms),
        CREW_TEST(a_turn_ends_before_a_second_share),
        CREW_TEST(a_turn_of_one_flow_is_not_cut),
        CREW_TEST(a_full_queue_refuses),
        CREW_TEST(what_waits_too_long_is_refused_and_not_done),
        CREW_TEST(ending_runs_what_waits),
        CREW_TEST(its_thread_has_a_name_and_no_signals),
        CREW_TEST(a_bad_database_stops_the_start),
    };

    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
