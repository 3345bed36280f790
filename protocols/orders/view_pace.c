#include "protocols/orders/view_pace.h"
#include "base/clock.h"
#include "protocols/orders/view.h"
#include "protocols/orders/write.h"

#include <assert.h>

#include "base/banned.h"

#define DUE_TURN_US 1000 /* frames made in one turn of the loop */

static struct socket_view *view_paced(struct pace_member *member)
{
    return lws_container_of(member, struct socket_view, pace);
}

static struct pace *pace_of(const struct socket_view *view)
{
    return &view->socket->server->orders->pace;
}

static void on_due(uv_timer_t *timer);

/* least_ms: not earlier. */
static void arm(struct server *server, uint64_t least_ms)
{
    int64_t now = clock_mono_us();
    int64_t next = pace_next_us(&server->orders->pace, now);
    uint64_t ms = next > now ? (uint64_t)(next - now) / 1000 + 1 : 0;

    if (next >= 0)
        uv_timer_start(&server->orders->due, on_due,
                       ms > least_ms ? ms : least_ms, 0);
}

/* A turn at a time: events and answers of others wait meanwhile. A timer of 0
 * set here would run in this same turn of the loop. */
static void on_due(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct pace *pace = &server->orders->pace;
    int64_t began_us = clock_mono_us();
    int64_t now = began_us;
    struct pace_member *member = pace_take(pace, now);

    while (member) {
        struct socket_view *view = view_paced(member);

        assert(view->follower.is_shown);
        view->is_due = true;
        orders_deliver(view->socket);
        now = clock_mono_us();
        member = now - began_us < DUE_TURN_US ? pace_take(pace, now) : NULL;
    }
    arm(server, 1);
}

void orders_open_views(struct server *server)
{
    pace_init(&server->orders->pace);
    uv_timer_init(server->loop, &server->orders->due);
    server->orders->due.data = server;
}

void orders_close_views(struct server *server)
{
    if (server->orders->due.data)
        uv_close((uv_handle_t *)&server->orders->due, NULL);
}

void view_pace_ask(struct socket_view *view)
{
    if (view->is_due || pace_is_asked(&view->pace))
        return;
    pace_ask(pace_of(view), &view->pace, clock_mono_us());
    arm(view->socket->server, 0);
}

void view_pace_withdraw(struct socket_view *view)
{
    pace_withdraw(pace_of(view), &view->pace);
    view->is_due = false;
}

void view_pace_set(struct socket_view *view, int rate)
{
    pace_set_rate(pace_of(view), &view->pace, rate, clock_mono_us());
}

void view_pace_sent(struct socket_view *view)
{
    int64_t now = clock_mono_us();

    if (view->changed_us)
        metrics_pass(view->socket->server->metrics, HOP_VIEW,
                     now - view->changed_us);
    view->changed_us = 0;
    pace_sent(pace_of(view), &view->pace, now);
}

void view_pace_leave(struct socket_view *view)
{
    pace_leave(pace_of(view), &view->pace);
}
