#include "base/mem.h"
#include "model/log/meta.h"
#include "store/migrate.h"
#include "support/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * A database in a file, for an epoch has to do with which file it is.
 */
struct place {
    char folder[64];
    char path[96];
    char copy[96];
};

static struct db *open_at(const char *path)
{
    struct db *db = NULL;
    struct err err = ERR_INIT;

    if (db_open(&db, path, DB_WRITE, &err) < 0)
        fail_msg("%s", err.text);
    return db;
}

static void copy_bytes(const char *from, FILE *to)
{
    FILE *file = fopen(from, "rb");
    char bytes[4096];
    size_t len;

    assert_non_null(file);
    assert_non_null(to);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        assert_int_equal(fwrite(bytes, 1, len, to), len);
    fclose(file);
    assert_int_equal(fclose(to), 0);
}

static void migrate(const char *path)
{
    struct db *db = open_at(path);
    struct err err = ERR_INIT;
    char *schema = NULL;
    size_t len;
    int applied;

    copy_bytes(LWSAPP_SCHEMA, open_memstream(&schema, &len));
    assert_int_equal(migrate_run(db, schema, &applied, &err), 0);
    free(schema);
    db_close(db);
}

static int place_open(void **state)
{
    struct place *p = mem_zalloc(sizeof(*p));

    snprintf(p->folder, sizeof(p->folder), "/tmp/model-test-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof(p->path), "%s/a.db", p->folder);
    snprintf(p->copy, sizeof(p->copy), "%s/b.db", p->folder);
    migrate(p->path);
    *state = p;
    return 0;
}

static int place_close(void **state)
{
    struct place *p = *state;
    char turn[sizeof(p->path) + 8];

    unlink(p->path);
    unlink(p->copy);
    snprintf(turn, sizeof(turn), "%s-turn", p->path);
    unlink(turn);
    snprintf(turn, sizeof(turn), "%s-turn", p->copy);
    unlink(turn);
    assert_int_equal(rmdir(p->folder), 0);
    mem_free(p);
    return 0;
}

/* One start of a program on this file. */
static struct meta prepared(const char *path)
{
    struct db *db = open_at(path);
    struct meta meta;
    struct meta again;
    struct err err = ERR_INIT;

    if (meta_prepare(db, &meta, &err) < 0)
        fail_msg("%s", err.text);
    assert_false(db_in_transaction(db));
    assert_int_equal(strspn(meta.epoch, "0123456789abcdef"), 32);
    assert_int_equal(strlen(meta.epoch), 32);
    assert_int_equal(meta_read(db, &again, &err), 0);
    assert_memory_equal(&again, &meta, sizeof(meta));
    db_close(db);
    return meta;
}

static void assert_same(const struct meta *a, const struct meta *b)
{
    assert_string_equal(a->epoch, b->epoch);
    assert_memory_equal(a->secret, b->secret, sizeof(a->secret));
}

static void assert_new_epoch(const struct meta *a, const struct meta *b)
{
    assert_string_not_equal(a->epoch, b->epoch);
    assert_memory_equal(a->secret, b->secret, sizeof(a->secret));
}

static void both_are_made_once_and_kept(void **state)
{
    struct place *p = *state;
    static const uint8_t none[32];
    struct meta first = prepared(p->path);
    struct meta second = prepared(p->path);
    struct meta other;

    assert_same(&first, &second);
    assert_memory_not_equal(first.secret, none, sizeof(none));
    migrate(p->copy);
    other = prepared(p->copy);
    assert_string_not_equal(first.epoch, other.epoch);
    assert_memory_not_equal(first.secret, other.secret, sizeof(none));
}

static void a_reader_makes_nothing(void **state)
{
    struct place *p = *state;
    struct db *db = NULL;
    struct meta meta;
    struct meta made;
    struct err err = ERR_INIT;

    assert_int_equal(db_open(&db, p->path, DB_READ, &err), 0);
    assert_int_equal(meta_read(db, &meta, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    made = prepared(p->path);
    err_clear(&err);
    assert_int_equal(meta_read(db, &meta, &err), 0);
    assert_same(&meta, &made);
    assert_int_equal(meta_new_epoch(db, &err), -1);
    db_close(db);
}

static void the_same_file_keeps_its_epoch_under_another_name(void **state)
{
    struct place *p = *state;
    struct meta first = prepared(p->path);
    struct meta second;

    assert_int_equal(rename(p->path, p->copy), 0);
    second = prepared(p->copy);
    assert_same(&first, &second);
}

static void a_copied_file_has_a_new_epoch(void **state)
{
    struct place *p = *state;
    struct meta first = prepared(p->path);
    struct meta copy;
    struct meta again;

    copy_bytes(p->path, fopen(p->copy, "wb"));
    copy = prepared(p->copy);
    assert_new_epoch(&first, &copy);
    again = prepared(p->copy);
    assert_same(&copy, &again);
    again = prepared(p->path);
    assert_same(&first, &again);
    /* Put back in the place of the first, it is another file still. */
    copy_bytes(p->path, fopen(p->copy, "wb"));
    assert_int_equal(rename(p->copy, p->path), 0);
    again = prepared(p->path);
    assert_new_epoch(&first, &again);
}

static void a_backup_has_a_new_epoch_even_in_the_same_place(void **state)
{
    struct place *p = *state;
    struct meta first = prepared(p->path);
    struct db *db = open_at(p->path);
    struct meta second;
    struct meta again;
    struct err err = ERR_INIT;

    assert_int_equal(db_backup(db, p->copy, NULL, NULL, &err), 0);
    db_close(db);
    db = open_at(p->copy);
    assert_int_equal(meta_mark_backup(db, &err), 0);
    /* Marking alone changes nothing. */
    assert_int_equal(meta_read(db, &second, &err), 0);
    assert_same(&first, &second);
    db_close(db);
    copy_bytes(p->copy, fopen(p->path, "wb"));
    second = prepared(p->path);
    assert_new_epoch(&first, &second);
    again = prepared(p->path);
    assert_same(&second, &again);
}

static void an_epoch_is_made_anew_by_hand(void **state)
{
    struct place *p = *state;
    struct meta first = prepared(p->path);
    struct db *db = open_at(p->path);
    struct meta second;
    struct meta again;
    struct err err = ERR_INIT;

    assert_int_equal(meta_new_epoch(db, &err), 0);
    assert_false(db_in_transaction(db));
    assert_int_equal(meta_read(db, &second, &err), 0);
    db_close(db);
    assert_new_epoch(&first, &second);
    again = prepared(p->path);
    assert_same(&second, &again);
}

static void a_broken_secret_is_told(void **state)
{
    static const char *const broken[] = {
        "", "short", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct place *p = *state;
    struct db *db;

    prepared(p->path);
    db = open_at(p->path);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct meta meta;
        struct err err = ERR_INIT;
        char sql[160];

        snprintf(sql, sizeof(sql),
                 "UPDATE meta SET value = '%s' WHERE key = 'secret'",
                 broken[i]);
        assert_int_equal(db_exec(db, sql, &err), 0);
        assert_int_equal(meta_read(db, &meta, &err), -1);
        assert_int_equal(err.code, ERR_STORE);
    }
    db_close(db);
}

static int64_t meta_rows(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t count;

    assert_int_equal(db_prepare(db, "SELECT count(*) FROM meta", &stmt, &err),
                     0);
    assert_int_equal(db_step(stmt, &err), 1);
    count = db_int(stmt, 0);
    db_done(&stmt);
    return count;
}

static int prepare_it(struct db *db, struct err *err)
{
    struct meta meta;

    return meta_prepare(db, &meta, err);
}

/* Whatever allocation fails, it is told, and all is there or nothing. */
static void no_memory_leaves_no_trace(void **state)
{
    static int (*const steps[])(struct db * db, struct err * err) = {
        prepare_it, meta_mark_backup, meta_new_epoch};
    struct place *p = *state;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        unsigned failures = 0;
        int rc = -1;

        while (rc < 0) {
            struct db *db = open_at(p->path); /* with an empty cache */
            struct err err = ERR_INIT;
            int64_t before = meta_rows(db);

            mem_fail_after(++failures);
            rc = steps[i](db, &err);
            mem_fail_after(0);
            assert_false(db_in_transaction(db));
            if (rc < 0) {
                assert_int_equal(err.code, ERR_NOMEM);
                assert_true(meta_rows(db) == before || meta_rows(db) == 4);
            }
            db_close(db);
        }
        assert_true(failures > 2);
    }
}

#define PLACE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, place_open, place_close)

SUITE(meta)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(both_are_made_once_and_kept),
        PLACE_TEST(a_reader_makes_nothing),
        PLACE_TEST(the_same_file_keeps_its_epoch_under_another_name),
        PLACE_TEST(a_copied_file_has_a_new_epoch),
        PLACE_TEST(a_backup_has_a_new_epoch_even_in_the_same_place),
        PLACE_TEST(an_epoch_is_made_anew_by_hand),
        PLACE_TEST(a_broken_secret_is_told),
        PLACE_TEST(no_memory_leaves_no_trace),
    };

    return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
