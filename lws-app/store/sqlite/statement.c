#include "base/mem.h"
#include "store/sqlite/private.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

/* Of the text in steps of 8 bytes: a tenth of the time of uthash's own, which
 * every statement run would pay. */
static unsigned hash_sql(const char *sql, size_t len)
{
    uint64_t sum = len;
    uint64_t word = 0;

    for (; len >= sizeof(word); sql += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, sql, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        sum ^= sum >> 32;
    }
    word = 0;
    memcpy(&word, sql, len);
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(sum >> 32);
}

#define HASH_FUNCTION(key, len, hashv) ((hashv) = hash_sql(key, len))
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

#define CACHE_MAX 128

struct db_stmt {
    struct db *db;
    sqlite3_stmt *handle;
    bool is_used;
    bool is_cached; /* in by_sql; any other goes at db_done() */
    int rc;         /* SQLITE_OK until it runs; the first that failed stays */
    struct db_stmt *prev;
    struct db_stmt *next;
    UT_hash_handle hh;
    size_t sql_len;
    char sql[];
};

static void statement_free(struct db_stmt *stmt)
{
    if (stmt->is_cached)
        HASH_DEL(stmt->db->by_sql, stmt);
    DL_DELETE(stmt->db->stmts, stmt);
    sqlite3_finalize(stmt->handle);
    mem_free(stmt);
}

void db_drop_statements(struct db *db)
{
    struct db_stmt *stmt;
    struct db_stmt *next;

    DL_FOREACH_SAFE(db->stmts, stmt, next) statement_free(stmt);
}

static void evict(struct db *db)
{
    struct db_stmt *stmt;
    struct db_stmt *next;

    DL_FOREACH_SAFE(db->stmts, stmt, next)
    {
        if (HASH_COUNT(db->by_sql) <= CACHE_MAX)
            break;
        if (!stmt->is_used)
            statement_free(stmt);
    }
}

/* Other engines number by order of appearance: ?1..?n without a gap can be
 * rewritten for them, nothing else can. */
static bool has_plain_parameters(sqlite3_stmt *handle)
{
    int count = sqlite3_bind_parameter_count(handle);
    bool is_plain = true;

    for (int i = 1; i <= count && is_plain; i++) {
        const char *name = sqlite3_bind_parameter_name(handle, i);
        char want[16];

        snprintf(want, sizeof(want), "?%d", i);
        is_plain = name && strcmp(name, want) == 0;
    }
    return is_plain;
}

static int compile(struct db *db, const char *sql, size_t len,
                   sqlite3_stmt **handle, struct err *err)
{
    const char *tail = sql;
    int rc = sqlite3_prepare_v3(db->handle, sql, (int)len + 1,
                                SQLITE_PREPARE_PERSISTENT, handle, &tail);

    if (rc != SQLITE_OK)
        return db_fail(db, rc, err);
    if (!*handle || tail[strspn(tail, " \n;")])
        return err_set(err, ERR_INTERNAL, "not one statement: %s", sql);
    if (!has_plain_parameters(*handle))
        return err_set(err, ERR_INTERNAL, "parameters are not ?1..?n: %s", sql);
    return 0;
}

static int statement_new(struct db *db, const char *sql, size_t len,
                         struct db_stmt **stmt, struct err *err)
{
    struct db_stmt *made = mem_zalloc(sizeof(*made) + len + 1);
    int rc = -1;

    if (!made) {
        err_set(err, ERR_NOMEM, "out of memory for a statement");
        goto out;
    }
    if (compile(db, sql, len, &made->handle, err) < 0)
        goto out;
    made->db = db;
    made->sql_len = len;
    memcpy(made->sql, sql, len + 1);
    DL_APPEND(db->stmts, made);
    *stmt = made;
    made = NULL;
    rc = 0;
out:
    if (made)
        sqlite3_finalize(made->handle);
    mem_free(made);
    return rc;
}

int db_prepare(struct db *db, const char *sql, struct db_stmt **stmt,
               struct err *err)
{
    size_t len = strlen(sql);
    struct db_stmt *cached = NULL;

    HASH_FIND(hh, db->by_sql, sql, len, cached);
    if (cached && !cached->is_used) {
        DL_DELETE(db->stmts, cached);
        DL_APPEND(db->stmts, cached);
        cached->is_used = true;
        *stmt = cached;
        return 0;
    }
    *stmt = NULL;
    if (statement_new(db, sql, len, stmt, err) < 0)
        return -1;
    (*stmt)->is_used = true;
    if (!cached) {
        HASH_ADD_KEYPTR(hh, db->by_sql, (*stmt)->sql, len, *stmt);
        /* Short of memory it serves once, uncached. */
        (*stmt)->is_cached = (*stmt)->hh.tbl != NULL;
        evict(db);
    }
    return 0;
}

void db_done(struct db_stmt **stmt)
{
    struct db_stmt *used = *stmt;

    if (!used)
        return;
    *stmt = NULL;
    if (!used->is_cached) {
        statement_free(used);
        return;
    }
    sqlite3_reset(used->handle);
    sqlite3_clear_bindings(used->handle);
    used->rc = SQLITE_OK;
    used->is_used = false;
}

/* A value that could not be bound fails the step. */
static void keep_fault(struct db_stmt *stmt, int rc)
{
    if (stmt->rc == SQLITE_OK)
        stmt->rc = rc;
}

void db_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
    keep_fault(stmt, sqlite3_bind_int64(stmt->handle, n, value));
}

void db_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len)
{
    keep_fault(stmt, sqlite3_bind_text64(stmt->handle, n, text ? text : "", len,
                                         SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_str(struct db_stmt *stmt, int n, const char *text)
{
    if (text)
        db_bind_text(stmt, n, text, strlen(text));
    else
        db_bind_null(stmt, n);
}

void db_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len)
{
    keep_fault(stmt, sqlite3_bind_blob64(stmt->handle, n, blob ? blob : "", len,
                                         SQLITE_STATIC));
}

void db_bind_null(struct db_stmt *stmt, int n)
{
    keep_fault(stmt, sqlite3_bind_null(stmt->handle, n));
}

int db_step(struct db_stmt *stmt, struct err *err)
{
    struct db *db = stmt->db;

    /* Stepping again after the last row would run it a second time. */
    if (stmt->rc == SQLITE_DONE)
        return 0;
    if (stmt->rc == SQLITE_OK && db_has_lost_transaction(db))
        stmt->rc = SQLITE_ABORT;
    if (stmt->rc == SQLITE_OK && db_is_late(db))
        stmt->rc = SQLITE_INTERRUPT;
    if (stmt->rc == SQLITE_OK || stmt->rc == SQLITE_ROW)
        stmt->rc = sqlite3_step(stmt->handle);
    if (stmt->rc == SQLITE_ROW)
        return 1;
    return stmt->rc == SQLITE_DONE ? 0 : db_fail(db, stmt->rc, err);
}

int64_t db_int(const struct db_stmt *stmt, int col)
{
    return sqlite3_column_int64(stmt->handle, col);
}

bool db_real(const struct db_stmt *stmt, int col, double *number)
{
    int type = sqlite3_column_type(stmt->handle, col);

    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return false;
    *number = sqlite3_column_double(stmt->handle, col);
    return true;
}

const char *db_text(const struct db_stmt *stmt, int col, size_t *len)
{
    const void *text = sqlite3_column_text(stmt->handle, col);

    if (len)
        *len = text ? (size_t)sqlite3_column_bytes(stmt->handle, col) : 0;
    return text ? text : "";
}

const void *db_blob(const struct db_stmt *stmt, int col, size_t *len)
{
    const void *blob = sqlite3_column_blob(stmt->handle, col);

    if (len)
        *len = blob ? (size_t)sqlite3_column_bytes(stmt->handle, col) : 0;
    return blob ? blob : "";
}

bool db_is_null(const struct db_stmt *stmt, int col)
{
    return sqlite3_column_type(stmt->handle, col) == SQLITE_NULL;
}

void db_copy_text(const struct db_stmt *stmt, int col, char *out, size_t max)
{
    size_t len;
    const char *text = db_text(stmt, col, &len);

    if (max == 0)
        return;
    if (len >= max) {
        len = max - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

int db_run(struct db_stmt **stmt, struct err *err)
{
    int rc;

    do
        rc = db_step(*stmt, err);
    while (rc == 1);
    db_done(stmt);
    return rc;
}

int db_do(struct db *db, const char *sql, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    return db_run(&stmt, err);
}
