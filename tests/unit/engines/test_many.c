#include "engines/place.h"

#include "base/banned.h"

/* Rows that may be many: db_expect_many(). */
#define MANY 1234

static void make_many(struct db *db)
{
    exec(db, "CREATE TABLE t (n BIGINT PRIMARY KEY, up BIGINT, word TEXT)");
    exec(db, "INSERT INTO t (n) WITH RECURSIVE m (i) AS (VALUES (1) UNION ALL "
             "SELECT i + 1 FROM m WHERE i < 1234) SELECT i FROM m");
}

static struct db_stmt *expect_many(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "SELECT n FROM t WHERE n >= ?1 ORDER BY n", &stmt,
                   &err) < 0)
        fail_msg("%s", err.text);
    db_expect_many(stmt);
    db_bind_int(stmt, 1, 1);
    return stmt;
}

/* Steps to the end, and asks something else in between. */
static void read_many(struct db *db, struct db_stmt *stmt)
{
    struct err err = ERR_INIT;

    for (int i = 1; i <= MANY; i++) {
        if (db_step(stmt, &err) != 1)
            fail_msg("row %d: %s", i, err.text);
        assert_int_equal(db_int(stmt, 0), i);
        if (i % 100 == 0)
            assert_int_equal(number(db, "SELECT MIN(n) FROM t"), 1);
        assert_int_equal(db_int(stmt, 0), i);
    }
    assert_int_equal(db_step(stmt, &err), 0);
    assert_int_equal(db_step(stmt, &err), 0);
}

static void many_rows_come_with_others_in_between(void **state)
{
    struct place *place = *state;
    struct db_stmt *stmt;
    struct db_stmt *other;
    struct err err = ERR_INIT;

    make_many(place->db);
    stmt = expect_many(place->db); /* without a transaction */
    read_many(place->db, stmt);
    db_done(&stmt);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(db_read_begin(place->db, &err), 0);
        stmt = expect_many(place->db);
        other = expect_many(place->db);
        assert_int_equal(db_step(other, &err), 1);
        read_many(place->db, stmt);
        assert_int_equal(db_int(other, 0), 1);
        db_done(&other);
        db_done(&stmt);
        db_read_end(place->db);
    }
}

static void many_rows_are_read_while_others_are_written(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct db_stmt *stmt;
    struct err err = ERR_INIT;

    make_many(db);
    begin(db);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(db_savepoint(db, &point, &err), 0);
        run(db, "UPDATE t SET up = 1 WHERE n = 1");
        stmt = expect_many(db);
        for (int k = 0; k < 700; k++)
            assert_int_equal(db_step(stmt, &err), 1);
        run(db, "UPDATE t SET up = 2 WHERE n = 1");
        if (i == 0)
            db_done(&stmt);
        db_rollback(&point);
        db_done(&stmt);
        run(db, "UPDATE t SET word = 'x' WHERE n = 2");
    }
    commit(db);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t WHERE up > 0"), 0);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t WHERE word = 'x'"), 1);
}

SUITE(many)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(many_rows_come_with_others_in_between),
        PLACE_TEST(many_rows_are_read_while_others_are_written),
    };

    return cmocka_run_group_tests_name(
        place_is_file() ? "many rows, SQLite" : "many rows, PostgreSQL", tests,
        NULL, NULL);
}
