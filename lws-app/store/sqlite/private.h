#pragma once
#include "base/buf.h"
#include "store/db.h"
#include <sqlite3.h>
/*
 * What the files of the driver share. Nobody else includes this, nor sqlite3.h.
 */
#define DB_FAULT_MAX 160

struct db {
    sqlite3 *handle;
    char *path;
    bool is_memory;
    uint64_t log_inode;     /* of the write-ahead log; 0: not seen yet */
    sqlite3_file *file;     /* with such a log; NULL: see db_state() */
    sqlite3_stmt *rollback; /* ready, so that it needs no memory */
    struct db_stmt *by_sql; /* the cache: at most one for each text */
    struct db_stmt *stmts;  /* all of them, the least recently used first */
    struct buf outbox;
    bool is_writing;          /* from db_begin() to db_commit() or db_abort() */
    int read_depth;           /* db_read_begin() not yet ended */
    int depth;                /* of savepoints */
    int64_t time_us;          /* of the newest write transaction */
    int64_t deadline_us;      /* on the monotonic clock; 0: none */
    struct buf folded;        /* app_contains() and the like fold into it */
    char fault[DB_FAULT_MAX]; /* what app_match() has against its pattern */
};

/* Sets err from the engine's result code rc; returns -1. */
int db_fail(struct db *db, int rc, struct err *err);
/* One statement without parameters or rows, from the cache. */
int db_do(struct db *db, const char *sql, struct err *err);
/* True once the engine has ended the write transaction: what ran now would
 * be committed alone, at once. */
bool db_has_lost_transaction(const struct db *db);
bool db_is_late(const struct db *db); /* past the time budget */
void db_drop_statements(struct db *db);
/* At the beginning of a write transaction, when the log is there. */
void db_see_log(struct db *db);
int db_add_functions(struct db *db, struct err *err);
