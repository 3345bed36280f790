#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * One connection to the database, and the SQL that runs on it. The engine is
 * behind this header (store/engine.h says what it brings). SQL text is plain:
 * parameters ?1..?n, values always bound, INTEGER/BIGINT/TEXT/BLOB, ON
 * CONFLICT, RETURNING, keyset WHERE. What only an engine can do is a named
 * operation, here or as one of these SQL functions, which SQLite's driver
 * brings:
 *   app_fold(text)               base/text's fold
 *   app_contains(text, needle)   needle folded already; 0 or 1; likewise
 *   app_starts, app_ends, app_is
 *   app_match(text, pattern)     PCRE2, caseless, with limits; the statement
 *                                fails with ERR_INVALID, field "search", for a
 *                                bad or too costly pattern; 0 or 1
 *   app_decimal(integer)         the canonical text of a decimal
 *   app_time(integer)            RFC 3339 text of microseconds
 *   app_random()                 no use beyond tests
 * Thread: a connection belongs to one thread at a time. Blocks on the disk and,
 * where it writes, on other writers.
 */
struct db;
struct db_stmt;

enum db_mode {
    DB_READ,   /* query_only: any write is refused */
    DB_WRITE,  /* to the disk at each commit, foreign keys hold; makes a file */
    DB_REOPEN, /* the same, of a file that is there */
};

/* Whether where means a server, by how it begins: postgresql://. */
bool db_is_url(const char *where);
/* Whether a server can be meant so, as far as that shows without asking it.
 * ERR_INVALID, field "database"; a password in it is one, so that none is ever
 * logged. */
int db_check_url(const char *where, struct err *err);

/* where: the path of a file (SQLite), or postgresql://... as libpq takes it;
 * ":memory:" gives a private database (tests). ERR_UNAVAILABLE: can't be
 * opened, or can't keep what is promised here, text says why; ERR_STORE: not a
 * database, or corrupt. */
int db_open(struct db **db, const char *where, enum db_mode mode,
            struct err *err);
/* A file, whatever its name looks like. */
int db_open_file(struct db **db, const char *path, enum db_mode mode,
                 struct err *err);
/* In place of a connection that failed, a new one to the same database, which
 * must be there. Where that can't be had *db stays as it is; ERR_UNAVAILABLE
 * also while another has its name by now. */
int db_reopen(struct db **db, struct err *err);
/* Whether, as the connection was made anew, another database answered by that
 * name: a restored one, or a standby that was promoted. Nothing more is read or
 * written by it then. */
bool db_is_elsewhere(const struct db *db);
void db_close(struct db *db); /* NULL is fine; finalises every statement */

/* Whether it is a server: it has none of the functions above, each statement is
 * a trip, and daemons of other machines write to it too. */
bool db_is_server(const struct db *db);

/* Runs a text of several statements, no parameters (migrations, tests). */
int db_exec(struct db *db, const char *sql, struct err *err);

/* The prepared statement for sql, from this connection's cache (keyed by the
 * text; the least recently used go beyond 128). It is the cache's: borrowed,
 * and ready to bind. A statement still in use elsewhere up the stack is not
 * handed out twice: the second caller gets another of the same text. Every
 * db_prepare() that succeeds is paired with a db_done(). */
int db_prepare(struct db *db, const char *sql, struct db_stmt **stmt,
               struct err *err);
/* Of a SELECT, before its first step: its rows may be many, and are not all
 * held at once where a transaction is open. */
void db_expect_many(struct db_stmt *stmt);
/* n: 1 for ?1. The bytes must stay until db_done(). */
void db_bind_int(struct db_stmt *stmt, int n, int64_t value);
void db_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len);
void db_bind_str(struct db_stmt *stmt, int n, const char *text); /* NULL ok */
void db_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len);
void db_bind_null(struct db_stmt *stmt, int n);
/* A number, or NULL where it is not given. */
void db_bind_optional(struct db_stmt *stmt, int n, bool given, int64_t value);
/* Of what its tables hold, the statement reads, or writes, only what key stands
 * for, whatever the table: one key for a read, DB_KEYS_MAX at most for a write.
 * Without any it is all of it. */
#define DB_KEYS_MAX 2
void db_bind_key(struct db_stmt *stmt, uint64_t key);
/* A read that is likely to come in this write transaction, bound as it will be:
 * on a server it goes out with the others of its kind, in the trip of the next
 * answer that is waited for, and is answered from what came then, unless what
 * it rests on was written since. Gives stmt back. */
void db_foresee(struct db_stmt **stmt);
int db_read_foreseen(struct db *db, struct err *err); /* that trip, now */
/* 1: a row; 0: no more rows; -1: err. ERR_CONFLICT for a constraint (which
 * one is logged), ERR_UNAVAILABLE when the disk is full, read-only or failing
 * or another writer holds on too long, ERR_BUDGET past the time budget. */
int db_step(struct db_stmt *stmt, struct err *err);
/* Column col (0: the first) of the current row; valid until the next step. */
int64_t db_int(const struct db_stmt *stmt, int col);
/* False where it holds no number. For files of others: ours have none. */
bool db_real(const struct db_stmt *stmt, int col, double *number);
const char *db_text(const struct db_stmt *stmt, int col, size_t *len);
const void *db_blob(const struct db_stmt *stmt, int col, size_t *len);
bool db_is_null(const struct db_stmt *stmt, int col);
/* Copies a text column with its NUL; cut (at a character) if it doesn't fit. */
void db_copy_text(const struct db_stmt *stmt, int col, char *out, size_t max);
/* Back to the cache. NULL is fine, and so is a second call with *stmt NULL:
 * sets it to NULL. */
void db_done(struct db_stmt **stmt);
/* Steps to the end and done: for statements whose rows nobody reads. Within a
 * write transaction a failure may be told later: by a db_step() or a
 * db_release() behind it, at the latest by db_commit(). */
int db_run(struct db_stmt **stmt, struct err *err);
/* Before that: runs of this text in a row, or in turn with other such, may
 * become one, in which only the last of those with the same key is left. An
 * INSERT of one row, or an UPDATE of one; db_changes() says nothing of it. */
void db_merge(struct db_stmt *stmt);
/* Rows changed by the last statement that wrote; 0 where that failed. */
int64_t db_changes(const struct db *db);

/* A read transaction: every read until db_read_end() sees one snapshot. Nested
 * calls count; inside a write transaction both do nothing. */
int db_read_begin(struct db *db, struct err *err);
void db_read_end(struct db *db);

/* Write transactions, in fair turns with those of every other connection that
 * writes: db_begin() waits for its turn, stamps db_time_us() and empties the
 * outbox; ERR_UNAVAILABLE also where what would be written nobody would find
 * again. db_commit() that fails has rolled everything back, save for
 * ERR_UNSURE: whether it did can't be told. */
int db_begin(struct db *db, struct err *err);
/* db_begin() is next, or it is right behind db_commit() where a transaction is
 * open, which then must have nothing left to do but commit: on a server its
 * turn is asked for by the same trip as that, and what db_foresee() is told
 * from now on is read by the same trip as the turn. False: it is not. */
bool db_expect(struct db *db);
/* The turn was asked for by db_commit(): others wait until what db_begin()
 * begins has ended. */
bool db_is_ahead(const struct db *db);
int db_commit(struct db *db, struct err *err);
/* After ERR_UNSURE from db_commit(), with its err: asks again, for wait_ms at
 * most to reach the database and to get the turn. 0: it was committed, and its
 * outbox can be taken; -1: nothing of it was saved, or still ERR_UNSURE. */
#define DB_RESOLVE_MS 10000 /* what is worth waiting */
int db_resolve(struct db *db, int wait_ms, struct err *err);
void db_abort(struct db *db); /* rolls back; nothing to do outside one */
/* False once the engine has ended the transaction by itself (disk full, ...):
 * then nothing of it is left. */
bool db_in_transaction(const struct db *db);
int64_t db_turn_us(const struct db *db); /* what the last db_begin() waited */

/* Savepoints, nested, inside a write transaction. A rollback also takes back
 * what was announced since. */
struct db_savepoint {
    struct db *db; /* NULL: not set, or released */
    int depth;
    size_t outbox_len;
    size_t written;
};
#define DB_SAVEPOINT_NONE                                                      \
    {                                                                          \
        .db = NULL                                                             \
    }
int db_savepoint(struct db *db, struct db_savepoint *point, struct err *err);
int db_release(struct db_savepoint *point, struct err *err);
void db_rollback(struct db_savepoint *point); /* nothing if released/not set */
/* From the next savepoint on: what fails behind one is told by its db_release()
 * at the latest, and undone by its db_rollback(), whatever the engine; it costs
 * a server a trip for each. Without it such a failure may end the whole
 * transaction. */
void db_be_careful(struct db *db, bool is_careful);

/* What was read of rows, for who reads them again and again: known within write
 * transactions, for as long as the rows are as they were. Another's commit ends
 * that, a rollback of what was written to them, db_exec(), and want of memory.
 * Who writes to such rows says so, behind the statement, by one of the last
 * two. kind: an address that stands for it, as that of the text that reads it;
 * of: which of that kind; a value's length never changes. */
bool db_recall(struct db *db, const void *kind, const void *of, size_t of_len,
               void *value, size_t value_len); /* false: not known */
void db_remember(struct db *db, const void *kind, const void *of, size_t of_len,
                 const void *value, size_t value_len);
void db_remember_written(struct db *db, const void *kind, const void *of,
                         size_t of_len, const void *value, size_t value_len);
void db_forget(struct db *db); /* of every kind */

/* The one time of this transaction: UTC microseconds, never behind the one
 * before it on this connection. Outside a transaction: now. */
int64_t db_time_us(const struct db *db);

/* The outbox: what the world shall hear once this transaction has committed.
 * Opaque bytes to this room. ERR_NOMEM. */
int db_announce(struct db *db, const char *bytes, size_t len, struct err *err);
/* What was announced in this transaction so far; borrowed until more is. *len
 * 0: nothing, or there is no transaction. */
const char *db_announced(const struct db *db, size_t *len);
/* The outbox of the last committed transaction; *out gets the bytes (out must
 * be empty, initialised), the outbox is empty afterwards. */
void db_take_outbox(struct db *db, struct buf *out);

/* Every statement from here on must end within budget_ms of now, else
 * ERR_BUDGET. 0: no limit. */
void db_budget(struct db *db, int budget_ms);

/* Of this process, before it ends: from at_us on (monotonic; 0: never) nobody
 * waits for a server that says nothing, however much a write should, and none
 * is connected to. ERR_UNAVAILABLE, or ERR_UNSURE from db_commit(). Any thread.
 */
void db_give_up_servers(int64_t at_us);

/* A number that moves when another connection has committed. */
int db_data_version(struct db *db, int64_t *version, struct err *err);
/* What every commit to the file changes, whoever made it, read without a read
 * transaction. Where two are the same, nothing was committed in between. */
struct db_state {
    uint32_t words[12];
};
/* False: can't be told now, or of this file (an engine, or a file, without
 * such a thing). */
bool db_state(struct db *db, struct db_state *state);
bool db_state_equal(const struct db_state *a, const struct db_state *b);
/* Which step of the schema the database is at; 0 in a new one. Setting it is
 * part of the open transaction. */
int db_schema_step(struct db *db, int *step, struct err *err);
int db_set_schema_step(struct db *db, int step, struct err *err);
/* Once prepared: of every table its name, and of each column in turn its name,
 * what it holds ('i', 't' or 'b': a number, text, bytes), and whether the
 * table's ids are given out once only, which db_last_id() is about. Tables that
 * others refer to come first. SQLite's alone: ERR_INTERNAL. */
int db_prepare_columns(struct db *db, struct db_stmt **stmt, struct err *err);
/* The highest id that such a table has ever given out; 0: none yet. */
int db_last_id(struct db *db, const char *table, int64_t *id, struct err *err);
/* Within a write transaction; id: 1 or more. A server's is not undone with it.
 */
int db_set_last_id(struct db *db, const char *table, int64_t id,
                   struct err *err);
/* Copies the committed database into a new file (the engine's backup, verified
 * there). ERR_CONFLICT if the file exists or another makes it just now. What is
 * not finished is called "<path>.partial"; one left by a killed process is
 * begun anew. finish() (NULL: nothing) writes to the copy before it gets its
 * name. */
typedef int db_finish_fn(struct db *copy, void *arg, struct err *err);
int db_backup(struct db *db, const char *path, db_finish_fn *finish, void *arg,
              struct err *err);
/* The engine's own integrity check; ERR_STORE with its first complaint. */
int db_integrity(struct db *db, struct err *err);
/* Whether what is committed outlives the loss of the server: it waits for a
 * standby. */
int db_has_standby(struct db *db, bool *has_standby, struct err *err);
/* The same, without a trip, as the newest db_begin() or db_data_version() has
 * seen it: 1, 0, or -1: it did not come to that, or the engine has no such
 * thing. */
int db_standby(const struct db *db);
/* From now on db_begin() is ERR_UNAVAILABLE where it is known that nothing
 * would wait for a standby. One that db_reopen() gives was not told so. */
void db_require_standby(struct db *db);
bool db_lacks_standby(const struct db *db); /* why the newest one was */
/* What is committed from now on need not outlive the loss of the server, and
 * waits for no standby. */
void db_commit_locally(struct db *db);
/* From now on a transaction may stand still between two statements for as long
 * as its caller likes. Without that a server ends it after five seconds, as
 * nobody else can write meanwhile. */
void db_may_pause(struct db *db);
/* Size of the write-ahead log in bytes; 0 when there is none. */
int64_t db_wal_bytes(struct db *db);
/* Which database this is, so that a copy of it is known to be another: device
 * and inode of the file as text, or the server's identifier, its timeline and
 * which of its databases; "" for :memory:, or where it can't be told. */
void db_identity(struct db *db, char *text, size_t max);
/* Of the engine that is linked: "3.40.1". */
const char *db_engine_version(void);
