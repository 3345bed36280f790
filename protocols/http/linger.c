#include "protocols/http/linger.h"
#include "base/mem.h"
#include "protocols/http/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/banned.h"

/* By then lws has said its last word, that of TLS, and closed its own. */
#define SHUT_MS 10
#define LINGER_MS 2000
#define LINGER_BYTES (64 * 1024 * 1024)
/* Read at once, so that others have their turn. */
#define TURN_BYTES (1024 * 1024)

struct lingering {
    struct lingering *next, *prev; /* the lingers' */
    struct server *server;
    uv_poll_t poll;
    uv_timer_t timer;
    size_t left;
    int fd;
    int open_handles;
    bool is_shut;
};

static void on_closed(uv_handle_t *handle)
{
    struct lingering *linger = handle->data;

    if (--linger->open_handles)
        return;
    close(linger->fd);
    mem_free(linger);
}

static void linger_end(struct lingering *linger)
{
    DL_DELETE(linger->server->http->lingers.all, linger);
    linger->server->http->lingers.count--;
    uv_close((uv_handle_t *)&linger->poll, on_closed);
    uv_close((uv_handle_t *)&linger->timer, on_closed);
}

static void on_time(uv_timer_t *timer)
{
    struct lingering *linger = timer->data;

    if (linger->is_shut) {
        linger_end(linger);
        return;
    }
    shutdown(linger->fd, SHUT_WR);
    linger->is_shut = true;
    uv_timer_start(timer, on_time, LINGER_MS, 0);
}

/* Linux reads a TCP socket into nothing where MSG_TRUNC asks for it. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct lingering *linger = poll->data;
    ssize_t len = 0;

    (void)events;
    if (status == 0)
        len = recv(linger->fd, NULL,
                   linger->left < TURN_BYTES ? linger->left : TURN_BYTES,
                   MSG_TRUNC | MSG_DONTWAIT);
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (len <= 0 || (size_t)len >= linger->left)
        linger_end(linger);
    else
        linger->left -= (size_t)len;
}

void linger_begin(struct server *server, struct lws *wsi)
{
    struct lingering *linger;

    if (server->http->lingers.count >= LINGERS_MAX)
        return;
    linger = mem_zalloc(sizeof(*linger));
    if (!linger)
        return;
    linger->server = server;
    linger->left = LINGER_BYTES;
    linger->fd = fcntl(lws_get_socket_fd(wsi), F_DUPFD_CLOEXEC, 0);
    if (linger->fd < 0 ||
        uv_poll_init(server->loop, &linger->poll, linger->fd) < 0) {
        if (linger->fd >= 0)
            close(linger->fd);
        mem_free(linger);
        return;
    }
    uv_timer_init(server->loop, &linger->timer);
    linger->open_handles = 2;
    linger->poll.data = linger->timer.data = linger;
    DL_APPEND(server->http->lingers.all, linger);
    server->http->lingers.count++;
    uv_poll_start(&linger->poll, UV_READABLE, on_readable);
    uv_timer_start(&linger->timer, on_time, SHUT_MS, 0);
}

void linger_end_all(struct server *server)
{
    while (server->http->lingers.all)
        linger_end(server->http->lingers.all);
}
