#include "protocols/orders/orders.h"
#include "base/clock.h"
#include "base/mem.h"
#include "protocols/orders/admit.h"
#include "protocols/orders/follow.h"
#include "protocols/orders/login.h"
#include "protocols/orders/quotes.h"
#include "protocols/orders/receive.h"
#include "protocols/orders/user.h"
#include "protocols/orders/view.h"
#include "protocols/orders/view_share.h"
#include "protocols/orders/write.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define HEARTBEAT_DEFAULT_S 10
/* A frame of quotes, and one quote more. */
#define FRAME_MAX (128 * 1024)

/* What lws keeps per connection. */
struct orders_slot {
    struct orders_socket *socket;
};

int orders_open(struct server *server, int64_t blocked_us, int64_t silent_us,
                struct err *err)
{
    struct orders *orders = mem_zalloc(sizeof(*orders));

    server->orders = orders;
    if (!orders)
        return err_set(err, ERR_NOMEM, "no memory for websockets");
    orders->blocked_us = blocked_us;
    orders->silent_us = silent_us;
    buf_init(&orders->frame, FRAME_MAX);
    return 0;
}

void orders_close(struct server *server)
{
    if (server->orders) {
        buf_release(&server->orders->frame);
        view_share_release(server->orders);
    }
    mem_free(server->orders);
    server->orders = NULL;
}

static struct orders_socket *socket_new(struct lws *wsi)
{
    struct orders_socket *s = mem_zalloc(sizeof(*s));

    if (!s)
        return NULL;
    s->wsi = wsi;
    s->server = server_of(wsi);
    s->heartbeat_s = HEARTBEAT_DEFAULT_S;
    s->opened_us = clock_mono_us();
    s->heard_us = s->opened_us;
    s->beat_us = s->opened_us;
    s->place = ROSTER_NOWHERE;
    s->is_market = !strcmp(lws_get_protocol(wsi)->name, PROTOCOL_MARKET);
    return s;
}

static void socket_free(struct orders_socket *s)
{
    struct reply *reply;
    struct reply *next;

    orders_unfollow_all(s);
    orders_unview_all(s);
    orders_unfollow_market(s);
    orders_login_forget(s);
    orders_let_go(s);
    orders_leave_user(s);
    roster_remove(s->server->web->roster, s->server->worker, s->place);
    LL_FOREACH_SAFE(s->replies, reply, next)
    {
        frame_unref(reply->frame);
        mem_free(reply);
    }
    orders_message_free(s);
    mem_free(s->market_names);
    mem_free(s);
}

static int on_handshake(struct lws *wsi, struct orders_slot *slot)
{
    struct orders_socket *s = socket_new(wsi);
    int rc;

    if (!s)
        return 1;
    rc = orders_admit(s);
    if (rc)
        socket_free(s);
    else
        slot->socket = s;
    return rc;
}

static int on_open(struct orders_slot *slot)
{
    struct orders_socket *s = slot->socket;

    if (!s)
        return SOCKET_DROP;
    lws_dll2_add_tail(&s->in_all, &s->server->orders->sockets);
    s->server->orders->count++;
    s->server->orders->unlisted += s->place == ROSTER_NOWHERE;
    return SOCKET_KEEP;
}

static int on_close(struct orders_slot *slot)
{
    struct orders_socket *s = slot->socket;

    if (!s)
        return SOCKET_KEEP;
    slot->socket = NULL;
    if (!lws_dll2_is_detached(&s->in_all)) {
        lws_dll2_remove(&s->in_all);
        s->server->orders->count--;
        s->server->orders->unlisted -= s->place == ROSTER_NOWHERE;
    }
    socket_free(s);
    return SOCKET_KEEP;
}

/* From here on lws says goodbye, for us, for the client, or for a frame that is
 * none; no data comes behind that (RFC 6455, 5.5.1). */
static int on_end(struct orders_slot *slot)
{
    if (slot->socket)
        slot->socket->ending = true;
    return SOCKET_KEEP;
}

static int on_receive(struct orders_slot *slot, const char *bytes, size_t len)
{
    return orders_receive(slot->socket, bytes, len);
}

static int on_control(struct orders_slot *slot)
{
    orders_hear_control(slot->socket);
    return SOCKET_KEEP;
}

static int on_writable(struct orders_slot *slot)
{
    return slot->socket ? orders_write(slot->socket) : SOCKET_DROP;
}

static lws_callback_function callback;

void orders_forget(struct lws *wsi, void *slot)
{
    const struct lws_protocols *protocol = lws_get_protocol(wsi);

    orders_forget_handshake(wsi);
    /* Admitted, but the handshake did not end. */
    if (slot && protocol && protocol->callback == callback)
        on_close(slot);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return on_handshake(wsi, user);
    case LWS_CALLBACK_ESTABLISHED: return on_open(user);
    case LWS_CALLBACK_RECEIVE: return on_receive(user, in, len);
    case LWS_CALLBACK_RECEIVE_PONG: return on_control(user);
    case LWS_CALLBACK_SERVER_WRITEABLE: return on_writable(user);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return on_end(user);
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL: return on_end(user);
    case LWS_CALLBACK_CLOSED: return on_close(user);
    default: return SOCKET_KEEP;
    }
}

/* A handshake that names none comes here. */
const struct lws_protocols protocol_orders = {
    .name = PROTOCOL_ORDERS,
    .callback = callback,
    .per_session_data_size = sizeof(struct orders_slot),
    .tx_packet_size = SEND_MAX,
};

/* The same, where market data is what is meant. */
const struct lws_protocols protocol_market = {
    .name = PROTOCOL_MARKET,
    .callback = callback,
    .per_session_data_size = sizeof(struct orders_slot),
    .tx_packet_size = SEND_MAX,
};
