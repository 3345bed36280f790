#include "base/clock.h"
#include "base/mem.h"
#include "protocols/http/exchange_state.h"
#include "protocols/http/unsent.h"
#include "protocols/http/wire.h"

#include "base/banned.h"

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    lws_sul_cancel(&exchange->answer_by);
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

static void clear(struct http_slot *slot)
{
    struct exchange *exchange = slot->exchange;

    unsent_end(slot->unsent);
    slot->unsent = NULL;
    slot->exchange = NULL;
    if (!exchange)
        return;
    /* A job under way owns it; its end finds nobody to answer. A read that has
     * not begun is not run; a write is, since it was sent. */
    exchange->wsi = NULL;
    lws_sul_cancel(&exchange->answer_by);
    if (exchange->delayed)
        exchange_end_delay(exchange);
    if (!exchange->is_queued ||
        readers_cancel(exchange->readers, &exchange->job))
        exchange_free(exchange);
}

static int http_gone(struct http_slot *slot)
{
    if (slot)
        clear(slot);
    return SOCKET_KEEP;
}

/* In place of the one whose job may still be under way. */
static void answer_late(struct lws *wsi, struct http_slot *slot,
                        int64_t received_us)
{
    struct exchange *exchange = exchange_new(wsi);
    struct err err = ERR_INIT;

    if (!exchange) {
        server_kill(wsi);
        return;
    }
    slot->exchange = exchange;
    exchange->request.received_us = received_us;
    exchange->complete = true;
    exchange->is_parked = true;
    if (wire_read(wsi, slot->peer, &exchange->request, &err) < 0) {
        exchange_refuse(exchange, &err);
        return;
    }
    web_route(exchange->server->web, &exchange->call);
    err_set(&err, ERR_UNAVAILABLE, "there is no answer in time");
    err.retry_after_s = 1;
    exchange_fail(exchange, &err);
}

static void on_answer_due(struct lws_sorted_usec_list *answer_by)
{
    const struct exchange *exchange =
        lws_container_of(answer_by, struct exchange, answer_by);
    struct lws *wsi = exchange->wsi;
    struct http_slot *slot = lws_wsi_user(wsi);
    int64_t received_us = exchange->request.received_us;

    clear(slot);
    answer_late(wsi, slot, received_us);
}

void exchange_answer_by(struct exchange *exchange, int seconds)
{
    lws_sul_schedule(exchange->server->context, 0, &exchange->answer_by,
                     on_answer_due, seconds * LWS_US_PER_SEC);
}

static int http_begin(struct lws *wsi, struct http_slot *slot)
{
    struct exchange *exchange = slot ? exchange_new(wsi) : NULL;
    struct err err = ERR_INIT;

    if (!exchange)
        return SOCKET_DROP;
    http_gone(slot);
    slot->exchange = exchange;
    if (wire_read(wsi, slot->peer, &exchange->request, &err) < 0 ||
        exchange_read_framing(exchange, &err) < 0 ||
        wire_read_expectation(wsi, &exchange->request, &exchange->is_expecting,
                              &err) < 0)
        return exchange_refuse(exchange, &err);
    return exchange_begin_body(exchange);
}

static int http_body(struct http_slot *slot, const char *bytes, size_t len)
{
    if (!slot->exchange || slot->exchange->complete)
        return SOCKET_DROP;
    return exchange_take(slot->exchange, bytes, len);
}

static int http_body_end(struct http_slot *slot)
{
    if (!slot->exchange || slot->exchange->complete)
        return SOCKET_DROP;
    return exchange_end_body(slot->exchange);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                  void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP: return http_begin(wsi, user);
    case LWS_CALLBACK_HTTP_BODY: return http_body(user, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return http_body_end(user);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL: return http_gone(user);
    case LWS_CALLBACK_CLOSED_HTTP: return http_gone(user);
    /* A websocket belongs to the protocol that it names. */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return 1;
    default: return SOCKET_KEEP;
    }
}
