#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/private.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

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

static const char *fault_text(const struct sqlite *db, int rc)
{
    int last = sqlite3_extended_errcode(db->handle);

    return (last & 0xFF) == (rc & 0xFF) ? sqlite3_errmsg(db->handle)
                                        : sqlite3_errstr(rc);
}

/* " (No space left on device)": why the system would not. */
static const char *system_text(const struct sqlite *db, int rc, char *text,
                               size_t max)
{
    int number = sqlite3_system_errno(db->handle);

    text[0] = '\0';
    if (number &&
        ((rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CANTOPEN))
        snprintf(text, max, " (%s)", strerror(number));
    return text;
}

int sqlite_fail(struct sqlite *db, int rc, struct err *err)
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
static int use_wal(struct sqlite *db, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(&db->db, "PRAGMA journal_mode = WAL", &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1 && strcmp(db_text(stmt, 0, NULL), "wal") != 0 && !db->is_memory)
        rc = err_set(err, ERR_UNAVAILABLE, "%s: no write-ahead log possible",
                     db->path);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int look_inside(struct sqlite *db, struct err *err)
{
    return db_do(&db->db, "PRAGMA schema_version", err);
}

static int set_up(struct sqlite *db, struct err *err)
{
    enum db_mode mode = db->db.mode;
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
        return sqlite_fail(db, rc, err);
    return sqlite_add_functions(db, err);
}

/* Without its statistics of memory the engine takes no lock of the whole
 * process at each allocation; that lock was what two readers waited for. */
static void configure_engine(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int sqlite_open(struct db *base, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *db = sqlite_of(base);
    int rc;

    pthread_once(&once, configure_engine);
    buf_init(&db->folded, SIZE_MAX);
    db->is_memory = strcmp(base->where, ":memory:") == 0;
    db->path = path_for_engine(base->where);
    if (!db->path)
        return err_set(err, ERR_NOMEM, "out of memory for a connection");
    if (!*base->where) /* the engine's word for a file that vanishes */
        return err_set(err, ERR_UNAVAILABLE, "the database's name is empty");
    rc = sqlite3_open_v2(db->path, &db->handle,
                         modes[base->mode].flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return sqlite_fail(db, rc, err);
    if (set_up(db, err) < 0)
        return -1;
    return base->mode == DB_READ ? 0 : turn_open(&db->turn, db->path, err);
}

static void sqlite_close(struct db *base)
{
    struct sqlite *db = sqlite_of(base);

    sqlite3_finalize(db->rollback);
    sqlite3_close_v2(db->handle);
    turn_close(db->turn);
    buf_release(&db->folded);
    mem_free(db->path);
}

/* The connection alone knows which file is meant, should another bear its name
 * by now. */
static int sqlite_check_same(struct db *db, struct err *err)
{
    return sqlite_has_moved(sqlite_of(db)) ? sqlite_fail_moved(err) : 0;
}

static int sqlite_exec(struct db *base, const char *sql, struct err *err)
{
    struct sqlite *db = sqlite_of(base);
    int rc = SQLITE_ABORT;

    if (!sqlite_has_lost_transaction(db))
        rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_fail(db, rc, err);
}

static int64_t sqlite_changes(const struct db *db)
{
    return sqlite3_changes64(sqlite_seen(db)->handle);
}

static void sqlite_rollback(struct db *base)
{
    struct sqlite *db = sqlite_of(base);

    if (!sqlite3_get_autocommit(db->handle)) {
        sqlite3_step(db->rollback);
        sqlite3_reset(db->rollback);
    }
    if (db->turn)
        turn_give(db->turn);
}

static int sqlite_read_begin(struct db *db, struct err *err)
{
    return db_do(db, "BEGIN", err);
}

bool sqlite_has_lost_transaction(const struct sqlite *db)
{
    return db->db.is_writing && sqlite3_get_autocommit(db->handle);
}

static bool sqlite_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(sqlite_seen(db)->handle);
}

static int take_turn(struct sqlite *db, struct err *err)
{
    int64_t begun_us = clock_mono_us();
    int rc = db->turn ? turn_take(db->turn, err) : 0;

    db->db.turn_us = clock_mono_us() - begun_us;
    return rc;
}

static int sqlite_begin(struct db *base, int64_t *now_us, struct err *err)
{
    struct sqlite *db = sqlite_of(base);

    if (take_turn(db, err) < 0 || db_do(base, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    sqlite_see_log(db);
    if (sqlite_has_moved(db))
        return sqlite_fail_moved(err);
    *now_us = clock_now_us();
    return 0;
}

/* It moves with every commit to the file, also with our own. */
static void note_version(struct sqlite *db)
{
    db->has_version =
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_DATA_VERSION,
                             &db->version) == SQLITE_OK;
}

static bool sqlite_is_alone(struct db *base)
{
    struct sqlite *db = sqlite_of(base);
    bool had_version = db->has_version;
    unsigned version = db->version;

    note_version(db);
    return had_version && db->has_version && db->version == version;
}

static int sqlite_commit(struct db *base, struct err *err)
{
    struct sqlite *db = sqlite_of(base);

    if (sqlite_has_lost_transaction(db))
        return sqlite_fail(db, SQLITE_ABORT, err);
    if (db_do(base, "COMMIT", err) < 0)
        return -1;
    note_version(db);
    if (db->turn)
        turn_give(db->turn);
    /* A copy that has the name by now may lack it. */
    if (!sqlite_has_moved(db))
        return 0;
    sqlite_fail_moved(err);
    err->code = ERR_UNSURE;
    return -1;
}

/* A name per depth, so that the texts are few and stay prepared. */
static int savepoint_do(struct db *db, const char *verb, int depth,
                        struct err *err)
{
    char sql[40];

    snprintf(sql, sizeof(sql), "%s s%d", verb, depth);
    return db_do(db, sql, err);
}

static int sqlite_savepoint(struct db *db, int depth, struct err *err)
{
    return savepoint_do(db, "SAVEPOINT", depth, err);
}

static int sqlite_release(struct db *db, int depth, struct err *err)
{
    return savepoint_do(db, "RELEASE", depth, err);
}

static void sqlite_rollback_to(struct db *db, int depth)
{
    struct err err = ERR_INIT;

    /* What can't be taken back alone must not be committed with the rest. */
    if (savepoint_do(db, "ROLLBACK TO", depth, &err) < 0 ||
        savepoint_do(db, "RELEASE", depth, &err) < 0)
        sqlite_rollback(db);
}

bool sqlite_is_late(const struct sqlite *db)
{
    return db->db.deadline_us != 0 && clock_mono_us() >= db->db.deadline_us;
}

static int look_at_clock(void *arg)
{
    return sqlite_is_late(arg);
}

static void sqlite_budget(struct db *base)
{
    bool is_on = base->deadline_us != 0;

    sqlite3_progress_handler(sqlite_of(base)->handle, is_on ? BUDGET_OPS : 0,
                             is_on ? look_at_clock : NULL, sqlite_of(base));
}

static int sqlite_data_version(struct db *db, int64_t *version, struct err *err)
{
    return db_read_number(db, "PRAGMA data_version", version, err);
}

static int sqlite_schema_step(struct db *db, int *step, struct err *err)
{
    int64_t number = 0;
    int rc = db_read_number(db, "PRAGMA user_version", &number, err);

    *step = (int)number;
    return rc;
}

static int sqlite_set_schema_step(struct db *db, int step, struct err *err)
{
    char sql[48];

    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", step);
    return db_exec(db, sql, err);
}

static const char columns[] =
    "SELECT t.name, c.name, CASE c.type WHEN 'TEXT' THEN 't' WHEN 'BLOB' "
    "THEN 'b' ELSE 'i' END, t.sql LIKE '%AUTOINCREMENT%' "
    "FROM sqlite_schema t, pragma_table_info(t.name) c "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY "
    "(SELECT count(*) FROM pragma_foreign_key_list(t.name)) > 0, t.name, c.cid";

static int run_with(struct db *db, const char *sql, const char *table,
                    int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, table);
    db_bind_int(stmt, 2, id);
    return db_run(&stmt, err);
}

/* A table that no row was ever put into has none there. */
static int sqlite_set_last_id(struct db *db, const char *table, int64_t id,
                              struct err *err)
{
    if (run_with(db, "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
                 table, id, err) < 0)
        return -1;
    return run_with(db,
                    "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 "
                    "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence "
                    "WHERE name = ?1)",
                    table, id, err);
}

const struct db_engine sqlite_engine = {
    .name = "SQLite",
    .db_size = sizeof(struct sqlite),
    .stmt_size = sizeof(struct sqlite_stmt),
    .version = sqlite3_libversion,
    .open = sqlite_open,
    .close = sqlite_close,
    .check_same = sqlite_check_same,
    .exec = sqlite_exec,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .reset = sqlite_reset,
    .bind_int = sqlite_bind_int,
    .bind_text = sqlite_bind_text,
    .bind_blob = sqlite_bind_blob,
    .bind_null = sqlite_bind_null,
    .step = sqlite_step,
    .get_int = sqlite_get_int,
    .get_real = sqlite_get_real,
    .get_text = sqlite_get_text,
    .get_blob = sqlite_get_blob,
    .is_null = sqlite_is_null,
    .changes = sqlite_changes,
    .read_begin = sqlite_read_begin,
    .begin = sqlite_begin,
    .is_alone = sqlite_is_alone,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .in_transaction = sqlite_in_transaction,
    .savepoint = sqlite_savepoint,
    .release = sqlite_release,
    .rollback_to = sqlite_rollback_to,
    .budget = sqlite_budget,
    .data_version = sqlite_data_version,
    .state = sqlite_state,
    .schema_step = sqlite_schema_step,
    .set_schema_step = sqlite_set_schema_step,
    .columns = columns,
    .last_id = "SELECT seq FROM sqlite_sequence WHERE name = ?1",
    .set_last_id = sqlite_set_last_id,
    .backup = sqlite_backup,
    .integrity = sqlite_integrity,
    .wal_bytes = sqlite_wal_bytes,
    .identity = sqlite_identity,
};
