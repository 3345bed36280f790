#include "protocols/http/exchange.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/host/upkeep.h"
#include "protocols/http/http.h"
#include "protocols/http/send.h"
#include "protocols/http/unsent.h"
#include "protocols/http/wire.h"
#include "web/http/chunked.h"
#include "web/http/framing.h"

#include <inttypes.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

/* lws lets each piece of a body wait 5 s; this is for the whole of it. */
#define BODY_DEADLINE_US (30 * CLOCK_S)
#define ANSWER_DEADLINE_S 60
/* The longest budget, and its turn. */
#define EXPORT_DEADLINE_S 660
/* Beside the values of enum: the rest goes out by itself. */
#define SOCKET_SENDING 1
#define BODY_UNCOUNTED 65536

struct exchange {
    struct job job; /* first: a job is its exchange */
    struct server *server;
    struct lws *wsi; /* NULL: the client has gone */
    struct request request;
    struct response response;
    struct call call;
    struct framing framing; /* of the body */
    struct chunked chunked; /* BODY_CHUNKED */
    size_t held;            /* of the body: see take() */
    uint64_t held_flow;
    bool may_be_large;       /* the body */
    bool complete;           /* the whole request is here, or will do */
    struct readers *readers; /* where it waits or runs; NULL: on the writer */
    bool hashing;            /* the job under way is the first half */
    struct lws_sorted_usec_list delay; /* until then nothing is done */
    uint64_t delayed; /* of delays_take(); 0: it does not wait */
};

static void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    exchange->server->http->exchanges--;
    holds_give_back(exchange->server->http->holds, exchange->held_flow,
                    exchange->held);
    call_release(&exchange->call);
    request_release(&exchange->request);
    response_release(&exchange->response);
    mem_free(exchange);
}

static struct exchange *exchange_new(struct lws *wsi)
{
    struct exchange *exchange = mem_zalloc(sizeof(*exchange));

    if (!exchange)
        return NULL;
    exchange->server = server_of(wsi);
    exchange->server->http->exchanges++;
    exchange->wsi = wsi;
    request_init(&exchange->request);
    response_init(&exchange->response);
    exchange->response.base = exchange->server->web->base;
    exchange->request.received_us = clock_mono_us();
    exchange->call.request = &exchange->request;
    exchange->call.response = &exchange->response;
    return exchange;
}

static void log_request(const struct exchange *exchange)
{
    const char *path = exchange->request.path;
    char quoted[LOG_QUOTED_MAX];

    log_info("http.request",
             "method=%s path=%s status=%d us=%" PRId64 " user=%" PRId64
             " address=%s",
             http_method_name(exchange->request.method),
             log_quoted(quoted, path ? path : ""), exchange->response.status,
             clock_mono_us() - exchange->request.received_us,
             exchange->call.actor.user, exchange->request.address);
}

static int put_answer(struct exchange *exchange)
{
    struct metrics *metrics = exchange->server->metrics;
    int rc =
        send_response(exchange->wsi, &exchange->response, &exchange->request);
    int64_t us = clock_mono_us() - exchange->request.received_us;

    log_request(exchange);
    if (exchange->response.status == 429)
        metrics_add(metrics, METRIC_REQUESTS_REFUSED, 1);
    metrics_request(metrics, web_route_index(exchange->call.route),
                    exchange->response.status, us);
    if (exchange->call.route && exchange->call.route->run == RUN_HASH)
        metrics_request_apart(metrics, us);
    upkeep_touch(exchange->server, exchange->response.touch_session,
                 exchange->response.touch_token);
    return rc;
}

/* The answer's file; -1: it has none, or nothing of it is to be sent. */
static int take_file(struct exchange *exchange)
{
    int file = exchange->response.file;

    if (exchange->request.method == HTTP_HEAD || !exchange->response.file_len)
        return -1;
    exchange->response.file = -1;
    exchange->response.file_user = NULL;
    return file;
}

/* Nothing more is read of this connection. */
static int drop(struct server *server, struct lws *wsi)
{
    linger_begin(server, wsi);
    return SOCKET_DROP;
}

/* Behind a right password stands a user, of whom the request knows nothing. */
static uint64_t flow_of(const struct exchange *exchange)
{
    const struct call *call = &exchange->call;

    if (call->actor.user || call->login.ok)
        return flows_of_user(call->actor.user ? call->actor.user
                                              : call->login.user);
    return flows_of_request(exchange->server->admission.flows,
                            &exchange->request);
}

/* Sends the answer and frees the exchange. Returns what a callback returns. */
static int http_send(struct exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    struct server *server = exchange->server;
    struct http_slot *slot = lws_wsi_user(wsi);
    /* Whatever comes behind is not read; else only what lws makes of it. */
    bool is_last = exchange->response.close || server->draining;
    bool wants_close = is_last || exchange->request.wants_close;
    int64_t file_len = exchange->response.file_len;
    _Atomic int64_t *file_user = exchange->response.file_user;
    size_t len = send_body_len(&exchange->response);
    uint64_t flow = flow_of(exchange);
    struct err err = ERR_INIT;
    int file;
    int rc;

    exchange->response.close = is_last;
    rc = put_answer(exchange);
    file = take_file(exchange);
    /* Completing may free the slot, unless something is left to send. */
    slot->exchange = NULL;
    exchange_free(exchange);
    if (rc == 0 && file >= 0)
        return unsent_begin_file(&slot->unsent, wsi, file, file_len, file_user,
                                 wants_close, &err) < 0
                   ? SOCKET_DROP
                   : SOCKET_SENDING;
    if (file >= 0) {
        close(file);
        atomic_store(file_user, 0);
    }
    if (rc < 0)
        return SOCKET_DROP;
    if (is_last && !lws_partial_buffered(wsi))
        return drop(server, wsi);
    if (lws_http_transaction_completed(wsi))
        return SOCKET_DROP;
    if (!lws_partial_buffered(wsi))
        return wants_close ? SOCKET_DROP : SOCKET_KEEP;
    if (unsent_begin(&slot->unsent, wsi, len, flow, wants_close, &err) == 0)
        return SOCKET_KEEP;
    log_warn("http.cut", "text=\"%s\"", err.text);
    metrics_add(server->metrics, METRIC_HOLDS_REFUSED, 1);
    /* Else lws would keep the rest, and try for some seconds more. */
    shutdown(lws_get_socket_fd(wsi), SHUT_RDWR);
    return SOCKET_DROP;
}

/* From a job's end: outside the connection's own callback. */
static void http_send_later(struct exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    int rc = http_send(exchange);

    if (rc == SOCKET_SENDING)
        return;
    /* Only now: with reading off, lws serves no write either. */
    if (rc != SOCKET_KEEP || !lws_partial_buffered(wsi))
        lws_rx_flow_control(wsi, 1);
    if (rc != SOCKET_KEEP)
        server_kill(wsi);
}

/* The connection ends with the answer: where the next request begins is not
 * known, or not worth waiting for. */
static int refuse(struct exchange *exchange, const struct err *err)
{
    web_refuse(exchange->server->web, &exchange->request, &exchange->response,
               err);
    exchange->response.close = true;
    exchange->complete = true;
    return http_send(exchange);
}

static bool is_late(const struct exchange *exchange)
{
    return clock_mono_us() - exchange->request.received_us > BODY_DEADLINE_US;
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

/* NULL: the writer's. */
static struct readers *choose_readers(const struct exchange *exchange)
{
    const struct server *server = exchange->server;

    if (exchange->hashing)
        return server->pools.hashers;
    switch (exchange->call.route->run) {
    case RUN_EXPORT: return server->pools.exporters;
    case RUN_READ:
        return exchange->call.may_be_long ? server->pools.long_readers
                                          : server->pools.readers;
    case RUN_LOOP:
    case RUN_HASH:
    case RUN_WRITE: break;
    }
    return NULL;
}

static int submit(struct exchange *exchange, struct err *err)
{
    exchange->job.run = job_run;
    exchange->job.foresee = job_foresee;
    exchange->job.done = job_done;
    exchange->job.flow = flow_of(exchange);
    exchange->job.member = exchange->call.account;
    err_clear(&exchange->job.err);
    exchange->readers = choose_readers(exchange);
    if (exchange->readers)
        return readers_submit(exchange->readers, &exchange->job, err);
    return writer_submit(exchange->server->pools.writer, &exchange->job, err);
}

static void job_done(struct job *job)
{
    struct exchange *exchange = (struct exchange *)job;
    bool first_half = exchange->hashing;
    struct err err = ERR_INIT;

    exchange->hashing = false;
    flows_learn(exchange->server->admission.flows, &exchange->request,
                exchange->call.actor.user);
    if (!exchange->wsi) {
        exchange_free(exchange);
        return;
    }
    if ((first_half && !job->err.code) || call_move_long(&exchange->call)) {
        if (submit(exchange, &err) == 0)
            return;
        web_fail(&exchange->call, &err);
    } else if (job->err.code) {
        web_fail(&exchange->call, &job->err);
    } else {
        answers_keep(exchange->server->admission.answers, &exchange->call);
    }
    http_send_later(exchange);
}

static void end_delay(struct exchange *exchange)
{
    lws_sul_cancel(&exchange->delay);
    delays_give_back(&exchange->server->http->delays, exchange->delayed);
    exchange->delayed = 0;
}

static void on_delay_over(struct lws_sorted_usec_list *delay)
{
    struct exchange *exchange = lws_container_of(delay, struct exchange, delay);
    struct err err = ERR_INIT;

    end_delay(exchange);
    lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_USER_OK, ANSWER_DEADLINE_S);
    if (submit(exchange, &err) == 0)
        return;
    web_fail(&exchange->call, &err);
    http_send_later(exchange);
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

static int dispatch(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = slot->exchange;
    struct err err = ERR_INIT;
    int rc;

    exchange->complete = true;
    web_route(exchange->server->web, &exchange->call);
    if (web_admit(&exchange->call, exchange->server->admission.logins, &err) <
        0) {
        count_refusal(exchange, &err);
        web_fail(&exchange->call, &err);
        return http_send(exchange);
    }
    if (exchange->call.route->run == RUN_LOOP) {
        if (web_run_here(&exchange->call, exchange->server->admission.logins,
                         &err) < 0)
            web_fail(&exchange->call, &err);
        return http_send(exchange);
    }
    if (web_run_kept(&exchange->call, exchange->server->admission.logins,
                     exchange->server->admission.answers)) {
        metrics_add(exchange->server->metrics, METRIC_ANSWERS_KEPT, 1);
        return http_send(exchange);
    }
    exchange->hashing = exchange->call.route->run == RUN_HASH;
    rc = exchange->call.delay_s ? submit_later(exchange, &err)
                                : submit(exchange, &err);
    if (rc < 0) {
        count_refusal(exchange, &err);
        web_fail(&exchange->call, &err);
        return http_send(exchange);
    }
    /* Or a client that goes, or sends more, makes lws spin or close. */
    lws_rx_flow_control(wsi, 0);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK,
                    exchange->call.route->run == RUN_EXPORT
                        ? EXPORT_DEADLINE_S
                        : ANSWER_DEADLINE_S);
    return SOCKET_KEEP;
}

/* As text, since lws takes "zz" for a length of 0 and the first of two. */
static int read_framing(struct lws *wsi, struct exchange *exchange,
                        struct err *err)
{
    const struct request *request = &exchange->request;
    char length[REQUEST_HEADERS_MAX + 1];
    char coding[REQUEST_HEADERS_MAX + 1];

    if (framing_read(request->method, request->is_1_0,
                     wire_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length,
                                 sizeof(length)),
                     wire_header(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, coding,
                                 sizeof(coding)),
                     &exchange->framing, err) < 0)
        return -1;
    chunked_init(&exchange->chunked, REQUEST_BODY_MAX);
    return 0;
}

static bool has_body(const struct exchange *exchange)
{
    return exchange->framing.kind == BODY_CHUNKED ||
           exchange->framing.length > 0;
}

/* Whether lws announces the end of a body, if only of an empty one. */
static bool has_end(const struct exchange *exchange)
{
    return has_body(exchange) || (exchange->framing.kind == BODY_LENGTH &&
                                  exchange->request.method == HTTP_POST);
}

/* A large body is for users alone: looked up here, since it is not to be kept
 * until it is its turn. */
static int admit_large(struct exchange *exchange, struct err *err)
{
    if (exchange->may_be_large)
        return 0;
    web_route(exchange->server->web, &exchange->call);
    if (web_admit_large(&exchange->call, exchange->server->admission.logins,
                        err) < 0)
        return -1;
    exchange->may_be_large = true;
    exchange->held_flow = flow_of(exchange);
    return 0;
}

/* What is said without the body ends the connection, since the body comes all
 * the same. */
static int refuse_body(struct lws *wsi, struct http_slot *slot,
                       const struct err *err)
{
    struct exchange *exchange = slot->exchange;

    if (!exchange->call.route || exchange->call.route->run != RUN_LOOP)
        return refuse(exchange, err);
    exchange->response.close = true;
    return dispatch(wsi, slot);
}

/* The client waits with its body to be told to go on (RFC 9110, 10.1.1). What
 * can be refused without the body is refused now. */
static int invite(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = slot->exchange;
    struct err err = ERR_INIT;

    web_route(exchange->server->web, &exchange->call);
    if (exchange->call.route->run == RUN_LOOP) {
        exchange->response.close = true;
        return dispatch(wsi, slot);
    }
    if (web_invite(&exchange->call, &err) < 0) {
        web_fail(&exchange->call, &err);
        exchange->response.close = true;
        exchange->complete = true;
        return http_send(exchange);
    }
    return send_continue(wsi) < 0 ? SOCKET_DROP : SOCKET_KEEP;
}

static int http_gone(struct http_slot *slot)
{
    struct exchange *exchange = slot ? slot->exchange : NULL;

    if (slot) {
        unsent_end(slot->unsent);
        slot->unsent = NULL;
    }
    if (!exchange)
        return SOCKET_KEEP;
    slot->exchange = NULL;
    /* A job under way owns it; its end finds nobody to answer. A read that has
     * not begun is not run; a write is, since it was sent. */
    exchange->wsi = NULL;
    if (exchange->delayed) {
        end_delay(exchange);
        exchange_free(exchange);
        return SOCKET_KEEP;
    }
    if (!exchange->complete ||
        readers_cancel(exchange->readers, &exchange->job))
        exchange_free(exchange);
    return SOCKET_KEEP;
}

static int http_begin(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = slot ? exchange_new(wsi) : NULL;
    struct err err = ERR_INIT;
    bool is_expecting = false;

    if (!exchange)
        return SOCKET_DROP;
    http_gone(slot);
    slot->exchange = exchange;
    if (wire_read(wsi, slot->peer, &exchange->request, &err) < 0 ||
        read_framing(wsi, exchange, &err) < 0 ||
        wire_read_expectation(wsi, &exchange->request, &is_expecting, &err) < 0)
        return refuse(exchange, &err);
    if (exchange->framing.length > WEB_STRANGER_BODY &&
        admit_large(exchange, &err) < 0)
        return refuse_body(wsi, slot, &err);
    if (is_expecting && has_body(exchange))
        return invite(wsi, slot);
    if (has_end(exchange))
        return SOCKET_KEEP;
    return dispatch(wsi, slot);
}

/* The first part of each body is let be: as many connections as there may be
 * bound it, and no crowd of large ones keeps the small ones out. */
static int take(struct exchange *exchange, const char *bytes, size_t len,
                struct err *err)
{
    struct server *server = exchange->server;
    struct buf *body = &exchange->request.body;

    if (body->len + len > WEB_STRANGER_BODY && admit_large(exchange, err) < 0)
        return -1;
    if (body->len + len > BODY_UNCOUNTED) {
        if (holds_take(server->http->holds, exchange->held_flow, len, err) <
            0) {
            metrics_add(server->metrics, METRIC_HOLDS_REFUSED, 1);
            return -1;
        }
        exchange->held += len;
    }
    buf_put(body, bytes, len);
    return buf_check(body, err);
}

/* Takes what is content; lws reads on behind the end of the body. */
static int take_chunks(struct exchange *exchange, const char *bytes, size_t len,
                       struct err *err)
{
    while (len && !chunked_is_done(&exchange->chunked)) {
        const char *data;
        size_t data_len;
        size_t used;

        if (chunked_read(&exchange->chunked, bytes, len, &used, &data,
                         &data_len, err) < 0 ||
            (data_len && take(exchange, data, data_len, err) < 0))
            return -1;
        bytes += used;
        len -= used;
    }
    if (chunked_is_done(&exchange->chunked))
        lws_http_body_ended(exchange->wsi, len);
    return 0;
}

static int http_body(struct http_slot *slot, const char *bytes, size_t len)
{
    struct exchange *exchange = slot->exchange;
    struct err err = ERR_INIT;
    int rc;

    if (!exchange || exchange->complete)
        return SOCKET_DROP;
    rc = exchange->framing.kind == BODY_CHUNKED
             ? take_chunks(exchange, bytes, len, &err)
             : take(exchange, bytes, len, &err);
    if (rc < 0)
        return refuse_body(exchange->wsi, slot, &err);
    if (is_late(exchange)) {
        err_set(&err, ERR_LATE, "a body must arrive within %d s",
                (int)(BODY_DEADLINE_US / CLOCK_S));
        return refuse(exchange, &err);
    }
    return SOCKET_KEEP;
}

static int http_body_end(struct lws *wsi, struct http_slot *slot)
{
    if (!slot->exchange || slot->exchange->complete)
        return SOCKET_DROP;
    return dispatch(wsi, slot);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                  void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP: return http_begin(wsi, user);
    case LWS_CALLBACK_HTTP_BODY: return http_body(user, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return http_body_end(wsi, user);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL: return http_gone(user);
    case LWS_CALLBACK_CLOSED_HTTP: return http_gone(user);
    /* A websocket belongs to the protocol that it names. */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return 1;
    default: return SOCKET_KEEP;
    }
}
