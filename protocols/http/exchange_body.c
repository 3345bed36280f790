#include "base/clock.h"
#include "protocols/http/exchange_state.h"
#include "protocols/http/send.h"
#include "protocols/http/wire.h"
#include "web/access/lookup.h"

#include "base/banned.h"

/*
 * The body of an exchange's request: whether it may come, and what comes.
 */
/* lws lets each piece of a body wait for so long; */
#define PIECE_DEADLINE_S 5
/* this is for the whole of it. */
#define BODY_DEADLINE_US (30 * CLOCK_S)
#define BODY_UNCOUNTED 65536

static bool is_late(const struct exchange *exchange)
{
    return clock_mono_us() - exchange->request.received_us > BODY_DEADLINE_US;
}

/* As text, since lws takes "zz" for a length of 0 and the first of two. */
int exchange_read_framing(struct exchange *exchange, struct err *err)
{
    struct lws *wsi = exchange->wsi;
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

/* What is said without the body ends the connection, since the body comes all
 * the same. */
static int refuse_body(struct exchange *exchange, const struct err *err)
{
    if (!exchange->call.route || exchange->call.route->run != RUN_LOOP)
        return exchange_refuse(exchange, err);
    exchange->response.close = true;
    return exchange_run(exchange);
}

/* Reading goes on. */
static int unpark(struct exchange *exchange)
{
    if (!exchange->is_parked)
        return SOCKET_KEEP;
    exchange->is_parked = false;
    lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
                    PIECE_DEADLINE_S);
    return lws_rx_flow_control(exchange->wsi, 1) ? SOCKET_DROP : SOCKET_KEEP;
}

/* The client waits with its body to be told to go on (RFC 9110, 10.1.1). What
 * can be refused without the body is refused now. */
static int invite(struct exchange *exchange)
{
    struct err err = ERR_INIT;

    web_route(exchange->server->web, &exchange->call);
    if (exchange->call.route->run == RUN_LOOP) {
        exchange->response.close = true;
        return exchange_run(exchange);
    }
    if (web_invite(&exchange->call, &err) < 0) {
        exchange->response.close = true;
        exchange->complete = true;
        return exchange_fail(exchange, &err);
    }
    exchange->is_expecting = false;
    return send_continue(exchange->wsi) < 0 ? SOCKET_DROP : unpark(exchange);
}

static int on_large_known(struct exchange *exchange, struct err *err)
{
    if (err->code || lookup_take(&exchange->call, err) < 0)
        return refuse_body(exchange, err);
    exchange->may_be_large = true;
    exchange->held_flow = exchange_flow(exchange);
    if (exchange->is_expecting)
        return invite(exchange);
    return exchange->has_ended ? exchange_run(exchange) : unpark(exchange);
}

/* A large body is for users alone: looked up now, since it is not to be kept
 * until it is its turn. */
static int admit_large(struct exchange *exchange)
{
    struct err err = ERR_INIT;

    web_route(exchange->server->web, &exchange->call);
    if (web_admit_large(&exchange->call, &err) < 0)
        return refuse_body(exchange, &err);
    return exchange_look_up(exchange, lookup_login, on_large_known);
}

int exchange_begin_body(struct exchange *exchange)
{
    exchange->is_expecting = exchange->is_expecting && has_body(exchange);
    if (exchange->framing.length > WEB_STRANGER_BODY)
        return admit_large(exchange);
    if (exchange->is_expecting)
        return invite(exchange);
    return has_end(exchange) ? SOCKET_KEEP : exchange_run(exchange);
}

/* The first part of each body is let be: as many connections as there may be
 * bound it, and no crowd of large ones keeps the small ones out. */
static int take(struct exchange *exchange, const char *bytes, size_t len,
                struct err *err)
{
    struct server *server = exchange->server;
    struct buf *body = &exchange->request.body;

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

/* As much as lws read in one go may come before it is known who sends it. */
static bool is_large(const struct exchange *exchange)
{
    return exchange->request.body.len > WEB_STRANGER_BODY &&
           !exchange->may_be_large && !exchange->looked_up;
}

int exchange_take(struct exchange *exchange, const char *bytes, size_t len)
{
    struct err err = ERR_INIT;
    int rc = exchange->framing.kind == BODY_CHUNKED
                 ? take_chunks(exchange, bytes, len, &err)
                 : take(exchange, bytes, len, &err);

    if (rc < 0)
        return refuse_body(exchange, &err);
    if (is_late(exchange)) {
        err_set(&err, ERR_LATE, "a body must arrive within %d s",
                (int)(BODY_DEADLINE_US / CLOCK_S));
        return exchange_refuse(exchange, &err);
    }
    return is_large(exchange) ? admit_large(exchange) : SOCKET_KEEP;
}

int exchange_end_body(struct exchange *exchange)
{
    exchange->has_ended = true;
    return exchange->looked_up ? SOCKET_KEEP : exchange_run(exchange);
}
