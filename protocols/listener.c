#include "base/log.h"
#include "protocols/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

/* Accepted at most per turn, so that a rush of clients leaves room for those
 * already served. */
#define ACCEPT_TURN 64

static struct lws *listeners[4];
static size_t listener_count;

static int accept_some(struct lws *wsi)
{
    int fd = (int)(intptr_t)lws_get_opaque_user_data(wsi);
    struct server *server = server_of(wsi);
    lws_adoption_type type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
                             (server->web->is_tls ? LWS_ADOPT_ALLOW_SSL : 0);

    for (int i = 0; i < ACCEPT_TURN; i++) {
        lws_sock_file_fd_type accepted;
        int one = 1;

        accepted.sockfd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted.sockfd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                log_error("listener.full", "error=\"%s\"", strerror(errno));
            break;
        }
        setsockopt(accepted.sockfd, IPPROTO_TCP, TCP_NODELAY, &one,
                   sizeof(one));
        /* On failure lws has closed it. */
        lws_adopt_descriptor_vhost(server->vhost, type, accepted, NULL, NULL);
    }
    return SOCKET_KEEP;
}

static int listener_callback(struct lws *wsi, enum lws_callback_reasons reason,
                             void *user, void *in, size_t len)
{
    (void)user;
    (void)in;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE: return accept_some(wsi);
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        for (size_t i = 0; i < listener_count; i++) {
            if (listeners[i] == wsi)
                listeners[i] = NULL;
        }
        return SOCKET_KEEP;
    default: return SOCKET_KEEP;
    }
}

const struct lws_protocols protocol_listener = {.name = "listener",
                                                .callback = listener_callback};

int listener_adopt(struct server *server, int fd, struct err *err)
{
    lws_sock_file_fd_type adopted;
    struct lws *wsi;

    adopted.filefd = dup(fd);
    if (adopted.filefd < 0)
        return err_set(err, ERR_UNAVAILABLE, "dup: %s", strerror(errno));
    wsi = lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_RAW_FILE_DESC,
                                     adopted, "listener", NULL);
    if (!wsi || listener_count == sizeof(listeners) / sizeof(listeners[0]))
        return err_set(err, ERR_UNAVAILABLE, "can't adopt the listener");
    lws_set_opaque_user_data(wsi, (void *)(intptr_t)adopted.filefd);
    listeners[listener_count++] = wsi;
    return 0;
}

void listener_stop(struct server *server)
{
    (void)server;
    for (size_t i = 0; i < listener_count; i++) {
        if (listeners[i])
            server_kill(listeners[i]);
    }
}
