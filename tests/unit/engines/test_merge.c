#include "engines/place.h"

#include <string.h>

#include "base/banned.h"

/* Statements that may become one, on both engines; and that they do. */

struct row {
    int64_t n;
    const char *word; /* NULL */
    bool has_up;
    int64_t up;
};

static void insert(struct db *db, const struct row *row)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db,
                   "INSERT INTO t (n, word, up, again) VALUES (?1, ?2, ?3, ?1)",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, row->n);
    db_bind_str(stmt, 2, row->word);
    db_bind_optional(stmt, 3, row->has_up, row->up);
    db_merge(stmt);
    if (db_run(&stmt, &err) < 0)
        fail_msg("%s", err.text);
}

static void insert_number(struct db *db, int64_t n)
{
    insert(db, &(struct row){.n = n});
}

static void insert_bytes(struct db *db, int64_t n, const void *bytes,
                         size_t len)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "INSERT INTO b (n, bytes) VALUES (?1, ?2)", &stmt,
                   &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, n);
    db_bind_blob(stmt, 2, bytes, len);
    db_merge(stmt);
    if (db_run(&stmt, &err) < 0)
        fail_msg("%s", err.text);
}

static void count_to(struct db *db, int64_t n, int64_t count)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, "UPDATE counter SET count = ?2 WHERE n = ?1", &stmt,
                   &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, n);
    db_bind_int(stmt, 2, count);
    db_bind_key(stmt, (uint64_t)n);
    db_merge(stmt);
    if (db_run(&stmt, &err) < 0)
        fail_msg("%s", err.text);
}

static int open_tables(void **state)
{
    int rc = place_open(state);
    struct place *place = *state;

    exec(place->db, "CREATE TABLE t (n BIGINT PRIMARY KEY, word TEXT, "
                    "up BIGINT, again BIGINT);"
                    "CREATE TABLE counter (n BIGINT PRIMARY KEY, count BIGINT);"
                    "INSERT INTO counter VALUES (1, 0), (2, 0), (3, 7)");
    exec(place->db, place_is_file() ? "CREATE TABLE b (n BIGINT, bytes BLOB)"
                                    : "CREATE TABLE b (n BIGINT, bytes BYTEA)");
    return rc;
}

#define TABLES_TEST(test)                                                      \
    cmocka_unit_test_setup_teardown(test, open_tables, place_close)

static const struct row rows[] = {
    {1, "", false, 0},
    {INT64_MIN, "it's \"quoted\", {braced}, \\ and NULL", true, INT64_MAX},
    {INT64_MAX, NULL, true, INT64_MIN},
    {0, "caf\303\251", true, 0},
    {-1, NULL, false, 0},
};

static void assert_rows(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (db_prepare(db, "SELECT word, up, again FROM t WHERE n = ?1", &stmt,
                       &err) < 0)
            fail_msg("%s", err.text);
        db_bind_int(stmt, 1, rows[i].n);
        assert_int_equal(db_step(stmt, &err), 1);
        assert_int_equal(db_is_null(stmt, 0), !rows[i].word);
        assert_string_equal(db_text(stmt, 0, NULL),
                            rows[i].word ? rows[i].word : "");
        assert_int_equal(db_is_null(stmt, 1), !rows[i].has_up);
        assert_true(db_int(stmt, 1) == rows[i].up);
        assert_true(db_int(stmt, 2) == rows[i].n);
        db_done(&stmt);
    }
}

/* In how many statements the rows of a table were written. */
static void assert_statements(struct db *db, const char *sql, int64_t count)
{
    if (!place_is_file())
        assert_int_equal(number(db, sql), count);
}

static void rows_are_there_as_they_went(void **state)
{
    static const char bytes[] = {0, 'x', '\\', (char)255};
    struct place *place = *state;
    struct db *db = place->db;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    size_t len;

    begin(db);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        count_to(db, (int64_t)i % 2 + 1, (int64_t)i);
        insert(db, &rows[i]);
        insert_bytes(db, (int64_t)i, bytes, i);
    }
    commit(db);
    assert_rows(db);
    assert_int_equal(number(db, "SELECT count FROM counter WHERE n = 1"), 4);
    assert_int_equal(number(db, "SELECT count FROM counter WHERE n = 2"), 3);
    assert_int_equal(number(db, "SELECT count FROM counter WHERE n = 3"), 7);
    if (db_prepare(db, "SELECT bytes FROM b ORDER BY n DESC", &stmt, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = ARRAY_LEN(rows); i-- > 0;) {
        assert_int_equal(db_step(stmt, &err), 1);
        assert_memory_equal(db_blob(stmt, 0, &len), bytes, i);
        assert_int_equal(len, i);
    }
    db_done(&stmt);
    assert_statements(db, "SELECT COUNT(DISTINCT cmin::text) FROM t", 1);
    assert_statements(db, "SELECT COUNT(DISTINCT cmin::text) FROM b", 1);
    assert_statements(db,
                      "SELECT COUNT(DISTINCT cmin::text) FROM counter "
                      "WHERE n < 3",
                      1);
}

/* looks: whether something is read in between. */
static void roll_back_some(struct db *db, bool looks)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    for (int64_t n = 10; n < 20; n++) {
        assert_int_equal(db_savepoint(db, &point, &err), 0);
        count_to(db, 1, n);
        insert_number(db, n);
        insert_number(db, n + 100);
        if (looks)
            number(db, "SELECT COUNT(*) FROM t");
        count_to(db, 1, n + 1);
        insert_number(db, n + 200);
        if (n % 3)
            db_rollback(&point);
        else
            assert_int_equal(db_release(&point, &err), 0);
    }
}

static void what_is_rolled_back_is_not_among_them(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;

    for (int looks = 0; looks < 2; looks++) {
        begin(db);
        roll_back_some(db, looks);
        commit(db);
        /* 12, 15, 18 */
        assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 9);
        assert_int_equal(number(db, "SELECT SUM(n) FROM t"), 3 * 45 + 900);
        assert_int_equal(number(db, "SELECT count FROM counter WHERE n = 1"),
                         19);
        exec(db, "DELETE FROM t");
    }
}

static void what_stands_between_keeps_its_place(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;

    begin(db);
    insert_number(db, 1);
    insert_number(db, 2);
    run(db, "UPDATE t SET up = 5 WHERE n < 4");
    insert_number(db, 3);
    run(db, "DELETE FROM t WHERE n = 1");
    insert_number(db, 1);
    commit(db);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 3);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t WHERE up = 5"), 1);
    assert_int_equal(number(db, "SELECT n FROM t WHERE up = 5"), 2);
}

static void one_that_clashes_fails_them_all(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int rc;

    exec(db, "INSERT INTO t (n) VALUES (3)");
    begin(db);
    insert_number(db, 1);
    if (db_prepare(db,
                   "INSERT INTO t (n, word, up, again) VALUES (?1, ?2, ?3, ?1)",
                   &stmt, &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, 3);
    db_bind_str(stmt, 2, "x");
    db_bind_int(stmt, 3, 1);
    db_merge(stmt);
    rc = db_run(&stmt, &err);
    if (rc == 0)
        rc = db_commit(db, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    db_abort(db);
    assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 1);
}

SUITE(merge)
{
    const struct CMUnitTest tests[] = {
        TABLES_TEST(rows_are_there_as_they_went),
        TABLES_TEST(what_is_rolled_back_is_not_among_them),
        TABLES_TEST(what_stands_between_keeps_its_place),
        TABLES_TEST(one_that_clashes_fails_them_all),
    };

    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
