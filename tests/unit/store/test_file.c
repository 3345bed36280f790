#include "store/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_missing_file_is_not_made_for_reading(void **state)
{
    struct scratch *s = *state;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    const char *path = scratch_path(s, "missing.db");

    assert_int_equal(db_open(&db, path, DB_READ, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, path));
    assert_null(db);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_no_database_is_refused(void **state)
{
    struct scratch *s = *state;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    const char *path = scratch_path(s, "text.db");
    char text[2000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    write_file(path, text);
    for (int mode = DB_READ; mode <= DB_WRITE; mode++) {
        assert_int_equal(db_open(&db, path, (enum db_mode)mode, &err), -1);
        assert_int_equal(err.code, ERR_STORE);
    }
    assert_int_equal(db_open(&db, s->folder, DB_WRITE, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(db_open(&db, "", DB_WRITE, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

static void a_name_is_never_a_uri(void **state)
{
    struct scratch *s = *state;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    char *before = getcwd(NULL, 0);

    assert_int_equal(chdir(s->folder), 0);
    assert_int_equal(db_open(&db, "file:x?mode=memory", DB_WRITE, &err), 0);
    exec(db, "CREATE TABLE t (n)");
    db_close(db);
    assert_int_equal(access("file:x?mode=memory", F_OK), 0);
    /* Nor an address, where a file is meant. */
    assert_int_equal(mkdir("postgresql:", 0700), 0);
    assert_int_equal(db_open_file(&db, "postgresql:///x", DB_WRITE, &err), 0);
    db_close(db);
    assert_int_equal(unlink("postgresql:/x"), 0);
    assert_int_equal(unlink("postgresql:/x-turn"), 0);
    assert_int_equal(rmdir("postgresql:"), 0);
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void connections_are_set_up(void **state)
{
    static const struct {
        const char *sql;
        int64_t reads;
        int64_t writes;
    } cases[] = {
        {"PRAGMA synchronous", 2, 2},
        {"PRAGMA foreign_keys", 0, 1},
        {"PRAGMA secure_delete", 1, 0},
        {"PRAGMA query_only", 1, 0},
        {"PRAGMA trusted_schema", 0, 0},
        {"PRAGMA busy_timeout", 1000, 5000},
        {"SELECT COUNT(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'",
         1, 1},
    };
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (number(reader, cases[i].sql) != cases[i].reads)
            fail_msg("%s of a reader", cases[i].sql);
        if (number(s->db, cases[i].sql) != cases[i].writes)
            fail_msg("%s of a writer", cases[i].sql);
    }
    db_close(reader);
    assert_int_equal(fault(s->db, "SELECT load_extension('/nowhere')", &err),
                     ERR_STORE);
}

static void the_file_has_an_identity_and_a_log(void **state)
{
    struct scratch *s = *state;
    struct db *memory = NULL;
    struct err err = ERR_INIT;
    struct stat stat_of;
    char want[64];
    char text[64] = "x";

    exec(s->db, "CREATE TABLE t (n)");
    assert_true(db_wal_bytes(s->db) > 0);
    assert_int_equal(stat(s->path, &stat_of), 0);
    snprintf(want, sizeof(want), "%ju:%ju", (uintmax_t)stat_of.st_dev,
             (uintmax_t)stat_of.st_ino);
    db_identity(s->db, text, sizeof(text));
    assert_string_equal(text, want);
    assert_int_equal(db_open(&memory, ":memory:", DB_WRITE, &err), 0);
    db_identity(memory, text, sizeof(text));
    assert_string_equal(text, "");
    assert_int_equal(db_wal_bytes(memory), 0);
    db_close(memory);
}

static void a_backup_is_whole(void **state)
{
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct db *copy = NULL;
    struct err err = ERR_INIT;
    const char *path = scratch_path(s, "copy.db");

    exec(s->db, "CREATE TABLE t (n TEXT);"
                "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL "
                "SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c");
    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    /* What another has not committed is not in it. */
    assert_int_equal(db_begin(s->db, &err), 0);
    exec(s->db, "DELETE FROM t");
    if (db_backup(reader, path, NULL, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(db_backup(s->db, path, NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    db_abort(s->db);
    assert_int_equal(db_backup(reader, path, NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    db_close(reader);
    assert_int_equal(access(scratch_path(s, "copy.db-wal"), F_OK), -1);

    path = scratch_path(s, "copy.db");
    assert_int_equal(db_open(&copy, path, DB_WRITE, &err), 0);
    assert_int_equal(number(copy, "SELECT COUNT(*) FROM t"), 5000);
    assert_int_equal(db_integrity(copy, &err), 0);
    db_close(copy);
}

static void damage(const char *path)
{
    FILE *file = fopen(path, "r+");
    char bytes[2000];

    assert_non_null(file);
    memset(bytes, 0xA5, sizeof(bytes));
    assert_int_equal(fseek(file, 4096 * 3, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
    fclose(file);
}

static void damage_is_found_and_not_copied(void **state)
{
    struct scratch *s = *state;
    struct db *reader = NULL;
    struct err err = ERR_INIT;

    exec(s->db, "CREATE TABLE t (n TEXT);"
                "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL "
                "SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c");
    assert_int_equal(db_integrity(s->db, &err), 0);
    db_close(s->db); /* and so into the file */
    s->db = NULL;
    damage(s->path);
    assert_int_equal(db_open(&reader, s->path, DB_READ, &err), 0);
    assert_int_equal(db_integrity(reader, &err), -1);
    assert_int_equal(err.code, ERR_STORE);
    assert_int_equal(
        db_backup(reader, scratch_path(s, "copy.db"), NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_STORE);
    assert_int_equal(access(scratch_path(s, "copy.db"), F_OK), -1);
    db_close(reader);
}

static void a_backup_into_nowhere_is_refused(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;

    assert_int_equal(
        db_backup(s->db, scratch_path(s, "no/copy.db"), NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
}

static int add_a_table(struct db *copy, void *arg, struct err *err)
{
    bool *fails = arg;

    if (*fails)
        return err_set(err, ERR_INTERNAL, "it would not");
    if (db_begin(copy, err) < 0 ||
        db_exec(copy, "CREATE TABLE mark (n)", err) < 0)
        return -1;
    return db_commit(copy, err);
}

static void a_backup_is_finished_before_it_is_named(void **state)
{
    static const char *const others[] = {
        "copy.db.partial", "copy.db.partial-wal", "copy.db.partial-shm",
        "copy.db-wal", "copy.db.partial-turn"};
    struct scratch *s = *state;
    struct db *copy = NULL;
    struct err err = ERR_INIT;
    char path[128];
    bool fails = true;

    snprintf(path, sizeof(path), "%s", scratch_path(s, "copy.db"));
    exec(s->db, "CREATE TABLE t (n)");
    assert_int_equal(db_backup(s->db, path, add_a_table, &fails, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(access(path, F_OK), -1);
    err_clear(&err);
    fails = false;
    /* What a killed one has left. */
    write_file(scratch_path(s, "copy.db.partial"), "half");
    write_file(scratch_path(s, "copy.db.partial-wal"), "half");
    if (db_backup(s->db, path, add_a_table, &fails, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_int_equal(access(scratch_path(s, others[i]), F_OK), -1);
    assert_int_equal(db_open(&copy, path, DB_READ, &err), 0);
    assert_int_equal(number(copy, "SELECT COUNT(*) FROM mark"), 0);
    assert_int_equal(number(copy, "SELECT COUNT(*) FROM t"), 0);
    db_close(copy);
}

static void a_backup_takes_nothing_from_others(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    struct stat stat_of;
    char path[128];
    char partial[128];
    char second[128];
    int fd;

    snprintf(path, sizeof(path), "%s", scratch_path(s, "copy.db"));
    snprintf(partial, sizeof(partial), "%s",
             scratch_path(s, "copy.db.partial"));
    snprintf(second, sizeof(second), "%s", scratch_path(s, "second"));

    /* One that is under way. */
    write_file(partial, "mine");
    fd = open(partial, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(db_backup(s->db, path, NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, "under way"));
    assert_int_equal(stat(partial, &stat_of), 0);
    assert_int_equal(stat_of.st_size, 4);
    close(fd);

    /* One that has a name of its own already. */
    assert_int_equal(link(partial, second), 0);
    err_clear(&err);
    assert_int_equal(db_backup(s->db, path, NULL, NULL, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(stat(second, &stat_of), 0);
    assert_int_equal(stat_of.st_size, 4);

    /* Another file, by a link. */
    unlink(partial);
    assert_int_equal(symlink(second, partial), 0);
    assert_int_equal(db_backup(s->db, path, NULL, NULL, &err), -1);
    assert_int_equal(stat(second, &stat_of), 0);
    assert_int_equal(stat_of.st_size, 4);
    unlink(partial);
    err_clear(&err);
    assert_int_equal(db_backup(s->db, path, NULL, NULL, &err), 0);
}

/* What is written while its file is elsewhere nobody would find again. */
static void a_moved_file_is_not_written_to(void **state)
{
    static const char *const names[] = {"test.db", "test.db-wal"};
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    char moved[128];

    snprintf(moved, sizeof(moved), "%s", scratch_path(s, "moved"));
    exec(s->db, "CREATE TABLE t (n)");
    assert_int_equal(db_begin(s->db, &err), 0);
    assert_int_equal(db_commit(s->db, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *path = scratch_path(s, names[i]);

        assert_int_equal(rename(path, moved), 0);
        assert_int_equal(db_begin(s->db, &err), -1);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        assert_non_null(strstr(err.text, "put it back"));
        /* Another one by its name is not the same. */
        write_file(path, "");
        assert_int_equal(db_begin(s->db, &err), -1);
        assert_int_equal(db_reopen(&s->db, &err), -1);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rename(moved, path), 0);
        err_clear(&err);
        assert_int_equal(db_begin(s->db, &err), 0);
        exec(s->db, "INSERT INTO t VALUES (1)");
        assert_int_equal(db_commit(s->db, &err), 0);
    }
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM t"), 2);
}

/* A copy that has the name by now may lack it. */
static void what_is_committed_to_a_moved_file_is_unsure(void **state)
{
    struct scratch *s = *state;
    struct err err = ERR_INIT;
    char moved[128];
    size_t len;

    snprintf(moved, sizeof(moved), "%s", scratch_path(s, "moved"));
    exec(s->db, "CREATE TABLE t (n)");
    assert_int_equal(db_begin(s->db, &err), 0);
    exec(s->db, "INSERT INTO t VALUES (1)");
    assert_int_equal(db_announce(s->db, "news", 4, &err), 0);
    assert_int_equal(rename(s->path, moved), 0);
    assert_int_equal(db_commit(s->db, &err), -1);
    assert_int_equal(err.code, ERR_UNSURE);
    assert_false(db_in_transaction(s->db));
    db_announced(s->db, &len);
    assert_int_equal(len, 0);
    assert_int_equal(rename(moved, s->path), 0);
    assert_int_equal(db_reopen(&s->db, &err), 0);
    assert_int_equal(number(s->db, "SELECT COUNT(*) FROM t"), 1);
}

static void what_is_opened_again_is_not_made(void **state)
{
    struct scratch *s = *state;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    const char *path = scratch_path(s, "missing.db");

    assert_int_equal(db_open(&db, path, DB_REOPEN, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(db_open(&db, s->path, DB_REOPEN, &err), 0);
    exec(db, "CREATE TABLE t (n)");
    db_close(db);
}

SUITE(file)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_backup_is_finished_before_it_is_named),
        SCRATCH_TEST(a_backup_takes_nothing_from_others),
        SCRATCH_TEST(a_moved_file_is_not_written_to),
        SCRATCH_TEST(what_is_committed_to_a_moved_file_is_unsure),
        SCRATCH_TEST(what_is_opened_again_is_not_made),
        SCRATCH_TEST(a_missing_file_is_not_made_for_reading),
        SCRATCH_TEST(what_is_no_database_is_refused),
        SCRATCH_TEST(a_name_is_never_a_uri),
        SCRATCH_TEST(connections_are_set_up),
        SCRATCH_TEST(the_file_has_an_identity_and_a_log),
        SCRATCH_TEST(a_backup_is_whole),
        SCRATCH_TEST(damage_is_found_and_not_copied),
        SCRATCH_TEST(a_backup_into_nowhere_is_refused),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
