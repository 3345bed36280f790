#include "protocols/rest.h"
#include "base/clock.h"
#include "base/mem.h"
#include "protocols/http.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/banned.h"

/* A client may take nothing for so long. */
#define BLOCKED_S 60
/* The least rate is one of so long; a whole answer has as much more. */
#define RATE_US (30 * CLOCK_S)
/* Nor may it take a file for ever. */
#define TAKEN_MAX_US (3600 * CLOCK_S)
/* Of a file, in one go. */
#define PIECE (64 * 1024)

struct rest {
    uv_poll_t poll;
    struct server *server;
    struct lws *wsi; /* NULL: ended */
    size_t held;     /* see hold.h */
    uint64_t flow;
    int fd;
    int file;              /* -1: what lws holds is all there is */
    int64_t at;            /* of the file: sent up to here */
    int64_t left;          /* and so much still to be */
    _Atomic int64_t *user; /* whose the file is */
    int64_t until_us;      /* it must be out by then */
    int64_t rated_us;      /* a file: taken was so much then */
    int64_t rated;
    bool drop; /* close behind it */
};

static void on_closed(uv_handle_t *handle)
{
    struct rest *rest = handle->data;

    rest->server->exchange_count--;
    close(rest->fd);
    mem_free(rest);
}

void rest_end(struct rest *rest)
{
    if (!rest || !rest->wsi)
        return;
    rest->wsi = NULL;
    /* Now, since the user's next export may be here already. */
    if (rest->file >= 0) {
        close(rest->file);
        atomic_store(rest->user, 0);
    }
    holds_give_back(rest->server->holds, rest->flow, rest->held);
    uv_close((uv_handle_t *)&rest->poll, on_closed);
}

static void cut(struct rest *rest, struct lws *wsi)
{
    uv_poll_stop(&rest->poll);
    server_kill(wsi);
}

static int write_piece(struct rest *rest)
{
    unsigned char bytes[LWS_PRE + PIECE];
    ssize_t len =
        pread(rest->file, bytes + LWS_PRE,
              rest->left < PIECE ? (size_t)rest->left : PIECE, (off_t)rest->at);

    if (len <= 0 ||
        lws_write(rest->wsi, bytes + LWS_PRE, (size_t)len, LWS_WRITE_HTTP) < 0)
        return -1;
    rest->at += len;
    rest->left -= len;
    return 0;
}

/* All is out. With what lws held last, or here, the transaction completes, and
 * the slot with it. */
static void finish(struct rest *rest, struct lws *wsi)
{
    bool is_file = rest->file >= 0;
    bool drop = rest->drop;

    if (rest->wsi)
        http_gone(lws_wsi_user(wsi));
    if ((is_file && lws_http_transaction_completed(wsi)) || drop)
        server_kill(wsi);
    else
        lws_rx_flow_control(wsi, 1);
}

/* The kernel's buffer is full at once: what counts is what has left it. */
static bool is_too_slow(struct rest *rest)
{
    int64_t now_us = clock_mono_us();
    int64_t taken;
    int unsent = 0;

    if (now_us > rest->until_us)
        return true;
    if (rest->file < 0 || now_us - rest->rated_us < RATE_US)
        return false;
    ioctl(rest->fd, SIOCOUTQ, &unsent);
    taken = rest->at - unsent;
    if ((taken - rest->rated) * CLOCK_S <
        rest->server->least_rate * (now_us - rest->rated_us))
        return true;
    rest->rated_us = now_us;
    rest->rated = taken;
    return false;
}

static void cut_slow(struct rest *rest, struct lws *wsi)
{
    metrics_add(rest->server->metrics, METRIC_ANSWERS_CUT, 1);
    cut(rest, wsi);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct rest *rest = poll->data;
    struct lws *wsi = rest->wsi;

    (void)events;
    /* What lws holds goes first. */
    if (status < 0 || lws_write(wsi, NULL, 0, LWS_WRITE_HTTP) < 0) {
        cut(rest, wsi);
        return;
    }
    if (!lws_partial_buffered(wsi) && rest->left && write_piece(rest) < 0) {
        cut(rest, wsi);
        return;
    }
    if (is_too_slow(rest))
        cut_slow(rest, wsi);
    else if (lws_partial_buffered(wsi) || rest->left)
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
    else
        finish(rest, wsi);
}

static int begin(struct rest **out, struct lws *wsi, struct err *err)
{
    struct rest *rest = mem_zalloc(sizeof(*rest));
    uv_loop_t *loop = server_of(wsi)->loop;

    if (!rest)
        return err_set(err, ERR_NOMEM, "no memory for the rest of an answer");
    rest->file = -1;
    rest->server = server_of(wsi);
    rest->fd = fcntl(lws_get_socket_fd(wsi), F_DUPFD_CLOEXEC, 0);
    if (rest->fd < 0 || uv_poll_init(loop, &rest->poll, rest->fd) < 0) {
        err_set(err, ERR_UNAVAILABLE, "can't watch a socket: %s",
                strerror(errno));
        if (rest->fd >= 0)
            close(rest->fd);
        mem_free(rest);
        return -1;
    }
    rest->server->exchange_count++;
    rest->rated_us = clock_mono_us();
    rest->until_us = rest->rated_us + RATE_US;
    rest->wsi = wsi;
    rest->poll.data = rest;
    uv_poll_start(&rest->poll, UV_WRITABLE, on_writable);
    lws_rx_flow_control(wsi, 0);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
    *out = rest;
    return 0;
}

int rest_begin(struct rest **rest, struct lws *wsi, size_t len, uint64_t flow,
               bool drop, struct err *err)
{
    struct server *server = server_of(wsi);

    if (holds_take(server->holds, flow, len, err) < 0)
        return -1;
    if (begin(rest, wsi, err) < 0) {
        holds_give_back(server->holds, flow, len);
        return -1;
    }
    (*rest)->held = len;
    (*rest)->flow = flow;
    (*rest)->until_us += (int64_t)len * CLOCK_S / (*rest)->server->least_rate;
    (*rest)->drop = drop;
    return 0;
}

int rest_begin_file(struct rest **rest, struct lws *wsi, int file, int64_t len,
                    _Atomic int64_t *user, bool drop, struct err *err)
{
    if (begin(rest, wsi, err) < 0) {
        close(file);
        atomic_store(user, 0);
        return -1;
    }
    (*rest)->file = file;
    (*rest)->left = len;
    (*rest)->user = user;
    (*rest)->until_us = clock_mono_us() + TAKEN_MAX_US;
    (*rest)->drop = drop;
    return 0;
}
