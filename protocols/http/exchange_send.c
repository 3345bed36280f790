#include "base/clock.h"
#include "base/log.h"
#include "protocols/host/upkeep.h"
#include "protocols/http/exchange_state.h"
#include "protocols/http/send.h"
#include "protocols/http/unsent.h"

#include <inttypes.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * The end of an exchange: its response, as it is sent, logged and counted.
 */

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

uint64_t exchange_flow(const struct exchange *exchange)
{
    const struct call *call = &exchange->call;

    if (call->actor.user || call->login.ok)
        return flows_of_user(call->actor.user ? call->actor.user
                                              : call->login.user);
    return flows_of_request(exchange->server->admission.flows,
                            &exchange->request);
}

static int send_now(struct exchange *exchange)
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
    uint64_t flow = exchange_flow(exchange);
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
static void send_later(struct exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    int rc = send_now(exchange);

    if (rc == SOCKET_SENDING)
        return;
    /* Only now: with reading off, lws serves no write either. */
    if (rc != SOCKET_KEEP || !lws_partial_buffered(wsi))
        lws_rx_flow_control(wsi, 1);
    if (rc != SOCKET_KEEP)
        server_kill(wsi);
}

int exchange_send(struct exchange *exchange)
{
    if (!exchange->is_parked)
        return send_now(exchange);
    send_later(exchange);
    return SOCKET_KEEP;
}

int exchange_fail(struct exchange *exchange, const struct err *err)
{
    web_fail(&exchange->call, err);
    return exchange_send(exchange);
}

int exchange_refuse(struct exchange *exchange, const struct err *err)
{
    web_refuse(exchange->server->web, &exchange->request, &exchange->response,
               err);
    exchange->response.close = true;
    exchange->complete = true;
    return exchange_send(exchange);
}
