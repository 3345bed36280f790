#pragma once
#include "base/buf.h"
#include "store/engine.h"
#include <libpq-fe.h>
/*
 * What the files of the driver share. Nobody else includes this, nor
 * libpq-fe.h.
 *
 * What is sent waits in a queue of operations, in memory of its own, until an
 * answer is wanted: then all of it goes in one trip, and is read while it is
 * still being written. What was queued behind a savepoint can be taken back
 * without having been sent.
 */
#define PG_DEPTH_MAX 16 /* of savepoints */
#define PG_UNUSED_MAX 64
/* As it is written now: the control file's is still the old one right after a
 * promotion. */
#define PG_TIMELINE "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"

/* A prepared statement, for as long as anybody needs it. */
struct pg_plan {
    int refs;
    unsigned number; /* its name on the server: "s17" */
    unsigned since;  /* the connection that knows it; 0: none yet */
    int param_count;
    Oid *types;           /* as declared; 0: left to the server */
    struct pg_plan *many; /* merge.c: of many rows at once; NULL: not made */
    /* Of pg->tables: those that its text names, of the first table_count. */
    uint64_t tables;
    int table_count;
    char sql[]; /* with $1..$n */
};

struct pg_op {
    struct pg_plan *plan; /* NULL: text */
    const char *text;     /* one statement without parameters, static */
    int64_t number;       /* behind that; < 0: nothing is */
    bool is_read;         /* changes nothing */
    bool is_sync; /* not sent to be run: what is behind it does not fail with
                     what is before it, and is answered by itself */
    bool is_look; /* pg->look is the answer */
    int points;   /* savepoints that were sent just before it */
    bool is_preparing; /* the plan, behind those */
    /* One piece of memory with the values' bytes; NULL: no parameters. */
    const char **values;
    int *lengths;
    int *formats; /* 1: binary */
    char *cursor; /* the plan is not run, but this, which begins it as one */
    struct pg_foreseen *foreseen; /* whom the answer is kept for; NULL: none */
    /* merge.c */
    bool may_merge;
    bool has_key;
    uint64_t key; /* the row that it writes */
    int group;
    bool is_superseded; /* by one behind it */
    bool is_merged;     /* into one before it: it is not sent */
};

/* An answer that may be read more than once. */
struct pg_answer {
    int refs;
    PGresult *result;
};

#define PG_TABLES_MAX 64 /* that are written to */
struct pg_table {
    char name[40];
    bool is_written;   /* in this transaction, behind what was foreseen */
    bool is_all_other; /* not only rows whose keys are known */
};

struct pg {
    struct db db;
    PGconn *conn;
    unsigned connected; /* counts connections: what a plan's since means */
    unsigned last_number;
    /* Numbers of plans that the server knows and nobody needs. */
    unsigned unused[PG_UNUSED_MAX];
    int unused_count;
    struct pg_op *ops; /* the queue */
    size_t op_count;
    size_t op_max;
    struct {
        size_t mark; /* into the queue */
        bool is_sent;
        bool is_queued;         /* is_sent, as soon as the queue is */
    } points[PG_DEPTH_MAX + 1]; /* by depth, from 1 on */
    bool is_open;               /* a transaction, or what begins it is queued */
    bool is_begun;              /* that was sent */
    bool has_written;           /* in it, and that was sent */
    bool is_apart;              /* its clock is, from ours */
    bool is_opening;            /* for somebody who may know why it fails */
    bool is_set_up;             /* the connection at hand, to the end */
    bool is_silent; /* the server did not answer in time: nothing will come */
    /* foresee.c */
    struct pg_foreseen *foreseen;
    struct pg_written *written;
    struct pg_table tables[PG_TABLES_MAX];
    int table_count;
    bool is_all_written;
    /* transaction.c */
    bool is_expected; /* what begins the next write transaction is queued */
    bool is_ahead;    /* and was sent, behind the COMMIT of the one before */
    PGresult *look;   /* what was found when it began */
    bool is_lost;     /* it has ended by itself: nothing more can come of it */
    unsigned transaction; /* counts them: what a cursor lives in */
    unsigned last_cursor;
    int64_t changes;
    char place[80]; /* which server, database and timeline; "": none yet */
    int64_t away_until_us; /* no connection is tried before; monotonic */
    char timeline[24];     /* of the newest write transaction */
    char xid[24];          /* its number */
    int64_t timeout_ms;    /* the server's statement_timeout; < 0: not known */
};

/* Of the server's catalogue: pg_type.dat. */
enum {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_TEXT = 25,
};

struct pg_bind {
    Oid type;       /* 0: not known, of a NULL */
    bool has_value; /* it is no NULL */
    const char *bytes;
    size_t len;
    int64_t number;
};

struct pg_stmt {
    struct db_stmt stmt;
    struct pg_plan *plan;
    struct pg_bind *binds;
    PGresult *result;         /* NULL: has not run */
    struct pg_answer *answer; /* whose result it is; NULL: its own */
    uint64_t keys[DB_KEYS_MAX];
    int key_count;
    bool may_merge;
    int row;         /* the current one; -1: before the first */
    bool is_long;    /* its rows come in parts */
    unsigned cursor; /* 0: none is open */
    unsigned transaction;
    int depth; /* of savepoints, where it was begun */
    bool is_over;
    struct buf bytes;   /* of the blobs of the current row, decoded */
    const char **blobs; /* by column: where in it; NULL: not decoded */
};

static inline struct pg *pg_of(struct db *db)
{
    return (struct pg *)db;
}

/* Sets err from what the server or the library has to say; returns -1. result
 * NULL: the connection's own fault. */
int pg_fail(struct pg *pg, const PGresult *result, struct err *err);
int pg_fail_as(enum err_code code, const char *text, struct err *err);

/* A connection that broke is replaced, where no transaction is open. */
int pg_ensure(struct pg *pg, struct err *err);
/* Queues what makes the server keep to the time budget. ERR_BUDGET: it is used
 * up. */
int pg_set_timeout(struct pg *pg, struct err *err);

/* address.c */
/* *conn: the caller's, whatever became of it. ERR_UNAVAILABLE: it may not go
 * there. */
int pg_connect_to(const char *where, PGconn **conn, struct err *err);
/* Where it went. */
int pg_check_peer(const PGconn *conn, struct err *err);

/* queue.c */
/* The next operation, to be filled in; NULL: err. Its plan is referenced. */
struct pg_op *pg_add(struct pg *pg, struct pg_plan *plan, struct err *err);
int pg_add_text(struct pg *pg, const char *text, int64_t number,
                struct err *err);
/* Everything from index from on is forgotten. */
void pg_cut(struct pg *pg, size_t from);
/* Whether the transaction writes anything, in what is queued too. */
bool pg_writes(const struct pg *pg);
/* Sends what is queued and waits for all of it. *last: the result of the last
 * one, the caller's; NULL where it is not wanted. The first failure is told,
 * and ends the transaction. */
int pg_flush(struct pg *pg, PGresult **last, struct err *err);
/* Where there is a sync among it: up to there; and this waits for the rest. */
int pg_receive_rest(struct pg *pg, struct err *err);
int pg_add_sync(struct pg *pg, struct err *err);
/* What is on its way would be answered in the place of what comes next. Returns
 * -1. */
int pg_drop_connection(struct pg *pg);
/* Several statements at once, their results not wanted; the queue is empty. */
int pg_run_script(struct pg *pg, const char *sql, struct err *err);
void pg_plan_unref(struct pg *pg, struct pg_plan *plan); /* NULL is fine */
/* The server forgets the plans that nobody needs, where they are many; not in a
 * transaction. */
int pg_drop_unused(struct pg *pg, struct err *err);

/* merge.c */
/* Of what is queued, what may be merged. */
void pg_merge(struct pg *pg);
/* foresee.c */
/* The statement's result, if it was foreseen and is still good: 1, 0, or -1
 * with err. */
int pg_take_foreseen(struct pg_stmt *stmt, struct err *err);
/* A write that is queued in a write transaction. */
void pg_note_written(const struct pg_stmt *stmt);
void pg_note_all_written(struct pg *pg);
void pg_keep_answer(struct pg_foreseen *foreseen, PGresult *result);
void pg_answer_unref(struct pg_answer *answer); /* NULL is fine */
/* With the transaction; nothing of it is queued. */
void pg_forget_foreseen(struct pg *pg);
/* statement.c */
bool pg_is_read(const char *sql);
int pg_enqueue(struct pg_stmt *stmt, struct err *err);

/* Rows of the engine's table: store/engine.h. */
int pg_prepare(struct db_stmt *stmt, struct err *err);
void pg_finalize(struct db_stmt *stmt);
void pg_reset(struct db_stmt *stmt);
void pg_expect_many(struct db_stmt *stmt);
void pg_bind_int(struct db_stmt *stmt, int n, int64_t value);
void pg_bind_text(struct db_stmt *stmt, int n, const char *text, size_t len);
void pg_bind_blob(struct db_stmt *stmt, int n, const void *blob, size_t len);
void pg_bind_null(struct db_stmt *stmt, int n, enum db_type type);
void pg_merge_stmt(struct db_stmt *stmt);
void pg_bind_key(struct db_stmt *stmt, uint64_t key);
void pg_foresee(struct db_stmt *stmt);
int pg_read_foreseen(struct db *db, struct err *err);
int pg_step(struct db_stmt *stmt, struct err *err);
int pg_run(struct db_stmt *stmt, struct err *err);
int64_t pg_get_int(const struct db_stmt *stmt, int col);
bool pg_get_real(const struct db_stmt *stmt, int col, double *number);
const void *pg_get_text(const struct db_stmt *stmt, int col, size_t *len);
const void *pg_get_blob(const struct db_stmt *stmt, int col, size_t *len);
bool pg_is_null(const struct db_stmt *stmt, int col);
int pg_read_begin(struct db *db, struct err *err);
bool pg_expect(struct db *db);
bool pg_is_ahead(const struct db *db);
int pg_begin(struct db *db, int64_t *now_us, struct err *err);
int pg_commit(struct db *db, struct err *err);
int pg_resolve(struct db *db, int wait_ms, struct err *err);
void pg_rollback(struct db *db);
bool pg_in_transaction(const struct db *db);
int pg_savepoint(struct db *db, int depth, struct err *err);
int pg_release(struct db *db, int depth, struct err *err);
void pg_rollback_to(struct db *db, int depth);
