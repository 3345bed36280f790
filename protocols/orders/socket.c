#include "protocols/orders/socket.h"
#include "base/clock.h"
#include "protocols/host/flows.h"
#include "protocols/http/http.h"

#include "base/banned.h"

/* Since the first of these that was not answered by a WRITEABLE, the client has
 * taken nothing. */
void orders_wake(struct orders_socket *s)
{
    if (s->ending)
        return;
    if (!s->blocked_us)
        s->blocked_us = clock_mono_us();
    lws_callback_on_writable(s->wsi);
}

/* Who is not logged in is sent nothing of size. */
static int hold(struct orders_socket *s, size_t len)
{
    struct err err = ERR_INIT;

    if (!s->user)
        return 0;
    if (holds_take(s->server->http->holds, flows_of_user(s->user), len, &err) <
        0) {
        metrics_add(s->server->metrics, METRIC_HOLDS_REFUSED, 1);
        return -1;
    }
    s->held = len;
    return 0;
}

void orders_let_go(struct orders_socket *s)
{
    if (s->held)
        holds_give_back(s->server->http->holds, flows_of_user(s->user),
                        s->held);
    s->held = 0;
}

int orders_send(struct orders_socket *s, unsigned char *bytes, size_t len)
{
    if (lws_write(s->wsi, bytes, len, LWS_WRITE_TEXT) < 0)
        return -1;
    metrics_add(s->server->metrics, METRIC_FRAMES_SENT, 1);
    metrics_add(s->server->metrics, METRIC_BYTES_SENT, (int64_t)len);
    return lws_partial_buffered(s->wsi) ? hold(s, len) : 0;
}

void orders_set_heartbeat(struct orders_socket *s, int seconds)
{
    if ((!s->follow_count && !s->view_count && !s->market) ||
        seconds < s->heartbeat_s)
        s->heartbeat_s = (uint8_t)seconds;
}

const char *orders_market_names(const struct orders_socket *s)
{
    return s->market_names ? s->market_names : "*";
}

void orders_close_with(struct orders_socket *s, uint16_t code,
                       const char *reason)
{
    if (s->close_code || s->ending)
        return;
    s->close_code = code;
    s->close_reason = reason;
    if (code == CLOSE_LOGIN_ENDED || code == CLOSE_RIGHTS_CHANGED)
        metrics_add(s->server->metrics, METRIC_CLOSED_LOGIN, 1);
    else if (code == CLOSE_TRY_AGAIN)
        metrics_add(s->server->metrics, METRIC_CLOSED_SLOW, 1);
    s->close_us = clock_mono_us();
    /* Behind what lws still holds of the last frame; the sweep ends those that
     * don't read it. */
    lws_callback_on_writable(s->wsi);
}
