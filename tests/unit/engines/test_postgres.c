#include "engines/place.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What only a server does. */

/* Ends what serves db, by another connection. */
static void end_connection(const struct place *place, struct db *db)
{
    struct db *other = place_connect(place, DB_WRITE);
    int64_t pid = number(db, "SELECT pg_backend_pid()");
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    /* The second waits until it has ended. */
    if (db_prepare(other, "SELECT pg_terminate_backend(?1::int, 10000)", &stmt,
                   &err) < 0)
        fail_msg("%s", err.text);
    db_bind_int(stmt, 1, pid);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_int_equal(db_int(stmt, 0), 1);
    db_done(&stmt);
    db_close(other);
}

static void a_commit_without_an_answer_is_asked_for(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT)");
    for (int i = 0; i < 2; i++) {
        begin(place->db);
        exec(place->db, "INSERT INTO t VALUES (1)");
        end_connection(place, place->db);
        if (i == 1)
            assert_true(db_expect(place->db));
        assert_int_equal(db_commit(place->db, &err), -1);
        assert_int_equal(err.code, ERR_UNSURE);
        assert_false(db_in_transaction(place->db));
        assert_false(db_is_ahead(place->db));
        assert_int_equal(db_resolve(place->db, 10000, &err), -1);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        begin(place->db);
        assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), 0);
        db_abort(place->db);
    }
}

static void set(struct db *db, const char *name, const char *value)
{
    char sql[96];

    snprintf(sql, sizeof(sql), "ALTER SYSTEM SET %s = %s", name, value);
    exec(db, sql);
    exec(db, "SELECT pg_reload_conf()");
}

/* Until a new connection has it: a reload is not at once. */
static void wait_until(const struct place *place, const char *name,
                       const char *value)
{
    char sql[128];
    int64_t is_so = 0;

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM pg_settings "
             "WHERE name = '%s' AND setting = '%s'",
             name, value);
    while (!is_so)
        is_so = number(place->db, sql);
}

struct cut {
    const struct place *place;
    int64_t pid;
    int64_t is_ended; /* what a thread found is looked at behind its end */
    pthread_t thread;
};

/* Once the transaction waits for a standby that isn't there, and is committed
 * save for that: ends its connection, and the need of a standby. */
static void *cut_main(void *arg)
{
    struct cut *cut = arg;
    struct db *db = place_connect(cut->place, DB_READ);
    char sql[160];
    int64_t waits = 0;

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = %" PRId64
             " AND wait_event = 'SyncRep'",
             cut->pid);
    while (!waits)
        waits = number(db, sql);
    snprintf(sql, sizeof(sql),
             "SELECT pg_terminate_backend(%" PRId64 ", 10000)", cut->pid);
    cut->is_ended = number(db, sql);
    db_close(db);
    return NULL;
}

static void a_commit_whose_wait_was_cut_is_found(void **state)
{
    struct place *place = *state;
    /* The thread may outlive this test where it fails. */
    static struct cut cut;
    int64_t commits = 0;
    struct db *other;
    struct buf outbox;
    struct err err = ERR_INIT;

    cut = (struct cut){.place = place};
    buf_init(&outbox, SIZE_MAX);
    exec(place->db, "CREATE TABLE t (n BIGINT)");
    other = place_connect(place, DB_WRITE);
    exec(other, "SET synchronous_commit = local");
    set(other, "synchronous_standby_names", "nobody");
    wait_until(place, "synchronous_standby_names", "nobody");
    cut.pid = number(place->db, "SELECT pg_backend_pid()");
    assert_int_equal(pthread_create(&cut.thread, NULL, cut_main, &cut), 0);
    /* Commits wait once the server's checkpointer, too, has read the setting.
     */
    do {
        db_take_outbox(place->db, &outbox);
        buf_clear(&outbox);
        begin(place->db);
        run(place->db, "INSERT INTO t VALUES (1)");
        assert_int_equal(db_announce(place->db, "news", 4, &err), 0);
        commits++;
    } while (db_commit(place->db, &err) == 0);
    assert_int_equal(err.code, ERR_UNSURE);
    assert_int_equal(pthread_join(cut.thread, NULL), 0);
    assert_int_equal(cut.is_ended, 1);
    set(other, "synchronous_standby_names", "''");
    wait_until(place, "synchronous_standby_names", "");
    if (db_resolve(place->db, 10000, &err) < 0)
        fail_msg("%s", err.text);
    db_take_outbox(place->db, &outbox);
    assert_string_equal(buf_text(&outbox), "news");
    assert_int_equal(number(place->db, "SELECT COUNT(*) FROM t"), commits);
    buf_release(&outbox);
    db_close(other);
}

/* Between two requests by the second of them, and not at its cost. */
static void a_connection_that_broke_is_made_anew(void **state)
{
    struct place *place = *state;
    struct db *reader = place_connect(place, DB_READ);
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    for (int i = 0; i < 2; i++) {
        end_connection(place, reader);
        assert_int_equal(number(reader, "SELECT 1"), 1);
        end_connection(place, reader);
        assert_int_equal(db_read_begin(reader, &err), 0);
        assert_int_equal(number(reader, "SELECT 1"), 1);
        end_connection(place, reader);
        assert_int_equal(db_prepare(reader, "SELECT 1", &stmt, &err), 0);
        assert_int_equal(db_step(stmt, &err), -1);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        assert_int_equal(db_step(stmt, &err), -1); /* nor another snapshot */
        db_done(&stmt);
        db_read_end(reader);
        assert_int_equal(number(reader, "SELECT 1"), 1);
    }
    db_close(reader);
}

/* What serves it stands still; its time budget is nobody's to keep then. */
static void a_server_that_stands_still_is_not_waited_for(void **state)
{
    struct place *place = *state;
    struct db *reader = place_connect(place, DB_READ);
    pid_t pid = (pid_t)number(reader, "SELECT pg_backend_pid()");
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(db_prepare(reader, "SELECT 1", &stmt, &err), 0);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    db_budget(reader, 10);
    assert_int_equal(db_step(stmt, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "does not answer"));
    assert_int_equal(kill(pid, SIGCONT), 0);
    db_done(&stmt);
    db_budget(reader, 0);
    assert_int_equal(number(reader, "SELECT 1"), 1);
    db_close(reader);
}

/* As where the library has no memory. */
static bool cant_sync;
int __real_PQpipelineSync(void *conn);
int __wrap_PQpipelineSync(void *conn);

int __wrap_PQpipelineSync(void *conn)
{
    return cant_sync ? 0 : __real_PQpipelineSync(conn);
}

static void what_was_half_sent_is_nobodys_answer(void **state)
{
    struct place *place = *state;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(db_prepare(place->db, "SELECT 1", &stmt, &err), 0);
    cant_sync = true;
    assert_int_equal(db_step(stmt, &err), -1);
    cant_sync = false;
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    db_done(&stmt);
    assert_int_equal(number(place->db, "SELECT 2"), 2);
}

static void settings_that_would_lie_are_refused(void **state)
{
    static const char *const names[] = {"fsync", "full_page_writes"};
    struct place *place = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct db *db = NULL;
        struct err err = ERR_INIT;

        set(place->db, names[i], "off");
        wait_until(place, names[i], "off");
        assert_int_equal(db_open(&db, place->where, DB_WRITE, &err), -1);
        assert_null(db);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        assert_non_null(strstr(err.text, names[i]));
        set(place->db, names[i], "on");
        wait_until(place, names[i], "on");
    }
}

static void a_commit_waits_for_the_disk(void **state)
{
    struct place *place = *state;
    struct db *db;

    exec(place->db, "ALTER ROLE CURRENT_USER SET synchronous_commit = off");
    db = place_connect(place, DB_WRITE);
    assert_int_equal(number(db,
                            "SELECT COUNT(*) FROM pg_settings WHERE "
                            "name = 'synchronous_commit' AND setting = 'on'"),
                     1);
    db_close(db);
    exec(place->db, "ALTER ROLE CURRENT_USER RESET synchronous_commit");
}

/* A SAVEPOINT for each job costs a quarter of a batch's time. */
static void savepoints_are_sent_where_they_are_needed(void **state)
{
    struct place *place = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT)");
    begin(place->db);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_savepoint(place->db, &point, &err), 0);
        run(place->db, "INSERT INTO t VALUES (1)");
        assert_int_equal(db_release(&point, &err), 0);
    }
    /* A transaction within another has a number of its own. */
    assert_int_equal(
        number(place->db, "SELECT COUNT(DISTINCT xmin::text) FROM t"), 1);
    assert_int_equal(db_savepoint(place->db, &point, &err), 0);
    run(place->db, "INSERT INTO t VALUES (1)");
    assert_int_equal(
        number(place->db, "SELECT COUNT(DISTINCT xmin::text) FROM t"), 2);
    assert_int_equal(db_release(&point, &err), 0);
    commit(place->db);
}

/* Texts are made from what users ask for. */
static void what_is_prepared_has_an_end(void **state)
{
    struct place *place = *state;
    char sql[64];

    for (int i = 0; i < 1000; i++) {
        snprintf(sql, sizeof(sql), "SELECT %d", i);
        assert_int_equal(number(place->db, sql), i);
    }
    assert_true(
        number(place->db, "SELECT COUNT(*) FROM pg_prepared_statements") < 256);
}

static void rows_that_may_be_many_come_by_a_cursor(void **state)
{
    struct place *place = *state;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE TABLE t (n BIGINT); "
                    "INSERT INTO t SELECT generate_series(1, 501)");
    assert_int_equal(db_read_begin(place->db, &err), 0);
    assert_int_equal(db_prepare(place->db, "SELECT n FROM t", &stmt, &err), 0);
    db_expect_many(stmt);
    assert_int_equal(db_step(stmt, &err), 1);
    assert_int_equal(
        number(place->db, "SELECT COUNT(*) FROM pg_cursors WHERE name > ''"),
        1);
    db_done(&stmt);
    assert_int_equal(
        number(place->db, "SELECT COUNT(*) FROM pg_cursors WHERE name > ''"),
        0);
    db_read_end(place->db);
}

/* Each job behind a savepoint: a clash is its own. */
static void with_care_a_failure_ends_no_more_than_its_savepoint(void **state)
{
    struct place *place = *state;
    struct db *db = place->db;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct db_savepoint inner = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;

    exec(db, "CREATE TABLE t (n BIGINT PRIMARY KEY)");
    db_be_careful(db, true);
    begin(db);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(db_savepoint(db, &point, &err), 0);
        run(db, "INSERT INTO t SELECT COALESCE(MAX(n), 0) + 1 FROM t");
        assert_int_equal(db_savepoint(db, &inner, &err), 0);
        run(db, "INSERT INTO t VALUES (100)");
        db_rollback(&inner); /* nobody has seen it */
        assert_int_equal(db_release(&point, &err), 0);
        assert_int_equal(db_savepoint(db, &point, &err), 0);
        run(db, "INSERT INTO t VALUES (10)");
        run(db, "INSERT INTO t VALUES (1)");
        assert_int_equal(db_release(&point, &err), -1);
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_false(db_in_transaction(db));
        db_rollback(&point);
        assert_true(db_in_transaction(db));
        err_clear(&err);
    }
    commit(db);
    assert_int_equal(number(db, "SELECT SUM(n) FROM t"), 1 + 2 + 3);
    db_be_careful(db, false);
}

/* A restored copy, or a standby that was promoted. */
static void another_database_by_the_same_name_is_not_taken(void **state)
{
    struct place *place = *state;
    char where[300];
    struct db *writer;
    struct db *reader;
    struct db *other = NULL;
    struct err err = ERR_INIT;

    exec(place->db, "CREATE DATABASE other");
    snprintf(where, sizeof(where), "postgresql:///other%s",
             strchr(place->where, '?'));
    assert_int_equal(db_open(&writer, where, DB_WRITE, &err), 0);
    assert_int_equal(db_open(&reader, where, DB_READ, &err), 0);
    assert_int_equal(db_reopen(&writer, &err), 0);
    exec(place->db, "DROP DATABASE other WITH (FORCE)");
    exec(place->db, "CREATE DATABASE other");
    assert_int_equal(db_read_begin(reader, &err), -1);
    assert_true(db_is_elsewhere(reader));
    assert_int_equal(db_reopen(&writer, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_true(db_is_elsewhere(writer));
    assert_int_equal(db_begin(writer, &err), -1);
    assert_int_equal(db_open(&other, where, DB_WRITE, &err), 0);
    assert_false(db_is_elsewhere(other));
    db_close(other);
    db_close(reader);
    db_close(writer);
    exec(place->db, "DROP DATABASE other WITH (FORCE)");
}

static void what_an_address_may_hold(void **state)
{
    static const struct {
        const char *where;
        const char *text; /* NULL: it may */
    } cases[] = {
        {"postgresql:///x", NULL},
        {"postgresql://a@localhost:5433/x?sslmode=disable", NULL},
        {"postgresql://a:b@localhost/x", "password"},
        {"postgresql:///x?password=b", "password"},
        {"postgresql:///x?sslpassword=b", "password"},
        {"postgresql:///x?nonsense=b", "address"},
        {"postgresql://[::1/x", "address"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        int rc = db_check_url(cases[i].where, &err);

        assert_int_equal(rc, cases[i].text ? -1 : 0);
        if (!cases[i].text)
            continue;
        assert_string_equal(err.fields[0].name, "database");
        assert_non_null(strstr(err.fields[0].text, cases[i].text));
    }
}

/* Before a byte is sent: it is another's to be listened to. */
static void another_machine_is_for_tls_alone(void **state)
{
    static const char *const wheres[] = {
        "postgresql://192.0.2.1/x",
        "postgresql://desk.invalid/x?sslmode=require",
        "postgresql:///x?host=localhost&hostaddr=192.0.2.1",
        "postgresql:///x?host=/tmp,192.0.2.1",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wheres); i++) {
        struct db *db = NULL;
        struct err err = ERR_INIT;

        assert_int_equal(db_open(&db, wheres[i], DB_READ, &err), -1);
        assert_non_null(strstr(err.text, "verify-full"));
    }
}

static void nobody_there_is_told(void **state)
{
    struct db *db = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(
        db_open(&db, "postgresql:///x?host=/nowhere-at-all", DB_READ, &err),
        -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "No such file"));
}

SUITE_OF(SERVER_ALONE, postgres)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(a_commit_without_an_answer_is_asked_for),
        PLACE_TEST(a_commit_whose_wait_was_cut_is_found),
        PLACE_TEST(a_connection_that_broke_is_made_anew),
        PLACE_TEST(a_server_that_stands_still_is_not_waited_for),
        PLACE_TEST(what_was_half_sent_is_nobodys_answer),
        PLACE_TEST(settings_that_would_lie_are_refused),
        PLACE_TEST(a_commit_waits_for_the_disk),
        PLACE_TEST(savepoints_are_sent_where_they_are_needed),
        PLACE_TEST(what_is_prepared_has_an_end),
        PLACE_TEST(rows_that_may_be_many_come_by_a_cursor),
        PLACE_TEST(with_care_a_failure_ends_no_more_than_its_savepoint),
        PLACE_TEST(another_database_by_the_same_name_is_not_taken),
        PLACE_TEST(what_an_address_may_hold),
        PLACE_TEST(another_machine_is_for_tls_alone),
        PLACE_TEST(nobody_there_is_told),
    };

    return cmocka_run_group_tests_name("PostgreSQL", tests, NULL, NULL);
}
