#include "protocols/orders/follow.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/orders/stream.h"
#include "protocols/orders/lookup.h"
#include "protocols/orders/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/* Further back than this, the folded difference is shorter than the events. */
#define REPLAY_MAX 1000
#define SUBSCRIBE_ANSWER_MAX 2048

enum follow_step {
    STEP_LOOKUP, /* whose stream is the label's, for this user */
    STEP_JOIN,   /* the committed position, and the first chunk */
    STEP_BOTH,   /* the two at once, where the owner was known before */
    STEP_CHUNK,  /* the next chunk */
};

/* A read on behalf of a follow. Outlives it when the socket goes first. */
struct follow_job {
    struct job job; /* first */
    struct follow *follow;
    struct server *server;
    enum follow_step step;
    int64_t user;
    struct orders_login login;
    int64_t owner;
    int64_t after;
    bool fold;
    bool has_position;
    int64_t seq;
    char epoch[COMMAND_EPOCH_MAX];
    char ref[COMMAND_ECHO_MAX];
    /* What came of it. */
    int64_t committed;
    int64_t to;
    bool recovered, folded, resync;
    bool at_end; /* the chunk reaches the committed position */
    struct buf text;
    char label[]; /* the follow's */
};

/* A command to be answered once the stream is joined. */
struct follow_ref {
    struct follow_ref *next;
    char ref[COMMAND_ECHO_MAX];
};

static void job_free(struct follow_job *job)
{
    buf_release(&job->text);
    mem_free(job);
}

/* Nobody waits for it any more: one that has not begun is not run. */
static void forget_job(struct follow_job *job)
{
    job->follow = NULL;
    if (readers_cancel(job->server->pools.readers, &job->job))
        job_free(job);
}

static void follow_free(struct follow *follow)
{
    struct follow_ref *ref;
    struct follow_ref *next;

    if (follow->job)
        forget_job(follow->job);
    LL_FOREACH_SAFE(follow->again, ref, next)
    mem_free(ref);
    frame_unref(follow->chunk);
    hub_unsubscribe(follow->sub);
    mem_free(follow);
}

static void unfollow(struct follow *follow)
{
    struct orders_socket *s = follow->socket;

    LL_DELETE(s->follows, follow);
    s->follow_count--;
    follow_free(follow);
}

/* Every command that waits for the stream to be joined is told that it will not
 * be. code: NULL, it is that of err. */
static int refuse_all(struct follow *follow, const char *ref, const char *code,
                      const struct err *err)
{
    struct orders_socket *s = follow->socket;
    const struct follow_ref *next = follow->again;
    int rc;

    for (;;) {
        rc = code ? orders_refuse(s, "subscribe", ref, follow->label, code,
                                  err_public_text(err))
                  : orders_refuse_err(s, "subscribe", ref, follow->label, err);
        if (rc < 0 || !next)
            return rc;
        ref = next->ref;
        next = next->next;
    }
}

/* As a later command has it, which does not wait for those before. */
static int leave(struct follow *follow)
{
    const struct follow_job *job = follow->job;
    struct err err = ERR_INIT;
    int rc = 0;

    if (job && job->step != STEP_CHUNK) {
        err_set(&err, ERR_CONFLICT, "another command came before the answer");
        rc = refuse_all(follow, job->ref, "superseded", &err);
    }
    unfollow(follow);
    return rc;
}

void orders_unfollow_all(struct orders_socket *s)
{
    while (s->follows)
        unfollow(s->follows);
}

/* The next chunk from job->after: the events, or where the log no longer
 * reaches back, the folded difference. */
static int run_chunk(struct follow_job *job, struct db *db, struct err *err)
{
    bool more = false;

    buf_init(&job->text, 2 * STREAM_CHUNK_BYTES);
    if (!job->fold) {
        if (stream_replay(db, job->owner, job->label, job->after, &job->text,
                          &job->to, err) == 0) {
            job->at_end = job->to >= job->committed;
            return buf_check(&job->text, err);
        }
        if (err->code != ERR_MISSING)
            return -1;
        err_clear(err);
        buf_clear(&job->text);
        job->fold = true;
    }
    if (stream_fold(db, job->owner, job->label, job->after, &job->text,
                    &job->to, &more, err) < 0)
        return -1;
    job->at_end = !more;
    return buf_check(&job->text, err);
}

/* A position is foreign only by its epoch, or beyond what is committed. */
static int run_join(struct follow_job *job, struct db *db, struct err *err)
{
    if (!job->has_position)
        return 0;
    if (strcmp(job->epoch, job->server->web->meta.epoch) != 0 ||
        job->seq > job->committed) {
        job->resync = true;
        return 0;
    }
    job->after = job->seq;
    job->fold = job->committed - job->seq > REPLAY_MAX;
    if (job->seq < job->committed && run_chunk(job, db, err) < 0)
        return -1;
    job->folded = job->fold;
    job->recovered = !job->fold;
    return 0;
}

static int job_run(struct job *base, struct db *db, struct err *err)
{
    struct follow_job *job = (struct follow_job *)base;
    int rc = -1;

    if ((job->step == STEP_LOOKUP || job->step == STEP_BOTH) &&
        orders_lookup(db, job->server, &job->login, job->label, &job->owner,
                      err) < 0)
        return -1;
    if (job->step == STEP_LOOKUP)
        return 0;
    if (db_read_begin(db, err) < 0)
        return -1;
    if (stream_position(db, job->owner, &job->committed, NULL, err) == 0)
        rc = job->step == STEP_CHUNK ? run_chunk(job, db, err)
                                     : run_join(job, db, err);
    db_read_end(db);
    return rc;
}

static void job_done(struct job *base);

static struct follow_job *job_new(struct follow *follow, enum follow_step step)
{
    size_t label_len = strlen(follow->label);
    struct follow_job *job = mem_zalloc(sizeof(*job) + label_len + 1);

    if (!job)
        return NULL;
    buf_init(&job->text, 2 * STREAM_CHUNK_BYTES);
    memcpy(job->label, follow->label, label_len + 1);
    job->job.run = job_run;
    job->job.done = job_done;
    job->follow = follow;
    job->server = follow->socket->server;
    job->step = step;
    job->user = follow->socket->user;
    job->login = (struct orders_login){.session = follow->socket->session,
                                       .token = follow->socket->token};
    job->owner = follow->owner;
    job->after = follow->after;
    job->fold = follow->fold;
    return job;
}

static int submit(struct follow *follow, struct follow_job *job,
                  struct err *err)
{
    follow->job = job;
    job->job.flow = flows_of_user(job->user);
    if (readers_submit(job->server->pools.readers, &job->job, err) == 0)
        return 0;
    follow->job = NULL;
    job_free(job);
    return -1;
}

/* Before its position is read, so that nothing committed after that is missed.
 */
static int register_follow(struct follow *follow, int64_t owner,
                           struct err *err)
{
    follow->owner = owner;
    follow->state = FOLLOW_JOINING;
    return hub_subscribe(follow->socket->server->hub, owner, follow->label,
                         follow->socket, &follow->sub, err);
}

static int join(struct follow *follow, struct follow_job *lookup,
                struct err *err)
{
    struct follow_job *job;

    if (register_follow(follow, lookup->owner, err) < 0)
        return -1;
    job = job_new(follow, STEP_JOIN);
    if (!job)
        return err_set(err, ERR_NOMEM, "no memory to join a stream");
    job->has_position = lookup->has_position;
    job->seq = lookup->seq;
    memcpy(job->epoch, lookup->epoch, sizeof(job->epoch));
    memcpy(job->ref, lookup->ref, sizeof(job->ref));
    return submit(follow, job, err);
}

static int say_position(struct follow *follow, const char *ref, int64_t seq,
                        const struct follow_job *job)
{
    struct buf out;
    int rc;

    buf_init(&out, SUBSCRIBE_ANSWER_MAX);
    orders_ok_begin(&out, "subscribe", ref, follow->label);
    orders_put_position(&out, follow->socket->server, seq);
    if (job && job->recovered)
        json_put_bool(&out, "recovered", true);
    if (job && job->folded)
        json_put_bool(&out, "folded", true);
    if (job && job->resync)
        json_put_bool(&out, "resync", true);
    json_close(&out);
    rc = orders_say(follow->socket, &out);
    buf_release(&out);
    return rc;
}

static int say_joined(struct follow *follow, const struct follow_job *job)
{
    struct follow_ref *ref;

    if (say_position(follow, job->ref, job->committed, job) < 0)
        return -1;
    while (follow->again) {
        ref = follow->again;
        follow->again = ref->next;
        if (say_position(follow, ref->ref, job->committed, NULL) < 0) {
            mem_free(ref);
            return -1;
        }
        mem_free(ref);
    }
    return 0;
}

static void go_live(struct follow *follow, int64_t committed, int64_t after)
{
    follow->state = FOLLOW_LIVE;
    /* Before the hub has something for it: written in its turn, not within
     * this one. */
    orders_wake(follow->socket);
    hub_join(follow->sub, committed, after);
}

/* A chunk is there, or none was needed: send it, then go on from its end. */
static int take_chunk(struct follow *follow, struct follow_job *job)
{
    follow->fold = job->fold;
    if (!job->text.len) {
        go_live(follow, job->committed, job->committed);
        return 0;
    }
    follow->chunk = frame_new(job->text.data, job->text.len);
    if (!follow->chunk)
        return -1;
    follow->state = FOLLOW_CATCHING;
    follow->after = job->to;
    follow->committed = job->committed;
    follow->at_end = job->at_end;
    orders_wake(follow->socket);
    return 0;
}

static int finish_join(struct follow *follow, struct follow_job *job)
{
    struct metrics *metrics = job->server->metrics;

    if (job->recovered)
        metrics_add(metrics, METRIC_JOINS_RECOVERED, 1);
    if (job->folded)
        metrics_add(metrics, METRIC_JOINS_FOLDED, 1);
    if (job->resync)
        metrics_add(metrics, METRIC_JOINS_RESYNC, 1);
    if (say_joined(follow, job) < 0)
        return -1;
    return take_chunk(follow, job);
}

static void fail(struct follow *follow, struct follow_job *job,
                 const struct err *err)
{
    struct orders_socket *s = follow->socket;

    if (err->code == ERR_UNAUTHENTICATED) {
        orders_close_with(s, CLOSE_LOGIN_ENDED, "the login has ended");
        return;
    }
    if (job->step == STEP_CHUNK) {
        /* Already told that it follows: begin anew from what it has. */
        log_warn("orders.catching_up_failed", "user=%" PRId64 " text=\"%s\"",
                 s->user, err->text);
        orders_close_with(s, CLOSE_TRY_AGAIN, "try again");
        return;
    }
    if (refuse_all(follow, job->ref, NULL, err) < 0)
        orders_close_with(s, CLOSE_TRY_AGAIN, "try again");
    unfollow(follow);
}

static void job_done(struct job *base)
{
    struct follow_job *job = (struct follow_job *)base;
    struct follow *follow = job->follow;
    struct err err = job->job.err;
    int rc = 0;

    if (!follow || follow->socket->close_code) {
        if (follow)
            follow->job = NULL;
        job_free(job);
        return;
    }
    follow->job = NULL;
    if (!err.code && job->step == STEP_LOOKUP)
        join(follow, job, &err);
    else if (!err.code)
        rc = job->step == STEP_CHUNK ? take_chunk(follow, job)
                                     : finish_join(follow, job);
    if (rc < 0)
        err_set(&err, ERR_NOMEM, "no memory for a frame");
    if (err.code)
        fail(follow, job, &err);
    job_free(job);
}

static void read_chunk(struct follow *follow)
{
    struct follow_job *job = job_new(follow, STEP_CHUNK);
    struct err err = ERR_INIT;

    if (!job || submit(follow, job, &err) < 0)
        orders_close_with(follow->socket, CLOSE_TRY_AGAIN, "try again");
}

/* Overtaken by the ring: forward by the folded difference. */
static void lag(struct follow *follow)
{
    follow->state = FOLLOW_CATCHING;
    follow->fold = true;
    follow->after = subscription_position(follow->sub);
    metrics_add(follow->socket->server->metrics, METRIC_LAGS_FOLDED, 1);
    log_debug("orders.lagging", "user=%" PRId64 " after=%" PRId64,
              follow->socket->user, follow->after);
    read_chunk(follow);
}

int follow_next(struct follow *follow, struct frame **frame)
{
    bool behind = false;

    *frame = NULL;
    if (follow->state == FOLLOW_CATCHING)
        *frame = follow->chunk;
    if (follow->state != FOLLOW_LIVE)
        return 0;
    *frame = subscription_peek(follow->sub, &behind);
    if (!*frame && behind)
        lag(follow);
    return 0;
}

/* A chunk has gone: the next one is read only now that the socket took it. */
void follow_sent(struct follow *follow)
{
    if (follow->state == FOLLOW_LIVE) {
        subscription_advance(follow->sub);
        return;
    }
    frame_unref(follow->chunk);
    follow->chunk = NULL;
    if (follow->at_end)
        go_live(follow, follow->committed, follow->after);
    else
        read_chunk(follow);
}

bool follow_has_more(const struct follow *follow)
{
    if (follow->state == FOLLOW_CATCHING)
        return follow->chunk;
    return follow->state == FOLLOW_LIVE && subscription_waiting(follow->sub);
}

static struct follow *find(struct orders_socket *s, const char *label)
{
    struct follow *follow;

    LL_FOREACH(s->follows, follow)
    {
        if (!strcmp(follow->label, label))
            return follow;
    }
    return NULL;
}

/* Without a position, nothing changes: the answer is where it stands. */
static int say_again(struct follow *follow,
                     const struct orders_command *command)
{
    struct follow_ref *ref;
    int waiting;

    if (follow->state == FOLLOW_LIVE)
        return say_position(follow, command->ref,
                            subscription_position(follow->sub), NULL);
    if (follow->state == FOLLOW_CATCHING)
        return say_position(follow, command->ref, follow->after, NULL);
    /* As many as there may be answers, which these will be. */
    LL_COUNT(follow->again, ref, waiting);
    if (waiting >= REPLIES_MAX)
        return -1;
    ref = mem_zalloc(sizeof(*ref));
    if (!ref)
        return -1;
    memcpy(ref->ref, command->ref, sizeof(ref->ref));
    LL_APPEND(follow->again, ref);
    return 0;
}

static int start(struct orders_socket *s, const struct orders_command *command,
                 struct err *err)
{
    size_t label_len = strlen(command->stream);
    struct follow *follow = mem_zalloc(sizeof(*follow) + label_len + 1);
    struct follow_job *job = NULL;
    int64_t owner;

    if (!follow)
        return err_set(err, ERR_NOMEM, "no memory to follow a stream");
    memcpy(follow->label, command->stream, label_len + 1);
    follow->socket = s;
    LL_PREPEND(s->follows, follow);
    s->follow_count++;
    if (!orders_owner_of_label(command->stream, s->user, &owner))
        job = job_new(follow, STEP_LOOKUP);
    else if (register_follow(follow, owner, err) == 0)
        job = job_new(follow, STEP_BOTH);
    if (!job) {
        unfollow(follow);
        return err_set(err, ERR_NOMEM, "no memory to follow a stream");
    }
    job->has_position = command->has_position;
    job->seq = command->seq;
    memcpy(job->epoch, command->epoch, sizeof(job->epoch));
    memcpy(job->ref, command->ref, sizeof(job->ref));
    if (submit(follow, job, err) == 0)
        return 0;
    unfollow(follow);
    return -1;
}

int orders_subscribe(struct orders_socket *s,
                     const struct orders_command *command)
{
    struct follow *known = find(s, command->stream);
    struct err err = ERR_INIT;

    if (!orders_is_label(command->stream))
        return orders_refuse(s, "subscribe", command->ref, command->stream,
                             "invalid",
                             "stream: must be orders, all or user:<name>");
    if (strcmp(command->stream, "orders") != 0 && !s->is_staff)
        return orders_refuse(s, "subscribe", command->ref, command->stream,
                             "forbidden", "only staff follow this stream");
    if (command->heartbeat_s)
        orders_set_heartbeat(s, command->heartbeat_s);
    if (known && !command->has_position)
        return say_again(known, command);
    if (known && leave(known) < 0)
        return -1;
    if (s->follow_count == FOLLOW_MAX)
        return orders_refuse(s, "subscribe", command->ref, command->stream,
                             "too_many",
                             "a socket can follow at most 8 streams");
    if (start(s, command, &err) < 0)
        return orders_refuse_err(s, "subscribe", command->ref, command->stream,
                                 &err);
    return 0;
}

int orders_unsubscribe(struct orders_socket *s,
                       const struct orders_command *command)
{
    struct follow *known = find(s, command->stream);
    struct buf out;
    int rc;

    if (known && leave(known) < 0)
        return -1;
    buf_init(&out, SUBSCRIBE_ANSWER_MAX);
    orders_ok_begin(&out, "unsubscribe", command->ref, command->stream);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}
