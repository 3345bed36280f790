#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/private.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define OUTBOX_MAX ((size_t)256 << 20)
/* Instructions of the engine between two looks at the clock: well under a
 * millisecond. */
#define BUDGET_OPS 1000

/* The log's pages are written over and over; fewer checkpoints write them to
 * the file less often. */
static const char write_setup[] = "PRAGMA synchronous = FULL;"
                                  "PRAGMA foreign_keys = ON;"
                                  "PRAGMA secure_delete = OFF;"
                                  "PRAGMA cache_size = -65536;"
                                  "PRAGMA wal_autocheckpoint = 4000;"
                                  "PRAGMA journal_size_limit = 67108864;";

/* A reader's pages are those of the log alone: the file's are mapped, and a
 * commit makes it forget all of them.
 * busy_ms: how long it waits for another connection's lock. */
static const struct {
    int flags;
    int busy_ms;
    const char *setup;
} modes[] = {
    [DB_READ] = {SQLITE_OPEN_READWRITE, 1000,
                 "PRAGMA query_only = ON;"
                 "PRAGMA cache_size = -512;"
                 "PRAGMA mmap_size = 1073741824;"},
    [DB_WRITE] = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 5000,
                  write_setup},
    [DB_REOPEN] = {SQLITE_OPEN_READWRITE, 5000, write_setup},
};

/* By primary result code; any other is ERR_STORE. text: in place of the
 * engine's own words. */
static const struct {
    int rc;
    enum err_code code;
    const char *text;
} faults[] = {
    {SQLITE_FULL, ERR_UNAVAILABLE, NULL},
    {SQLITE_IOERR, ERR_UNAVAILABLE, NULL},
    {SQLITE_READONLY, ERR_UNAVAILABLE, NULL},
    {SQLITE_CANTOPEN, ERR_UNAVAILABLE, NULL},
    {SQLITE_PERM, ERR_UNAVAILABLE, NULL},
    {SQLITE_BUSY, ERR_UNAVAILABLE, NULL},
    {SQLITE_LOCKED, ERR_UNAVAILABLE, NULL},
    {SQLITE_PROTOCOL, ERR_UNAVAILABLE, NULL},
    {SQLITE_ABORT, ERR_UNAVAILABLE, "the transaction was rolled back"},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, "it clashes with what is stored"},
    {SQLITE_INTERRUPT, ERR_BUDGET, "this takes too long"},
    {SQLITE_NOMEM, ERR_NOMEM, NULL},
    {SQLITE_RANGE, ERR_INTERNAL, NULL},
    {SQLITE_MISUSE, ERR_INTERNAL, NULL},
};

static const char *fault_text(const struct db *db, int rc)
{
    int last = sqlite3_extended_errcode(db->handle);

    return (last & 0xFF) == (rc & 0xFF) ? sqlite3_errmsg(db->handle)
                                        : sqlite3_errstr(rc);
}

/* " (No space left on device)": why the system would not. */
static const char *system_text(const struct db *db, int rc, char *text,
                               size_t max)
{
    int number = sqlite3_system_errno(db->handle);

    text[0] = '\0';
    if (number &&
        ((rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CANTOPEN))
        snprintf(text, max, " (%s)", strerror(number));
    return text;
}

int db_fail(struct db *db, int rc, struct err *err)
{
    enum err_code code = ERR_STORE;
    const char *text = NULL;
    char reason[80];

    if ((rc & 0xFF) == SQLITE_ERROR && db->fault[0]) {
        err_field(err, "search", "%s", db->fault);
        db->fault[0] = '\0';
        return -1;
    }
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (faults[i].rc == (rc & 0xFF)) {
            code = faults[i].code;
            text = faults[i].text;
        }
    }
    /* Its own words name tables; the code of a conflict has no other text to
     * send. */
    if (code == ERR_CONFLICT)
        log_info("store.constraint", "text=\"%s\"", fault_text(db, rc));
    err_set(err, code, "%s%s", text ? text : fault_text(db, rc),
            system_text(db, rc, reason, sizeof(reason)));
    if (code == ERR_UNAVAILABLE)
        err->retry_after_s = 1;
    return -1;
}

/* A name like "file:x" is a file, not a URI that switches things. */
static char *path_for_engine(const char *path)
{
    size_t size = strlen(path) + 3;
    char *name = mem_alloc(size);

    if (name)
        snprintf(name, size, "%s%s", strncmp(path, "file:", 5) == 0 ? "./" : "",
                 path);
    return name;
}

/* Reading the header is what finds a file that is no database. */
static int use_wal(struct db *db, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(db, "PRAGMA journal_mode = WAL", &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1 && strcmp(db_text(stmt, 0, NULL), "wal") != 0 && !db->is_memory)
        rc = err_set(err, ERR_UNAVAILABLE, "%s: no write-ahead log possible",
                     db->path);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int look_inside(struct db *db, struct err *err)
{
    return db_do(db, "PRAGMA schema_version", err);
}

static int set_up(struct db *db, enum db_mode mode, struct err *err)
{
    int rc;

    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, modes[mode].busy_ms);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0,
                      NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (look_inside(db, err) < 0 || (mode != DB_READ && use_wal(db, err) < 0))
        return -1;
    rc = sqlite3_exec(db->handle, modes[mode].setup, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(db->handle, "ROLLBACK", -1,
                                SQLITE_PREPARE_PERSISTENT, &db->rollback, NULL);
    if (rc != SQLITE_OK)
        return db_fail(db, rc, err);
    return db_add_functions(db, err);
}

/* Without its statistics of memory the engine takes no lock of the whole
 * process at each allocation; that lock was what two readers waited for. */
static void configure_engine(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int db_open(struct db **db, const char *path, enum db_mode mode,
            struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct db *opened = mem_zalloc(sizeof(*opened));
    int result = -1;
    int rc;

    pthread_once(&once, configure_engine);
    *db = NULL;
    if (opened)
        opened->path = path_for_engine(path);
    if (!opened || !opened->path) {
        err_set(err, ERR_NOMEM, "out of memory for a connection");
        goto out;
    }
    buf_init(&opened->outbox, OUTBOX_MAX);
    buf_init(&opened->folded, SIZE_MAX);
    opened->is_memory = strcmp(path, ":memory:") == 0;
    if (path[0] == '\0') { /* the engine's word for a file that vanishes */
        err_set(err, ERR_UNAVAILABLE, "the database's name is empty");
        goto out;
    }
    rc = sqlite3_open_v2(opened->path, &opened->handle,
                         modes[mode].flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        result = set_up(opened, mode, err);
    else
        db_fail(opened, rc, err);
    if (result < 0) {
        int retry_after_s = err->retry_after_s;

        err_set(err, err->code, "%s: %s", path, err->text);
        err->retry_after_s = retry_after_s;
        goto out;
    }
    *db = opened;
    opened = NULL;
out:
    db_close(opened);
    return result;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_drop_statements(db);
    sqlite3_finalize(db->rollback);
    sqlite3_close_v2(db->handle);
    buf_release(&db->outbox);
    buf_release(&db->folded);
    mem_free(db->path);
    mem_free(db);
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
    int rc = SQLITE_ABORT;

    if (!db_has_lost_transaction(db))
        rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

static void roll_back(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle)) {
        sqlite3_step(db->rollback);
        sqlite3_reset(db->rollback);
    }
}

int db_read_begin(struct db *db, struct err *err)
{
    int rc = 0;

    if (db->is_writing)
        return 0;
    if (db->read_depth == 0)
        rc = db_do(db, "BEGIN", err);
    if (rc == 0)
        db->read_depth++;
    return rc;
}

void db_read_end(struct db *db)
{
    if (db->is_writing || db->read_depth == 0)
        return;
    if (--db->read_depth == 0)
        roll_back(db);
}

bool db_has_lost_transaction(const struct db *db)
{
    return db->is_writing && sqlite3_get_autocommit(db->handle);
}

bool db_in_transaction(const struct db *db)
{
    return db->is_writing && !sqlite3_get_autocommit(db->handle);
}

int db_begin(struct db *db, struct err *err)
{
    int64_t now_us;

    if (db->is_writing || db->read_depth > 0)
        return err_set(err, ERR_INTERNAL, "a transaction is open already");
    if (db_do(db, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    db_see_log(db);
    if (db_has_moved(db)) {
        roll_back(db);
        return db_fail_moved(err);
    }
    now_us = clock_now_us();
    if (now_us > db->time_us)
        db->time_us = now_us;
    db->is_writing = true;
    db->depth = 0;
    buf_clear(&db->outbox);
    return 0;
}

int db_commit(struct db *db, struct err *err)
{
    int rc;

    if (!db->is_writing)
        return err_set(err, ERR_INTERNAL, "no transaction to commit");
    if (db_has_lost_transaction(db))
        rc = db_fail(db, SQLITE_ABORT, err);
    else
        rc = db_do(db, "COMMIT", err);
    if (rc < 0)
        db_abort(db);
    db->is_writing = false;
    return rc;
}

void db_abort(struct db *db)
{
    roll_back(db);
    if (db->is_writing)
        buf_clear(&db->outbox);
    db->is_writing = false;
    db->read_depth = 0;
    db->depth = 0;
}

/* A name per depth, so that the texts are few and stay prepared. */
static int savepoint_do(struct db *db, const char *verb, int depth,
                        struct err *err)
{
    char sql[40];

    snprintf(sql, sizeof(sql), "%s s%d", verb, depth);
    return db_do(db, sql, err);
}

int db_savepoint(struct db *db, struct db_savepoint *point, struct err *err)
{
    if (!db->is_writing)
        return err_set(err, ERR_INTERNAL, "a savepoint without a transaction");
    if (savepoint_do(db, "SAVEPOINT", db->depth + 1, err) < 0)
        return -1;
    db->depth++;
    *point = (struct db_savepoint){
        .db = db, .depth = db->depth, .outbox_len = db->outbox.len};
    return 0;
}

int db_release(struct db_savepoint *point, struct err *err)
{
    struct db *db = point->db;

    if (!db)
        return err_set(err, ERR_INTERNAL, "a savepoint that is not set");
    if (savepoint_do(db, "RELEASE", point->depth, err) < 0)
        return -1;
    db->depth = point->depth - 1;
    point->db = NULL;
    return 0;
}

void db_rollback(struct db_savepoint *point)
{
    struct db *db = point->db;
    struct err err = ERR_INIT;

    point->db = NULL;
    if (!db || !db_in_transaction(db) || point->depth > db->depth)
        return;
    /* What can't be taken back alone must not be committed with the rest. */
    if (savepoint_do(db, "ROLLBACK TO", point->depth, &err) < 0 ||
        savepoint_do(db, "RELEASE", point->depth, &err) < 0)
        roll_back(db);
    db->depth = point->depth - 1;
    buf_truncate(&db->outbox, point->outbox_len);
}

int64_t db_time_us(const struct db *db)
{
    return db->is_writing ? db->time_us : clock_now_us();
}

int db_announce(struct db *db, const char *bytes, size_t len, struct err *err)
{
    if (!db->is_writing)
        return err_set(err, ERR_INTERNAL, "announced without a transaction");
    buf_put(&db->outbox, bytes, len);
    if (!db->outbox.failed)
        return 0;
    /* Nothing of it was put; what was there before stays good. */
    db->outbox.failed = false;
    db->outbox.too_large = false;
    return err_set(err, ERR_NOMEM, "no room to announce %zu bytes", len);
}

const char *db_announced(const struct db *db, size_t *len)
{
    *len = db->is_writing ? db->outbox.len : 0;
    return buf_text(&db->outbox);
}

void db_take_outbox(struct db *db, struct buf *out)
{
    if (db->is_writing)
        return;
    buf_release(out);
    *out = db->outbox;
    buf_init(&db->outbox, OUTBOX_MAX);
}

bool db_is_late(const struct db *db)
{
    return db->deadline_us != 0 && clock_mono_us() >= db->deadline_us;
}

static int look_at_clock(void *arg)
{
    return db_is_late(arg);
}

void db_budget(struct db *db, int budget_ms)
{
    bool is_on = budget_ms > 0;

    db->deadline_us = is_on ? clock_mono_us() + budget_ms * INT64_C(1000) : 0;
    sqlite3_progress_handler(db->handle, is_on ? BUDGET_OPS : 0,
                             is_on ? look_at_clock : NULL, db);
}

static int read_number(struct db *db, const char *sql, int64_t *number,
                       struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(db, sql, &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1)
        *number = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int db_data_version(struct db *db, int64_t *version, struct err *err)
{
    return read_number(db, "PRAGMA data_version", version, err);
}

int db_schema_step(struct db *db, int *step, struct err *err)
{
    int64_t number = 0;
    int rc = read_number(db, "PRAGMA user_version", &number, err);

    *step = (int)number;
    return rc;
}

int db_set_schema_step(struct db *db, int step, struct err *err)
{
    char sql[48];

    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", step);
    return db_exec(db, sql, err);
}

const char *db_engine_version(void)
{
    return sqlite3_libversion();
}
