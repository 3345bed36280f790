#include "base/mem.h"
#include "crew.h"
#include "store/jobs/readers.h"

#include "base/banned.h"

#define MANY 200

static struct readers *start(struct crew *crew, int threads, int budget_ms,
                             size_t queue_max)
{
    struct readers *readers = NULL;
    struct err err = ERR_INIT;

    if (readers_new(&readers, crew->path, crew->jobs, threads, budget_ms,
                    queue_max, &err) < 0)
        fail_msg("%s", err.text);
    return readers;
}

static void read_with(struct readers *readers, struct task *task)
{
    struct err err = ERR_INIT;

    if (readers_submit(readers, &task->job, &err) < 0)
        fail_msg("%s", err.text);
}

static int select_number(struct task *task, struct db *db, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(db, task->sql, &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1)
        task->number = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static void task_init_select(struct task *task, struct crew *crew,
                             const char *sql)
{
    task_init(task, crew, 1, sql, NULL);
    task->run = select_number;
}

static void a_budget_ends_a_read(void **state)
{
    struct crew *crew = *state;
    struct readers *readers = start(crew, 1, 20, 10);
    struct task endless;
    struct task next;

    task_init_select(&endless, crew,
                     "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 "
                     "FROM c) SELECT COUNT(*) FROM c");
    read_with(readers, &endless);
    crew_wait(crew, 1);
    assert_int_equal(endless.code, ERR_BUDGET);
    readers_free(readers);
    readers = start(crew, 1, 60000, 10);
    task_init_select(&next, crew, "SELECT 7");
    read_with(readers, &next);
    crew_wait(crew, 2);
    assert_int_equal(next.code, ERR_NONE);
    assert_int_equal(next.number, 7);
    readers_free(readers);
}

static void readers_do_not_write(void **state)
{
    struct crew *crew = *state;
    struct readers *readers = start(crew, 1, 60000, 10);
    struct task task;

    task_init(&task, crew, 1, "DELETE FROM t", NULL);
    read_with(readers, &task);
    crew_wait(crew, 1);
    assert_int_equal(task.code, ERR_UNAVAILABLE);
    readers_free(readers);
}

static int leave_open(struct task *task, struct db *db, struct err *err)
{
    return db_read_begin(db, err) < 0 ? -1 : select_number(task, db, err);
}

static void a_snapshot_ends_with_its_job(void **state)
{
    struct crew *crew = *state;
    struct scratch *s = crew->scratch;
    struct readers *readers = start(crew, 1, 60000, 10);
    struct task tasks[2];

    task_init_select(&tasks[0], crew, "SELECT COUNT(*) FROM t");
    tasks[0].run = leave_open;
    read_with(readers, &tasks[0]);
    crew_wait(crew, 1);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    task_init_select(&tasks[1], crew, "SELECT COUNT(*) FROM t");
    read_with(readers, &tasks[1]);
    crew_wait(crew, 2);
    assert_int_equal(tasks[0].number, 0);
    assert_int_equal(tasks[1].number, 1);
    readers_free(readers);
}

static int mark_connection(struct task *task, struct db *db, struct err *err)
{
    return db_exec(db, task->sql, err);
}

static int break_connection(struct task *task, struct db *db, struct err *err)
{
    (void)task;
    (void)db;
    return err_set(err, ERR_STORE, "database disk image is malformed");
}

static void a_broken_connection_is_opened_anew(void **state)
{
    static const char ask[] = "PRAGMA cache_size";
    struct crew *crew = *state;
    struct readers *readers = start(crew, 1, 60000, 10);
    struct task tasks[4];

    task_init(&tasks[0], crew, 0, "PRAGMA cache_size = 77", NULL);
    tasks[0].run = mark_connection;
    task_init_select(&tasks[1], crew, ask);
    task_init(&tasks[2], crew, 2, NULL, NULL);
    tasks[2].run = break_connection;
    task_init_select(&tasks[3], crew, ask);
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        read_with(readers, &tasks[i]);
    crew_wait(crew, 4);
    assert_int_equal(tasks[1].number, 77);
    assert_int_equal(tasks[2].code, ERR_STORE);
    assert_int_equal(tasks[3].code, ERR_NONE);
    assert_int_not_equal(tasks[3].number, 77);
    readers_free(readers);
}

static int wait_at_gate(struct task *task, struct db *db, struct err *err)
{
    struct gate *gate = (struct gate *)task;

    (void)db;
    (void)err;
    sem_post(&gate->is_reached);
    while (sem_wait(&gate->may_go) < 0)
        continue;
    return 0;
}

static void a_full_queue_refuses_and_the_end_runs_what_waits(void **state)
{
    struct crew *crew = *state;
    struct readers *readers = start(crew, 1, 60000, 2);
    struct err err = ERR_INIT;
    struct pool_stats stats;
    struct gate gate;
    struct task tasks[3];

    task_init(&gate.task, crew, 0, NULL, NULL);
    gate.task.run = wait_at_gate;
    sem_init(&gate.is_reached, 0, 0);
    sem_init(&gate.may_go, 0, 0);
    read_with(readers, &gate.task);
    while (sem_wait(&gate.is_reached) < 0)
        continue;
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
        task_init_select(&tasks[i], crew, "SELECT 1");
    read_with(readers, &tasks[0]);
    read_with(readers, &tasks[1]);
    readers_get_stats(readers, &stats);
    assert_int_equal(stats.len, 2);
    assert_int_equal(readers_submit(readers, &tasks[2].job, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);
    sem_post(&gate.may_go);
    readers_free(readers);
    crew_wait(crew, 3);
    assert_int_equal(tasks[1].code, ERR_NONE);
    assert_false(tasks[2].is_done);
}

static void many_read_while_one_writes(void **state)
{
    struct crew *crew = *state;
    struct readers *readers = start(crew, 4, 60000, MANY);
    struct task *writes = mem_zalloc(sizeof(*writes) * MANY);
    struct task *reads = mem_zalloc(sizeof(*reads) * MANY);

    for (size_t i = 0; i < MANY; i++) {
        task_init(&writes[i], crew, 1, "INSERT INTO t (up) VALUES (NULL)", "x");
        task_init_select(&reads[i], crew, "SELECT COUNT(*) FROM t");
        crew_write(crew, &writes[i]);
        read_with(readers, &reads[i]);
    }
    crew_wait(crew, 2 * MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(writes[i].code, ERR_NONE);
        assert_int_equal(reads[i].code, ERR_NONE);
        assert_in_range(reads[i].number, 0, MANY);
    }
    readers_free(readers);
    mem_free(writes);
    mem_free(reads);
}

static void a_missing_database_stops_the_start(void **state)
{
    struct crew *crew = *state;
    struct readers *readers = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(
        readers_new(&readers, "/nowhere/x.db", crew->jobs, 2, 100, 10, &err),
        -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_null(readers);
    readers_free(NULL);
}

SUITE(readers)
{
    const struct CMUnitTest tests[] = {
        CREW_TEST(a_budget_ends_a_read),
        CREW_TEST(readers_do_not_write),
        CREW_TEST(a_snapshot_ends_with_its_job),
        CREW_TEST(a_broken_connection_is_opened_anew),
        CREW_TEST(a_full_queue_refuses_and_the_end_runs_what_waits),
        CREW_TEST(many_read_while_one_writes),
        CREW_TEST(a_missing_database_stops_the_start),
    };

    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
