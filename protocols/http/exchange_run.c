#include "base/log.h"
#include "protocols/http/exchange_state.h"

#include "base/banned.h"

/*
 * An exchange whose request has come: looked up, run on the thread that its
 * route names, and sent.
 */
#define ANSWER_DEADLINE_S 60
/* The longest budget, and its turn. */
#define EXPORT_DEADLINE_S 660

/* Nothing is read until the answer is sent: or a client that goes, or sends
 * more, makes lws spin or close. */
static int park(struct exchange *exchange, int deadline_s)
{
    if (!exchange->is_parked)
        lws_rx_flow_control(exchange->wsi, 0);
    exchange->is_parked = true;
    lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_USER_OK, deadline_s);
    return SOCKET_KEEP;
}

static int job_run(struct job *job, struct db *db, struct err *err)
{
    struct exchange *exchange = (struct exchange *)job;

    return exchange->hashing ? web_prepare(&exchange->call, db, err)
                             : web_run(&exchange->call, db, err);
}

static void job_foresee(struct job *job, struct db *db)
{
    web_foresee(&((struct exchange *)job)->call, flows_user(job->flow), db);
}

static void job_done(struct job *job);

static bool is_for_writer(const struct exchange *exchange)
{
    enum run run = exchange->call.route->run;

    return !exchange->hashing && (run == RUN_WRITE || run == RUN_HASH);
}

static struct readers *choose_readers(const struct exchange *exchange)
{
    const struct pools *pools = &exchange->server->pools;

    if (exchange->hashing)
        return pools->hashers;
    if (exchange->call.route->run == RUN_EXPORT)
        return pools->exporters;
    return exchange->call.may_be_long ? pools->long_readers : pools->readers;
}

static void prepare_job(struct exchange *exchange)
{
    struct job *job = &exchange->job;

    job->flow = exchange_flow(exchange);
    job->member = exchange->call.account;
    err_clear(&job->err);
}

/* readers: NULL where they are gone. */
static int enqueue_read(struct exchange *exchange, struct readers *readers,
                        struct err *err)
{
    int rc;

    prepare_job(exchange);
    exchange->readers = readers;
    rc = readers_submit(readers, &exchange->job, err);
    exchange->is_queued = rc == 0;
    return rc;
}

static int enqueue_write(struct exchange *exchange, struct err *err)
{
    int rc;

    prepare_job(exchange);
    exchange->readers = NULL;
    rc = writer_submit(exchange->server->pools.writer, &exchange->job, err);
    exchange->is_queued = rc == 0;
    return rc;
}

static int submit(struct exchange *exchange, struct err *err)
{
    exchange->job.run = job_run;
    exchange->job.foresee = job_foresee;
    exchange->job.done = job_done;
    return is_for_writer(exchange)
               ? enqueue_write(exchange, err)
               : enqueue_read(exchange, choose_readers(exchange), err);
}

/* False: the client has gone, and the exchange with it. */
static bool take_back(struct exchange *exchange)
{
    exchange->is_queued = false;
    if (exchange->wsi)
        return true;
    exchange_free(exchange);
    return false;
}

static void job_done(struct job *job)
{
    struct exchange *exchange = (struct exchange *)job;
    bool first_half = exchange->hashing;
    struct err err = ERR_INIT;

    exchange->hashing = false;
    flows_learn(exchange->server->admission.flows, &exchange->request,
                exchange->call.actor.user);
    if (!take_back(exchange))
        return;
    if ((first_half && !job->err.code) || call_move_long(&exchange->call)) {
        if (submit(exchange, &err) < 0)
            exchange_fail(exchange, &err);
    } else if (job->err.code) {
        exchange_fail(exchange, &job->err);
    } else {
        if (exchange->call.is_kept)
            metrics_add(exchange->server->metrics, METRIC_ANSWERS_KEPT, 1);
        answers_keep(exchange->server->admission.answers, &exchange->call);
        exchange_send(exchange);
    }
}

void exchange_end_delay(struct exchange *exchange)
{
    lws_sul_cancel(&exchange->delay);
    delays_give_back(&exchange->server->http->delays, exchange->delayed);
    exchange->delayed = 0;
}

static void on_delay_over(struct lws_sorted_usec_list *delay)
{
    struct exchange *exchange = lws_container_of(delay, struct exchange, delay);
    struct err err = ERR_INIT;

    exchange_end_delay(exchange);
    lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_USER_OK, ANSWER_DEADLINE_S);
    if (submit(exchange, &err) < 0)
        exchange_fail(exchange, &err);
}

/* Its connection waits, and no thread. */
static int submit_later(struct exchange *exchange, struct err *err)
{
    struct server *server = exchange->server;
    uint64_t key =
        flows_of_address(server->admission.flows, exchange->request.address);
    int delay_s = exchange->call.delay_s;

    if (!delays_take(&server->http->delays, key)) {
        err_set(err, ERR_THROTTLED,
                "too many logins from one address wait: try again later");
        err->retry_after_s = delay_s;
        return -1;
    }
    exchange->delayed = key;
    metrics_add(server->metrics, METRIC_LOGINS_DELAYED, 1);
    lws_sul_schedule(server->context, 0, &exchange->delay, on_delay_over,
                     delay_s * LWS_US_PER_SEC);
    return 0;
}

static void count_refusal(const struct exchange *exchange,
                          const struct err *err)
{
    if (exchange->call.route->run == RUN_HASH && err->code == ERR_THROTTLED)
        metrics_add(exchange->server->metrics, METRIC_LOGINS_REFUSED, 1);
}

static int fail(struct exchange *exchange, const struct err *err)
{
    count_refusal(exchange, err);
    return exchange_fail(exchange, err);
}

/* All that had to be looked up before is known. */
static int run(struct exchange *exchange, struct err *err)
{
    const struct admission *admission = &exchange->server->admission;
    struct call *call = &exchange->call;
    int rc;

    if (err->code || web_admit_known(call, err) < 0)
        return fail(exchange, err);
    if (call->route->run == RUN_LOOP)
        return web_run_here(call, err) < 0 ? exchange_fail(exchange, err)
                                           : exchange_send(exchange);
    if (!admission->logins) {
        call->answers = admission->answers; /* for the reader */
    } else if (web_run_kept(call, admission->logins, admission->answers)) {
        metrics_add(exchange->server->metrics, METRIC_ANSWERS_KEPT, 1);
        return exchange_send(exchange);
    }
    exchange->hashing = call->route->run == RUN_HASH;
    rc = call->delay_s ? submit_later(exchange, err) : submit(exchange, err);
    if (rc < 0)
        return fail(exchange, err);
    if (call->route->answer_s)
        exchange_answer_by(exchange, call->route->answer_s);
    return park(exchange, call->route->run == RUN_EXPORT ? EXPORT_DEADLINE_S
                                                         : ANSWER_DEADLINE_S);
}

int exchange_run(struct exchange *exchange)
{
    struct err err = ERR_INIT;

    exchange->complete = true;
    web_route(exchange->server->web, &exchange->call);
    if (web_admit(&exchange->call, &err) < 0)
        return fail(exchange, &err);
    return lookup_is_needed(&exchange->call)
               ? exchange_look_up(exchange, lookup_for_run, run)
               : run(exchange, &err);
}

static int look_up_run(struct job *job, struct db *db, struct err *err)
{
    struct exchange *exchange = (struct exchange *)job;

    return exchange->look_up(&exchange->call, db, NULL, err);
}

static void look_up_done(struct job *job)
{
    struct exchange *exchange = (struct exchange *)job;
    struct lws *wsi = exchange->wsi;
    exchange_function *looked_up = exchange->looked_up;
    struct err err = job->err; /* the job may be another one's by then */

    exchange->looked_up = NULL;
    if (take_back(exchange) && looked_up(exchange, &err) == SOCKET_DROP)
        server_kill(wsi);
}

int exchange_look_up(struct exchange *exchange, lookup_function *look_up,
                     exchange_function *looked_up)
{
    const struct admission *admission = &exchange->server->admission;
    struct err err = ERR_INIT;

    if (admission->db) {
        look_up(&exchange->call, admission->db, admission->logins, &err);
        return looked_up(exchange, &err);
    }
    exchange->look_up = look_up;
    exchange->job.run = look_up_run;
    exchange->job.foresee = NULL;
    exchange->job.done = look_up_done;
    if (enqueue_read(exchange, exchange->server->pools.readers, &err) < 0)
        return looked_up(exchange, &err);
    exchange->looked_up = looked_up;
    return park(exchange, ANSWER_DEADLINE_S);
}
