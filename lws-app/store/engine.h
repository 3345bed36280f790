#pragma once
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What an engine brings for db.h, and what every engine's connections and
 * statements have in common. Included by db.h's own files and by the engines
 * alone.
 */
struct db_slot; /* a statement's place in the cache: statement.c */
struct db_note; /* what db_remember() has kept: memory.c */

/* An engine's own struct begins with it. */
struct db {
    const struct db_engine *engine;
    enum db_mode mode;
    struct db_slot *by_sql; /* the cache: at most one for each text */
    struct db_slot *slots;  /* all of them, the least recently used first */
    struct db_note *notes;
    size_t notes_size;
    size_t written; /* what is remembered of it, in this transaction */
    struct buf outbox;
    bool is_writing;     /* from db_begin() to db_commit() or db_abort() */
    int read_depth;      /* db_read_begin() not yet ended */
    int depth;           /* of savepoints */
    int64_t time_us;     /* of the newest write transaction */
    int64_t turn_us;     /* how long it waited for its turn */
    int64_t deadline_us; /* on the monotonic clock; 0: none */
    bool is_elsewhere;
    bool is_careful;
    bool needs_standby;
    bool is_local; /* commits wait for no standby */
    bool may_pause;
    int standby; /* db_standby(): begin() and data_version() set it */
    char *where; /* what db_open() was given */
};

/* As above. The text stays where it is for as long as the statement lives. */
struct db_stmt {
    const struct db_engine *engine;
    struct db *db;
    struct db_slot *slot;
    const char *sql;
    size_t sql_len;
};

/* What db_give_up_servers() was told. */
int64_t db_given_up_us(void);
bool db_is_given_up(void);

/* Where nothing else is said, as the function of db.h by that name. */
enum db_type {
    DB_ANY, /* it is not said */
    DB_INT,
    DB_TEXT,
};
struct db_engine {
    const char *name; /* "SQLite" */
    size_t db_size;   /* of its struct that begins with a struct db */
    size_t stmt_size;
    bool is_server;
    const char *(*version)(void);

    /* db is zeroed save for what all have in common; close() follows also where
     * it failed. */
    int (*open)(struct db *db, struct err *err);
    void (*close)(struct db *db); /* every statement is gone by then */
    /* Whether the name that db was opened by still means the same database. */
    int (*check_same)(struct db *db, struct err *err);
    /* Whether opened, of the same name, is that database. NULL: it is. */
    int (*check_replaced)(struct db *db, const struct db *opened,
                          struct err *err);
    int (*exec)(struct db *db, const char *sql, struct err *err);

    /* stmt is zeroed save for what all have in common; finalize() follows also
     * where it failed. */
    int (*prepare)(struct db_stmt *stmt, struct err *err);
    void (*finalize)(struct db_stmt *stmt);
    void (*reset)(struct db_stmt *stmt); /* ready to bind again */
    /* NULL: rows come one by one in any case. */
    void (*expect_many)(struct db_stmt *stmt);
    void (*bind_int)(struct db_stmt *stmt, int n, int64_t value);
    void (*bind_text)(struct db_stmt *stmt, int n, const char *text,
                      size_t len);
    void (*bind_blob)(struct db_stmt *stmt, int n, const void *blob,
                      size_t len);
    void (*bind_null)(struct db_stmt *stmt, int n, enum db_type type);
    void (*bind_key)(struct db_stmt *stmt, uint64_t key); /* NULL: no use */
    void (*merge)(struct db_stmt *stmt);                  /* likewise */
    void (*foresee)(struct db_stmt *stmt);                /* likewise */
    int (*read_foreseen)(struct db *db, struct err *err);
    int (*step)(struct db_stmt *stmt, struct err *err);
    /* Where an engine has one, db_run(): steps to the end. */
    int (*run)(struct db_stmt *stmt, struct err *err);
    int64_t (*get_int)(const struct db_stmt *stmt, int col);
    bool (*get_real)(const struct db_stmt *stmt, int col, double *number);
    /* NULL: it holds none, and *len is 0. len is never NULL. */
    const void *(*get_text)(const struct db_stmt *stmt, int col, size_t *len);
    const void *(*get_blob)(const struct db_stmt *stmt, int col, size_t *len);
    bool (*is_null)(const struct db_stmt *stmt, int col);
    int64_t (*changes)(const struct db *db);

    int (*read_begin)(struct db *db, struct err *err);
    /* NULL: nothing can be asked for before begin(). */
    bool (*expect)(struct db *db);
    bool (*is_ahead)(const struct db *db);
    /* Takes the turn, sets turn_us; *now_us: the time that counts. */
    int (*begin)(struct db *db, int64_t *now_us, struct err *err);
    /* Right behind it: nobody else has committed since the last write
     * transaction of this connection. NULL: that can't be told. */
    bool (*is_alone)(struct db *db);
    /* Gives the turn back; rollback() follows where it failed. */
    int (*commit)(struct db *db, struct err *err);
    /* db_resolve(), after rollback(). NULL: it is not to be had. */
    int (*resolve)(struct db *db, int wait_ms, struct err *err);
    /* Ends any transaction there is, and the turn. */
    void (*rollback)(struct db *db);
    bool (*in_transaction)(const struct db *db); /* while is_writing */
    int (*savepoint)(struct db *db, int depth, struct err *err);
    int (*release)(struct db *db, int depth, struct err *err);
    /* Where that can't be done, the whole transaction ends. */
    void (*rollback_to)(struct db *db, int depth);

    void (*budget)(struct db *db); /* deadline_us has changed */
    int (*data_version)(struct db *db, int64_t *version, struct err *err);
    bool (*state)(struct db *db, struct db_state *state);
    int (*schema_step)(struct db *db, int *step, struct err *err);
    int (*set_schema_step)(struct db *db, int step, struct err *err);
    const char *columns; /* NULL: as said there */
    const char *last_id; /* ?1: the table's name */
    int (*set_last_id)(struct db *db, const char *table, int64_t id,
                       struct err *err);
    int (*backup)(struct db *db, const char *path, db_finish_fn *finish,
                  void *arg, struct err *err);
    int (*integrity)(struct db *db, struct err *err);
    int (*has_standby)(struct db *db, bool *has_standby,
                       struct err *err); /* NULL: never */
    int64_t (*wal_bytes)(struct db *db);
    void (*identity)(struct db *db, char *text, size_t max);
};
extern const struct db_engine sqlite_engine;
extern const struct db_engine postgres_engine;
int pg_check_url(const char *where, struct err *err);

/* As db_open(), with the engine known. */
int db_open_as(const struct db_engine *engine, struct db **db,
               const char *where, enum db_mode mode, struct err *err);
/* One statement without parameters or rows, from the cache. */
int db_do(struct db *db, const char *sql, struct err *err);
/* The one number that sql selects; left as it is where there is no row. */
int db_read_number(struct db *db, const char *sql, int64_t *number,
                   struct err *err);
void db_drop_statements(struct db *db);
void db_forget_all(struct db *db);
