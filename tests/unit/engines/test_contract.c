#include "base/clock.h"
#include "base/mem.h"
#include "engines/place.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void make_table(struct db *db)
{
    exec(db, "CREATE TABLE t (n BIGINT PRIMARY KEY, up BIGINT, word TEXT)");
}

/* ----------------------------------------------------------------- values */

static void put_values(struct db *db, int64_t n, const char *text, size_t len,
                       const void *blob, size_t blob_len)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "INSERT INTO v (n, word, bytes) VALUES (?1, ?2, ?3)",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, n);
    db_bind_text(stmt, 2, text, len);
    if (blob)
        db_bind_blob(stmt, 3, blob, blob_len);
    else
        db_bind_null(stmt, 3);
    if (db_run(&stmt, &err) < 0)
        fail_msg("%s", err.text);
}

static void values_come_back_as_they_went(void **state)
{
    static const char text[] = "it's ?1 and $1, \"caf\303\251\" \\x00";
    static const uint8_t bytes[] = {0, 255, '\\', 'x', 10, 0};
    struct place *place = *state;
    struct db *db = place->db;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    size_t len;

    make_table(db);
    exec(db, place_is_file()
                 ? "CREATE TABLE v (n BIGINT, word TEXT, bytes BLOB)"
                 : "CREATE TABLE v (n BIGINT, word TEXT, bytes BYTEA)");
    put_values(db, INT64_MIN, "", 0, NULL, 0);
    put_values(db, 1, text, strlen(text), bytes, sizeof(bytes));
    put_values(db, INT64_MAX, "x", 1, "", 0);
    if (db_prepare(db, "SELECT n, word, bytes, n > 0, '?9' FROM v ORDER BY n",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_true(db_int(stmt, 0) == INT64_MIN);
    assert_false(db_is_null(stmt, 1));
    assert_true(db_is_null(stmt, 2));
    assert_non_null(db_blob(stmt, 2, &len));
    assert_int_equal(len, 0);
    assert_int_equal(db_int(stmt, 2), 0);
    assert_int_equal(db_int(stmt, 3), 0);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_string_equal(db_text(stmt, 1, &len), text);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(db_blob(stmt, 2, &len), bytes, sizeof(bytes));
    assert_int_equal(len, sizeof(bytes));
    assert_int_equal(db_int(stmt, 3), 1);
    assert_string_equal(db_text(stmt, 4, NULL), "?9");
    assert_string_equal(db_text(stmt, 0, NULL), "1");
    assert_int_equal(db_step(stmt, &err), 1);
    assert_true(db_int(stmt, 0) == INT64_MAX);
    assert_false(db_is_null(stmt, 2));
    assert_int_equal(db_step(stmt, &err), 0);
    assert_int_equal(db_step(stmt, &err), 0);
    db_done(&stmt);
}

/* Beside a small constant a server would take it for a small number. */
static void a_value_is_what_it_was_bound_as(void **state)
{
    struct place *place = *state;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(place->db, "SELECT 1 WHERE ?1 = 0 OR ?1 = ?2 OR ?3 = ''",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, INT64_C(1) << 40);
    db_bind_int(stmt, 2, INT64_C(1) << 40);
    db_bind_str(stmt, 3, "x");
    assert_int_equal(db_step(stmt, &err), 1);
    db_done(&stmt);
}

static void a_text_can_run_twice_at_a_time(void **state)
{
    static const char sql[] = "SELECT n FROM t ORDER BY n";
    struct place *place = *state;
    struct db_stmt *outer = NULL;
    struct db_stmt *inner = NULL;
    struct err err = ERR_INIT;

    make_table(place->db);
    exec(place->db, "INSERT INTO t (n) VALUES (1), (2)");
    assert_int_equal(db_prepare(place->db, sql, &outer, &err), 0);
    assert_int_equal(db_step(outer, &err), 1);
    assert_int_equal(db_prepare(place->db, sql, &inner, &err), 0);
    assert_int_equal(db_step(inner, &err), 1);
    assert_int_equal(db_step(outer, &err), 1);
    assert_int_equal(db_int(outer, 0), 2);
    assert_int_equal(db_int(inner, 0), 1);
    db_done(&inner);
    db_done(&outer);
}

/* More than are kept prepared, again and again. */
static void many_texts_come_and_go(void **state)
{
    struct place *place = *state;
    char sql[64];

    make_table(place->db);
    begin(place->db);
    for (int i = 0; i < 400; i++) {
        snprintf(sql, sizeof(sql), "INSERT INTO t (n) VALUES (%d)", i % 200);
        if (i < 200)
            run(place->db, sql);
        snprintf(sql, sizeof(sql), "SELECT n FROM t WHERE n = %d", i % 200);
        assert_int_equal(number(place->db, sql), i % 200);
    }
    commit(place->db);
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 200);
}

static void changes_are_those_of_the_last_that_wrote(void **state)
{
    struct place *place = *state;

    make_table(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (1), (2), (3)");
    assert_int_equal(db_changes(place->db), 3);
    begin(place->db);
    run(place->db, "UPDATE t SET up = NULL WHERE n = 9");
    assert_int_equal(db_changes(place->db), 0);
    run(place->db, "DELETE FROM t WHERE n < 3");
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(db_changes(place->db), 2);
    commit(place->db);
}

/* ----------------------------------------------------------- transactions */

static void others_see_what_is_committed_and_nothing_else(void **state)
{
    struct place *place = *state;
    struct db *reader;
    struct buf outbox;
    struct err err = ERR_INIT;

    buf_init(&outbox, SIZE_MAX);
    make_table(place->db);
    reader = place_connect(place, DB_READ);
    begin(place->db);
    assert_true(db_in_transaction(place->db));
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 0);
    assert_int_equal(db_announce(place->db, "news", 4, &err), 0);
    commit(place->db);
    assert_false(db_in_transaction(place->db));
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 1);
    db_take_outbox(place->db, &outbox);
    assert_string_equal(buf_text(&outbox), "news");
    begin(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (2)");
    db_abort(place->db);
    db_abort(place->db);
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(db_commit(place->db, &err), -1);
    db_close(reader);
    buf_release(&outbox);
}

static struct db_savepoint savepoint(struct db *db)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    if (db_savepoint(db, &point, &err) < 0)
        fail_msg("%s", err.text);
    return point;
}

static void release(struct db_savepoint *point)
{
    struct err err = ERR_INIT;

    if (db_release(point, &err) < 0)
        fail_msg("%s", err.text);
}

/* looks: whether something is read in between, which makes what was written so
 * far known to a server. */
static void roll_back_jobs(struct db *db, bool looks)
{
    struct db_savepoint job = savepoint(db);
    struct db_savepoint part;

    run(db, "INSERT INTO t (n) VALUES (1)");
    part = savepoint(db);
    run(db, "INSERT INTO t (n) VALUES (2)");
    if (looks)
        assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 2);
    run(db, "INSERT INTO t (n) VALUES (3)");
    db_rollback(&part);
    part = savepoint(db);
    run(db, "INSERT INTO t (n) VALUES (4)");
    release(&part);
    db_rollback(&part);
    release(&job);
    job = savepoint(db);
    if (looks)
        assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 2);
    run(db, "INSERT INTO t (n) VALUES (5)");
    part = savepoint(db);
    run(db, "INSERT INTO t (n) VALUES (6)");
    if (looks)
        assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 4);
    release(&part);
    db_rollback(&job);
    run(db, "INSERT INTO t (n) VALUES (7)");
}

static void what_is_rolled_back_was_never_there(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;

    make_table(db);
    for (int looks = 0; looks < 2; looks++) {
        begin(db);
        run(db, "DELETE FROM t");
        roll_back_jobs(db, looks);
        commit(db);
        assert_int_equal(number(db, "SELECT SUM(n) FROM t"), 12);
        assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 3);
    }
}

/* Told at once or by the COMMIT, and nothing of it is half there. */
static void a_clash_is_told_at_the_latest_by_the_commit(void **state)
{
    struct place *place = *state;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    size_t len;
    int rc;

    make_table(place->db);
    exec(place->db, "INSERT INTO t (n) VALUES (2)");
    begin(place->db);
    assert_int_equal(db_announce(place->db, "news", 4, &err), 0);
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(
        db_prepare(place->db, "INSERT INTO t (n) VALUES (2)", &stmt, &err), 0);
    rc = db_run(&stmt, &err);
    if (rc == 0)
        rc = db_commit(place->db, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_null(strstr(err.text, "t_"));
    db_abort(place->db);
    db_announced(place->db, &len);
    assert_int_equal(len, 0);
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 1);
    begin(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    commit(place->db);
}

static void a_read_sees_one_moment(void **state)
{
    struct place *place = *state;
    struct db *reader;
    struct err err = ERR_INIT;

    make_table(place->db);
    reader = place_connect(place, DB_READ);
    assert_int_equal(db_read_begin(reader, &err), 0);
    assert_int_equal(db_read_begin(reader, &err), 0);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 0);
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    db_read_end(reader);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 0);
    db_read_end(reader);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(db_read_begin(reader, &err), 0);
    db_read_end(reader); /* nothing was asked */
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 1);
    db_close(reader);
}

static void a_reader_can_not_write(void **state)
{
    struct place *place = *state;
    struct db *reader;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    make_table(place->db);
    reader = place_connect(place, DB_READ);
    assert_int_equal(
        db_prepare(reader, "INSERT INTO t (n) VALUES (1)", &stmt, &err), 0);
    assert_int_equal(db_run(&stmt, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(number(reader, "SELECT COUNT(*) FROM t"), 0);
    db_close(reader);
}

/* ------------------------------------------------------------------ turns */

struct rival {
    const struct place *place;
    atomic_bool is_begun;
    int64_t seen; /* in its turn */
};

static void *rival_main(void *arg)
{
    struct rival *rival = arg;
    struct db *db = place_connect(rival->place, DB_WRITE);

    atomic_store(&rival->is_begun, true);
    begin(db);
    rival->seen = number(db, "SELECT MAX(n) FROM t");
    run(db, "INSERT INTO t (n) SELECT MAX(n) + 1 FROM t");
    commit(db);
    db_close(db);
    return NULL;
}

static void a_turn_sees_what_the_one_before_wrote(void **state)
{
    struct place *place = *state;
    struct rival rivals[4];
    pthread_t threads[ARRAY_LEN(rivals)];
    int64_t sum = 0;

    make_table(place->db);
    begin(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (100)");
    for (size_t i = 0; i < ARRAY_LEN(rivals); i++) {
        rivals[i] = (struct rival){.place = place};
        assert_int_equal(
            pthread_create(&threads[i], NULL, rival_main, &rivals[i]), 0);
        while (!atomic_load(&rivals[i].is_begun))
            sched_yield();
    }
    commit(place->db);
    for (size_t i = 0; i < ARRAY_LEN(rivals); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        sum += rivals[i].seen;
    }
    assert_int_equal(sum, 100 + 101 + 102 + 103);
    assert_int_equal(number(place->db, "SELECT MAX(n) FROM t"), 104);
}

/* Far more than any buffer between two programs holds. */
static void a_large_batch_does_not_hang(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    char word[1001];

    memset(word, 'w', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    make_table(db);
    begin(db);
    for (int i = 0; i < 5000; i++) {
        struct db_stmt *stmt = NULL;
        struct err err = ERR_INIT;

        if (db_prepare(db,
                       "INSERT INTO t (n, word) VALUES (?1, ?2) "
                       "RETURNING word, word",
                       &stmt, &err) < 0)
            fail_msg("%s", err.text);
        db_bind_int(stmt, 1, i);
        db_bind_str(stmt, 2, word);
        if (db_run(&stmt, &err) < 0)
            fail_msg("%s", err.text);
    }
    commit(db);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 5000);
}

/* ------------------------------------------------------- and all the rest */

static void time_never_goes_back(void **state)
{
    struct place *place = *state;
    int64_t before = 0;

    for (int i = 0; i < 3; i++) {
        begin(place->db);
        assert_true(db_time_us(place->db) >= before);
        before = db_time_us(place->db);
        assert_true(before > INT64_C(1577836800) * CLOCK_S); /* 2020 */
        db_abort(place->db);
    }
}

static void what_takes_too_long_is_ended(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 1000000000) SELECT COUNT(*) FROM n";
    struct place *place = *state;
    struct db *reader = place_connect(place, DB_READ);
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    for (int i = 0; i < 2; i++) {
        db_budget(reader, 50);
        assert_int_equal(db_read_begin(reader, &err), 0);
        assert_int_equal(db_prepare(reader, endless, &stmt, &err), 0);
        assert_int_equal(db_step(stmt, &err), -1);
        assert_int_equal(err.code, ERR_BUDGET);
        db_done(&stmt);
        assert_int_equal(db_prepare(reader, "SELECT 1", &stmt, &err), 0);
        assert_int_equal(db_step(stmt, &err), -1);
        db_done(&stmt);
        db_abort(reader);
        db_budget(reader, 0);
        assert_int_equal(number(reader, "SELECT 1"), 1);
    }
    db_close(reader);
}

static void the_version_moves_with_every_commit_of_another(void **state)
{
    struct place *place = *state;
    struct db *reader;
    struct err err = ERR_INIT;
    int64_t before;
    int64_t after;

    make_table(place->db);
    reader = place_connect(place, DB_READ);
    assert_int_equal(db_data_version(reader, &before, &err), 0);
    assert_int_equal(db_data_version(reader, &after, &err), 0);
    assert_true(before == after);
    for (int i = 0; i < 3; i++) {
        begin(place->db);
        run(place->db, "INSERT INTO t (n) SELECT COUNT(*) FROM t");
        commit(place->db);
        assert_int_equal(db_data_version(reader, &after, &err), 0);
        assert_true(before != after);
        before = after;
    }
    db_close(reader);
}

static void the_schema_has_a_step(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;
    int step = -1;

    assert_int_equal(db_schema_step(place->db, &step, &err), 0);
    assert_int_equal(step, 0);
    begin(place->db);
    assert_int_equal(db_set_schema_step(place->db, 3, &err), 0);
    db_abort(place->db);
    assert_int_equal(db_schema_step(place->db, &step, &err), 0);
    assert_int_equal(step, 0);
    for (int want = 3; want < 5; want++) {
        begin(place->db);
        make_table(place->db);
        exec(place->db, "DROP TABLE t");
        assert_int_equal(db_set_schema_step(place->db, want, &err), 0);
        commit(place->db);
        assert_int_equal(db_schema_step(place->db, &step, &err), 0);
        assert_int_equal(step, want);
    }
}

static void a_script_can_be_rolled_back(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point;

    make_table(db);
    begin(db);
    run(db, "INSERT INTO t (n) VALUES (1)");
    point = savepoint(db);
    exec(db, "INSERT INTO t (n) VALUES (2); INSERT INTO t (n) VALUES (3)");
    db_rollback(&point);
    commit(db);
    assert_int_equal(number(db, "SELECT SUM(n) FROM t"), 1);
}

static void every_connection_tells_the_same_identity(void **state)
{
    struct place *place = *state;
    struct db *reader;
    char first[128];
    char second[128];

    make_table(place->db);
    reader = place_connect(place, DB_READ);
    db_identity(place->db, first, sizeof(first));
    db_identity(reader, second, sizeof(second));
    assert_true(strlen(first) > 4);
    assert_string_equal(first, second);
    db_close(reader);
}

static void what_is_opened_again_is_the_same(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;

    make_table(place->db);
    begin(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    assert_int_equal(db_reopen(&place->db, &err), 0);
    assert_false(db_in_transaction(place->db));
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 0);
    begin(place->db);
    run(place->db, "INSERT INTO t (n) VALUES (1)");
    commit(place->db);
}

SUITE(contract)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(values_come_back_as_they_went),
        PLACE_TEST(a_value_is_what_it_was_bound_as),
        PLACE_TEST(a_text_can_run_twice_at_a_time),
        PLACE_TEST(many_texts_come_and_go),
        PLACE_TEST(changes_are_those_of_the_last_that_wrote),
        PLACE_TEST(others_see_what_is_committed_and_nothing_else),
        PLACE_TEST(what_is_rolled_back_was_never_there),
        PLACE_TEST(a_clash_is_told_at_the_latest_by_the_commit),
        PLACE_TEST(a_read_sees_one_moment),
        PLACE_TEST(a_reader_can_not_write),
        PLACE_TEST(a_turn_sees_what_the_one_before_wrote),
        PLACE_TEST(a_large_batch_does_not_hang),
        PLACE_TEST(time_never_goes_back),
        PLACE_TEST(what_takes_too_long_is_ended),
        PLACE_TEST(the_version_moves_with_every_commit_of_another),
        PLACE_TEST(the_schema_has_a_step),
        PLACE_TEST(a_script_can_be_rolled_back),
        PLACE_TEST(every_connection_tells_the_same_identity),
        PLACE_TEST(what_is_opened_again_is_the_same),
    };

    return cmocka_run_group_tests_name(place_is_file() ? "contract, SQLite"
                                                       : "contract, PostgreSQL",
                                       tests, NULL, NULL);
}
