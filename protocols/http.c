#include "protocols/http.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/rest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
/* As much of a body that is too large is read, to no end but the answer's. */
#define SWALLOW_MAX (16 * REQUEST_BODY_MAX)

struct exchange {
    struct job job; /* first: a job is its exchange */
    struct server *server;
    struct lws *wsi; /* NULL: the client has gone */
    struct request request;
    struct response response;
    struct call call;
    size_t content_length;
    size_t swallowed;
    size_t held; /* of the body: see take() */
    bool has_body;
    bool complete; /* the whole request is here */
    bool answered; /* before its body was: that is only swallowed */
    bool over;     /* bytes came behind it: close after the answer */
    bool hashing;  /* the job under way is the first half */
};

static void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    exchange->server->exchange_count--;
    server_let_go(exchange->server, exchange->held);
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
    exchange->server->exchange_count++;
    exchange->wsi = wsi;
    request_init(&exchange->request);
    response_init(&exchange->response);
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
    int rc = answer_write(exchange->wsi, &exchange->response,
                          exchange->request.method == HTTP_HEAD);

    log_request(exchange);
    if (exchange->response.status == 429)
        metrics_add(exchange->server->metrics, METRIC_REQUESTS_REFUSED, 1);
    metrics_request(exchange->server->metrics,
                    web_route_index(exchange->call.route),
                    exchange->response.status,
                    clock_mono_us() - exchange->request.received_us);
    server_touch(exchange->server, exchange->response.touch_session,
                 exchange->response.touch_token);
    return rc;
}

/* The file of an answer that has one; -1: none, or nothing of it is to be sent.
 */
static int take_file(struct exchange *exchange)
{
    int file = exchange->response.file;

    if (exchange->request.method == HTTP_HEAD || !exchange->response.file_len)
        return -1;
    exchange->response.file = -1;
    exchange->response.file_user = NULL;
    return file;
}

/* Sends the answer and frees the exchange. Returns what a callback returns. */
static int http_send(struct exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    struct http_slot *slot = lws_wsi_user(wsi);
    bool drop = exchange->over || exchange->response.close ||
                exchange->server->draining;
    int64_t file_len = exchange->response.file_len;
    _Atomic int64_t *file_user = exchange->response.file_user;
    size_t len = answer_body_len(&exchange->response);
    struct err err = ERR_INIT;
    int file;
    int rc;

    exchange->response.close = drop;
    rc = put_answer(exchange);
    file = take_file(exchange);
    /* Completing may free the slot, unless something is left to send. */
    slot->exchange = NULL;
    exchange_free(exchange);
    if (rc == 0 && file >= 0)
        return rest_begin_file(&slot->rest, wsi, file, file_len, file_user,
                               drop, &err) < 0
                   ? SOCKET_DROP
                   : SOCKET_SENDING;
    if (file >= 0) {
        close(file);
        atomic_store(file_user, 0);
    }
    if (rc < 0)
        return SOCKET_DROP;
    rc = lws_http_transaction_completed(wsi);
    if (rc || drop)
        return SOCKET_DROP;
    if (!lws_partial_buffered(wsi) ||
        rest_begin(&slot->rest, wsi, len, &err) == 0)
        return SOCKET_KEEP;
    log_warn("http.cut", "text=\"%s\"", err.text);
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

/* A connection that is closed with bytes unread takes the answer back from a
 * client that still sends, so where the length is known the rest is read. */
static int refuse(struct exchange *exchange, const struct err *err)
{
    web_refuse(&exchange->response, err);
    exchange->response.close = true;
    if ((err->code != ERR_TOO_LARGE && err->code != ERR_UNAVAILABLE) ||
        exchange->content_length > SWALLOW_MAX)
        return http_send(exchange);
    exchange->answered = true;
    return put_answer(exchange) < 0 ? SOCKET_DROP : SOCKET_KEEP;
}

static bool is_late(const struct exchange *exchange)
{
    return clock_mono_us() - exchange->request.received_us > BODY_DEADLINE_US;
}

static int swallow(struct exchange *exchange, size_t len)
{
    exchange->swallowed += len;
    return exchange->swallowed >= exchange->content_length || is_late(exchange)
               ? SOCKET_DROP
               : SOCKET_KEEP;
}

static int job_run(struct job *job, struct db *db, struct err *err)
{
    struct exchange *exchange = (struct exchange *)job;

    if (exchange->hashing)
        return web_prepare(&exchange->call, db, err);
    return web_run(&exchange->call, db, err);
}

static void job_done(struct job *job);

static int submit(struct exchange *exchange, struct err *err)
{
    struct server *server = exchange->server;
    enum run run = exchange->call.route->run;

    exchange->job.run = job_run;
    exchange->job.done = job_done;
    err_clear(&exchange->job.err);
    if (exchange->hashing)
        return readers_submit(server->hashers, &exchange->job, err);
    if (run == RUN_EXPORT)
        return readers_submit(server->exporters, &exchange->job, err);
    if (run == RUN_READ)
        return readers_submit(exchange->call.is_long ? server->long_readers
                                                     : server->readers,
                              &exchange->job, err);
    return writer_submit(server->writer, &exchange->job, err);
}

static void job_done(struct job *job)
{
    struct exchange *exchange = (struct exchange *)job;
    bool first_half = exchange->hashing;
    struct err err = ERR_INIT;

    exchange->hashing = false;
    if (!exchange->wsi) {
        exchange_free(exchange);
        return;
    }
    if (job->err.code) {
        web_fail(&exchange->call, &job->err);
    } else if (first_half) {
        if (submit(exchange, &err) == 0)
            return;
        web_fail(&exchange->call, &err);
    } else {
        answers_keep(exchange->server->answers, &exchange->call);
    }
    http_send_later(exchange);
}

static int dispatch(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = slot->exchange;
    struct err err = ERR_INIT;

    exchange->complete = true;
    web_route(exchange->server->web, &exchange->call);
    if (web_admit(&exchange->call, &err) < 0) {
        web_fail(&exchange->call, &err);
        return http_send(exchange);
    }
    if (exchange->call.route->run == RUN_LOOP) {
        if (web_run(&exchange->call, NULL, &err) < 0)
            web_fail(&exchange->call, &err);
        return http_send(exchange);
    }
    if (web_run_kept(&exchange->call, exchange->server->logins,
                     exchange->server->answers)) {
        metrics_add(exchange->server->metrics, METRIC_ANSWERS_KEPT, 1);
        return http_send(exchange);
    }
    exchange->hashing = exchange->call.route->run == RUN_HASH;
    if (submit(exchange, &err) < 0) {
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

/* The length as text, since lws takes "zz" for 0 and the first of two. */
static int read_length(struct lws *wsi, struct exchange *exchange,
                       struct err *err)
{
    char text[32];
    int len = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    enum http_method method = exchange->request.method;

    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return err_set(err, ERR_LENGTH,
                       "Transfer-Encoding is not taken: send Content-Length");
    if (len <= 0) {
        if (method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH)
            return err_set(err, ERR_LENGTH, "Content-Length is missing");
        return 0;
    }
    if (len > 15 || lws_hdr_copy(wsi, text, sizeof(text),
                                 WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0)
        return err_set(err, ERR_MALFORMED, "Content-Length is no length");
    for (const char *c = text; *c; c++) {
        if (!isdigit((unsigned char)*c))
            return err_set(err, ERR_MALFORMED, "Content-Length is no length");
    }
    exchange->content_length = (size_t)strtoull(text, NULL, 10);
    if (exchange->content_length > REQUEST_BODY_MAX)
        return err_set(err, ERR_TOO_LARGE, "a body is at most %d bytes",
                       REQUEST_BODY_MAX);
    /* lws announces the end of an empty body for POST alone. */
    exchange->has_body = exchange->content_length > 0 || method == HTTP_POST;
    return 0;
}

int http_begin(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = exchange_new(wsi);
    struct err err = ERR_INIT;

    if (!exchange)
        return SOCKET_DROP;
    http_gone(slot);
    slot->exchange = exchange;
    if (wire_read(wsi, slot->peer, &exchange->request, &err) < 0 ||
        read_length(wsi, exchange, &err) < 0)
        return refuse(exchange, &err);
    if (exchange->has_body)
        return SOCKET_KEEP;
    return dispatch(wsi, slot);
}

/* The first part of each body is let be: as many connections as there may be
 * bound it, and no crowd of large ones keeps the small ones out. */
static int take(struct exchange *exchange, const char *bytes, size_t len,
                struct err *err)
{
    struct buf *body = &exchange->request.body;

    if (body->len + len > BODY_UNCOUNTED) {
        if (server_hold(exchange->server, len, err) < 0)
            return -1;
        exchange->held += len;
    }
    buf_put(body, bytes, len);
    return buf_check(body, err);
}

/* lws can hand over bytes beyond the length (the client's next request): its
 * own counter then passes the end and no completion follows. */
int http_body(struct lws *wsi, struct http_slot *slot, const char *bytes,
              size_t len)
{
    struct exchange *exchange = slot->exchange;
    struct err err = ERR_INIT;
    size_t wanted;

    if (!exchange || exchange->complete)
        return SOCKET_DROP;
    if (exchange->answered)
        return swallow(exchange, len);
    wanted = exchange->content_length - exchange->request.body.len;
    if (len > wanted) {
        len = wanted;
        exchange->over = true;
    }
    if (take(exchange, bytes, len, &err) < 0)
        return refuse(exchange, &err);
    if (is_late(exchange))
        return SOCKET_DROP;
    return exchange->over ? dispatch(wsi, slot) : SOCKET_KEEP;
}

int http_body_end(struct lws *wsi, struct http_slot *slot)
{
    if (!slot->exchange || slot->exchange->complete || slot->exchange->answered)
        return SOCKET_DROP;
    return dispatch(wsi, slot);
}

int http_gone(struct http_slot *slot)
{
    struct exchange *exchange = slot ? slot->exchange : NULL;

    if (slot) {
        rest_end(slot->rest);
        slot->rest = NULL;
    }
    if (!exchange)
        return SOCKET_KEEP;
    slot->exchange = NULL;
    /* A job under way owns it; its end finds nobody to answer. */
    exchange->wsi = NULL;
    if (!exchange->complete)
        exchange_free(exchange);
    return SOCKET_KEEP;
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                  void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP: return http_begin(wsi, user);
    case LWS_CALLBACK_HTTP_BODY: return http_body(wsi, user, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return http_body_end(wsi, user);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL: return http_gone(user);
    case LWS_CALLBACK_CLOSED_HTTP: return http_gone(user);
    /* A websocket belongs to the protocol that it names. */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return 1;
    default: return SOCKET_KEEP;
    }
}
