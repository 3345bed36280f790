#include "base/clock.h"
#include "base/mem.h"
#include "store/engine.h"

#include <stdatomic.h>
#include <string.h>

#include "base/banned.h"

#define OUTBOX_MAX ((size_t)256 << 20)

int db_open_as(const struct db_engine *engine, struct db **db,
               const char *where, enum db_mode mode, struct err *err)
{
    size_t where_len = strlen(where);
    struct db *opened = mem_zalloc(engine->db_size + where_len + 1);

    *db = NULL;
    if (!opened)
        return err_set(err, ERR_NOMEM, "out of memory for a connection");
    opened->engine = engine;
    opened->mode = mode;
    opened->standby = -1;
    opened->where = (char *)opened + engine->db_size;
    memcpy(opened->where, where, where_len + 1);
    buf_init(&opened->outbox, OUTBOX_MAX);
    if (engine->open(opened, err) < 0) {
        int retry_after_s = err->retry_after_s;

        err_set(err, err->code, "%s: %s", where, err->text);
        err->retry_after_s = retry_after_s;
        db_close(opened);
        return -1;
    }
    *db = opened;
    return 0;
}

int db_reopen(struct db **db, struct err *err)
{
    struct db *old = *db;
    struct db *opened = NULL;

    if (old->engine->check_same(old, err) < 0 ||
        db_open_as(old->engine, &opened, old->where,
                   old->mode == DB_WRITE ? DB_REOPEN : old->mode, err) < 0)
        return -1;
    if (old->engine->check_replaced &&
        old->engine->check_replaced(old, opened, err) < 0) {
        db_close(opened);
        return -1;
    }
    *db = opened;
    db_close(old);
    return 0;
}

bool db_is_elsewhere(const struct db *db)
{
    return db->is_elsewhere;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_drop_statements(db);
    db_forget_all(db);
    db->engine->close(db);
    buf_release(&db->outbox);
    mem_free(db);
}

bool db_is_server(const struct db *db)
{
    return db->engine->is_server;
}

int db_exec(struct db *db, const char *sql, struct err *err)
{
    db_forget(db);
    return db->engine->exec(db, sql, err);
}

int64_t db_changes(const struct db *db)
{
    return db->engine->changes(db);
}

/* ----------------------------------------------------------- transactions */

int db_read_begin(struct db *db, struct err *err)
{
    int rc = 0;

    if (db->is_writing)
        return 0;
    if (db->read_depth == 0)
        rc = db->engine->read_begin(db, err);
    if (rc == 0)
        db->read_depth++;
    return rc;
}

void db_read_end(struct db *db)
{
    if (db->is_writing || db->read_depth == 0)
        return;
    if (--db->read_depth == 0)
        db->engine->rollback(db);
}

bool db_in_transaction(const struct db *db)
{
    return db->is_writing && db->engine->in_transaction(db);
}

static int check_standby(const struct db *db, struct err *err)
{
    if (!db_lacks_standby(db))
        return 0;
    return err_set(err, ERR_UNAVAILABLE,
                   "commits do not wait for a standby "
                   "(synchronous_standby_names is empty)");
}

int db_begin(struct db *db, struct err *err)
{
    int64_t now_us = 0;

    if (db->is_writing || db->read_depth > 0)
        return err_set(err, ERR_INTERNAL, "a transaction is open already");
    db->depth = 0;
    db->standby = -1;
    if (db->engine->begin(db, &now_us, err) < 0 || check_standby(db, err) < 0) {
        db->engine->rollback(db);
        return -1;
    }
    if (now_us > db->time_us)
        db->time_us = now_us;
    if (!db->engine->is_alone || !db->engine->is_alone(db))
        db_forget_all(db);
    db->written = 0;
    db->is_writing = true;
    buf_clear(&db->outbox);
    return 0;
}

int db_commit(struct db *db, struct err *err)
{
    int rc;

    if (!db->is_writing)
        return err_set(err, ERR_INTERNAL, "no transaction to commit");
    rc = db->engine->commit(db, err);
    if (rc < 0 && err->code == ERR_UNSURE) {
        db->engine->rollback(db); /* the outbox stays, for db_resolve() */
        db_forget_all(db);
    } else if (rc < 0) {
        db_abort(db);
    }
    db->is_writing = false;
    db->depth = 0;
    return rc;
}

int db_resolve(struct db *db, int wait_ms, struct err *err)
{
    int rc = -1;

    if (db->engine->resolve)
        rc = db->engine->resolve(db, wait_ms, err);
    if (rc < 0) {
        db->engine->rollback(db);
        buf_clear(&db->outbox);
    }
    return rc;
}

void db_abort(struct db *db)
{
    db->engine->rollback(db);
    if (db->is_writing) {
        buf_clear(&db->outbox);
        if (db->written)
            db_forget_all(db);
    }
    db->is_writing = false;
    db->read_depth = 0;
    db->depth = 0;
}

int64_t db_turn_us(const struct db *db)
{
    return db->turn_us;
}

bool db_expect(struct db *db)
{
    return db->engine->expect && db->engine->expect(db);
}

bool db_is_ahead(const struct db *db)
{
    return db->engine->is_ahead && db->engine->is_ahead(db);
}

int db_savepoint(struct db *db, struct db_savepoint *point, struct err *err)
{
    if (!db->is_writing)
        return err_set(err, ERR_INTERNAL, "a savepoint without a transaction");
    if (db->engine->savepoint(db, db->depth + 1, err) < 0)
        return -1;
    db->depth++;
    *point = (struct db_savepoint){.db = db,
                                   .depth = db->depth,
                                   .outbox_len = db->outbox.len,
                                   .written = db->written};
    return 0;
}

int db_release(struct db_savepoint *point, struct err *err)
{
    struct db *db = point->db;

    if (!db)
        return err_set(err, ERR_INTERNAL, "a savepoint that is not set");
    if (db->engine->release(db, point->depth, err) < 0)
        return -1;
    db->depth = point->depth - 1;
    point->db = NULL;
    return 0;
}

void db_rollback(struct db_savepoint *point)
{
    struct db *db = point->db;

    point->db = NULL;
    if (!db || !db->is_writing || point->depth > db->depth)
        return;
    /* A server may go back to before what has failed. */
    if (!db_is_server(db) && !db_in_transaction(db))
        return;
    db->engine->rollback_to(db, point->depth);
    db->depth = point->depth - 1;
    buf_truncate(&db->outbox, point->outbox_len);
    if (db->written != point->written)
        db_forget_all(db);
}

void db_be_careful(struct db *db, bool is_careful)
{
    db->is_careful = is_careful;
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

/* ------------------------------------------------- the engine's own things */

void db_budget(struct db *db, int budget_ms)
{
    db->deadline_us =
        budget_ms > 0 ? clock_mono_us() + budget_ms * INT64_C(1000) : 0;
    db->engine->budget(db);
}

static _Atomic int64_t given_up_us;

void db_give_up_servers(int64_t at_us)
{
    atomic_store(&given_up_us, at_us);
}

int64_t db_given_up_us(void)
{
    return atomic_load(&given_up_us);
}

bool db_is_given_up(void)
{
    int64_t at_us = db_given_up_us();

    return at_us && clock_mono_us() >= at_us;
}

int db_data_version(struct db *db, int64_t *version, struct err *err)
{
    db->standby = -1;
    return db->engine->data_version(db, version, err);
}

bool db_state(struct db *db, struct db_state *state)
{
    return db->engine->state(db, state);
}

bool db_state_equal(const struct db_state *a, const struct db_state *b)
{
    return memcmp(a->words, b->words, sizeof(a->words)) == 0;
}

int db_schema_step(struct db *db, int *step, struct err *err)
{
    return db->engine->schema_step(db, step, err);
}

int db_set_schema_step(struct db *db, int step, struct err *err)
{
    return db->engine->set_schema_step(db, step, err);
}

int db_prepare_columns(struct db *db, struct db_stmt **stmt, struct err *err)
{
    if (!db->engine->columns)
        return err_set(err, ERR_INTERNAL, "%s was asked for its columns",
                       db->engine->name);
    return db_prepare(db, db->engine->columns, stmt, err);
}

int db_last_id(struct db *db, const char *table, int64_t *id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(db, db->engine->last_id, &stmt, err);

    *id = 0;
    if (rc == 0) {
        db_bind_str(stmt, 1, table);
        rc = db_step(stmt, err);
    }
    if (rc == 1)
        *id = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int db_set_last_id(struct db *db, const char *table, int64_t id,
                   struct err *err)
{
    return db->engine->set_last_id(db, table, id, err);
}

int db_backup(struct db *db, const char *path, db_finish_fn *finish, void *arg,
              struct err *err)
{
    if (db->is_writing)
        return err_set(err, ERR_INTERNAL,
                       "a backup inside a write transaction");
    return db->engine->backup(db, path, finish, arg, err);
}

int db_integrity(struct db *db, struct err *err)
{
    return db->engine->integrity(db, err);
}

int db_has_standby(struct db *db, bool *has_standby, struct err *err)
{
    *has_standby = false;
    return db->engine->has_standby
               ? db->engine->has_standby(db, has_standby, err)
               : 0;
}

int db_standby(const struct db *db)
{
    return db->standby;
}

void db_require_standby(struct db *db)
{
    db->needs_standby = true;
}

bool db_lacks_standby(const struct db *db)
{
    return db->needs_standby && db->standby == 0;
}

void db_commit_locally(struct db *db)
{
    db->is_local = true;
}

void db_may_pause(struct db *db)
{
    db->may_pause = true;
}

int64_t db_wal_bytes(struct db *db)
{
    return db->engine->wal_bytes(db);
}

void db_identity(struct db *db, char *text, size_t max)
{
    db->engine->identity(db, text, max);
}
