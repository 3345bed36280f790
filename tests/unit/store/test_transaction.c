#include "base/clock.h"
#include "base/mem.h"
#include "store/scratch.h"

#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static void begin(struct db *db)
{
    struct err err = ERR_INIT;

    assert_int_equal(db_begin(db, &err), 0);
    assert_true(db_in_transaction(db));
}

static void announce(struct db *db, const char *text)
{
    struct err err = ERR_INIT;

    assert_int_equal(db_announce(db, text, strlen(text), &err), 0);
}

static void expect_outbox(struct db *db, const char *text)
{
    struct buf out;

    buf_init(&out, 1000);
    db_take_outbox(db, &out);
    assert_string_equal(buf_text(&out), text);
    buf_release(&out);
}

static int open_table(void **state)
{
    struct scratch *s;
    int rc = scratch_open(state);

    s = *state;
    exec(s->db, "CREATE TABLE t (n INTEGER PRIMARY KEY, "
                "up INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)");
    return rc;
}

static int64_t rows(struct db *db)
{
    return number(db, "SELECT COUNT(*) FROM t");
}

static void a_commit_keeps_rows_and_outbox(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    begin(s->db);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    announce(s->db, "one,");
    announce(s->db, "two");
    expect_outbox(s->db, ""); /* not yet committed */
    assert_int_equal(db_commit(s->db, &err), 0);
    assert_false(db_in_transaction(s->db));
    expect_outbox(s->db, "one,two");
    expect_outbox(s->db, "");
    assert_int_equal(rows(s->db), 1);
}

static void an_abort_leaves_nothing(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    begin(s->db);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    announce(s->db, "one");
    db_abort(s->db);
    db_abort(s->db);
    assert_false(db_in_transaction(s->db));
    expect_outbox(s->db, "");
    assert_int_equal(rows(s->db), 0);
    begin(s->db);
    announce(s->db, "untaken");
    assert_int_equal(db_commit(s->db, &err), 0);
    begin(s->db);
    assert_int_equal(db_commit(s->db, &err), 0);
    expect_outbox(s->db, "");
}

static void a_commit_that_fails_leaves_nothing(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    begin(s->db);
    exec(s->db, "INSERT INTO t (n, up) VALUES (1, 7)");
    announce(s->db, "one");
    assert_int_equal(db_commit(s->db, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_false(db_in_transaction(s->db));
    expect_outbox(s->db, "");
    assert_int_equal(rows(s->db), 0);
    begin(s->db);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(db_commit(s->db, &err), 0);
}

static void savepoints_take_back_what_came_since(void **state)
{
    struct scratch *s = *state;
    struct db_savepoint outer = DB_SAVEPOINT_NONE;
    struct db_savepoint inner = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    db_rollback(&outer);
    begin(s->db);
    announce(s->db, "0");
    assert_int_equal(db_savepoint(s->db, &outer, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    announce(s->db, "1");
    assert_int_equal(db_savepoint(s->db, &inner, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (2)");
    announce(s->db, "2");
    db_rollback(&inner);
    db_rollback(&inner);
    assert_int_equal(db_savepoint(s->db, &inner, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (3)");
    announce(s->db, "3");
    assert_int_equal(db_release(&inner, &err), 0);
    db_rollback(&inner);
    assert_int_equal(db_release(&outer, &err), 0);
    assert_int_equal(db_savepoint(s->db, &outer, &err), 0);
    assert_int_equal(db_savepoint(s->db, &inner, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (4)");
    announce(s->db, "4");
    assert_int_equal(db_release(&inner, &err), 0);
    db_rollback(&outer);
    assert_int_equal(db_commit(s->db, &err), 0);
    expect_outbox(s->db, "013");
    assert_int_equal(number(s->db, "SELECT SUM(n) FROM t"), 4);
    assert_int_equal(db_release(&outer, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void an_outer_rollback_ends_inner_savepoints(void **state)
{
    struct scratch *s = *state;
    struct db_savepoint outer = DB_SAVEPOINT_NONE;
    struct db_savepoint inner = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(s->db);
    assert_int_equal(db_savepoint(s->db, &outer, &err), 0);
    assert_int_equal(db_savepoint(s->db, &inner, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    db_rollback(&outer);
    db_rollback(&inner);
    assert_true(db_in_transaction(s->db));
    assert_int_equal(db_commit(s->db, &err), 0);
    assert_int_equal(rows(s->db), 0);
}

static void nothing_runs_once_the_engine_ended_it(void **state)
{
    struct scratch *s = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct db_savepoint more = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(s->db);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(db_savepoint(s->db, &point, &err), 0);
    announce(s->db, "one");
    assert_int_equal(
        fault(s->db, "INSERT OR ROLLBACK INTO t (n) VALUES (1)", &err),
        ERR_CONFLICT);
    assert_false(db_in_transaction(s->db));
    /* It would be committed at once, alone. */
    assert_int_equal(fault(s->db, "INSERT INTO t (n) VALUES (2)", &err),
                     ERR_UNAVAILABLE);
    assert_int_equal(db_exec(s->db, "INSERT INTO t (n) VALUES (2)", &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(db_savepoint(s->db, &more, &err), -1);
    assert_int_equal(db_release(&point, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    db_rollback(&point);
    assert_int_equal(db_commit(s->db, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    expect_outbox(s->db, "");
    assert_int_equal(rows(s->db), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (3)");
    assert_int_equal(rows(s->db), 1);
}

static void what_cant_be_taken_back_is_not_committed(void **state)
{
    struct scratch *s = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(s->db);
    assert_int_equal(db_savepoint(s->db, &point, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    mem_fail_after(1);
    db_rollback(&point);
    mem_fail_after(0);
    assert_int_equal(db_commit(s->db, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(rows(s->db), 0);
}

static void an_announcement_without_memory_is_refused(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    begin(s->db);
    mem_fail_after(1);
    assert_int_equal(db_announce(s->db, "one", 3, &err), -1);
    mem_fail_after(0);
    assert_int_equal(err.code, ERR_NOMEM);
    announce(s->db, "two");
    assert_int_equal(db_commit(s->db, &err), 0);
    expect_outbox(s->db, "two");
}

static void calls_out_of_place_are_refused(void **state)
{
    struct scratch *s = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    assert_int_equal(db_announce(s->db, "x", 1, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(db_savepoint(s->db, &point, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(db_commit(s->db, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    begin(s->db);
    assert_int_equal(db_begin(s->db, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    db_abort(s->db);
}

static void time_never_goes_back(void **state)
{
    struct scratch *s = *state;
    int64_t before_us = clock_now_us();
    int64_t first_us;

    begin(s->db);
    first_us = db_time_us(s->db);
    assert_true(first_us >= before_us);
    clock_shift_us(CLOCK_S);
    assert_true(db_time_us(s->db) == first_us);
    db_abort(s->db);
    assert_true(db_time_us(s->db) >= first_us + CLOCK_S);
    clock_shift_us(-100 * CLOCK_S);
    begin(s->db);
    assert_true(db_time_us(s->db) == first_us);
    db_abort(s->db);
    clock_shift_us(99 * CLOCK_S);
}

static void reads_of_one_transaction_see_one_state(void **state)
{
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    assert_int_equal(db_read_begin(reader, &err), 0);
    assert_int_equal(rows(reader), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(db_read_begin(reader, &err), 0);
    assert_int_equal(rows(reader), 0);
    db_read_end(reader);
    assert_int_equal(rows(reader), 0);
    db_read_end(reader);
    assert_int_equal(rows(reader), 1);
    db_read_end(reader);
    assert_int_equal(db_read_begin(reader, &err), 0);
    assert_int_equal(rows(reader), 1);
    db_abort(reader);
    exec(s->db, "INSERT INTO t (n) VALUES (2)");
    assert_int_equal(rows(reader), 2);
    db_close(reader);

    begin(s->db);
    assert_int_equal(db_read_begin(s->db, &err), 0);
    exec(s->db, "INSERT INTO t (n) VALUES (3)");
    db_read_end(s->db);
    assert_true(db_in_transaction(s->db));
    assert_int_equal(db_commit(s->db, &err), 0);
    assert_int_equal(rows(s->db), 3);
}

static void the_data_version_moves_with_anothers_commit(void **state)
{
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct err err = ERR_INIT;
    int64_t first;
    int64_t second;

    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    assert_int_equal(db_data_version(reader, &first, &err), 0);
    assert_int_equal(db_data_version(reader, &second, &err), 0);
    assert_true(first == second);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(db_data_version(reader, &second, &err), 0);
    assert_true(first != second);
    db_close(reader);
}

static void the_state_moves_with_every_commit(void **state)
{
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct db *memory = NULL;
    struct err err = ERR_INIT;
    struct db_state first;
    struct db_state second;

    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    assert_true(db_state(reader, &first));
    assert_int_equal(rows(reader), 0);
    assert_true(db_state(reader, &second));
    assert_true(db_state_equal(&first, &second));
    begin(s->db);
    exec(s->db, "INSERT INTO t (n) VALUES (1)");
    assert_true(db_state(reader, &second));
    assert_true(db_state_equal(&first, &second));
    assert_int_equal(db_commit(s->db, &err), 0);
    assert_true(db_state(reader, &second));
    assert_false(db_state_equal(&first, &second));
    assert_true(db_state(s->db, &first));
    assert_true(db_state_equal(&first, &second));
    exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    exec(s->db, "DELETE FROM t");
    assert_true(db_state(reader, &second));
    assert_false(db_state_equal(&first, &second));
    db_close(reader);

    assert_int_equal(db_open(&memory, ":memory:", DB_WRITE, &err), 0);
    assert_false(db_state(memory, &first));
    db_close(memory);
    exec(s->db, "PRAGMA journal_mode = DELETE");
    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    assert_false(db_state(reader, &first));
    assert_int_not_equal(access(scratch_path(s, "test.db-shm"), F_OK), 0);
    db_close(reader);
}

#define TABLE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, open_table, scratch_close)

SUITE(transaction)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(a_commit_keeps_rows_and_outbox),
        TABLE_TEST(an_abort_leaves_nothing),
        TABLE_TEST(a_commit_that_fails_leaves_nothing),
        TABLE_TEST(savepoints_take_back_what_came_since),
        TABLE_TEST(an_outer_rollback_ends_inner_savepoints),
        TABLE_TEST(nothing_runs_once_the_engine_ended_it),
        TABLE_TEST(what_cant_be_taken_back_is_not_committed),
        TABLE_TEST(an_announcement_without_memory_is_refused),
        TABLE_TEST(calls_out_of_place_are_refused),
        TABLE_TEST(time_never_goes_back),
        TABLE_TEST(reads_of_one_transaction_see_one_state),
        TABLE_TEST(the_state_moves_with_every_commit),
        TABLE_TEST(the_data_version_moves_with_anothers_commit),
    };

    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
