#include "base/mem.h"
#include "store/engine.h"
#include "store/hash.h"

#include <stdint.h>
#include <string.h>
#include <utlist.h>

#define HASH_FUNCTION(key, len, hashv) ((hashv) = db_hash(key, len))
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

#define CACHE_MAX 128

/* In one piece of memory with the engine's statement and, behind that, its
 * text. */
struct db_slot {
    struct db_stmt *stmt;
    bool is_used;
    bool is_cached; /* in by_sql; any other goes at db_done() */
    struct db_slot *prev;
    struct db_slot *next;
    UT_hash_handle hh;
    _Alignas(max_align_t) char memory[];
};

static void slot_free(struct db *db, struct db_slot *slot)
{
    db->engine->finalize(slot->stmt);
    if (slot->is_cached)
        HASH_DEL(db->by_sql, slot);
    DL_DELETE(db->slots, slot);
    mem_free(slot);
}

void db_drop_statements(struct db *db)
{
    struct db_slot *slot;
    struct db_slot *next;

    DL_FOREACH_SAFE(db->slots, slot, next) slot_free(db, slot);
}

static void evict(struct db *db)
{
    struct db_slot *slot;
    struct db_slot *next;

    DL_FOREACH_SAFE(db->slots, slot, next)
    {
        if (HASH_COUNT(db->by_sql) <= CACHE_MAX)
            break;
        if (!slot->is_used)
            slot_free(db, slot);
    }
}

static struct db_slot *slot_new(struct db *db, const char *sql, size_t len,
                                struct err *err)
{
    const struct db_engine *engine = db->engine;
    struct db_slot *made =
        mem_zalloc(sizeof(*made) + engine->stmt_size + len + 1);
    char *text;

    if (!made) {
        err_set(err, ERR_NOMEM, "out of memory for a statement");
        return NULL;
    }
    text = made->memory + engine->stmt_size;
    memcpy(text, sql, len + 1);
    made->stmt = (struct db_stmt *)(void *)made->memory;
    *made->stmt = (struct db_stmt){
        .engine = engine, .db = db, .slot = made, .sql = text, .sql_len = len};
    if (engine->prepare(made->stmt, err) < 0) {
        engine->finalize(made->stmt);
        mem_free(made);
        return NULL;
    }
    DL_APPEND(db->slots, made);
    return made;
}

int db_prepare(struct db *db, const char *sql, struct db_stmt **stmt,
               struct err *err)
{
    size_t len = strlen(sql);
    struct db_slot *cached = NULL;
    struct db_slot *made;

    HASH_FIND(hh, db->by_sql, sql, len, cached);
    if (cached && !cached->is_used) {
        DL_DELETE(db->slots, cached);
        DL_APPEND(db->slots, cached);
        cached->is_used = true;
        *stmt = cached->stmt;
        return 0;
    }
    *stmt = NULL;
    made = slot_new(db, sql, len, err);
    if (!made)
        return -1;
    made->is_used = true;
    *stmt = made->stmt;
    if (!cached) {
        HASH_ADD_KEYPTR(hh, db->by_sql, made->stmt->sql, len, made);
        /* Short of memory it serves once, uncached. */
        made->is_cached = made->hh.tbl != NULL;
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
    if (!used->slot->is_cached) {
        slot_free(used->db, used->slot);
        return;
    }
    used->engine->reset(used);
    used->slot->is_used = false;
}

void db_expect_many(struct db_stmt *stmt)
{
    if (stmt->engine->expect_many)
        stmt->engine->expect_many(stmt);
}

void db_bind_int(struct db_stmt *stmt, int n, int64_t value)
{
    stmt->engine->bind_int(stmt, n, value);
}

void db_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len)
{
    stmt->engine->bind_text(stmt, n, text ? text : "", len);
}

void db_bind_str(struct db_stmt *stmt, int n, const char *text)
{
    if (text)
        db_bind_text(stmt, n, text, strlen(text));
    else
        stmt->engine->bind_null(stmt, n, DB_TEXT);
}

void db_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len)
{
    stmt->engine->bind_blob(stmt, n, blob ? blob : "", len);
}

void db_bind_null(struct db_stmt *stmt, int n)
{
    stmt->engine->bind_null(stmt, n, DB_ANY);
}

void db_bind_optional(struct db_stmt *stmt, int n, bool given, int64_t value)
{
    if (given)
        db_bind_int(stmt, n, value);
    else
        stmt->engine->bind_null(stmt, n, DB_INT);
}

void db_merge(struct db_stmt *stmt)
{
    if (stmt->engine->merge)
        stmt->engine->merge(stmt);
}

void db_bind_key(struct db_stmt *stmt, uint64_t key)
{
    if (stmt->engine->bind_key)
        stmt->engine->bind_key(stmt, key);
}

void db_foresee(struct db_stmt **stmt)
{
    if ((*stmt)->engine->foresee)
        (*stmt)->engine->foresee(*stmt);
    db_done(stmt);
}

int db_read_foreseen(struct db *db, struct err *err)
{
    return db->engine->foresee ? db->engine->read_foreseen(db, err) : 0;
}

int db_step(struct db_stmt *stmt, struct err *err)
{
    return stmt->engine->step(stmt, err);
}

int64_t db_int(const struct db_stmt *stmt, int col)
{
    return stmt->engine->get_int(stmt, col);
}

bool db_real(const struct db_stmt *stmt, int col, double *number)
{
    return stmt->engine->get_real(stmt, col, number);
}

const char *db_text(const struct db_stmt *stmt, int col, size_t *len)
{
    size_t unused;
    const void *text = stmt->engine->get_text(stmt, col, len ? len : &unused);

    return text ? text : "";
}

const void *db_blob(const struct db_stmt *stmt, int col, size_t *len)
{
    size_t unused;
    const void *blob = stmt->engine->get_blob(stmt, col, len ? len : &unused);

    return blob ? blob : "";
}

bool db_is_null(const struct db_stmt *stmt, int col)
{
    return stmt->engine->is_null(stmt, col);
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
    const struct db_engine *engine = (*stmt)->engine;
    int rc;

    if (engine->run) {
        rc = engine->run(*stmt, err);
    } else {
        do
            rc = engine->step(*stmt, err);
        while (rc == 1);
    }
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

int db_read_number(struct db *db, const char *sql, int64_t *number,
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
