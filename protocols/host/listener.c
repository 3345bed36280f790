#include "protocols/host/listener.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/host/connections.h"
#include "protocols/host/greeting.h"
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
/* Said once in so long, however many there are. */
#define FULL_SAID_US (10 * CLOCK_S)

struct listener {
    struct connections *connections;
    struct lws *sockets[LISTENERS_MAX]; /* NULL: closed */
    size_t count;
    int spare_fd; /* for a client that there is no descriptor for */
    int64_t full_said_us;
    bool takes_proxy_headers;
    struct greetings greetings;
};

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

/* Takes fd. */
static void adopt(struct server *server, int fd, const struct connection *from)
{
    const lws_adoption_type type =
        LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
        (server->web->is_tls ? LWS_ADOPT_ALLOW_SSL : 0);
    lws_sock_file_fd_type accepted = {.sockfd = fd};
    struct connection *peer = mem_alloc(sizeof(*peer));
    struct lws *wsi;
    int one = 1;

    if (peer)
        *peer = *from;
    if (!peer || !connections_take(server->listener->connections,
                                   &peer->address, &peer->site)) {
        metrics_add(server->metrics, METRIC_CONNECTIONS_REFUSED, 1);
        say_full(server, "connections, connections_per_address, or new ones");
        close(fd);
        mem_free(peer);
        return;
    }
    if (!peer->is_local)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    /* On failure lws has closed it. */
    wsi = lws_adopt_descriptor_vhost(server->vhost, type, accepted,
                                     PROTOCOL_CONTEXT, NULL);
    if (wsi) {
        lws_set_opaque_user_data(wsi, peer);
    } else {
        connections_drop(server->listener->connections, peer->site);
        mem_free(peer);
    }
}

int listener_new(struct listener **out, const struct server *server, long max,
                 long max_per_address, bool takes_proxy_headers,
                 struct err *err)
{
    struct listener *listener = mem_zalloc(sizeof(*listener));

    *out = listener;
    if (!listener)
        return err_set(err, ERR_NOMEM, "no memory to listen");
    listener->takes_proxy_headers = takes_proxy_headers;
    listener->greetings.done = adopt;
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

void listener_forget(struct lws *wsi)
{
    struct connection *peer = lws_get_opaque_user_data(wsi);

    if (peer)
        connections_drop(server_of(wsi)->listener->connections, peer->site);
    lws_set_opaque_user_data(wsi, NULL);
    mem_free(peer);
}

struct connection *listener_connection(struct lws *wsi)
{
    return lws_get_opaque_user_data(lws_get_network_wsi(wsi));
}

static void read_peer(const struct sockaddr *from, struct connection *peer)
{
    static const struct address local = {
        {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};
    const struct sockaddr_in6 *v6 = (const void *)from;
    const struct sockaddr_in *v4 = (const void *)from;

    memset(peer, 0, sizeof(*peer));
    peer->address = local;
    switch (from->sa_family) {
    case AF_INET6:
        memcpy(peer->address.bytes, &v6->sin6_addr,
               sizeof(peer->address.bytes));
        break;
    case AF_INET: memcpy(peer->address.bytes + 12, &v4->sin_addr, 4); break;
    default: peer->is_local = true;
    }
}

static void welcome(struct server *server, int fd, const struct sockaddr *from)
{
    struct listener *listener = server->listener;
    struct connection peer;

    read_peer(from, &peer);
    if (listener->takes_proxy_headers &&
        (peer.is_local || proxies_trust(&server->web->proxies, &peer.address)))
        greeting_begin(&listener->greetings, server, fd, &peer);
    else
        adopt(server, fd, &peer);
}

static int accept_some(struct lws *wsi)
{
    int fd = (int)(intptr_t)lws_get_opaque_user_data(wsi);
    struct server *server = server_of(wsi);

    for (int i = 0; i < ACCEPT_TURN; i++) {
        struct sockaddr_storage peer = {.ss_family = AF_UNIX};
        socklen_t len = sizeof(peer);
        int accepted = accept4(fd, (struct sockaddr *)&peer, &len,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (accepted >= 0)
            welcome(server, accepted, (struct sockaddr *)&peer);
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
    greetings_end_all(&server->listener->greetings);
}
