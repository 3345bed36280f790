#include "base/clock.h"
#include "base/mem.h"
#include "store/postgres/private.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define OPS_FIRST 64
#define SILENCE_US CLOCK_S /* beyond the time budget */
/* So often it is looked at whether the server is given up. */
#define LOOK_US (CLOCK_S / 5)

void pg_plan_unref(struct pg *pg, struct pg_plan *plan)
{
    if (!plan || --plan->refs > 0)
        return;
    if (plan->since == pg->connected && pg->unused_count < PG_UNUSED_MAX)
        pg->unused[pg->unused_count++] = plan->number;
    pg_plan_unref(pg, plan->many);
    mem_free(plan->types);
    mem_free(plan);
}

/* Few at a time cost a trip each time. */
int pg_drop_unused(struct pg *pg, struct err *err)
{
    char sql[PG_UNUSED_MAX * 24];
    size_t len = 0;

    if (pg->unused_count < PG_UNUSED_MAX / 2)
        return 0;
    for (int i = 0; i < pg->unused_count; i++)
        len += (size_t)snprintf(sql + len, sizeof(sql) - len, "DEALLOCATE s%u;",
                                pg->unused[i]);
    pg->unused_count = 0;
    return pg_run_script(pg, sql, err);
}

static int grow(struct pg *pg, struct err *err)
{
    size_t max = pg->op_max ? 2 * pg->op_max : OPS_FIRST;
    struct pg_op *ops = mem_realloc(pg->ops, max * sizeof(*ops));

    if (!ops)
        return err_set(err, ERR_NOMEM, "out of memory for a queue");
    pg->ops = ops;
    pg->op_max = max;
    return 0;
}

struct pg_op *pg_add(struct pg *pg, struct pg_plan *plan, struct err *err)
{
    struct pg_op *op;

    if (pg->op_count == pg->op_max && grow(pg, err) < 0)
        return NULL;
    op = &pg->ops[pg->op_count++];
    *op = (struct pg_op){.plan = plan};
    if (plan)
        plan->refs++;
    return op;
}

int pg_add_text(struct pg *pg, const char *text, int64_t number,
                struct err *err)
{
    struct pg_op *op = pg_add(pg, NULL, err);

    if (!op)
        return -1;
    op->text = text;
    op->number = number;
    return 0;
}

int pg_add_sync(struct pg *pg, struct err *err)
{
    struct pg_op *op = pg_add(pg, NULL, err);

    if (!op)
        return -1;
    op->is_sync = true;
    return 0;
}

static void release(struct pg *pg, struct pg_op *op)
{
    pg_plan_unref(pg, op->plan);
    mem_free(op->values);
    mem_free(op->cursor);
}

void pg_cut(struct pg *pg, size_t from)
{
    while (pg->op_count > from)
        release(pg, &pg->ops[--pg->op_count]);
}

/* Those before index to are done. */
static void cut_head(struct pg *pg, size_t to)
{
    for (size_t i = 0; i < to; i++)
        release(pg, &pg->ops[i]);
    pg->op_count -= to;
    memmove(pg->ops, pg->ops + to, pg->op_count * sizeof(*pg->ops));
}

/* ---------------------------------------------------------------- sending */

static void put_name(const struct pg_plan *plan, char *name, size_t max)
{
    snprintf(name, max, "s%u", plan->number);
}

static int send_text(struct pg *pg, const char *text, int64_t number)
{
    char whole[64];

    if (number >= 0) {
        snprintf(whole, sizeof(whole), "%s%" PRId64, text, number);
        text = whole;
    }
    return PQsendQueryParams(pg->conn, text, 0, NULL, NULL, NULL, NULL, 0);
}

static int send_op(struct pg *pg, struct pg_op *op)
{
    struct pg_plan *plan = op->plan;
    char name[24];

    if (!plan)
        return send_text(pg, op->text, op->number);
    if (op->cursor) /* not prepared: it is begun once for many rows */
        return PQsendQueryParams(pg->conn, op->cursor, plan->param_count,
                                 plan->types, op->values, op->lengths,
                                 op->formats, 0);
    put_name(plan, name, sizeof(name));
    op->is_preparing = plan->since != pg->connected;
    if (op->is_preparing) {
        if (!PQsendPrepare(pg->conn, name, plan->sql, plan->param_count,
                           plan->types))
            return 0;
        plan->since = pg->connected;
    }
    return PQsendQueryPrepared(pg->conn, name, plan->param_count, op->values,
                               op->lengths, op->formats, 0);
}

/* Behind it there are none but reads. */
static size_t end_of_writes(const struct pg *pg)
{
    size_t end = pg->op_count;

    while (end > 0 && pg->ops[end - 1].is_read)
        end--;
    return end;
}

/* Those that something was queued behind: reads need none. */
static int send_points(struct pg *pg, size_t at)
{
    for (int i = 1; i <= pg->db.depth; i++) {
        if (pg->points[i].is_sent || pg->points[i].mark != at)
            continue;
        if (!send_text(pg, "SAVEPOINT s", i))
            return 0;
        pg->points[i].is_sent = true;
        pg->ops[at].points++;
    }
    return 1;
}

/* -------------------------------------------------------------- receiving */

/* A server that stands still ends no statement in time. 0: it is waited for for
 * ever, as a write must, which else nobody could say what became of. */
static int64_t silence_us(const struct pg *pg)
{
    bool may_end = pg->db.mode == DB_READ || !pg->is_set_up;
    int64_t end_us =
        may_end && pg->db.deadline_us ? pg->db.deadline_us + SILENCE_US : 0;
    int64_t given_up_us = db_given_up_us();

    return given_up_us && (!end_us || given_up_us < end_us) ? given_up_us
                                                            : end_us;
}

/* As poll(); sets is_silent. */
static int poll_in_time(struct pg *pg, struct pollfd *fd)
{
    int rc;

    do {
        int64_t end_us = silence_us(pg);
        int64_t now_us = clock_mono_us();
        int64_t wait_us = LOOK_US;

        if (end_us && end_us - now_us < wait_us)
            wait_us = end_us > now_us ? end_us - now_us : 0;
        rc = poll(fd, 1, (int)((wait_us + 999) / 1000));
        pg->is_silent = rc == 0 && end_us && clock_mono_us() >= end_us;
    } while (rc == 0 && !pg->is_silent);
    return rc;
}

/* Reads while there is something to write: else two full buffers would wait
 * for each other. */
static int wait_ready(struct pg *pg)
{
    struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};
    int unsent = PQflush(pg->conn);
    int rc;

    if (unsent < 0 || fd.fd < 0)
        return -1;
    if (unsent > 0)
        fd.events |= POLLOUT;
    rc = poll_in_time(pg, &fd);
    if (rc == 0 || (rc < 0 && errno != EINTR))
        return -1;
    return PQconsumeInput(pg->conn) ? 0 : -1;
}

/* The next result; NULL: the end of one operation's, or of the connection. */
static PGresult *next_result(struct pg *pg)
{
    while (PQisBusy(pg->conn))
        if (pg->is_silent || wait_ready(pg) < 0)
            return NULL;
    return PQgetResult(pg->conn);
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* The one result of an operation, the caller's. NULL: the connection is gone.
 */
static PGresult *take_result(struct pg *pg)
{
    PGresult *result = next_result(pg);
    PGresult *end = result ? next_result(pg) : NULL;

    PQclear(end);
    return result;
}

/* Keeps the first failure. */
static int judge(struct pg *pg, const PGresult *result, int rc, struct err *err)
{
    if (rc < 0 || is_good(result))
        return rc;
    return pg_fail(pg, result, err);
}

static void count_changes(struct pg *pg, const PGresult *result)
{
    const char *count = PQcmdTuples((PGresult *)result);

    if (*count && strncmp(PQcmdStatus((PGresult *)result), "SELECT", 6) != 0)
        pg->changes = strtoll(count, NULL, 10);
}

/* Of what was sent before the operation itself. */
static int receive_ahead(struct pg *pg, struct pg_op *op, int rc,
                         struct err *err)
{
    for (int i = 0; i < op->points + op->is_preparing; i++) {
        PGresult *result = take_result(pg);

        rc = judge(pg, result, rc, err);
        if (i == op->points && !is_good(result))
            op->plan->since = 0;
        PQclear(result);
    }
    return rc;
}

/* The result, or NULL where it is somebody's already. */
static PGresult *keep_result(struct pg *pg, const struct pg_op *op,
                             PGresult *result)
{
    if (!is_good(result))
        return result;
    count_changes(pg, result);
    if (op->foreseen) {
        pg_keep_answer(op->foreseen, result);
    } else if (op->is_look) {
        PQclear(pg->look);
        pg->look = result;
    } else {
        return result;
    }
    return NULL;
}

/* Up to index end. */
static int receive(struct pg *pg, size_t end, PGresult **last, struct err *err)
{
    PGresult *result = NULL;
    int rc = 0;

    for (size_t i = 0; i < end; i++) {
        if (pg->ops[i].is_merged)
            continue;
        PQclear(result);
        rc = receive_ahead(pg, &pg->ops[i], rc, err);
        result = take_result(pg);
        rc = judge(pg, result, rc, err);
        result = keep_result(pg, &pg->ops[i], result);
    }
    if (rc == 0 && last) {
        *last = result;
        result = NULL;
    }
    PQclear(result);
    return rc;
}

int pg_drop_connection(struct pg *pg)
{
    pg_cut(pg, 0);
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg->is_silent = false;
    return -1;
}

static size_t end_of_part(const struct pg *pg)
{
    size_t end = 0;

    while (end < pg->op_count && !pg->ops[end].is_sync)
        end++;
    return end;
}

/* What was sent up to a sync, or to the end, and the server's word that all of
 * it was looked at. */
static int receive_part(struct pg *pg, PGresult **last, struct err *err)
{
    size_t end = end_of_part(pg);
    bool is_last = end == pg->op_count;
    int rc = receive(pg, end, last, err);
    PGresult *sync = next_result(pg);
    bool is_synced = PQresultStatus(sync) == PGRES_PIPELINE_SYNC;

    PQclear(sync);
    if (is_synced && (!is_last || PQexitPipelineMode(pg->conn))) {
        cut_head(pg, is_last ? end : end + 1);
        return rc;
    }
    if (rc == 0)
        pg_fail(pg, NULL, err);
    return pg_drop_connection(pg);
}

static int send_at(struct pg *pg, size_t at, size_t writes_end)
{
    struct pg_op *op = &pg->ops[at];

    if (op->is_merged)
        return 1;
    if (op->is_sync)
        return PQpipelineSync(pg->conn);
    return (at >= writes_end || send_points(pg, at)) && send_op(pg, op);
}

static int send_all(struct pg *pg, struct err *err)
{
    size_t writes_end = end_of_writes(pg);
    int is_sent = PQenterPipelineMode(pg->conn);

    pg_merge(pg);
    for (size_t i = 0; i < pg->op_count && is_sent; i++)
        is_sent = send_at(pg, i, writes_end);
    return is_sent && PQpipelineSync(pg->conn) ? 0 : pg_fail(pg, NULL, err);
}

bool pg_writes(const struct pg *pg)
{
    for (size_t i = 0; i < pg->op_count; i++)
        if (pg->ops[i].plan && !pg->ops[i].is_read)
            return true;
    return pg->has_written;
}

/* What has failed ends the transaction. */
static int settle(struct pg *pg, int rc)
{
    pg->is_begun = pg->is_open;
    if (rc < 0) {
        pg->is_lost = pg->is_open;
        pg->timeout_ms = -1;
    }
    return rc;
}

int pg_flush(struct pg *pg, PGresult **last, struct err *err)
{
    int rc = 0;

    if (last)
        *last = NULL;
    if (pg->is_lost) {
        pg_cut(pg, 0);
        return pg_fail(pg, NULL, err);
    }
    if (pg->op_count > 0) {
        pg->has_written = pg_writes(pg);
        rc = settle(pg, send_all(pg, err) < 0 ? pg_drop_connection(pg)
                                              : receive_part(pg, last, err));
    }
    for (int i = 1; i <= pg->db.depth; i++) {
        pg->points[i].mark = 0;
        pg->points[i].is_queued = false;
    }
    if (rc < 0 && last) {
        PQclear(*last);
        *last = NULL;
    }
    return rc;
}

int pg_receive_rest(struct pg *pg, struct err *err)
{
    return settle(pg, receive_part(pg, NULL, err));
}

int pg_run_script(struct pg *pg, const char *sql, struct err *err)
{
    PGresult *result;
    int rc = PQsendQuery(pg->conn, sql) ? 0 : pg_fail(pg, NULL, err);

    if (rc < 0)
        return -1;
    for (result = next_result(pg); result; result = next_result(pg)) {
        rc = judge(pg, result, rc, err);
        PQclear(result);
    }
    if ((pg->is_silent || PQstatus(pg->conn) != CONNECTION_OK) && rc == 0)
        rc = pg_fail(pg, NULL, err);
    if (pg->is_silent)
        rc = pg_drop_connection(pg);
    if (rc < 0)
        pg->is_lost = pg->is_open;
    return rc;
}
