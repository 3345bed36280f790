#include "base/mem.h"
#include "engines/place.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What db_recall() knows, and for how long. */

static const char words[] = "SELECT n FROM t";
static const char others[] = "SELECT m FROM t";

static void remember(struct db *db, int64_t of, int64_t value)
{
    db_remember(db, words, &of, sizeof(of), &value, sizeof(value));
}

static void remember_written(struct db *db, int64_t of, int64_t value)
{
    db_remember_written(db, words, &of, sizeof(of), &value, sizeof(value));
}

/* -1: it is not known. */
static int64_t recall(struct db *db, int64_t of)
{
    int64_t value;

    return db_recall(db, words, &of, sizeof(of), &value, sizeof(value)) ? value
                                                                        : -1;
}

static void it_is_known_by_kind_and_key(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    int64_t value = 0;

    remember(db, 1, 10); /* outside a transaction */
    begin(db);
    assert_int_equal(recall(db, 1), -1);
    remember(db, 1, 10);
    remember(db, 2, 20);
    remember(db, 1, 11);
    assert_int_equal(recall(db, 1), 11);
    assert_int_equal(recall(db, 2), 20);
    assert_int_equal(recall(db, 3), -1);
    assert_false(
        db_recall(db, others, &(int64_t){1}, 8, &value, sizeof(value)));
    assert_false(db_recall(db, words, &(int64_t){1}, 7, &value, sizeof(value)));
    commit(db);
    assert_int_equal(recall(db, 1), -1);
    /* Whether nobody wrote meanwhile a server does not say. */
    begin(db);
    assert_int_equal(recall(db, 1), place_is_file() ? 11 : -1);
    db_abort(db);
    begin(db);
    assert_int_equal(recall(db, 1), place_is_file() ? 11 : -1);
    db_abort(db);
}

static void anothers_commit_ends_it(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db *other = place_connect(place, DB_WRITE);

    exec(db, "CREATE TABLE t (n BIGINT)");
    for (int i = 0; i < 3; i++) {
        begin(db);
        remember(db, 1, 10);
        commit(db);
        begin(other);
        run(other, "INSERT INTO t VALUES (1)");
        commit(other);
        /* A read in between sees it first. */
        if (i == 1)
            assert_int_equal(number(db, "SELECT COUNT(*) FROM t"), 2);
        begin(db);
        assert_int_equal(recall(db, 1), -1);
        run(db, "DELETE FROM t WHERE n = 2");
        db_abort(db);
    }
    db_close(other);
}

static void a_rollback_ends_what_was_written_since(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(db);
    remember_written(db, 1, 10);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    remember(db, 2, 20);
    db_rollback(&point); /* of what was read, nothing */
    assert_int_equal(recall(db, 1), 10);
    assert_int_equal(recall(db, 2), 20);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    remember_written(db, 1, 11);
    assert_int_equal(db_release(&point, &err), 0);
    assert_int_equal(recall(db, 1), 11);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    remember_written(db, 1, 12);
    db_rollback(&point);
    assert_int_equal(recall(db, 1), -1);
    commit(db);
    begin(db);
    remember_written(db, 1, 10);
    db_abort(db);
    begin(db);
    assert_int_equal(recall(db, 1), -1);
    commit(db);
}

static void a_commit_that_fails_ends_it(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct err err = ERR_INIT;

    exec(db, "CREATE TABLE t (n BIGINT PRIMARY KEY, up BIGINT REFERENCES t (n) "
             "DEFERRABLE INITIALLY DEFERRED)");
    begin(db);
    run(db, "INSERT INTO t VALUES (1, 7)");
    remember_written(db, 1, 10);
    assert_int_equal(db_commit(db, &err), -1);
    begin(db);
    assert_int_equal(recall(db, 1), -1);
    db_abort(db);
}

static void who_writes_ends_it(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    begin(db);
    remember(db, 1, 10);
    db_forget(db);
    assert_int_equal(recall(db, 1), -1);
    assert_int_equal(db_savepoint(db, &point, &err), 0);
    db_forget(db);
    remember(db, 1, 11); /* what a rollback takes back */
    db_rollback(&point);
    assert_int_equal(recall(db, 1), -1);
    remember(db, 1, 12);
    exec(db, "CREATE TABLE t (n BIGINT)");
    assert_int_equal(recall(db, 1), -1);
    commit(db);
}

static void it_has_an_end(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    char text[2000];

    memset(text, 'x', sizeof(text));
    begin(db);
    db_remember(db, words, text, sizeof(text), text, 1);
    assert_false(db_recall(db, words, text, sizeof(text), text, 1));
    remember(db, 1, 10);
    for (int64_t i = 0; i < 20000; i++)
        remember_written(db, i, i);
    assert_int_equal(recall(db, 0), -1);
    assert_int_equal(recall(db, 19999), 19999);
    mem_fail_after(1);
    remember(db, 20000, 1);
    mem_fail_after(0);
    assert_int_equal(recall(db, 20000), -1);
    commit(db);
}

SUITE(memory)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(it_is_known_by_kind_and_key),
        PLACE_TEST(anothers_commit_ends_it),
        PLACE_TEST(a_rollback_ends_what_was_written_since),
        PLACE_TEST(a_commit_that_fails_ends_it),
        PLACE_TEST(who_writes_ends_it),
        PLACE_TEST(it_has_an_end),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
