#pragma once
#include "base/buf.h"
#include "store/engine.h"
#include "store/sqlite/turn.h"
#include <sqlite3.h>
/*
 * What the files of the driver share. Nobody else includes this, nor sqlite3.h.
 */
#define SQLITE_FAULT_MAX 160

struct sqlite {
    struct db db;
    sqlite3 *handle;
    char *path;
    bool is_memory;
    uint64_t log_inode;     /* of the write-ahead log; 0: not seen yet */
    sqlite3_file *file;     /* with such a log; NULL: see sqlite_state() */
    sqlite3_stmt *rollback; /* ready, so that it needs no memory */
    /* Of the file's content, as its last transaction here knew it. */
    bool has_version;
    unsigned version;
    struct turn *turn;            /* NULL: it only reads */
    struct buf folded;            /* app_contains() and the like fold into it */
    char fault[SQLITE_FAULT_MAX]; /* what app_match() has against its pattern */
};

struct sqlite_stmt {
    struct db_stmt stmt;
    sqlite3_stmt *handle;
    int rc; /* SQLITE_OK until it runs; the first that failed stays */
};

static inline struct sqlite *sqlite_of(struct db *db)
{
    return (struct sqlite *)db;
}

static inline const struct sqlite *sqlite_seen(const struct db *db)
{
    return (const struct sqlite *)db;
}

/* Sets err from the engine's result code rc; returns -1. */
int sqlite_fail(struct sqlite *db, int rc, struct err *err);
/* True once the engine has ended the write transaction: what ran now would
 * be committed alone, at once. */
bool sqlite_has_lost_transaction(const struct sqlite *db);
bool sqlite_is_late(const struct sqlite *db); /* past the time budget */
/* At the beginning of a write transaction, when the log is there. */
void sqlite_see_log(struct sqlite *db);
/* True while the path names another file than the one that is open, or none,
 * or that is so of its write-ahead log: what is written now nobody would find
 * again. Known of the log from the first sqlite_see_log() on. */
bool sqlite_has_moved(const struct sqlite *db);
int sqlite_fail_moved(struct err *err); /* ERR_UNAVAILABLE with what to do */
int sqlite_add_functions(struct sqlite *db, struct err *err);

/* Rows of the engine's table: store/engine.h. */
int sqlite_prepare(struct db_stmt *stmt, struct err *err);
void sqlite_finalize(struct db_stmt *stmt);
void sqlite_reset(struct db_stmt *stmt);
void sqlite_bind_int(struct db_stmt *stmt, int n, int64_t value);
void sqlite_bind_text(struct db_stmt *stmt, int n, const char *text,
                      size_t len);
void sqlite_bind_blob(struct db_stmt *stmt, int n, const void *blob,
                      size_t len);
void sqlite_bind_null(struct db_stmt *stmt, int n, enum db_type type);
int sqlite_step(struct db_stmt *stmt, struct err *err);
int64_t sqlite_get_int(const struct db_stmt *stmt, int col);
bool sqlite_get_real(const struct db_stmt *stmt, int col, double *number);
const void *sqlite_get_text(const struct db_stmt *stmt, int col, size_t *len);
const void *sqlite_get_blob(const struct db_stmt *stmt, int col, size_t *len);
bool sqlite_is_null(const struct db_stmt *stmt, int col);
bool sqlite_state(struct db *db, struct db_state *state);
int sqlite_backup(struct db *db, const char *path, db_finish_fn *finish,
                  void *arg, struct err *err);
int sqlite_integrity(struct db *db, struct err *err);
int64_t sqlite_wal_bytes(struct db *db);
void sqlite_identity(struct db *db, char *text, size_t max);
