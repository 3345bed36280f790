#include "protocols/host/listener.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/host/connections.h"
#include "protocols/host/server.h"

#include <errno.h>
#include <fcntl.h>
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
#define LISTENERS_MAX 4
/* A connection of a site that has no share of its own. */
#define UNCOUNTED ((void *)1)

/* Said once in so long, however many there are. */
#define FULL_SAID_US (10 * CLOCK_S)

struct listener {
    struct connections *connections;
    struct lws *sockets[LISTENERS_MAX]; /* NULL: closed */
    size_t count;
    int spare_fd; /* for a client that there is no descriptor for */
    int64_t full_said_us;
};

int listener_new(struct listener **out, const struct server *server, long max,
                 long max_per_address, struct err *err)
{
    struct listener *listener = mem_zalloc(sizeof(*listener));

    *out = listener;
    if (!listener)
        return err_set(err, ERR_NOMEM, "no memory to listen");
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return connections_new(&listener->connections, max, max_per_address,
                           server->web->limits.connections,
                           &server->web->proxies, err);
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    connections_free(listener->connections);
    if (listener->spare_fd >= 0)
        close(listener->spare_fd);
    mem_free(listener);
}

size_t listener_connections(const struct listener *listener)
{
    return connections_count(listener->connections);
}

static void say_full(struct server *server, const char *why)
{
    int64_t now = clock_mono_us();

    if (server->listener->full_said_us &&
        now - server->listener->full_said_us < FULL_SAID_US)
        return;
    server->listener->full_said_us = now;
    log_warn("listener.full", "connections=%zu why=\"%s\"",
             connections_count(server->listener->connections), why);
}

/* Without a descriptor left, the client that waits would wake us for ever: the
 * spare one takes it, to close it. */
static void turn_away(struct server *server, int fd)
{
    say_full(server, strerror(errno));
    metrics_add(server->metrics, METRIC_CONNECTIONS_REFUSED, 1);
    close(server->listener->spare_fd);
    close(accept4(fd, NULL, NULL, SOCK_CLOEXEC));
    server->listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void adopt(struct server *server, int fd, const struct sockaddr *peer)
{
    const lws_adoption_type type =
        LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
        (server->web->is_tls ? LWS_ADOPT_ALLOW_SSL : 0);
    lws_sock_file_fd_type accepted = {.sockfd = fd};
    struct site *site;
    struct lws *wsi;
    int one = 1;

    if (!connections_take(server->listener->connections, peer, &site)) {
        metrics_add(server->metrics, METRIC_CONNECTIONS_REFUSED, 1);
        say_full(server, "connections, connections_per_address, or new ones");
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    /* On failure lws has closed it. */
    wsi = lws_adopt_descriptor_vhost(server->vhost, type, accepted,
                                     PROTOCOL_CONTEXT, NULL);
    if (wsi)
        lws_set_opaque_user_data(wsi, site ? (void *)site : UNCOUNTED);
    else
        connections_drop(server->listener->connections, site);
}

void listener_forget(struct lws *wsi)
{
    void *site = lws_get_opaque_user_data(wsi);

    if (site)
        connections_drop(server_of(wsi)->listener->connections,
                         site == UNCOUNTED ? NULL : site);
    lws_set_opaque_user_data(wsi, NULL);
}

static int accept_some(struct lws *wsi)
{
    int fd = (int)(intptr_t)lws_get_opaque_user_data(wsi);
    struct server *server = server_of(wsi);

    for (int i = 0; i < ACCEPT_TURN; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);
        int accepted = accept4(fd, (struct sockaddr *)&peer, &len,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (accepted >= 0)
            adopt(server, accepted, (struct sockaddr *)&peer);
        else if (errno == EMFILE || errno == ENFILE)
            turn_away(server, fd);
        else
            break;
    }
    return SOCKET_KEEP;
}

static int listener_callback(struct lws *wsi, enum lws_callback_reasons reason,
                             void *user, void *in, size_t len)
{
    struct server *server = server_of(wsi);

    (void)user;
    (void)in;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE: return accept_some(wsi);
    case LWS_CALLBACK_RAW_CLOSE_FILE:
        for (size_t i = 0; i < server->listener->count; i++) {
            if (server->listener->sockets[i] == wsi)
                server->listener->sockets[i] = NULL;
        }
        lws_set_opaque_user_data(wsi, NULL);
        return SOCKET_KEEP;
    default: return SOCKET_KEEP;
    }
}

const struct lws_protocols protocol_listener = {.name = PROTOCOL_LISTENER,
                                                .callback = listener_callback};

int listener_adopt(struct server *server, int fd, struct err *err)
{
    lws_sock_file_fd_type adopted;
    struct lws *wsi;

    adopted.filefd = dup(fd);
    if (adopted.filefd < 0)
        return err_set(err, ERR_UNAVAILABLE, "dup: %s", strerror(errno));
    wsi = lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_RAW_FILE_DESC,
                                     adopted, PROTOCOL_LISTENER, NULL);
    if (!wsi || server->listener->count == LISTENERS_MAX)
        return err_set(err, ERR_UNAVAILABLE, "can't adopt the listener");
    lws_set_opaque_user_data(wsi, (void *)(intptr_t)adopted.filefd);
    server->listener->sockets[server->listener->count++] = wsi;
    return 0;
}

void listener_stop(struct server *server)
{
    for (size_t i = 0; i < server->listener->count; i++) {
        if (server->listener->sockets[i])
            server_kill(server->listener->sockets[i]);
    }
}
