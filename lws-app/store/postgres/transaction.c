#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/private.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define APART_US (2 * CLOCK_S)

int pg_read_begin(struct db *db, struct err *err)
{
    struct pg *pg = pg_of(db);

    if (pg_ensure(pg, err) < 0 ||
        pg_add_text(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", -1,
                    err) < 0)
        return -1;
    pg->is_open = true;
    pg->is_begun = false;
    pg->transaction++;
    return 0;
}

/* "lws-app" in bytes: one lock for the whole database. */
static const char take_turn[] =
    "SELECT pg_advisory_xact_lock(30530634051055728)";
/* Each sees what the one before in line has committed. */
#define BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED"
static const char look_around[] =
    "SELECT (extract(epoch FROM clock_timestamp()) * "
    "1000000)::bigint, " PG_TIMELINE ", pg_current_xact_id(), "
    "current_setting('synchronous_standby_names') <> ''";

/* What is stored has the server's time; when a login ends, readers tell by
 * their own. */
static void compare_clocks(struct pg *pg, int64_t now_us)
{
    int64_t ahead_us = now_us - clock_now_us();
    bool is_apart = ahead_us > APART_US || ahead_us < -APART_US;

    if (is_apart && !pg->is_apart)
        log_warn("store.clock", "server_ahead_ms=%lld",
                 (long long)(ahead_us / 1000));
    pg->is_apart = is_apart;
}

/* Prepared, as it comes with each turn. */
static int add_select(struct pg *pg, const char *sql, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(&pg->db, sql, &stmt, err);

    if (rc == 0)
        rc = pg_enqueue((struct pg_stmt *)stmt, err);
    db_done(&stmt);
    return rc;
}

static int add_begin(struct pg *pg, struct err *err)
{
    if (pg_add_text(pg, BEGIN_WRITE, -1, err) < 0 ||
        (pg->db.is_local &&
         pg_add_text(pg, "SET LOCAL synchronous_commit = local", -1, err) <
             0) ||
        (pg->db.may_pause &&
         pg_add_text(pg, "SET LOCAL idle_in_transaction_session_timeout = 0",
                     -1, err) < 0) ||
        add_select(pg, take_turn, err) < 0 ||
        add_select(pg, look_around, err) < 0)
        return -1;
    pg->ops[pg->op_count - 1].is_look = true;
    return 0;
}

static void read_look(struct pg *pg, int64_t *now_us)
{
    *now_us =
        strtoll(PQgetvalue(pg->look, 0, 0), NULL, 10) + clock_shifted_us();
    compare_clocks(pg, *now_us);
    snprintf(pg->timeline, sizeof(pg->timeline), "%s",
             PQgetvalue(pg->look, 0, 1));
    snprintf(pg->xid, sizeof(pg->xid), "%s", PQgetvalue(pg->look, 0, 2));
    pg->db.standby = *PQgetvalue(pg->look, 0, 3) == 't';
}

int pg_begin(struct db *db, int64_t *now_us, struct err *err)
{
    struct pg *pg = pg_of(db);
    int64_t begun_us = clock_mono_us();
    bool is_ahead = pg->is_ahead;
    bool is_queued = pg->is_expected;
    int rc;

    pg->is_ahead = pg->is_expected = false;
    if (!is_ahead && !is_queued &&
        (pg_ensure(pg, err) < 0 || add_begin(pg, err) < 0))
        return -1;
    pg->is_open = true;
    pg->has_written = false;
    pg->transaction++;
    rc = is_ahead ? pg_receive_rest(pg, err) : pg_flush(pg, NULL, err);
    if (rc == 0)
        read_look(pg, now_us);
    PQclear(pg->look);
    pg->look = NULL;
    db->turn_us = clock_mono_us() - begun_us;
    return rc;
}

static int fail_unsure(struct err *err)
{
    err_set(err, ERR_UNSURE, "the server did not say whether it was committed");
    err->retry_after_s = 1;
    return -1;
}

/* A commit whose connection broke while it waited for a standby can be seen,
 * though it is on none: it is safe once one behind it in the log is. Who writes
 * waits by that; what is answered from what was found, and wrote nothing, has
 * to write a mark. */
static const char stand_behind[] =
    "SELECT pg_logical_emit_message(true, 'lws-app', 'seen')";

static int add_mark(struct pg *pg, struct err *err)
{
    return pg->db.standby > 0 && !pg_writes(pg)
               ? pg_add_text(pg, stand_behind, -1, err)
               : 0;
}

static int add_commit(struct pg *pg, struct err *err)
{
    return add_mark(pg, err) < 0 ? -1 : pg_add_text(pg, "COMMIT", -1, err);
}

bool pg_expect(struct db *db)
{
    struct pg *pg = pg_of(db);
    struct err err = ERR_INIT;
    size_t before = pg->op_count;

    if (db->is_careful || pg->is_lost || pg->is_ahead || pg->is_expected ||
        (!pg->is_open && pg_ensure(pg, &err) < 0))
        return false;
    if ((pg->is_open &&
         (add_commit(pg, &err) < 0 || pg_add_sync(pg, &err) < 0)) ||
        add_begin(pg, &err) < 0) {
        pg_cut(pg, before);
        return false;
    }
    pg_forget_foreseen(pg);
    pg->is_expected = true;
    return true;
}

bool pg_is_ahead(const struct db *db)
{
    return ((const struct pg *)db)->is_ahead;
}

/* What was sent behind it would take the turn for nobody. */
static int fail_commit(struct pg *pg, bool is_ahead, struct err *err)
{
    if (PQstatus(pg->conn) != CONNECTION_OK)
        return fail_unsure(err);
    return is_ahead ? pg_drop_connection(pg) : -1;
}

int pg_commit(struct db *db, struct err *err)
{
    struct pg *pg = pg_of(db);
    bool is_ahead = pg->is_expected;
    PGresult *result;
    bool is_done;

    pg->is_expected = false;
    if (pg->is_lost || (!is_ahead && add_commit(pg, err) < 0))
        return pg->is_lost ? pg_fail(pg, NULL, err) : -1;
    if (pg_flush(pg, &result, err) < 0)
        return fail_commit(pg, is_ahead, err);
    /* The answer to a transaction that had failed is a success, by name. */
    is_done = !strcmp(PQcmdStatus(result), "COMMIT");
    PQclear(result);
    pg->is_open = false;
    if (!is_done) {
        pg_fail_as(ERR_UNAVAILABLE, "the transaction was rolled back", err);
        return fail_commit(pg, is_ahead, err);
    }
    pg->is_ahead = is_ahead;
    if (!is_ahead)
        pg_forget_foreseen(pg);
    return 0;
}

/* A server that restarts refuses connections for a while. */
static int reach(struct pg *pg, int64_t until_us, struct err *err)
{
    while (pg_ensure(pg, err) < 0) {
        if (pg->db.is_elsewhere || db_is_given_up() ||
            clock_mono_us() >= until_us)
            return -1;
        poll(NULL, 0, 100);
    }
    return 0;
}

/* With the turn: whoever held it has committed or is gone. */
static int take_turn_within(struct pg *pg, int64_t left_ms, struct err *err)
{
    if (pg_add_text(pg, BEGIN_WRITE, -1, err) < 0 ||
        pg_add_text(pg, "SET LOCAL lock_timeout = ", left_ms, err) < 0 ||
        pg_add_text(pg, take_turn, -1, err) < 0)
        return -1;
    pg->is_open = true;
    return pg_flush(pg, NULL, err);
}

/* 1: the transaction is committed; 0: it is not; -1: that can't be told. */
static int ask_status(struct pg *pg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = db_prepare(
        &pg->db, "SELECT pg_xact_status(?1::xid8), " PG_TIMELINE, &stmt, err);

    if (rc == 0) {
        db_bind_str(stmt, 1, pg->xid);
        rc = db_step(stmt, err);
    }
    if (rc == 1) {
        const char *status = db_text(stmt, 0, NULL);
        bool is_same = !strcmp(db_text(stmt, 1, NULL), pg->timeline);

        rc = is_same && !strcmp(status, "committed") ? 1
             : is_same && !strcmp(status, "aborted") ? 0
                                                     : -1;
    }
    db_done(&stmt);
    return rc;
}

static int commit_behind(struct pg *pg, struct err *err)
{
    if (pg_add_text(pg, stand_behind, -1, err) < 0 ||
        pg_add_text(pg, "COMMIT", -1, err) < 0 || pg_flush(pg, NULL, err) < 0)
        return -1;
    pg->is_open = false;
    return 0;
}

int pg_resolve(struct db *db, int wait_ms, struct err *err)
{
    struct pg *pg = pg_of(db);
    int64_t until_us = clock_mono_us() + wait_ms * INT64_C(1000);
    int64_t left_ms;
    int status;

    if (reach(pg, until_us, err) < 0)
        return fail_unsure(err);
    left_ms = (until_us - clock_mono_us()) / 1000;
    if (take_turn_within(pg, left_ms > 0 ? left_ms : 1, err) < 0)
        return fail_unsure(err);
    status = ask_status(pg, err);
    if (status < 0 || (status == 1 && commit_behind(pg, err) < 0))
        return fail_unsure(err);
    return status == 1 ? 0
                       : pg_fail_as(ERR_UNAVAILABLE,
                                    "the transaction was rolled back", err);
}

void pg_rollback(struct db *db)
{
    struct pg *pg = pg_of(db);
    struct err err = ERR_INIT;
    /* What a read has set must stay. */
    const char *end = db->is_writing || pg->is_lost ? "ROLLBACK" : "COMMIT";

    if (pg->is_ahead)
        return; /* the one before it has ended */
    pg->is_expected = false;
    pg_cut(pg, 0);
    pg_forget_foreseen(pg);
    /* A COMMIT that failed has ended it already. */
    if (pg->is_open && pg->is_begun && PQstatus(pg->conn) == CONNECTION_OK &&
        PQtransactionStatus(pg->conn) != PQTRANS_IDLE) {
        pg->is_lost = false;
        if (pg_run_script(pg, end, &err) < 0)
            log_warn("store.rollback", "text=\"%s\"", err.text);
    }
    pg->is_open = pg->is_begun = pg->is_lost = false;
}

bool pg_in_transaction(const struct db *db)
{
    const struct pg *pg = (const struct pg *)db;

    return pg->is_open && !pg->is_lost;
}

int pg_savepoint(struct db *db, int depth, struct err *err)
{
    struct pg *pg = pg_of(db);

    if (depth > PG_DEPTH_MAX)
        return err_set(err, ERR_INTERNAL, "more than %d savepoints", depth);
    if (pg->is_lost)
        return pg_fail(pg, NULL, err);
    pg->points[depth].mark = pg->op_count;
    pg->points[depth].is_sent = db->is_careful;
    pg->points[depth].is_queued = db->is_careful;
    return db->is_careful ? pg_add_text(pg, "SAVEPOINT s", depth, err) : 0;
}

int pg_release(struct db *db, int depth, struct err *err)
{
    struct pg *pg = pg_of(db);

    if (pg->is_lost)
        return pg_fail(pg, NULL, err);
    if (!pg->points[depth].is_sent)
        return 0;
    if (pg_add_text(pg, "RELEASE s", depth, err) < 0)
        return -1;
    return db->is_careful ? pg_flush(pg, NULL, err) : 0;
}

/* A failure behind a savepoint that the server has seen ends no more than what
 * is behind it. */
static void return_to(struct pg *pg, int depth)
{
    struct err err = ERR_INIT;
    char sql[64];

    if (!pg->points[depth].is_sent || PQstatus(pg->conn) != CONNECTION_OK)
        return;
    snprintf(sql, sizeof(sql), "ROLLBACK TO s%d; RELEASE s%d", depth, depth);
    pg_cut(pg, 0);
    pg->is_lost = false;
    /* Where the failure was before it, all stays lost. */
    if (pg_run_script(pg, sql, &err) < 0)
        log_info("store.rollback", "text=\"%s\"", err.text);
}

void pg_rollback_to(struct db *db, int depth)
{
    struct pg *pg = pg_of(db);
    struct err err = ERR_INIT;

    if (pg->is_lost) {
        return_to(pg, depth);
        return;
    }
    pg_cut(pg, pg->points[depth].mark);
    if (!pg->points[depth].is_sent || pg->points[depth].is_queued)
        return;
    if (pg_add_text(pg, "ROLLBACK TO s", depth, &err) < 0 ||
        pg_add_text(pg, "RELEASE s", depth, &err) < 0)
        pg_rollback(db);
}
