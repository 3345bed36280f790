#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/postgres/private.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Of the first with pg_xact_status() and checks of the client's connection. */
#define VERSION_MIN 140000
/* A server that is away is not tried again for so long: what waits meanwhile is
 * told so at once. */
#define AWAY_US (CLOCK_S / 4)
/* One that is connected to, for its settings. */
#define SET_UP_US (2 * CLOCK_S)

/* By the first characters of the server's code; any other is ERR_STORE. text:
 * in place of the server's own words. https://www.postgresql.org/docs/15/
 * errcodes-appendix.html */
static const struct {
    const char *state;
    enum err_code code;
    const char *text;
    bool is_away; /* it serves nobody, as when it stops */
} faults[] = {
    {"23", ERR_CONFLICT, "it clashes with what is stored", false},
    {"57014", ERR_BUDGET, "this takes too long", false},
    {"25P02", ERR_UNAVAILABLE, "the transaction was rolled back", false},
    {"53200", ERR_NOMEM, NULL, false},
    {"08", ERR_UNAVAILABLE, NULL, true},
    {"25", ERR_UNAVAILABLE, NULL, false},
    {"40", ERR_UNAVAILABLE, NULL, false},
    {"53", ERR_UNAVAILABLE, NULL, true},
    {"55", ERR_UNAVAILABLE, NULL, false},
    {"57", ERR_UNAVAILABLE, NULL, true},
    {"58", ERR_UNAVAILABLE, NULL, true},
};

/* Between two lines about a server that is away: for another reason, for the
 * same one. */
#define SAID_NEW_US CLOCK_S
#define SAID_US (60 * CLOCK_S)

int pg_fail_as(enum err_code code, const char *text, struct err *err)
{
    size_t len = strcspn(text, "\n");

    err_set(err, code, "%.*s", (int)len, text);
    if (code == ERR_UNAVAILABLE)
        err->retry_after_s = 1;
    return -1;
}

/* Why, which names hosts and paths: for the log, and not for clients. Each of
 * many connections finds out by itself, again and again. */
static int fail_away(const struct pg *pg, const char *words, struct err *err)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static char said[200];
    static int64_t said_us;
    char quoted[LOG_QUOTED_MAX];
    int len = (int)strcspn(words, "\n");
    int64_t now_us = clock_mono_us();
    bool is_new;

    if (pg->is_opening)
        return pg_fail_as(ERR_UNAVAILABLE, words, err);
    if (len >= (int)sizeof(said))
        len = (int)sizeof(said) - 1;
    pthread_mutex_lock(&mutex);
    is_new = !said_us || strncmp(said, words, (size_t)len) != 0;
    if (now_us - said_us > (is_new ? SAID_NEW_US : SAID_US) || !said_us) {
        snprintf(said, sizeof(said), "%.*s", len, words);
        log_warn("store.away", "text=%s", log_quoted(quoted, said));
        said_us = now_us;
    }
    pthread_mutex_unlock(&mutex);
    return pg_fail_as(ERR_UNAVAILABLE, "the database server can't be reached",
                      err);
}

int pg_fail(struct pg *pg, const PGresult *result, struct err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED ||
        (pg->is_lost && !result))
        return pg_fail_as(ERR_UNAVAILABLE, "the transaction was rolled back",
                          err);
    if (!state || !words) {
        if (pg->is_silent)
            return pg_fail_as(ERR_UNAVAILABLE, "the server does not answer",
                              err);
        words = pg->conn ? PQerrorMessage(pg->conn) : NULL;
        return fail_away(
            pg, words && *words ? words : "the connection was lost", err);
    }
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strncmp(state, faults[i].state, strlen(faults[i].state)) != 0)
            continue;
        if (faults[i].is_away)
            return fail_away(pg, words, err);
        /* Its own words name tables; the code of a conflict has no other text
         * to send. */
        if (faults[i].code == ERR_CONFLICT)
            log_info("store.constraint", "text=\"%s\"", words);
        return pg_fail_as(faults[i].code,
                          faults[i].text ? faults[i].text : words, err);
    }
    return pg_fail_as(ERR_STORE, words, err);
}

/* ------------------------------------------------------------- connecting */

/* A setting that would make a COMMIT mean less than it says. */
static int check_setting(const PGresult *result, int col, const char *bad,
                         struct err *err)
{
    const char *name = PQfname(result, col);

    if (strcmp(PQgetvalue(result, 0, col), bad) != 0)
        return 0;
    return err_set(err, ERR_UNAVAILABLE,
                   "the server has %s = %s: what is saved could be lost", name,
                   bad);
}

static int fail_elsewhere(struct pg *pg, struct err *err)
{
    pg->db.is_elsewhere = true;
    return err_set(err, ERR_UNAVAILABLE,
                   "another database answers by this name: restored, or "
                   "promoted");
}

/* Kept as it was when the connection was made first. */
static int check_place(struct pg *pg, const char *place, struct err *err)
{
    if (*pg->place && strcmp(pg->place, place) != 0)
        return fail_elsewhere(pg, err);
    snprintf(pg->place, sizeof(pg->place), "%s", place);
    return 0;
}

static int pg_check_replaced(struct db *db, const struct db *opened,
                             struct err *err)
{
    struct pg *pg = pg_of(db);
    const struct pg *other = (const struct pg *)opened;

    return !strcmp(pg->place, other->place) ? 0 : fail_elsewhere(pg, err);
}

static int check_server(struct pg *pg, struct err *err)
{
    static const char sql[] =
        "SELECT current_setting('fsync') AS fsync, "
        "current_setting('full_page_writes') AS full_page_writes, "
        "current_setting('zero_damaged_pages') AS zero_damaged_pages, "
        "current_setting('server_encoding') AS server_encoding, "
        "(SELECT system_identifier FROM pg_control_system()) || ':' || "
        "(SELECT oid FROM pg_database WHERE datname = current_database()) "
        "|| ':' || " PG_TIMELINE;
    PGresult *result;
    int rc;

    if (PQserverVersion(pg->conn) < VERSION_MIN)
        return err_set(err, ERR_UNAVAILABLE,
                       "the server is PostgreSQL %d: 14 or newer is needed",
                       PQserverVersion(pg->conn) / 10000);
    if (pg_add_text(pg, sql, -1, err) < 0 || pg_flush(pg, &result, err) < 0)
        return -1;
    rc = check_setting(result, 0, "off", err) < 0 ||
                 check_setting(result, 1, "off", err) < 0 ||
                 check_setting(result, 2, "on", err) < 0
             ? -1
             : 0;
    if (rc == 0 && strcmp(PQgetvalue(result, 0, 3), "UTF8") != 0)
        rc = err_set(err, ERR_UNAVAILABLE,
                     "the database's encoding is %s: UTF8 is needed",
                     PQgetvalue(result, 0, 3));
    if (rc == 0)
        rc = check_place(pg, PQgetvalue(result, 0, 4), err);
    PQclear(result);
    return rc;
}

/* One plan for all values: with those of the moment the first page of an owner
 * of most rows would be looked for among everybody's. Compiling a plan takes
 * longer than most of them run, and is done again for each run. */
static const char setup[] = "SET client_min_messages = warning;"
                            "SET plan_cache_mode = force_generic_plan;"
                            "SET bytea_output = hex;"
                            "SET standard_conforming_strings = on;"
                            "SET statement_timeout = 0;"
                            "SET cursor_tuple_fraction = 1;"
                            "SET jit = off;"
                            "SET client_connection_check_interval = 1000;";
/* A daemon that stands still would keep all others from writing. */
static const char write_setup[] =
    "SET idle_in_transaction_session_timeout = 5000;"
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";
static const char read_setup[] = "SET default_transaction_read_only = on;"
                                 "SET idle_in_transaction_session_timeout = 0";

/* What the server has to say beside its results, in one line. */
static void log_notice(void *arg, const char *text)
{
    (void)arg;
    log_warn("store.notice", "text=\"%.*s\"", (int)strcspn(text, "\n"), text);
}

static int set_up(struct pg *pg, struct err *err)
{
    bool may_write = pg->db.mode != DB_READ;

    if (PQstatus(pg->conn) != CONNECTION_OK)
        return pg_fail(pg, NULL, err);
    if (pg_check_peer(pg->conn, err) < 0 || check_server(pg, err) < 0)
        return -1;
    if (PQsetnonblocking(pg->conn, 1) < 0)
        return pg_fail(pg, NULL, err);
    if (pg_run_script(pg, setup, err) < 0)
        return -1;
    return pg_run_script(pg, may_write ? write_setup : read_setup, err);
}

/* However much of the time budget it took to find the server: or one behind
 * another that says nothing would never be found. */
static int set_up_in_time(struct pg *pg, struct err *err)
{
    int64_t deadline_us = pg->db.deadline_us;
    int rc;

    pg->is_set_up = false;
    pg->db.deadline_us = clock_mono_us() + SET_UP_US;
    rc = set_up(pg, err);
    pg->db.deadline_us = deadline_us;
    pg->is_set_up = true;
    return rc;
}

/* One that was not looked at to the end serves nobody. */
static int pg_connect(struct pg *pg, struct err *err)
{
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg_cut(pg, 0); /* meant for the one before */
    pg->unused_count = 0;
    if (pg_connect_to(pg->db.where, &pg->conn, err) < 0)
        return -1;
    PQsetNoticeProcessor(pg->conn, log_notice, NULL);
    pg->connected++;
    pg->timeout_ms = 0;
    if (set_up_in_time(pg, err) == 0)
        return 0;
    PQfinish(pg->conn);
    pg->conn = NULL;
    return -1;
}

/* A server that ended it, as one does that restarts, has said so long ago: the
 * next request need not fail to find out. */
static bool has_ended(struct pg *pg)
{
    struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};

    while (poll(&fd, 1, 0) > 0) {
        if (!PQconsumeInput(pg->conn))
            return true;
    }
    return false;
}

int pg_ensure(struct pg *pg, struct err *err)
{
    if (pg->is_open)
        return 0;
    if (PQstatus(pg->conn) == CONNECTION_OK && !has_ended(pg))
        return pg_drop_unused(pg, err);
    if (pg->db.is_elsewhere)
        return fail_elsewhere(pg, err);
    if (db_is_given_up())
        return pg_fail_as(ERR_UNAVAILABLE, "the server is given up", err);
    if (pg->db.mode == DB_READ && clock_mono_us() < pg->away_until_us)
        return pg_fail_as(ERR_UNAVAILABLE, "the server was away just now", err);
    if (pg_connect(pg, err) == 0)
        return 0;
    pg->away_until_us = clock_mono_us() + AWAY_US;
    return -1;
}

static int pg_open(struct db *db, struct err *err)
{
    struct pg *pg = pg_of(db);
    int rc;

    pg->is_opening = true;
    rc = pg_connect(pg, err);
    pg->is_opening = false;
    return rc;
}

static void pg_close(struct db *db)
{
    struct pg *pg = pg_of(db);

    pg_cut(pg, 0);
    pg_forget_foreseen(pg);
    mem_free(pg->ops);
    PQfinish(pg->conn);
}

static int pg_check_same(struct db *db, struct err *err)
{
    (void)db;
    (void)err;
    return 0;
}

static const char *pg_version(void)
{
    static char text[24];
    int version = PQlibVersion();

    snprintf(text, sizeof(text), "%d.%d", version / 10000, version % 10000);
    return text;
}

int pg_set_timeout(struct pg *pg, struct err *err)
{
    int64_t left_ms = 0;

    if (pg->db.deadline_us) {
        left_ms = (pg->db.deadline_us - clock_mono_us() + 999) / 1000;
        if (left_ms <= 0) {
            pg_fail_as(ERR_BUDGET, "this takes too long", err);
            err->retry_after_s = 1; /* not by itself: the server is slow */
            return -1;
        }
        /* Told again only once it matters: a tenth more is no harm. */
        if (pg->timeout_ms > 0 && pg->timeout_ms <= left_ms + left_ms / 10)
            return 0;
    }
    if (pg->timeout_ms == left_ms)
        return 0;
    pg->timeout_ms = left_ms;
    return pg_add_text(pg, "SET statement_timeout = ", left_ms, err);
}

static void pg_budget(struct db *db)
{
    (void)db; /* looked at by each statement */
}

static int pg_exec(struct db *db, const char *sql, struct err *err)
{
    struct pg *pg = pg_of(db);

    if (pg_ensure(pg, err) < 0)
        return -1;
    pg_note_all_written(pg);
    pg->has_written = true;
    for (int i = 1; i <= db->depth; i++) {
        if (pg->points[i].is_sent || pg->points[i].mark < pg->op_count)
            continue;
        if (pg_add_text(pg, "SAVEPOINT s", i, err) < 0)
            return -1;
        pg->points[i].is_sent = true;
    }
    if (pg_flush(pg, NULL, err) < 0)
        return -1;
    return pg_run_script(pg, sql, err);
}

static int64_t pg_changes(const struct db *db)
{
    struct pg *pg = (struct pg *)db;
    struct err err = ERR_INIT;

    return pg_flush(pg, NULL, &err) < 0 ? 0 : pg->changes;
}

/* ------------------------------------------------------- the server's own */

/* Which transactions are over and which are not: it changes with each that
 * ends. Whether commits wait for a standby comes in the same trip. */
static int pg_data_version(struct db *db, int64_t *version, struct err *err)
{
    struct db_stmt *stmt = NULL;
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    int rc = db_prepare(db,
                        "SELECT pg_current_snapshot()::text, "
                        "length(current_setting('synchronous_standby_names'))",
                        &stmt, err);

    if (rc == 0)
        rc = db_step(stmt, err);
    if (rc == 1)
        db->standby = db_int(stmt, 1) > 0;
    if (rc == 1)
        for (const char *at = db_text(stmt, 0, NULL); *at; at++)
            hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    *version = (int64_t)(hash >> 1);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static bool pg_state(struct db *db, struct db_state *state)
{
    (void)db;
    (void)state;
    return false;
}

static int pg_schema_step(struct db *db, int *step, struct err *err)
{
    int64_t number = 0;

    *step = 0;
    if (db_read_number(db,
                       "SELECT count(*) FROM (SELECT "
                       "to_regclass('schema_step') AS name) AS found "
                       "WHERE name IS NOT NULL",
                       &number, err) < 0)
        return -1;
    if (number &&
        db_read_number(db, "SELECT step FROM schema_step", &number, err) < 0)
        return -1;
    *step = (int)number;
    return 0;
}

static int pg_set_schema_step(struct db *db, int step, struct err *err)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
             "CREATE TABLE IF NOT EXISTS schema_step (step BIGINT NOT NULL);"
             "DELETE FROM schema_step;"
             "INSERT INTO schema_step VALUES (%d)",
             step);
    return db_exec(db, sql, err);
}

static int pg_set_last_id(struct db *db, const char *table, int64_t id,
                          struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT setval(pg_get_serial_sequence(quote_ident(?1), "
                   "'id')::regclass, ?2)",
                   &stmt, err) < 0)
        return -1;
    db_bind_str(stmt, 1, table);
    db_bind_int(stmt, 2, id);
    rc = db_step(stmt, err);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int pg_backup(struct db *db, const char *path, db_finish_fn *finish,
                     void *arg, struct err *err)
{
    (void)db;
    (void)path;
    (void)finish;
    (void)arg;
    return err_set(err, ERR_UNAVAILABLE,
                   "PostgreSQL is backed up by pg_basebackup or pgBackRest");
}

static int pg_integrity(struct db *db, struct err *err)
{
    (void)db;
    (void)err;
    return 0; /* pg_amcheck's */
}

static int pg_has_standby(struct db *db, bool *has_standby, struct err *err)
{
    int64_t len = 0;
    int rc = db_read_number(
        db, "SELECT length(current_setting('synchronous_standby_names'))", &len,
        err);

    *has_standby = len > 0;
    return rc;
}

static int64_t pg_wal_bytes(struct db *db)
{
    (void)db;
    return 0;
}

static void pg_identity(struct db *db, char *text, size_t max)
{
    snprintf(text, max, "%s", pg_of(db)->place);
}

const struct db_engine postgres_engine = {
    .name = "PostgreSQL",
    .db_size = sizeof(struct pg),
    .stmt_size = sizeof(struct pg_stmt),
    .is_server = true,
    .version = pg_version,
    .open = pg_open,
    .close = pg_close,
    .check_same = pg_check_same,
    .check_replaced = pg_check_replaced,
    .exec = pg_exec,
    .prepare = pg_prepare,
    .finalize = pg_finalize,
    .reset = pg_reset,
    .expect_many = pg_expect_many,
    .bind_int = pg_bind_int,
    .bind_text = pg_bind_text,
    .bind_blob = pg_bind_blob,
    .bind_null = pg_bind_null,
    .bind_key = pg_bind_key,
    .merge = pg_merge_stmt,
    .foresee = pg_foresee,
    .read_foreseen = pg_read_foreseen,
    .step = pg_step,
    .run = pg_run,
    .get_int = pg_get_int,
    .get_real = pg_get_real,
    .get_text = pg_get_text,
    .get_blob = pg_get_blob,
    .is_null = pg_is_null,
    .changes = pg_changes,
    .read_begin = pg_read_begin,
    .expect = pg_expect,
    .is_ahead = pg_is_ahead,
    .begin = pg_begin,
    .commit = pg_commit,
    .resolve = pg_resolve,
    .rollback = pg_rollback,
    .in_transaction = pg_in_transaction,
    .savepoint = pg_savepoint,
    .release = pg_release,
    .rollback_to = pg_rollback_to,
    .budget = pg_budget,
    .data_version = pg_data_version,
    .state = pg_state,
    .schema_step = pg_schema_step,
    .set_schema_step = pg_set_schema_step,
    .last_id = "SELECT coalesce(pg_sequence_last_value("
               "pg_get_serial_sequence(quote_ident(?1), 'id')::regclass), 0)",
    .set_last_id = pg_set_last_id,
    .backup = pg_backup,
    .integrity = pg_integrity,
    .has_standby = pg_has_standby,
    .wal_bytes = pg_wal_bytes,
    .identity = pg_identity,
};
