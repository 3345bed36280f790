#pragma once
#include "fanout/hub.h"
#include "fanout/market.h"
#include "fanout/market_feed.h"
#include "fanout/relay.h"
#include "live/views.h"
#include "protocols/host/admission.h"
#include "protocols/host/pools.h"
#include "protocols/host/tls.h"
#include "web/web.h"
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What the protocols of one worker work with, handed down by app.c as the
 * user pointer of the lws context: what all share, and the part of each.
 * Thread: loop thread only.
 */
struct server {
    struct web *web;
    const struct tls_pair *tls; /* NULL: plain HTTP */
    struct metrics *metrics;    /* this worker's slot */
    size_t worker;              /* its index */
    struct pools pools;
    struct admission admission;
    struct hub *hub;
    struct relay *relay;
    struct views *views;
    struct market *market;
    struct market_feed *feed;
    struct market_turn *market_turn; /* market/turn.h */
    uv_loop_t *loop;                 /* of this worker, which lws runs on too */
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct listener *listener; /* host/listener.h */
    struct http *http;         /* http/http.h */
    struct orders *orders;     /* orders/orders.h */
    bool draining;
    bool is_write_stuck; /* app_metrics.c's */
    bool purging;        /* upkeep.c's, as the next */
    int64_t events_purged_at;
};

/* Offered to the kernel in one go. Without it lws offers 4 KiB, waits for the
 * socket to be writable, and so on; and while it holds a rest it ends the
 * connection of a client that sends more or has closed its half. */
#define SEND_MAX (16 * 1024 * 1024)

enum { SOCKET_KEEP = 0, SOCKET_DROP = -1 };

static inline struct server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

#define PROTOCOL_ORDERS "orders"
#define PROTOCOL_MARKET "market"
/* Names that are no tokens: no client can ask for these as a subprotocol. */
#define PROTOCOL_CONTEXT "http/context"
#define PROTOCOL_API "http/api"
#define PROTOCOL_PAGES "http/pages"
#define PROTOCOL_LISTENER "tcp/listener"

/* Every call of ours that must end a connection outside its own callback. */
void server_kill(struct lws *wsi);
