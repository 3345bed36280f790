#include "protocols/rest.h"
#include "base/mem.h"
#include "protocols/http.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* A client may take nothing for so long. */
#define BLOCKED_S 60

struct rest {
    uv_poll_t poll;
    struct lws *wsi; /* NULL: ended */
    int fd;
};

static void on_closed(uv_handle_t *handle)
{
    struct rest *rest = handle->data;

    close(rest->fd);
    mem_free(rest);
}

void rest_end(struct rest *rest)
{
    if (!rest || !rest->wsi)
        return;
    rest->wsi = NULL;
    uv_close((uv_handle_t *)&rest->poll, on_closed);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct rest *rest = poll->data;
    struct lws *wsi = rest->wsi;

    (void)events;
    /* Nothing more to write, but what lws holds goes first. With the last of
     * it the transaction completes, and the slot with it. */
    if (status < 0 || lws_write(wsi, NULL, 0, LWS_WRITE_HTTP) < 0) {
        uv_poll_stop(poll);
        server_kill(wsi);
        return;
    }
    if (lws_partial_buffered(wsi)) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
        return;
    }
    if (rest->wsi)
        http_gone(lws_wsi_user(wsi));
    lws_rx_flow_control(wsi, 1);
}

int rest_begin(struct rest **out, struct lws *wsi, struct err *err)
{
    struct rest *rest = mem_zalloc(sizeof(*rest));
    uv_loop_t *loop = server_of(wsi)->loop;

    if (!rest)
        return err_set(err, ERR_NOMEM, "no memory for the rest of an answer");
    rest->fd = fcntl(lws_get_socket_fd(wsi), F_DUPFD_CLOEXEC, 0);
    if (rest->fd < 0 || uv_poll_init(loop, &rest->poll, rest->fd) < 0) {
        err_set(err, ERR_UNAVAILABLE, "can't watch a socket: %s",
                strerror(errno));
        if (rest->fd >= 0)
            close(rest->fd);
        mem_free(rest);
        return -1;
    }
    rest->wsi = wsi;
    rest->poll.data = rest;
    uv_poll_start(&rest->poll, UV_WRITABLE, on_writable);
    lws_rx_flow_control(wsi, 0);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, BLOCKED_S);
    *out = rest;
    return 0;
}
