/*
 * What a durable create costs SQLite alone. The statements are those of the
 * model, written down while it finds a token and places one order; then they
 * are run without the model: prepared once, bound, in transactions of BATCH.
 *   usage: load_creates DATABASE TOKEN COUNT BATCH [INDEX]
 * The database is changed; INDEX is dropped first. Prints the microseconds of
 * this thread, and how many statements there are to a create.
 */
#include "base/err.h"
#include "model/accounts/token.h"
#include "model/orders/order.h"
#include "store/db.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#define STATEMENTS_MAX 32

struct recorded {
    char *sql; /* a SELECT: with its values in it */
    sqlite3_stmt *stmt;
};

static struct recorded recorded[STATEMENTS_MAX];
static int recorded_count;
static bool is_recording;

static int record(unsigned what, void *arg, void *stmt, void *text)
{
    const char *sql = text;

    (void)what;
    (void)arg;
    if (!is_recording || recorded_count == STATEMENTS_MAX)
        return 0;
    recorded[recorded_count++].sql = strncmp(sql, "SELECT", 6) == 0
                                         ? sqlite3_expanded_sql(stmt)
                                         : sqlite3_mprintf("%s", sql);
    return 0;
}

static int watch(sqlite3 *handle, char **error,
                 const struct sqlite3_api_routines *api)
{
    (void)error;
    (void)api;
    return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, record, NULL);
}

static int place(struct db *db, const char *secret, struct err *err)
{
    struct order_draft draft = {.has = 0};
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct actor actor;
    struct order order;
    bool is_old;

    order_draft_set(&draft, "instrument", "EDF01", 5, err);
    order_draft_set(&draft, "quantity", "100", 3, err);
    order_draft_set(&draft, "price", "338.67", 6, err);
    if (db_savepoint(db, &point, err) < 0 ||
        token_find(db, secret, &actor, &is_old, err) < 0 ||
        order_place(db, &actor, &draft, &order, &is_old, err) < 0)
        return -1;
    return db_release(&point, err);
}

/* Twice: the second is one of many. */
static int write_down(const char *path, const char *secret, struct err *err)
{
    struct db *db = NULL;
    int rc;

    sqlite3_auto_extension((void (*)(void))watch);
    rc = db_open(&db, path, DB_WRITE, err);
    sqlite3_cancel_auto_extension((void (*)(void))watch);
    if (rc == 0)
        rc = db_begin(db, err);
    if (rc == 0)
        rc = place(db, secret, err);
    is_recording = true;
    if (rc == 0)
        rc = place(db, secret, err);
    is_recording = false;
    if (rc == 0)
        rc = db_commit(db, err);
    db_close(db);
    return rc;
}

static int run(sqlite3 *raw, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(raw, sql, NULL, NULL, &error) == SQLITE_OK)
        return 0;
    fprintf(stderr, "load_creates: %s: %s\n", sql, error);
    return -1;
}

static int64_t read_int(sqlite3 *raw, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = 0;

    if (sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

struct next {
    int64_t owner, id, position;
};

static void bind_order(sqlite3_stmt *stmt, const struct next *next)
{
    sqlite3_bind_text(stmt, 1, "EDF01", -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, "buy", -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, INT64_C(10000000000));
    sqlite3_bind_int64(stmt, 4, INT64_C(33867000000));
    sqlite3_bind_text(stmt, 5, "new", -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, 0);
    sqlite3_bind_int64(stmt, 9, 1);
    sqlite3_bind_int64(stmt, 10, next->position);
    sqlite3_bind_int64(stmt, 11, next->id);
    sqlite3_bind_int64(stmt, 12, INT64_C(1700000000000000));
    sqlite3_bind_int64(stmt, 13, next->owner);
    sqlite3_bind_int64(stmt, 14, next->id);
}

static void bind_event(sqlite3_stmt *stmt, const struct next *next)
{
    static const char body[] =
        "{\"id\":100000,\"owner\":\"demo\",\"instrument\":\"EDF01\",\"side\":"
        "\"buy\",\"quantity\":\"100\",\"price\":\"338.67\",\"status\":\"new\","
        "\"filled_quantity\":\"0\",\"average_price\":null,\"client_order_id\":"
        "null,\"version\":1,\"position\":100000,\"created\":"
        "\"2026-01-31T23:59:59.123456Z\",\"updated\":"
        "\"2026-01-31T23:59:59.123456Z\"}";

    sqlite3_bind_int64(stmt, 1, next->id);
    sqlite3_bind_int64(stmt, 2, next->owner);
    sqlite3_bind_int64(stmt, 3, next->position);
    sqlite3_bind_int64(stmt, 4, next->id);
    sqlite3_bind_text(stmt, 5, "new", -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, next->owner);
    sqlite3_bind_text(stmt, 7, "127.0.0.1", -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 8, INT64_C(1700000000000000));
    sqlite3_bind_text(stmt, 9, body, sizeof(body) - 1, SQLITE_STATIC);
}

static void bind_stream(sqlite3_stmt *stmt, const struct next *next)
{
    sqlite3_bind_int64(stmt, 1, next->owner);
    sqlite3_bind_int64(stmt, 2, next->position);
    sqlite3_bind_int64(stmt, 3, next->position);
}

/* A write that stands nowhere here would be left out of the comparison. */
static int bind(struct recorded *one, const struct next *next)
{
    if (strncmp(one->sql, "INSERT INTO orders ", 19) == 0)
        bind_order(one->stmt, next);
    else if (strncmp(one->sql, "INSERT INTO event ", 18) == 0)
        bind_event(one->stmt, next);
    else if (strncmp(one->sql, "UPDATE stream ", 14) == 0)
        bind_stream(one->stmt, next);
    else if (sqlite3_bind_parameter_count(one->stmt) > 0) {
        fprintf(stderr, "load_creates: not known here: %s\n", one->sql);
        return -1;
    }
    return 0;
}

static int create(sqlite3 *raw, struct next *next)
{
    next->id++;
    next->position++;
    for (int i = 0; i < recorded_count; i++) {
        int rc;

        if (bind(&recorded[i], next) < 0)
            return -1;
        do
            rc = sqlite3_step(recorded[i].stmt);
        while (rc == SQLITE_ROW);
        sqlite3_reset(recorded[i].stmt);
        if (rc != SQLITE_DONE) {
            fprintf(stderr, "load_creates: %s: %s\n", recorded[i].sql,
                    sqlite3_errmsg(raw));
            return -1;
        }
    }
    return 0;
}

static int64_t thread_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int create_all(sqlite3 *raw, long count, long batch)
{
    struct next next = {
        .owner = read_int(raw, "SELECT owner FROM event ORDER BY id DESC"),
        .id = read_int(raw, "SELECT max(id) FROM event"),
        .position =
            read_int(raw, "SELECT position FROM event ORDER BY id DESC"),
    };
    int64_t begun_us = thread_us();

    for (long done = 0; done < count;) {
        if (run(raw, "BEGIN IMMEDIATE") < 0)
            return -1;
        for (long i = 0; i < batch && done < count; i++, done++) {
            if (create(raw, &next) < 0)
                return -1;
        }
        if (run(raw, "COMMIT") < 0)
            return -1;
    }
    printf("{\"us\":%.3f,\"statements\":%d}\n",
           (double)(thread_us() - begun_us) / (double)count, recorded_count);
    return 0;
}

static int prepare(sqlite3 *raw)
{
    for (int i = 0; i < recorded_count; i++) {
        if (sqlite3_prepare_v3(raw, recorded[i].sql, -1,
                               SQLITE_PREPARE_PERSISTENT, &recorded[i].stmt,
                               NULL) == SQLITE_OK)
            continue;
        fprintf(stderr, "load_creates: %s: %s\n", recorded[i].sql,
                sqlite3_errmsg(raw));
        return -1;
    }
    return 0;
}

/* As the store opens it. */
static int open_raw(const char *path, const char *dropped, sqlite3 **raw)
{
    static const char setup[] = "PRAGMA synchronous = FULL;"
                                "PRAGMA foreign_keys = ON;"
                                "PRAGMA secure_delete = OFF;"
                                "PRAGMA cache_size = -65536;"
                                "PRAGMA wal_autocheckpoint = 4000;";
    char drop[128] = "";

    if (sqlite3_open(path, raw) != SQLITE_OK || run(*raw, setup) < 0)
        return -1;
    if (dropped)
        snprintf(drop, sizeof(drop), "DROP INDEX \"%s\"", dropped);
    return run(*raw, drop) < 0 ? -1 : prepare(*raw);
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    sqlite3 *raw = NULL;
    long count = argc > 4 ? strtol(argv[3], NULL, 10) : 0;
    long batch = argc > 4 ? strtol(argv[4], NULL, 10) : 0;

    if (count < 1 || batch < 1 || argc > 6) {
        fputs("usage: load_creates DATABASE TOKEN COUNT BATCH [INDEX]\n",
              stderr);
        return 2;
    }
    if (write_down(argv[1], argv[2], &err) < 0) {
        fprintf(stderr, "load_creates: %s\n", err.text);
        return 1;
    }
    if (open_raw(argv[1], argc == 6 ? argv[5] : NULL, &raw) < 0)
        return 1;
    return create_all(raw, count, batch) < 0;
}
