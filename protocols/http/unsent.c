#include "protocols/http/unsent.h"
#include "base/clock.h"
#include "base/mem.h"
#include "protocols/http/http.h"

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

struct unsent {
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
    bool drop;             /* close behind it */
    struct unsent **place; /* of who began it: NULL once all is out */
};

static void on_closed(uv_handle_t *handle)
{
    struct unsent *unsent = handle->data;

    unsent->server->http->exchanges--;
    close(unsent->fd);
    mem_free(unsent);
}

void unsent_end(struct unsent *unsent)
{
    if (!unsent || !unsent->wsi)
        return;
    unsent->wsi = NULL;
    /* Now, since the user's next export may be here already. */
    if (unsent->file >= 0) {
        close(unsent->file);
        atomic_store(unsent->user, 0);
    }
    holds_give_back(unsent->server->http->holds, unsent->flow, unsent->held);
    uv_close((uv_handle_t *)&unsent->poll, on_closed);
}

static void cut(struct unsent *unsent, struct lws *wsi)
{
    uv_poll_stop(&unsent->poll);
    server_kill(wsi);
}

static int write_piece(struct unsent *unsent)
{
    unsigned char bytes[LWS_PRE + PIECE];
    ssize_t len = pread(unsent->file, bytes + LWS_PRE,
                        unsent->left < PIECE ? (size_t)unsent->left : PIECE,
                        (off_t)unsent->at);

    if (len <= 0 || lws_write(unsent->wsi, bytes + LWS_PRE, (size_t)len,
                              LWS_WRITE_HTTP) < 0)
        return -1;
    unsent->at += len;
    unsent->left -= len;
    return 0;
}

/* All is out. With what lws held last, or here, the transaction completes, and
 * the slot with it. */
static void finish(struct unsent *unsent, struct lws *wsi)
{
    bool is_file = unsent->file >= 0;
    bool drop = unsent->drop;

    if (unsent->wsi) {
        *unsent->place = NULL;
        unsent_end(unsent);
    }
    if ((is_file && lws_http_transaction_completed(wsi)) || drop)
        server_kill(wsi);
    else
        lws_rx_flow_control(wsi, 1);
}

/* The kernel's buffer is full at once: what counts is what has left it. */
static bool is_too_slow(struct unsent *unsent)
{
    int64_t now_us = clock_mono_us();
    int64_t taken;
    int queued = 0;

    if (now_us > unsent->until_us)
        return true;
    if (unsent->file < 0 || now_us - unsent->rated_us < RATE_US)
        return false;
    ioctl(unsent->fd, SIOCOUTQ, &queued);
    taken = unsent->at - queued;
    if ((taken - unsent->rated) * CLOCK_S <
        unsent->server->http->least_rate * (now_us - unsent->rated_us))
        return true;
    unsent->rated_us = now_us;
    unsent->rated = taken;
    return false;
}

static void cut_slow(struct unsent *unsent, struct lws *wsi)
{
    metrics_add(unsent->server->metrics, METRIC_ANSWERS_CUT, 1);
    cut(unsent, wsi);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct unsent *unsent = poll->data;
    struct lws *wsi = unsent->wsi;

    (void)events;
    /* What lws holds goes first. */
    if (status < 0 || lws_write(wsi, NULL, 0, LWS_WRITE_HTTP) < 0) {
        cut(unsent, wsi);
        return;
    }
    if (!lws_partial_buffered(wsi) && unsent->left && write_piece(unsent) < 0) {
        cut(unsent, wsi);
        return;
    }
    if (is_too_slow(unsent))
        cut_slow(unsent, wsi);
    else if (lws_partial_buffered(wsi) || unsent->left)
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
    else
        finish(unsent, wsi);
}

static int begin(struct unsent **out, struct lws *wsi, struct err *err)
{
    struct unsent *unsent = mem_zalloc(sizeof(*unsent));
    uv_loop_t *loop = server_of(wsi)->loop;

    if (!unsent)
        return err_set(err, ERR_NOMEM, "no memory for the rest of an answer");
    unsent->file = -1;
    unsent->server = server_of(wsi);
    unsent->fd = fcntl(lws_get_socket_fd(wsi), F_DUPFD_CLOEXEC, 0);
    if (unsent->fd < 0 || uv_poll_init(loop, &unsent->poll, unsent->fd) < 0) {
        err_set(err, ERR_UNAVAILABLE, "can't watch a socket: %s",
                strerror(errno));
        if (unsent->fd >= 0)
            close(unsent->fd);
        mem_free(unsent);
        return -1;
    }
    unsent->server->http->exchanges++;
    unsent->rated_us = clock_mono_us();
    unsent->until_us = unsent->rated_us + RATE_US;
    unsent->wsi = wsi;
    unsent->poll.data = unsent;
    uv_poll_start(&unsent->poll, UV_WRITABLE, on_writable);
    lws_rx_flow_control(wsi, 0);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
    unsent->place = out;
    *out = unsent;
    return 0;
}

int unsent_begin(struct unsent **unsent, struct lws *wsi, size_t len,
                 uint64_t flow, bool drop, struct err *err)
{
    struct server *server = server_of(wsi);

    if (holds_take(server->http->holds, flow, len, err) < 0)
        return -1;
    if (begin(unsent, wsi, err) < 0) {
        holds_give_back(server->http->holds, flow, len);
        return -1;
    }
    (*unsent)->held = len;
    (*unsent)->flow = flow;
    (*unsent)->until_us +=
        (int64_t)len * CLOCK_S / (*unsent)->server->http->least_rate;
    (*unsent)->drop = drop;
    return 0;
}

int unsent_begin_file(struct unsent **unsent, struct lws *wsi, int file,
                      int64_t len, _Atomic int64_t *user, bool drop,
                      struct err *err)
{
    if (begin(unsent, wsi, err) < 0) {
        close(file);
        atomic_store(user, 0);
        return -1;
    }
    (*unsent)->file = file;
    (*unsent)->left = len;
    (*unsent)->user = user;
    (*unsent)->until_us = clock_mono_us() + TAKEN_MAX_US;
    (*unsent)->drop = drop;
    return 0;
}
