#include "base/mem.h"
#include "store/scratch.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void functions_give_their_values(void **state)
{
    /* Each of them selects 1. */
    static const char *const cases[] = {
        "SELECT app_fold('EDF01') = 'edf01'",
        "SELECT app_fold('Stra\u00dfe') = app_fold('STRASSE')",
        "SELECT app_fold('\u00c9T\u00c9') = '\u00e9t\u00e9'",
        "SELECT app_fold('') = ''",
        "SELECT app_fold(NULL) IS NULL",
        "SELECT app_fold(12) = '12'",
        "SELECT app_contains('Stra\u00dfe', 'strasse') = 1",
        "SELECT app_contains('HAUPTSTRASSE 1', app_fold('stra\u00dfe')) = 1",
        "SELECT app_contains('EDF01', 'f0') = 1",
        "SELECT app_contains('EDF01', 'F0') = 0",
        "SELECT app_contains('EDF01', '') = 1",
        "SELECT app_contains('', 'a') = 0",
        "SELECT app_contains('abc', 'abcd') = 0",
        "SELECT app_contains(NULL, 'a') = 0",
        "SELECT app_contains('a', NULL) = 0",
        "SELECT app_contains(1042, '04') = 1",
        "SELECT app_starts('Stra\u00dfe 1', 'strass') = 1",
        "SELECT app_starts('EDF01', 'df') = 0",
        "SELECT app_starts('ab', 'abc') = 0",
        "SELECT app_ends('1 Stra\u00dfe', 'asse') = 1",
        "SELECT app_ends('EDF01', 'f0') = 0",
        "SELECT app_ends('bc', 'abc') = 0",
        "SELECT app_is('Stra\u00dfe', 'strasse') = 1",
        "SELECT app_is('EDF01', 'edf0') = 0",
        "SELECT app_starts(NULL, '') = 0",
        "SELECT app_ends(NULL, '') = 0",
        "SELECT app_is(NULL, '') = 0",
        "SELECT app_contains(printf('%.*c', 5000, 'x') || 'EDF', 'xedf') = 1",
        "SELECT app_match('EDF01', '^edf\\d+$') = 1",
        "SELECT app_match('EDF01', '^df') = 0",
        "SELECT app_match('\u00c9t\u00e9', '^\u00e9T\u00c9$') = 1",
        "SELECT app_match('\u00e9', '^.$') = 1",
        "SELECT app_match('\u00e9', '^\\w$') = 1",
        "SELECT app_match('', '') = 1",
        "SELECT app_match(NULL, '') = 0",
        "SELECT app_match('a', NULL) = 0",
        "SELECT app_match(CAST(x'41ff42' AS TEXT), 'b$') = 1",
        "SELECT app_match(printf('%.*c', 20000, 'x'), '^(x|y)*z') = 0",
        "SELECT app_decimal(33867000000) = '338.67'",
        "SELECT app_decimal(NULL) IS NULL",
        "SELECT app_time(0) = '1970-01-01T00:00:00.000000Z'",
        "SELECT app_time(NULL) IS NULL",
        "SELECT app_random() <> app_random()",
    };
    struct scratch *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (number(s->db, cases[i]) != 1)
            fail_msg("%s", cases[i]);
}

static void functions_may_be_in_an_index(void **state)
{
    struct scratch *s = *state;

    exec(s->db, "CREATE TABLE t (n TEXT);"
                "CREATE INDEX t_n ON t (app_fold(n));"
                "INSERT INTO t VALUES ('\u00c9T\u00c9')");
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM t WHERE app_fold(n) = "
                                   "'\u00e9t\u00e9'"),
                     1);
}

static void one_pattern_serves_all_rows_and_the_next_use(void **state)
{
    static const char sql[] = "SELECT SUM(app_match(n, ?1)) FROM t";
    static const struct {
        const char *pattern;
        int64_t count;
    } cases[] = {{"1", 271}, {"^9", 111}, {"^9", 111}, {"", 1000}};
    struct scratch *s = *state;

    exec(s->db, "CREATE TABLE t (n TEXT);"
                "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL "
                "SELECT n + 1 FROM c WHERE n < 999) SELECT n FROM c");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db_stmt *stmt = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(db_prepare(s->db, sql, &stmt, &err), 0);
        db_bind_str(stmt, 1, cases[i].pattern);
        assert_int_equal(db_step(stmt, &err), 1);
        assert_int_equal(db_int(stmt, 0), cases[i].count);
        db_done(&stmt);
    }
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM t WHERE "
                                   "app_match('12', n)"),
                     3);
}

static void bad_patterns_name_the_field(void **state)
{
    static const struct {
        const char *sql;
        const char *text; /* what it tells */
    } bad[] = {
        {"SELECT app_match('a', 'ab(')", "at byte 3: "},
        {"SELECT app_match('a', '[z-a]')", "at byte 3: "},
        {"SELECT app_match('a', '\\C')", "\\C"},
        {"SELECT app_match('a', CAST(x'ff' AS TEXT))", "at byte 0: "},
        {"SELECT app_match('a', printf('%.*c', 257, 'a'))", "256 bytes"},
        {"SELECT app_match('a', printf('%.*c', 251, '(') || "
         "printf('%.*c', 5, ')'))",
         "at byte "},
        {"SELECT app_match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', "
         "'(a+)+$')",
         "make it simpler"},
        {"SELECT app_match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', "
         "'(*NO_JIT)(a+)+$')",
         "make it simpler"},
        {"SELECT app_match(printf('%.*c', 100000, 'a') || 'b', "
         "'(*NO_JIT)(a|b|c)*$(?R)?')",
         "make it simpler"},
    };
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (fault(s->db, bad[i].sql, &err) != ERR_INVALID)
            fail_msg("%s: %s", bad[i].sql, err.text);
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, "search");
        if (!strstr(err.fields[0].text, bad[i].text))
            fail_msg("%s: %s", bad[i].sql, err.fields[0].text);
    }
    /* Another error afterwards is not taken for the pattern's. */
    assert_int_equal(fault(s->db, "SELECT abs(-9223372036854775807 - 1)", &err),
                     ERR_STORE);
    assert_int_equal(db_exec(s->db, bad[0].sql, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void short_of_memory_a_search_fails(void **state)
{
    static const char *const cases[] = {
        "SELECT app_fold('\u00c9T\u00c9')",
        "SELECT app_contains('\u00c9T\u00c9', 'a')",
        "SELECT app_match('\u00c9T\u00c9', 'a')",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db *db = NULL;
        struct db_stmt *stmt = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(db_open(&db, ":memory:", DB_WRITE, &err), 0);
        assert_int_equal(db_prepare(db, cases[i], &stmt, &err), 0);
        mem_fail_after(1);
        assert_int_equal(db_step(stmt, &err), -1);
        mem_fail_after(0);
        assert_int_equal(err.code, ERR_NOMEM);
        db_done(&stmt);
        assert_int_equal(db_prepare(db, cases[i], &stmt, &err), 0);
        assert_int_equal(db_run(&stmt, &err), 0);
        db_close(db);
    }
}

SUITE(function)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(functions_give_their_values),
        SCRATCH_TEST(functions_may_be_in_an_index),
        SCRATCH_TEST(one_pattern_serves_all_rows_and_the_next_use),
        SCRATCH_TEST(bad_patterns_name_the_field),
        cmocka_unit_test(short_of_memory_a_search_fails),
    };

    return cmocka_run_group_tests_name("function", tests, NULL, NULL);
}
