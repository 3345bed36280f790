#include "engines/place.h"

#include <string.h>

#include "base/banned.h"

/* Reads that are foreseen, on both engines; and on a server, that they are
 * answered from what came with them. */

static void prepare_read(struct db *db, int64_t n, bool has_key,
                         struct db_stmt **stmt)
{
    struct err err = ERR_INIT;

    if (db_prepare(db, "SELECT up FROM t WHERE n = ?1", stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(*stmt, 1, n);
    if (has_key)
        db_bind_key(*stmt, (uint64_t)n);
}

static void foresee(struct db *db, int64_t n, bool has_key)
{
    struct db_stmt *stmt;

    prepare_read(db, n, has_key, &stmt);
    db_foresee(&stmt);
    assert_null(stmt);
}

static int64_t up_of(struct db *db, int64_t n)
{
    struct db_stmt *stmt;
    struct err err = ERR_INIT;
    int64_t up;
    int rc;

    prepare_read(db, n, true, &stmt);
    rc = db_step(stmt, &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    up = rc == 1 ? db_int(stmt, 0) : -1;
    db_done(&stmt);
    return up;
}

static void set_up(struct db *db, int64_t n, int64_t up, bool has_key)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "UPDATE t SET up = ?2 WHERE n = ?1", &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, n);
    db_bind_int(stmt, 2, up);
    if (has_key)
        db_bind_key(stmt, (uint64_t)n);
    if (db_run(&stmt, &err) < 0)
        fail_msg("%s", err.text);
}

static void gather(struct db *db)
{
    struct err err = ERR_INIT;

    if (db_read_foreseen(db, &err) < 0)
        fail_msg("%s", err.text);
}

static int open_rows(void **state)
{
    int rc = place_open(state);
    struct place *place = *state;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, up BIGINT);"
                    "CREATE TABLE tea (n BIGINT);"
                    "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
    return rc;
}

#define ROWS_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_rows, place_close)

static void what_is_foreseen_is_read_as_it_is(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    foresee(db, 1, true); /* outside a transaction: nothing */
    begin(db);
    for (int64_t n = 1; n <= 4; n++)
        foresee(db, n, true);
    foresee(db, 1, true);
    assert_int_equal(up_of(db, 1), 10);
    assert_int_equal(up_of(db, 1), 10);
    assert_int_equal(up_of(db, 4), -1);
    set_up(db, 1, 11, true);
    assert_int_equal(up_of(db, 1), 11);
    assert_int_equal(up_of(db, 2), 20);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    set_up(db, 2, 21, true);
    assert_int_equal(up_of(db, 2), 21);
    db_rollback(&point);
    assert_int_equal(up_of(db, 2), 20);
    set_up(db, 3, 31, false);
    assert_int_equal(up_of(db, 3), 31);
    run(db, "INSERT INTO t VALUES (4, 40)");
    assert_int_equal(up_of(db, 4), 40);
    run(db, "DELETE FROM t WHERE n = 1");
    assert_int_equal(up_of(db, 1), -1);
    db_abort(db);
    begin(db);
    foresee(db, 1, true);
    gather(db);
    assert_int_equal(up_of(db, 1), 10);
    exec(db, "UPDATE t SET up = 12 WHERE n = 1");
    assert_int_equal(up_of(db, 1), 12);
    commit(db);
    assert_int_equal(up_of(db, 1), 12);
}

static void what_is_cut_off_unsent_is_read_later(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(db);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    run(db, "DELETE FROM t WHERE n = 1");
    foresee(db, 1, true);
    db_rollback(&point);
    assert_int_equal(up_of(db, 1), 10);
    commit(db);
}

static int64_t is_null(struct db *db, bool given, bool foresees)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t answer = 0;

    if (db_prepare(db, "SELECT COUNT(*) FROM t WHERE n = 1 AND ?1 IS NULL",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_optional(stmt, 1, given, 0);
    if (foresees) {
        db_foresee(&stmt);
        return 0;
    }
    assert_int_equal(db_step(stmt, &err), 1);
    answer = db_int(stmt, 0);
    db_done(&stmt);
    return answer;
}

static void null_is_not_zero(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;

    begin(db);
    is_null(db, true, true);
    is_null(db, false, true);
    assert_int_equal(is_null(db, false, false), 1);
    assert_int_equal(is_null(db, true, false), 0);
    commit(db);
}

SUITE(foresee)
{
    const struct CMUnitTest tests[] = {
        ROWS_TEST(what_is_foreseen_is_read_as_it_is),
        ROWS_TEST(what_is_cut_off_unsent_is_read_later),
        ROWS_TEST(null_is_not_zero),
    };

    return cmocka_run_group_tests_name("foresee", tests, NULL, NULL);
}

/* ---------------------------------------------------------------- a server */

/* Rows that somebody else changes, out of turn, show which answer it is. */
struct lie {
    struct db *db;
    struct db *other;
};

static struct lie lie_begin(struct place *place)
{
    struct lie lie = {place->db, place_connect(place, DB_WRITE)};

    begin(lie.db);
    for (int64_t n = 1; n <= 3; n++)
        foresee(lie.db, n, n < 3);
    gather(lie.db);
    run(lie.other, "UPDATE t SET up = up + 1");
    return lie;
}

static void lie_end(struct lie *lie)
{
    db_abort(lie->db);
    run(lie->other, "UPDATE t SET up = up - 1");
    db_close(lie->other);
}

static void answers_are_those_that_came_at_once(void **state)
{
    struct lie lie = lie_begin(*state);

    for (int64_t n = 1; n <= 3; n++)
        assert_int_equal(up_of(lie.db, n), 10 * n);
    lie_end(&lie);
    begin(lie.db);
    assert_int_equal(up_of(lie.db, 1), 10);
    db_abort(lie.db);
}

static void a_write_with_a_key_concerns_its_rows(void **state)
{
    struct lie lie = lie_begin(*state);

    run(lie.db, "INSERT INTO tea VALUES (1)"); /* another table */
    set_up(lie.db, 2, 5, true);
    assert_int_equal(up_of(lie.db, 2), 5);
    assert_int_equal(up_of(lie.db, 1), 10);
    assert_int_equal(up_of(lie.db, 3), 31); /* read without a key */
    lie_end(&lie);
}

static void a_write_without_one_concerns_them_all(void **state)
{
    static const char *const writes[] = {
        "UPDATE t SET up = up WHERE n = 7",
        "INSERT INTO t VALUES (7, 70)",
        "DELETE FROM tea",
        "WITH gone AS (DELETE FROM t WHERE n = 7) SELECT 1",
    };

    for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
        struct lie lie = lie_begin(*state);

        run(lie.db, writes[i]);
        assert_int_equal(up_of(lie.db, 1), 11);
        lie_end(&lie);
    }
}

static void with_care_nothing_is_foreseen(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    for (int i = 0; i < 2; i++) {
        db_be_careful(db, i);
        begin(db);
        assert_int_equal(db_prepare(db, "SELECT 1 / ?1", &stmt, &err), 0);
        db_bind_int(stmt, 1, 0);
        db_foresee(&stmt);
        assert_int_equal(db_read_foreseen(db, &err), i ? 0 : -1);
        assert_int_equal(db_in_transaction(db), i);
        db_abort(db);
    }
    db_be_careful(db, false);
}

SUITE_OF(SERVER_ALONE, foresee_server)
{
    const struct CMUnitTest tests[] = {
        ROWS_TEST(answers_are_those_that_came_at_once),
        ROWS_TEST(a_write_with_a_key_concerns_its_rows),
        ROWS_TEST(a_write_without_one_concerns_them_all),
        ROWS_TEST(with_care_nothing_is_foreseen),
    };

    return cmocka_run_group_tests_name("foresee, on a server", tests, NULL,
                                       NULL);
}
