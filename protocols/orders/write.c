#include "protocols/orders/write.h"
#include "base/clock.h"
#include "base/mem.h"
#include "protocols/orders/follow.h"
#include "protocols/orders/quotes.h"
#include "protocols/orders/view.h"

#include <stdio.h>
#include <utlist.h>

#include "base/banned.h"

/* Bytes written per turn, so that no socket holds up the others. */
#define WRITE_TURN (64 * 1024)
/* Written without asking the kernel whether there is room. */
#define FRAME_SMALL 2048

_Static_assert(FRAME_ROOM >= LWS_PRE, "a frame has room for lws's header");

int orders_close_now(struct lws *wsi, uint16_t code, const char *reason)
{
    unsigned char text[64];
    int len = snprintf((char *)text, sizeof(text), "%s", reason);

    lws_close_reason(wsi, (enum lws_close_status)code, text, (size_t)len);
    return SOCKET_DROP;
}

/* Replies first, then what the streams have. *frame NULL: nothing. */
static int send_reply(struct orders_socket *s, size_t *sent)
{
    struct reply *reply = s->replies;
    int rc;

    s->replies = reply->next;
    if (!s->replies)
        s->replies_tail = NULL;
    s->reply_count--;
    rc = orders_send(s, reply->frame->body, reply->frame->len);
    *sent += reply->frame->len;
    frame_unref(reply->frame);
    mem_free(reply);
    return rc;
}

static int send_events(struct orders_socket *s, struct follow *follow,
                       size_t *sent)
{
    struct frame *frame = NULL;
    int rc;

    if (follow_next(follow, &frame) < 0)
        return -1;
    if (!frame)
        return 0;
    /* What the kernel does not take, lws keeps a copy of. */
    if (frame->len > FRAME_SMALL && lws_send_pipe_choked(s->wsi))
        return 0;
    rc = orders_send(s, frame->body, frame->len);
    s->beat_us = clock_mono_us();
    metrics_pass(s->server->metrics, HOP_SOCKET, s->beat_us - frame->made_us);
    *sent += frame->len;
    follow_sent(follow);
    return rc < 0 ? -1 : 1;
}

/* Made only now that the client takes it: it is the newest, and nothing of it
 * waits. */
static int send_view(struct orders_socket *s, struct socket_view *view,
                     size_t *sent)
{
    struct frame *frame = NULL;
    int rc;

    if (!view_has_more(view) || lws_send_pipe_choked(s->wsi))
        return 0;
    if (view_next(view, &frame) < 0)
        return -1;
    if (!frame)
        return 0;
    rc = orders_send(s, frame->body, frame->len);
    *sent += frame->len;
    metrics_add(s->server->metrics, METRIC_VIEW_FRAMES, 1);
    frame_unref(frame);
    view_sent(view);
    return rc < 0 ? -1 : 1;
}

static bool has_more(const struct orders_socket *s)
{
    const struct follow *follow;
    const struct socket_view *view;

    if (s->replies)
        return true;
    LL_FOREACH(s->follows, follow)
    {
        if (follow_has_more(follow))
            return true;
    }
    LL_FOREACH(s->views, view)
    {
        if (view_has_more(view))
            return true;
    }
    return false;
}

static bool has_room(const struct orders_socket *s, size_t sent)
{
    return sent < WRITE_TURN && !lws_partial_buffered(s->wsi);
}

/* One frame of each stream and of each view. 1: some have been sent. */
static int send_round(struct orders_socket *s, size_t *sent)
{
    struct socket_view *view;
    struct socket_view *next;
    int any = 0;

    for (struct follow *f = s->follows; f && has_room(s, *sent); f = f->next) {
        int rc = send_events(s, f, sent);

        if (rc < 0)
            return -1;
        any |= rc;
    }
    LL_FOREACH_SAFE(s->views, view, next)
    {
        int rc = has_room(s, *sent) ? send_view(s, view, sent) : 0;

        if (rc < 0)
            return -1;
        any |= rc;
    }
    return any;
}

/* As much as one turn allows. What is left waits for WRITEABLE. */
static int write_turn(struct orders_socket *s)
{
    size_t sent = 0;
    int rc = 1;

    while (s->replies && has_room(s, sent)) {
        if (send_reply(s, &sent) < 0)
            return -1;
    }
    while (rc == 1 && has_room(s, sent))
        rc = send_round(s, &sent);
    if (rc < 0)
        return -1;
    if (!has_more(s) && quotes_write(s, &sent, WRITE_TURN) < 0)
        return -1;
    if (lws_partial_buffered(s->wsi) || has_more(s) || quotes_are_due(s))
        orders_wake(s);
    return 0;
}

int orders_write(struct orders_socket *s)
{
    s->blocked_us = 0;
    orders_let_go(s);
    if (s->ending)
        return s->going ? SOCKET_DROP : SOCKET_KEEP;
    if (s->close_code)
        return orders_close_now(s->wsi, s->close_code, s->close_reason);
    if (write_turn(s) < 0)
        return SOCKET_DROP;
    if (s->going && !s->replies)
        return orders_close_now(s->wsi, LWS_CLOSE_STATUS_GOINGAWAY,
                                "going away");
    return SOCKET_KEEP;
}

/* A client that has taken all so far gets it at once: WRITEABLE would cost two
 * calls of the kernel and a turn of the loop for each socket. */
void orders_deliver(void *socket)
{
    struct orders_socket *s = socket;

    if (s->blocked_us || s->close_code || s->going || s->ending)
        orders_wake(s);
    else if (write_turn(s) < 0)
        server_kill(s->wsi);
}
