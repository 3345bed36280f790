#include "base/clock.h"
#include "base/mem.h"
#include "store/scratch.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static struct db_stmt *prepare(struct db *db, const char *sql)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (db_prepare(db, sql, &stmt, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
    return stmt;
}

static void values_come_back(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmt;
    struct err err = ERR_INIT;
    size_t len;
    char text[8];

    stmt = prepare(s->db, "SELECT ?1, ?2, ?3, ?4, ?5, ?6");
    db_bind_int(stmt, 1, INT64_MIN);
    db_bind_text(stmt, 2, "a\0b", 3);
    db_bind_str(stmt, 3, NULL);
    db_bind_blob(stmt, 4, "\xff\0", 2);
    db_bind_null(stmt, 5);
    db_bind_text(stmt, 6, NULL, 0);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_true(db_int(stmt, 0) == INT64_MIN);
    assert_memory_equal(db_text(stmt, 1, &len), "a\0b", 3);
    assert_int_equal(len, 3);
    assert_true(db_is_null(stmt, 2));
    assert_string_equal(db_text(stmt, 2, &len), "");
    assert_int_equal(len, 0);
    assert_memory_equal(db_blob(stmt, 3, &len), "\xff\0", 2);
    assert_int_equal(len, 2);
    assert_true(db_is_null(stmt, 4));
    assert_false(db_is_null(stmt, 5));
    db_copy_text(stmt, 5, text, sizeof(text));
    assert_string_equal(text, "");
    assert_int_equal(db_step(stmt, &err), 0);
    db_done(&stmt);
    assert_null(stmt);
    db_done(&stmt);
}

static void a_copied_text_is_cut_at_a_character(void **state)
{
    static const struct {
        const char *text;
        const char *copy;
    } cases[] = {
        {"1234567", "1234567"},
        {"12345678", "1234567"},
        {"12345\xc3\xa9", "12345\xc3\xa9"},
        {"123456\xc3\xa9", "123456"},
        {"1234\xf0\x9f\x98\x80", "1234"},
        {"12345\xf0\x9f\x98\x80", "12345"},
    };
    struct scratch *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db_stmt *stmt = prepare(s->db, "SELECT ?1");
        struct err err = ERR_INIT;
        char copy[8];

        db_bind_str(stmt, 1, cases[i].text);
        assert_int_equal(db_step(stmt, &err), 1);
        db_copy_text(stmt, 0, copy, sizeof(copy));
        assert_string_equal(copy, cases[i].copy);
        db_done(&stmt);
    }
}

static void a_statement_is_prepared_once(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *first = prepare(s->db, "SELECT 1");
    struct db_stmt *stmt = first;

    db_done(&stmt);
    stmt = prepare(s->db, "SELECT 1");
    assert_ptr_equal(stmt, first);
    db_done(&stmt);
}

static void values_do_not_outlive_a_use(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmt = prepare(s->db, "SELECT ?1");
    struct err err = ERR_INIT;

    db_bind_int(stmt, 1, 5);
    assert_int_equal(db_step(stmt, &err), 1);
    db_done(&stmt);
    stmt = prepare(s->db, "SELECT ?1");
    assert_int_equal(db_step(stmt, &err), 1);
    assert_true(db_is_null(stmt, 0));
    db_done(&stmt);
}

static void a_statement_in_use_is_not_given_twice(void **state)
{
    static const char sql[] =
        "SELECT value FROM (SELECT 1 AS value UNION SELECT 2) ORDER BY 1";
    struct scratch *s = *state;
    struct db_stmt *first = prepare(s->db, sql);
    struct db_stmt *second;
    struct db_stmt *third;
    struct err err = ERR_INIT;

    assert_int_equal(db_step(first, &err), 1);
    second = prepare(s->db, sql);
    assert_ptr_not_equal(first, second);
    third = prepare(s->db, sql);
    assert_int_equal(db_step(second, &err), 1);
    assert_int_equal(db_int(second, 0), 1);
    db_done(&second);
    assert_int_equal(db_step(first, &err), 1);
    assert_int_equal(db_int(first, 0), 2);
    db_done(&first);
    db_done(&third);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM sqlite_stmt "
                                   "WHERE sql LIKE 'SELECT value%'"),
                     1);
}

static void the_least_recently_used_statement_goes(void **state)
{
    static const char count[] = "SELECT COUNT(*) FROM sqlite_stmt "
                                "WHERE sql LIKE 'SELECT ''number''%'";
    static const char first_is_there[] = "SELECT COUNT(*) FROM sqlite_stmt "
                                         "WHERE sql = 'SELECT ''number'', 0'";
    static const char second_is_there[] = "SELECT COUNT(*) FROM sqlite_stmt "
                                          "WHERE sql = 'SELECT ''number'', 1'";
    struct scratch *s = *state;
    char sql[32];

    for (int i = 0; i < 300; i++) {
        struct db_stmt *stmt;

        snprintf(sql, sizeof(sql), "SELECT 'number', %d", i);
        stmt = prepare(s->db, sql);
        db_done(&stmt);
        stmt = prepare(s->db, "SELECT 'number', 0");
        db_done(&stmt);
    }
    assert_int_equal(number(s->db, first_is_there), 1);
    assert_int_equal(number(s->db, second_is_there), 0);
    assert_in_range(number(s->db, count), 100, 128);
}

static void statements_in_use_are_not_evicted(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmts[200];
    struct err err = ERR_INIT;
    char sql[32];

    for (int i = 0; i < 200; i++) {
        snprintf(sql, sizeof(sql), "SELECT %d", i);
        stmts[i] = prepare(s->db, sql);
    }
    for (int i = 0; i < 200; i++) {
        assert_int_equal(db_step(stmts[i], &err), 1);
        assert_int_equal(db_int(stmts[i], 0), i);
        db_done(&stmts[i]);
    }
}

static void closing_ends_statements_in_use(void **state)
{
    struct db *db = NULL;
    struct db_stmt *stmt;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(db_open(&db, ":memory:", DB_WRITE, &err), 0);
    stmt = prepare(db, "SELECT 1");
    assert_int_equal(db_step(stmt, &err), 1);
    db_close(db);
}

static void only_plain_statements_are_prepared(void **state)
{
    static const char *const bad[] = {
        "SELECT ?",  "SELECT ?2",  "SELECT ?1, ?3",    "SELECT :name",
        "SELECT @n", "SELECT ?01", "SELECT 1; SELECT", "SELECT 1; x",
        "",          " ; ",
    };
    struct scratch *s = *state;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (fault(s->db, bad[i], &err) != ERR_INTERNAL)
            fail_msg("%s: %s", bad[i], err.text);
    assert_int_equal(number(s->db, "SELECT 1;\n"), 1);
}

static void running_on_does_not_run_twice(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmt;
    struct err err = ERR_INIT;

    exec(s->db, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                "n INTEGER)");
    stmt = prepare(s->db, "INSERT INTO t (n) VALUES (?1) RETURNING id");
    db_bind_int(stmt, 1, 9);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_int_equal(db_int(stmt, 0), 1);
    assert_int_equal(db_step(stmt, &err), 0);
    assert_int_equal(db_step(stmt, &err), 0);
    assert_int_equal(db_run(&stmt, &err), 0);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM t"), 1);
    exec(s->db, "INSERT INTO t (n) VALUES (1), (2)");
    exec(s->db, "UPDATE t SET n = 3");
    assert_int_equal(db_changes(s->db), 3);
}

static void a_value_that_cant_be_bound_fails_the_step(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmt = prepare(s->db, "SELECT ?1");
    struct err err = ERR_INIT;

    db_bind_int(stmt, 2, 1);
    assert_int_equal(db_step(stmt, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(db_step(stmt, &err), -1);
    db_done(&stmt);
    assert_int_equal(number(s->db, "SELECT ?1 IS NULL"), 1);
}

static void faults_have_their_codes(void **state)
{
    struct scratch *s = *state;
    struct db *other = NULL;
    struct err err = ERR_INIT;

    exec(s->db, "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT UNIQUE, "
                "up INTEGER REFERENCES t (id));"
                "INSERT INTO t VALUES (1, 'a', NULL)");
    assert_int_equal(fault(s->db, "INSERT INTO t VALUES (2, 'a', NULL)", &err),
                     ERR_CONFLICT);
    assert_null(strstr(err.text, "t.n")); /* it may be sent */
    assert_int_equal(fault(s->db, "INSERT INTO t VALUES (2, 'b', 7)", &err),
                     ERR_CONFLICT);
    assert_int_equal(fault(s->db, "SELECT nothing", &err), ERR_STORE);
    assert_non_null(strstr(err.text, "nothing"));
    exec(s->db, "PRAGMA max_page_count = 1");
    assert_int_equal(
        fault(s->db, "INSERT INTO t VALUES (3, zeroblob(1000000), NULL)", &err),
        ERR_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);

    assert_int_equal(db_open(&other, s->path, DB_WRITE, &err), 0);
    exec(other, "PRAGMA busy_timeout = 0");
    exec(s->db, "BEGIN IMMEDIATE"); /* as somebody who knows of no turns */
    assert_int_equal(fault(other, "DELETE FROM t", &err), ERR_UNAVAILABLE);
    assert_int_equal(db_begin(other, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    exec(s->db, "ROLLBACK");
    assert_int_equal(db_begin(s->db, &err), 0); /* the turn was given back */
    db_abort(s->db);
    assert_int_equal(db_begin(other, &err), 0);
    db_abort(other);
    db_close(other);

    assert_int_equal(db_open(&other, s->path, DB_READ, &err), 0);
    assert_int_equal(fault(other, "DELETE FROM t", &err), ERR_UNAVAILABLE);
    assert_int_equal(number(other, "SELECT COUNT(*) FROM t"), 1);
    db_close(other);
}

static void short_of_memory_it_says_so(void **state)
{
    struct scratch *s = *state;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int rc = -1;
    unsigned n;

    /* The statement itself; then the cache's table, without which it serves
     * all the same. */
    for (n = 1; rc < 0; n++) {
        struct db *db = NULL;

        assert_int_equal(db_open(&db, ":memory:", DB_WRITE, &err), 0);
        mem_fail_after(n);
        rc = db_prepare(db, "SELECT 1", &stmt, &err);
        mem_fail_after(0);
        if (rc < 0)
            assert_int_equal(err.code, ERR_NOMEM);
        else
            assert_int_equal(db_run(&stmt, &err), 0);
        db_close(db);
    }
    assert_int_equal(n, 3);
    for (n = 1, rc = -1; rc < 0; n++) {
        struct db *db = NULL;

        mem_fail_after(n);
        rc = db_open(&db, s->path, DB_READ, &err);
        mem_fail_after(0);
        if (rc < 0)
            assert_int_equal(err.code, ERR_NOMEM);
        db_close(db);
    }
    assert_true(n > 2);
}

static void a_budget_ends_what_takes_too_long(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
        "SELECT COUNT(*) FROM c";
    struct scratch *s = *state;
    struct err err;

    db_budget(s->db, 20);
    assert_int_equal(fault(s->db, endless, &err), ERR_BUDGET);
    /* Nor does another one begin. */
    assert_int_equal(fault(s->db, "SELECT 1", &err), ERR_BUDGET);
    db_budget(s->db, 60000);
    assert_int_equal(number(s->db, "SELECT 1"), 1);
    clock_shift_us(60 * CLOCK_S);
    assert_int_equal(fault(s->db, "SELECT 1", &err), ERR_BUDGET);
    db_budget(s->db, 0);
    assert_int_equal(number(s->db, "SELECT 1"), 1);
    clock_shift_us(-60 * CLOCK_S);
}

SUITE(statement)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(values_come_back),
        SCRATCH_TEST(a_copied_text_is_cut_at_a_character),
        SCRATCH_TEST(a_statement_is_prepared_once),
        SCRATCH_TEST(values_do_not_outlive_a_use),
        SCRATCH_TEST(a_statement_in_use_is_not_given_twice),
        SCRATCH_TEST(the_least_recently_used_statement_goes),
        SCRATCH_TEST(statements_in_use_are_not_evicted),
        cmocka_unit_test(closing_ends_statements_in_use),
        SCRATCH_TEST(only_plain_statements_are_prepared),
        SCRATCH_TEST(running_on_does_not_run_twice),
        SCRATCH_TEST(a_value_that_cant_be_bound_fails_the_step),
        SCRATCH_TEST(faults_have_their_codes),
        SCRATCH_TEST(short_of_memory_it_says_so),
        SCRATCH_TEST(a_budget_ends_what_takes_too_long),
    };

    return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
