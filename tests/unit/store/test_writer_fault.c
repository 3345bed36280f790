#include "base/mem.h"
#include "crew.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* What spoils a whole batch. */
static int break_a_reference(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    return db_exec(db, "INSERT INTO t (n, up) VALUES (50, 99)", err);
}

static int end_the_transaction(struct task *task, struct db *db,
                               struct err *err)
{
    struct err ignored = ERR_INIT;

    (void)task;
    (void)err;
    db_exec(db, "INSERT OR ROLLBACK INTO t (n) VALUES (1)", &ignored);
    /* It goes on as if nothing had happened. */
    db_exec(db, "INSERT INTO t (n) VALUES (60)", &ignored);
    return 0;
}

static int fill_the_disk(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    if (db_exec(db, "PRAGMA max_page_count = 1", err) < 0)
        return -1;
    return db_exec(db,
                   "INSERT INTO t (n) WITH RECURSIVE c (n) AS (SELECT 100 "
                   "UNION ALL SELECT n + 1 FROM c WHERE n < 9999) "
                   "SELECT n FROM c",
                   err);
}

static int leave_no_memory(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    (void)db;
    (void)err;
    mem_fail_after(1); /* this thread's: the next batch begins with one */
    return 0;
}

static void write_one(struct crew *crew, int id, const char *sql,
                      enum err_code code)
{
    struct task task;

    task_init(&task, crew, id, sql, "ok");
    crew_write(crew, &task);
    crew_wait(crew, crew->done + 1);
    assert_int_equal(task.code, code);
    assert_int_equal(task.retry_after_s, code == ERR_NONE ? 0 : 1);
}

static void spoil(struct crew *crew,
                  int (*run)(struct task *task, struct db *db, struct err *err))
{
    struct writer_stats stats;
    struct gate gate;
    struct task tasks[3];

    gate_close(&gate, crew);
    task_init(&tasks[0], crew, 1, "INSERT INTO t (n) VALUES (1)", "a");
    task_init(&tasks[1], crew, 2, NULL, "b");
    tasks[1].run = run;
    /* It fails by itself, and might do so because of the first. */
    task_init(&tasks[2], crew, 3, "INSERT INTO t (n) VALUES (1)", "c");
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        crew_write(crew, &tasks[i]);
    gate_open(&gate, 4);
    assert_int_equal(gate.task.code, ERR_UNAVAILABLE);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tasks[i].code, ERR_UNAVAILABLE);
        assert_int_equal(tasks[i].retry_after_s, 1);
    }
    writer_get_stats(crew->writer, &stats);
    assert_int_equal(stats.failed_batches, 1);
}

static void a_failed_commit_fails_all(void **state)
{
    struct crew *crew = *state;

    spoil(crew, break_a_reference);
    crew_expect(crew, "0 1 2 3 ");
    assert_int_equal(crew_number(crew, "SELECT COUNT(*) FROM t"), 0);
    write_one(crew, 5, "INSERT INTO t (n) VALUES (1)", ERR_NONE);
    crew_expect(crew, "[ok]5 ");
    assert_int_equal(crew_number(crew, "SELECT COUNT(*) FROM t"), 1);
}

static void a_job_that_ends_the_transaction_fails_all(void **state)
{
    struct crew *crew = *state;

    spoil(crew, end_the_transaction);
    /* The one behind it had not begun: it is of the next batch. */
    crew_expect(crew, "0 1 2 [c]3 ");
    assert_int_equal(crew_number(crew, "SELECT COUNT(*) FROM t"), 1);
    write_one(crew, 5, "INSERT INTO t (n) VALUES (2)", ERR_NONE);
}

static void what_fills_the_disk_fails_alone(void **state)
{
    struct crew *crew = *state;
    struct task task;

    task_init(&task, crew, 1, NULL, NULL);
    task.run = fill_the_disk;
    crew_write(crew, &task);
    crew_wait(crew, 1);
    assert_int_equal(task.code, ERR_UNAVAILABLE);
    assert_int_equal(task.retry_after_s, 1);
    assert_int_equal(crew_number(crew, "SELECT COUNT(*) FROM t"), 0);
    write_one(crew, 2, "INSERT INTO t (n) VALUES (1)", ERR_NONE);
    crew_expect(crew, "1 [ok]2 ");
}

static void it_tries_again_while_it_cant_open(void **state)
{
    struct crew *crew = *state;
    struct scratch *s = crew->scratch;
    char moved[128];

    snprintf(moved, sizeof(moved), "%s", scratch_path(s, "moved.db"));
    write_one(crew, 1, "INSERT INTO t (n) VALUES (1)", ERR_NONE);
    db_close(s->db);
    s->db = NULL;
    /* The writer's own connection goes at the failed COMMIT. */
    write_one(crew, 2, "INSERT INTO t (n, up) VALUES (50, 99)",
              ERR_UNAVAILABLE);
    assert_int_equal(rename(s->path, moved), 0);
    assert_int_equal(mkdir(s->path, 0700), 0);
    write_one(crew, 3, "INSERT INTO t (n) VALUES (3)", ERR_UNAVAILABLE);
    write_one(crew, 4, "INSERT INTO t (n) VALUES (4)", ERR_UNAVAILABLE);
    assert_int_equal(rmdir(s->path), 0);
    assert_int_equal(rename(moved, s->path), 0);
    write_one(crew, 5, "INSERT INTO t (n) VALUES (5)", ERR_NONE);
    crew_expect(crew, "[ok]1 2 3 4 [ok]5 ");
}

static int move_the_file(struct task *task, struct db *db, struct err *err)
{
    const char *path = task->crew->path;
    char moved[128];

    snprintf(moved, sizeof(moved), "%s.moved", path);
    if (rename(path, moved) < 0)
        return -1;
    return db_exec(db, "INSERT INTO t (n) VALUES (2)", err);
}

/* A copy made just before lacks it. */
static void what_a_moved_file_takes_is_not_acknowledged(void **state)
{
    struct crew *crew = *state;
    struct task task;
    char moved[128];

    snprintf(moved, sizeof(moved), "%s.moved", crew->path);
    write_one(crew, 1, "INSERT INTO t (n) VALUES (1)", ERR_NONE);
    task_init(&task, crew, 2, NULL, "lost");
    task.run = move_the_file;
    crew_write(crew, &task);
    crew_wait(crew, 2);
    assert_int_equal(task.code, ERR_UNAVAILABLE);
    write_one(crew, 3, "INSERT INTO t (n) VALUES (3)", ERR_UNAVAILABLE);
    assert_int_equal(access(crew->path, F_OK), -1);
    assert_int_equal(rename(moved, crew->path), 0);
    write_one(crew, 4, "INSERT INTO t (n) VALUES (4)", ERR_NONE);
    crew_expect(crew, "[ok]1 2 3 [ok]4 ");
    assert_int_equal(crew_number(crew, "SELECT SUM(n) FROM t"), 7);
}

static void short_of_memory_nothing_is_half_done(void **state)
{
    struct crew *crew = *state;
    struct task task;

    write_one(crew, 1, "INSERT INTO t (n) VALUES (1)", ERR_NONE);
    task_init(&task, crew, 2, NULL, NULL);
    task.run = leave_no_memory;
    crew_write(crew, &task);
    crew_wait(crew, 2);
    assert_int_equal(task.code, ERR_NONE);
    write_one(crew, 3, "INSERT INTO t (n) VALUES (3)", ERR_UNAVAILABLE);
    write_one(crew, 4, "INSERT INTO t (n) VALUES (4)", ERR_NONE);
    crew_expect(crew, "[ok]1 2 3 [ok]4 ");
    assert_int_equal(crew_number(crew, "SELECT SUM(n) FROM t"), 5);
}

static int fail_silently(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    (void)db;
    (void)err;
    return -1;
}

static void a_failure_always_has_a_code(void **state)
{
    struct crew *crew = *state;
    struct task task;

    task_init(&task, crew, 1, NULL, NULL);
    task.run = fail_silently;
    crew_write(crew, &task);
    crew_wait(crew, 1);
    assert_int_equal(task.code, ERR_INTERNAL);
}

SUITE(writer_fault)
{
    const struct CMUnitTest tests[] = {
        CREW_TEST(a_failed_commit_fails_all),
        CREW_TEST(a_job_that_ends_the_transaction_fails_all),
        CREW_TEST(what_fills_the_disk_fails_alone),
        CREW_TEST(it_tries_again_while_it_cant_open),
        CREW_TEST(what_a_moved_file_takes_is_not_acknowledged),
        CREW_TEST(short_of_memory_nothing_is_half_done),
        CREW_TEST(a_failure_always_has_a_code),
    };

    return cmocka_run_group_tests_name("writer_fault", tests, NULL, NULL);
}
