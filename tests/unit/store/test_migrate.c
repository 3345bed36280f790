#include "base/buf.h"
#include "base/mem.h"
#include "store/migrate.h"
#include "store/scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

static const char schema[] = "-- What is before the first step is a comment.\n"
                             "\n"
                             "-- step 1\n"
                             "CREATE TABLE a (n INTEGER);\n"
                             "-- A mark is a whole line: -- step 6\n"
                             " -- step 7\n"
                             "INSERT INTO a VALUES (1);\n"
                             "-- step 2\n"
                             "CREATE TABLE b (n INTEGER);\n"
                             "UPDATE a SET n = n + 1;\n"
                             "-- step 3\n"
                             "INSERT INTO b SELECT n FROM a;";

static void expect_step(struct db *db, int want_have)
{
    struct err err = ERR_INIT;
    int have;
    int want;

    assert_int_equal(migrate_state(db, schema, &have, &want, &err), 0);
    assert_int_equal(have, want_have);
    assert_int_equal(want, 3);
}

static void an_empty_database_gets_every_step_once(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    int applied;

    expect_step(s->db, 0);
    if (migrate_run(s->db, schema, &applied, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(applied, 3);
    expect_step(s->db, 3);
    assert_int_equal(number(s->db, "SELECT n FROM b"), 2);
    assert_int_equal(migrate_run(s->db, schema, &applied, &err), 0);
    assert_int_equal(applied, 0);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM b"), 1);
}

static void it_goes_on_from_each_step(void **state)
{
    (void)state;
    for (int first = 0; first <= 4; first++) {
        int there = first > 3 ? 3 : first;
        struct db *db = NULL;
        struct err err = ERR_INIT;
        int applied;

        assert_int_equal(db_open(&db, ":memory:", DB_WRITE, &err), 0);
        assert_int_equal(migrate_run_to(db, schema, first, &applied, &err), 0);
        assert_int_equal(applied, there);
        expect_step(db, there);
        assert_int_equal(migrate_run_to(db, schema, 1, &applied, &err), 0);
        assert_int_equal(applied, first < 1);
        assert_int_equal(migrate_run(db, schema, &applied, &err), 0);
        assert_int_equal(applied, 3 - (there < 1 ? 1 : there));
        expect_step(db, 3);
        assert_int_equal(number(db, "SELECT n FROM b"), 2);
        db_close(db);
    }
}

static void a_newer_database_is_refused(void **state)
{
    static const char newer[] = "-- step 1\n-- step 2\n-- step 3\n-- step 4\n";
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    int applied;
    int have;
    int want;

    assert_int_equal(migrate_run(s->db, newer, &applied, &err), 0);
    assert_int_equal(migrate_run(s->db, schema, &applied, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "newer"));
    assert_int_equal(migrate_state(s->db, schema, &have, &want, &err), -1);
    assert_int_equal(have, 4);
    assert_int_equal(want, 3);
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    static const char bad[] = "-- step 1\n"
                              "CREATE TABLE a (n INTEGER);\n"
                              "-- step 2\n"
                              "INSERT INTO a VALUES (1);\n"
                              "INSERT INTO missing VALUES (1);\n";
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    int applied;

    assert_int_equal(migrate_run(s->db, bad, &applied, &err), -1);
    assert_int_equal(err.code, ERR_STORE);
    assert_non_null(strstr(err.text, "step 2"));
    assert_int_equal(applied, 1);
    assert_false(db_in_transaction(s->db));
    expect_step(s->db, 1);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM a"), 0);
}

static void a_schema_with_a_gap_is_refused(void **state)
{
    static const char *const bad[] = {
        "-- step 2\n",
        "-- step 0\n",
        "-- step x\n",
        "-- step \n",
        "-- step 1\n-- step 3\n",
        "-- step 1\n-- step 1\n",
        "-- step 1 of many\n",
        "-- step 1\n-- step 99999999999999999999\n",
    };
    struct scratch *s = *state;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = ERR_INIT;
        int applied;

        if (migrate_run(s->db, bad[i], &applied, &err) == 0)
            fail_msg("%s", bad[i]);
        assert_int_equal(err.code, ERR_INTERNAL);
        assert_int_equal(applied, 0);
    }
    expect_step(s->db, 0);
}

static void two_processes_share_the_steps(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    struct buf many;
    pid_t children[2];
    int status;
    int have;
    int want;

    buf_init(&many, 1 << 20);
    buf_put_text(&many, "-- step 1\nCREATE TABLE a (n INTEGER);\n");
    for (int i = 2; i <= 50; i++)
        buf_printf(&many, "-- step %d\nINSERT INTO a VALUES (%d);\n", i, i);
    db_close(s->db); /* no connection may cross a fork */
    s->db = NULL;
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct db *db = NULL;
            int applied;

            if (db_open(&db, s->path, DB_WRITE, &err) < 0 ||
                migrate_run(db, buf_text(&many), &applied, &err) < 0)
                _exit(1);
            _exit(0);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(db_open(&s->db, s->path, DB_WRITE, &err), 0);
    assert_int_equal(migrate_state(s->db, buf_text(&many), &have, &want, &err),
                     0);
    assert_int_equal(have, 50);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM a"), 49);
    buf_release(&many);
}

static void the_schema_of_the_product_applies(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    struct buf text;
    FILE *file = fopen(LWSAPP_SCHEMA, "r");
    char bytes[4096];
    size_t len;
    int applied;

    assert_non_null(file);
    buf_init(&text, 1 << 20);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(&text, bytes, len);
    fclose(file);
    if (migrate_run(s->db, buf_text(&text), &applied, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(applied >= 1);
    buf_release(&text);
}

SUITE(migrate)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(an_empty_database_gets_every_step_once),
        SCRATCH_TEST(it_goes_on_from_each_step),
        SCRATCH_TEST(a_newer_database_is_refused),
        SCRATCH_TEST(a_step_that_fails_leaves_nothing),
        SCRATCH_TEST(a_schema_with_a_gap_is_refused),
        SCRATCH_TEST(two_processes_share_the_steps),
        SCRATCH_TEST(the_schema_of_the_product_applies),
    };

    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
