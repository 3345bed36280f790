#include "protocols/host/greeting.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proxy_header.h"
#include "protocols/host/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>
#include <uv.h>

#include "base/banned.h"

#define GREETING_MS 5000
/* Said once in so long, however many there are. */
#define REFUSED_SAID_US (10 * CLOCK_S)

struct greeting {
    struct greeting *next, *prev;
    struct greetings *greetings;
    struct server *server;
    uv_poll_t poll;
    uv_timer_t timer;
    int open_handles;
    int fd;
    struct connection peer;
    size_t len; /* of what has been read */
    char bytes[PROXY_HEADER_MAX];
};

static void on_closed(uv_handle_t *handle)
{
    struct greeting *greeting = handle->data;

    if (--greeting->open_handles == 0)
        mem_free(greeting);
}

/* From here on fd is somebody else's to watch. */
static void end(struct greeting *greeting)
{
    DL_DELETE(greeting->greetings->all, greeting);
    greeting->greetings->count--;
    uv_poll_stop(&greeting->poll);
    uv_close((uv_handle_t *)&greeting->poll, on_closed);
    uv_close((uv_handle_t *)&greeting->timer, on_closed);
}

static void refuse(struct server *server, int fd, const struct connection *peer,
                   const char *why)
{
    static int64_t said_us;
    int64_t now = clock_mono_us();
    char address[ADDRESS_TEXT_MAX];

    close(fd);
    metrics_add(server->metrics, METRIC_CONNECTIONS_REFUSED, 1);
    if (said_us && now - said_us < REFUSED_SAID_US)
        return;
    said_us = now;
    address_format(&peer->address, address);
    log_warn("listener.no_proxy_header", "address=%s why=\"%s\"", address, why);
}

static void give_up(struct greeting *greeting, const char *why)
{
    end(greeting);
    refuse(greeting->server, greeting->fd, &greeting->peer, why);
}

static void on_time(uv_timer_t *timer)
{
    give_up(timer->data, "nothing came");
}

static void finish(struct greeting *greeting, const struct proxy_header *header)
{
    struct connection peer = greeting->peer;

    if (header->has_client) {
        peer = (struct connection){.address = header->client,
                                   .is_https = header->is_https};
    }
    end(greeting);
    greeting->greetings->done(greeting->server, greeting->fd, &peer);
}

/* Takes what belongs to the header, and not a byte of what comes behind it. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct greeting *greeting = poll->data;
    char *at = greeting->bytes + greeting->len;
    size_t room = sizeof(greeting->bytes) - greeting->len;
    struct proxy_header header;
    ssize_t seen;
    ssize_t len;

    (void)events;
    if (status < 0) {
        give_up(greeting, uv_strerror(status));
        return;
    }
    seen = recv(greeting->fd, at, room, MSG_PEEK);
    if (seen < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (seen <= 0) {
        give_up(greeting, "it was closed");
        return;
    }
    len = proxy_header_read(greeting->bytes, greeting->len + (size_t)seen,
                            &header);
    if (len < 0 || (!len && (size_t)seen == room)) {
        give_up(greeting, "it does not begin with one");
        return;
    }
    if (len)
        seen = len - (ssize_t)greeting->len;
    if (recv(greeting->fd, at, (size_t)seen, 0) != seen) {
        give_up(greeting, "it can't be read");
        return;
    }
    greeting->len += (size_t)seen;
    if (len)
        finish(greeting, &header);
}

static struct greeting *greeting_new(struct server *server, int fd)
{
    struct greeting *greeting = mem_zalloc(sizeof(*greeting));

    if (!greeting)
        return NULL;
    if (uv_poll_init(server->loop, &greeting->poll, fd) != 0) {
        mem_free(greeting);
        return NULL;
    }
    uv_timer_init(server->loop, &greeting->timer);
    greeting->poll.data = greeting->timer.data = greeting;
    greeting->open_handles = 2;
    greeting->server = server;
    greeting->fd = fd;
    return greeting;
}

void greeting_begin(struct greetings *greetings, struct server *server, int fd,
                    const struct connection *peer)
{
    struct greeting *greeting =
        greetings->count < GREETINGS_MAX ? greeting_new(server, fd) : NULL;

    if (!greeting) {
        refuse(server, fd, peer, "too many wait to say it");
        return;
    }
    greeting->greetings = greetings;
    greeting->peer = *peer;
    DL_APPEND(greetings->all, greeting);
    greetings->count++;
    uv_timer_start(&greeting->timer, on_time, GREETING_MS, 0);
    uv_poll_start(&greeting->poll, UV_READABLE, on_readable);
}

void greetings_end_all(struct greetings *greetings)
{
    while (greetings->all) {
        struct greeting *greeting = greetings->all;

        end(greeting);
        close(greeting->fd);
    }
}
