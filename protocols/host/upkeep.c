#include "protocols/host/upkeep.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/accounts/audit.h"
#include "model/accounts/refusal.h"
#include "model/accounts/session.h"
#include "model/accounts/token.h"
#include "model/log/event.h"

#include <inttypes.h>

#include "base/banned.h"

/* Rows per job, so that no batch waits long for it. */
#define PURGE_ROWS 1000

/* A login's last use, noted in the writer's batches. */
struct touch_job {
    struct job job; /* first */
    int64_t session, token;
    const struct session_limits *limits;
};

static int touch_run(struct job *base, struct db *db, struct err *err)
{
    struct touch_job *job = (struct touch_job *)base;

    if (job->session)
        return session_touch(db, job->session, job->limits, err);
    return token_touch(db, job->token, err);
}

static void touch_done(struct job *base)
{
    static struct log_pace pace;
    uint64_t left_out;

    if (base->err.code && log_is_due(&pace, &left_out))
        log_warn("upkeep.touch_failed", "text=\"%s\" left_out=%" PRIu64,
                 base->err.text, left_out);
    mem_free(base);
}

void upkeep_touch(struct server *server, int64_t session, int64_t token)
{
    struct touch_job *job;
    struct err err = ERR_INIT;

    if (!session && !token)
        return;
    job = mem_zalloc(sizeof(*job));
    if (!job)
        return;
    job->job.run = touch_run;
    job->job.done = touch_done;
    job->session = session;
    job->token = token;
    job->limits = &server->web->session_limits;
    if (writer_submit(server->pools.writer, &job->job, &err) < 0)
        mem_free(job);
}

struct refusal_job {
    struct job job; /* first */
    struct refusals *refusals;
    size_t count;
    struct refusal taken[REFUSALS_TAKEN_MAX];
};

static int refusal_run(struct job *base, struct db *db, struct err *err)
{
    const struct refusal_job *job = (struct refusal_job *)base;

    for (size_t i = 0; i < job->count; i++) {
        if (refusal_add(db, &job->taken[i], err) < 0)
            return -1;
    }
    return refusal_settle(db, PURGE_ROWS, err) < 0 ? -1 : 0;
}

static void refusal_done(struct job *base)
{
    struct refusal_job *job = (struct refusal_job *)base;

    if (base->err.code) {
        log_warn("upkeep.refusals_failed", "text=\"%s\"", base->err.text);
        refusals_give_back(job->refusals, job->taken, job->count);
    }
    mem_free(base);
}

void upkeep_note_refusals(struct server *server)
{
    struct refusal_job *job = mem_zalloc(sizeof(*job));
    struct err err = ERR_INIT;

    if (!job)
        return;
    job->job.run = refusal_run;
    job->job.done = refusal_done;
    job->refusals = server->web->refusals;
    job->count = refusals_take(job->refusals, job->taken);
    if (!job->count) {
        mem_free(job);
    } else if (writer_submit(server->pools.writer, &job->job, &err) < 0) {
        refusals_give_back(job->refusals, job->taken, job->count);
        mem_free(job);
    }
}

/* What has outlived its use goes, a little at a time. */
struct purge_job {
    struct job job; /* first */
    struct server *server;
    int64_t events_s, audit_s;
    int64_t events_at; /* how far the log has been looked through */
    bool left;
};

static int purge_run(struct job *base, struct db *db, struct err *err)
{
    struct purge_job *job = (struct purge_job *)base;
    int events;
    int rows;

    if (session_purge(db, PURGE_ROWS, &job->left, err) < 0)
        return -1;
    events = event_purge(db, job->events_s, PURGE_ROWS, &job->events_at, err);
    if (events < 0)
        return -1;
    if (refusal_settle(db, PURGE_ROWS, err) < 0)
        return -1;
    rows = audit_purge(db, job->audit_s, PURGE_ROWS, err);
    if (rows < 0)
        return -1;
    job->left = job->left || (events && job->events_at) || rows == PURGE_ROWS;
    return 0;
}

static void purge_done(struct job *base)
{
    struct purge_job *job = (struct purge_job *)base;
    struct server *server = job->server;
    int64_t events_s = job->events_s;
    int64_t audit_s = job->audit_s;
    bool again = job->left && !job->job.err.code;

    if (job->job.err.code)
        log_warn("upkeep.purge_failed", "text=\"%s\"", job->job.err.text);
    if (!job->job.err.code)
        server->events_purged_at = job->events_at;
    mem_free(job);
    server->purging = false;
    if (again && !server->draining)
        upkeep_purge(server, events_s, audit_s);
}

void upkeep_purge(struct server *server, int64_t events_s, int64_t audit_s)
{
    struct purge_job *job;
    struct err err = ERR_INIT;

    if (server->purging)
        return;
    job = mem_zalloc(sizeof(*job));
    if (!job)
        return;
    job->job.run = purge_run;
    job->job.done = purge_done;
    job->server = server;
    job->events_s = events_s;
    job->events_at = server->events_purged_at;
    job->audit_s = audit_s;
    if (writer_submit(server->pools.writer, &job->job, &err) < 0)
        mem_free(job);
    else
        server->purging = true;
}
