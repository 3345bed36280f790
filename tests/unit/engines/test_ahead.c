#include "base/clock.h"
#include "engines/place.h"
#include "store/jobs/writer.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/banned.h"

/* A turn that is asked for before it is begun, on a server. */

static int open_rows(void **state)
{
    int rc = place_open(state);
    struct place *place = *state;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, up BIGINT);"
                    "INSERT INTO t VALUES (1, 10), (2, 20)");
    return rc;
}

#define ROWS_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_rows, place_close)

static void prepare_read(struct db *db, int64_t n, struct db_stmt **stmt)
{
    struct err err = ERR_INIT;

    if (db_prepare(db, "SELECT up FROM t WHERE n = ?1", stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(*stmt, 1, n);
}

static void foresee(struct db *db, int64_t n)
{
    struct db_stmt *stmt;

    prepare_read(db, n, &stmt);
    db_foresee(&stmt);
}

static int64_t up_of(struct db *db, int64_t n)
{
    struct db_stmt *stmt;
    struct err err = ERR_INIT;
    int64_t up;

    prepare_read(db, n, &stmt);
    assert_int_equal(db_step(stmt, &err), 1);
    up = db_int(stmt, 0);
    db_done(&stmt);
    return up;
}

static int64_t turns_taken(struct db *db)
{
    return number(db, "SELECT COUNT(*) FROM pg_locks "
                      "WHERE locktype = 'advisory' AND granted");
}

/* Rows that somebody else changes, out of turn, show which answer it is. */
static void what_is_foreseen_comes_with_the_turn(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db *other = place_connect(place, DB_WRITE);

    assert_true(db_expect(db));
    assert_false(db_is_ahead(db));
    foresee(db, 1);
    begin(db);
    run(other, "UPDATE t SET up = up + 1");
    assert_int_equal(up_of(db, 1), 10);
    assert_int_equal(up_of(db, 2), 21);
    commit(db);
    begin(db);
    assert_int_equal(up_of(db, 1), 11);
    commit(db);
    db_close(other);
}

static void the_next_turn_is_asked_for_with_the_commit(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db *other = place_connect(place, DB_WRITE);

    begin(db);
    foresee(db, 1);
    assert_int_equal(up_of(db, 1), 10);
    run(db, "UPDATE t SET up = 12 WHERE n = 1");
    assert_true(db_expect(db));
    foresee(db, 1);
    foresee(db, 2);
    commit(db);
    assert_true(db_is_ahead(db));
    assert_int_equal(up_of(other, 1), 12); /* it is committed */
    db_abort(db); /* of none: what was asked for stays so */
    assert_true(db_is_ahead(db));
    while (!turns_taken(other))
        sched_yield();
    begin(db);
    assert_false(db_is_ahead(db));
    run(other, "UPDATE t SET up = up + 1");
    assert_int_equal(up_of(db, 1), 12);
    assert_int_equal(up_of(db, 2), 20);
    run(db, "DELETE FROM t WHERE n = 2");
    commit(db);
    assert_false(db_is_ahead(db));
    assert_int_equal(turns_taken(other), 0);
    assert_int_equal(number(other, "SELECT COUNT(*) FROM t"), 1);
    db_close(other);
}

static void who_waits_has_the_turn_in_between(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db *other = place_connect(place, DB_WRITE);

    begin(db);
    run(db, "UPDATE t SET up = 11 WHERE n = 1");
    /* Asks for it too, and is answered once it has it. */
    assert_true(db_expect(other));
    assert_true(db_expect(db));
    commit(db);
    begin(db);
    assert_int_equal(up_of(db, 1), 11);
    commit(db);
    begin(other);
    assert_int_equal(up_of(other, 1), 11);
    commit(other);
    db_close(other);
}

/* What was sent behind it does not take the turn for nobody. */
static void a_commit_that_fails_asks_for_no_turn(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db *other = place_connect(place, DB_WRITE);
    struct err err = ERR_INIT;

    begin(db);
    run(db, "UPDATE t SET up = 11 WHERE n = 1");
    run(db, "INSERT INTO t VALUES (2, 21)");
    assert_true(db_expect(db));
    foresee(db, 1);
    assert_int_equal(db_commit(db, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_false(db_is_ahead(db));
    begin(other);
    assert_int_equal(up_of(other, 1), 10);
    commit(other);
    begin(db);
    assert_int_equal(up_of(db, 1), 10);
    commit(db);
    db_close(other);
}

static void with_care_none_is_expected(void **state)
{
    struct place *place = *state;

    db_be_careful(place->db, true);
    assert_false(db_expect(place->db));
    db_be_careful(place->db, false);
    begin(place->db);
    commit(place->db);
}

/* ------------------------------------------------------------- the writer's */

struct task {
    struct job job;
    struct writer *writer;
    struct task *next; /* who comes while it runs */
    _Atomic int64_t *pid;
    atomic_bool is_foreseen; /* behind a COMMIT */
    bool is_done;
    enum err_code code;
};

static int task_run(struct job *job, struct db *db, struct err *err)
{
    struct task *task = (struct task *)job;

    if (!task->next)
        return 0;
    atomic_store(task->pid, number(db, "SELECT pg_backend_pid()"));
    return writer_submit(task->writer, &task->next->job, err);
}

static void task_foresee(struct job *job, struct db *db)
{
    (void)db;
    atomic_store(&((struct task *)job)->is_foreseen, true);
}

static void task_done(struct job *job)
{
    struct task *task = (struct task *)job;

    task->is_done = true;
    task->code = job->err.code;
}

static void wake(void *arg)
{
    (void)arg;
}

static void committed(void *arg, const char *outbox, size_t len)
{
    (void)arg;
    (void)outbox;
    (void)len;
}

/* Whether the second of two, which waits at the first one's COMMIT, is gone
 * when the turn comes. */
static bool second_expires(struct writer *writer, struct jobs *jobs,
                           _Atomic int64_t *pid)
{
    struct task second = {
        .job = {.run = task_run, .foresee = task_foresee, .done = task_done}};
    struct task first = {.job = {.run = task_run, .done = task_done},
                         .writer = writer,
                         .next = &second,
                         .pid = pid};
    struct err err = ERR_INIT;

    assert_int_equal(writer_submit(writer, &first.job, &err), 0);
    while (!first.is_done || !second.is_done) {
        if (atomic_load(&second.is_foreseen))
            writer_expire(writer, 0);
        jobs_finish(jobs);
        sched_yield();
    }
    assert_int_equal(first.code, ERR_NONE);
    return second.code == ERR_UNAVAILABLE;
}

/* Nobody may wait for it until the server ends the connection. */
static void a_turn_for_nobody_is_given_back(void **state)
{
    struct place *place = *state;
    struct jobs *jobs = jobs_new(wake, NULL);
    struct writer *writer;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    _Atomic int64_t pid = 0;

    assert_int_equal(
        writer_new(&writer, place->where, jobs, committed, NULL, 100, &err), 0);
    while (!second_expires(writer, jobs, &pid))
        ;
    while (turns_taken(place->db))
        sched_yield();
    if (db_prepare(place->db,
                   "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = ?1",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, atomic_load(&pid));
    assert_int_equal(db_step(stmt, &err), 1);
    assert_int_equal(db_int(stmt, 0), 1);
    db_done(&stmt);
    writer_free(writer);
    jobs_free(jobs);
}

SUITE_OF(SERVER_ALONE, ahead)
{
    const struct CMUnitTest tests[] = {
        ROWS_TEST(what_is_foreseen_comes_with_the_turn),
        ROWS_TEST(the_next_turn_is_asked_for_with_the_commit),
        ROWS_TEST(who_waits_has_the_turn_in_between),
        ROWS_TEST(a_commit_that_fails_asks_for_no_turn),
        ROWS_TEST(with_care_none_is_expected),
        ROWS_TEST(a_turn_for_nobody_is_given_back),
    };

    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
