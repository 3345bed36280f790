/*
 * A network of a kind: passes on what comes by a unix socket, later.
 *   usage: load_delay SOCKET TARGET US
 * Listens on SOCKET and connects to TARGET for each that comes; each way takes
 * US microseconds. Prints "ready", and serves until it is ended. One thread.
 */
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define LINKS_MAX 256
#define PART 65536
#define HELD_MAX                                                               \
    (4 * 1024 * 1024) /* of one way: beyond that it is not read                \
                       */

struct piece {
    struct piece *next;
    int64_t due_us;
    size_t len;
    size_t sent;
    char bytes[];
};

struct way {
    int from;
    int to;
    struct piece *first;
    struct piece *last;
    size_t held;
    bool is_over; /* nothing more comes */
    bool is_told; /* the other end knows */
};

static struct way ways[2 * LINKS_MAX]; /* two in a row are one connection */
static size_t way_count;
static int64_t delay_us;

static void fail(const char *what)
{
    fprintf(stderr, "load_delay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, LINKS_MAX) < 0)
        fail(path);
    return fd;
}

static void take(int listener, const char *target)
{
    struct sockaddr_un address = address_of(target);
    int near = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int far = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (near < 0 || far < 0)
        fail("a connection");
    if (way_count == 2 * LINKS_MAX ||
        connect(far, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(near);
        close(far);
        return;
    }
    ways[way_count++] = (struct way){.from = near, .to = far};
    ways[way_count++] = (struct way){.from = far, .to = near};
}

static void receive(struct way *way)
{
    struct piece *piece = mem_alloc(sizeof(*piece) + PART);
    ssize_t len;

    if (!piece)
        fail("memory");
    len = recv(way->from, piece->bytes, PART, MSG_DONTWAIT);
    if (len <= 0) {
        way->is_over |= len == 0 || (errno != EAGAIN && errno != EINTR);
        mem_free(piece);
        return;
    }
    piece->next = NULL;
    piece->due_us = clock_mono_us() + delay_us;
    piece->len = (size_t)len;
    piece->sent = 0;
    if (way->last)
        way->last->next = piece;
    else
        way->first = piece;
    way->last = piece;
    way->held += piece->len;
}

static void drop_first(struct way *way)
{
    struct piece *piece = way->first;

    way->first = piece->next;
    if (!way->first)
        way->last = NULL;
    way->held -= piece->len;
    mem_free(piece);
}

/* What is due, as far as it is taken. */
static void send_due(struct way *way, int64_t now_us)
{
    while (way->first && way->first->due_us <= now_us) {
        struct piece *piece = way->first;
        ssize_t len =
            send(way->to, piece->bytes + piece->sent, piece->len - piece->sent,
                 MSG_DONTWAIT | MSG_NOSIGNAL);

        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        piece->sent += len > 0 ? (size_t)len : 0;
        if (len < 0 || piece->sent == piece->len)
            drop_first(way);
    }
    if (way->is_over && !way->first && !way->is_told) {
        shutdown(way->to, SHUT_WR);
        way->is_told = true;
    }
}

/* Both ways of a connection are at their end. */
static void forget(size_t at)
{
    close(ways[at].from);
    close(ways[at].to);
    way_count -= 2;
    ways[at] = ways[way_count];
    ways[at + 1] = ways[way_count + 1];
}

static int64_t wait_us(const struct way *way, int64_t now_us)
{
    int64_t left = way->first ? way->first->due_us - now_us : INT64_MAX;

    return left < 0 ? 0 : left;
}

/* What is due and not taken waits for room. */
static short wanted(const struct way *way, const struct way *back,
                    int64_t now_us)
{
    bool is_waiting = back->first && back->first->due_us <= now_us;

    return (short)((!way->is_over && way->held < HELD_MAX ? POLLIN : 0) |
                   (is_waiting ? POLLOUT : 0));
}

static void turn(int listener, const char *target)
{
    static struct pollfd fds[2 * LINKS_MAX + 1];
    int64_t now_us = clock_mono_us();
    int64_t left_us = CLOCK_S;
    size_t count = way_count;
    struct timespec wait;

    fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (size_t i = 0; i < count; i++) {
        int64_t one_us = wait_us(&ways[i], now_us);

        fds[i + 1] =
            (struct pollfd){.fd = ways[i].from,
                            .events = wanted(&ways[i], &ways[i ^ 1], now_us)};
        /* One that is over would be told of again and again. */
        if (!fds[i + 1].events)
            fds[i + 1].fd = -1;
        if (one_us > 0 && one_us < left_us)
            left_us = one_us;
    }
    wait = (struct timespec){.tv_sec = left_us / CLOCK_S,
                             .tv_nsec = left_us % CLOCK_S * 1000};
    if (ppoll(fds, count + 1, &wait, NULL) < 0 && errno != EINTR)
        fail("ppoll");
    for (size_t i = 0; i < count; i++)
        if (fds[i + 1].revents & (POLLIN | POLLHUP | POLLERR))
            receive(&ways[i]);
    now_us = clock_mono_us();
    for (size_t i = 0; i < count; i++)
        send_due(&ways[i], now_us);
    for (size_t i = count; i >= 2; i -= 2)
        if (ways[i - 1].is_told && ways[i - 2].is_told)
            forget(i - 2);
    if (fds[0].revents)
        take(listener, target);
}

int main(int argc, char **argv)
{
    int listener;

    if (argc != 4) {
        fputs("usage: load_delay SOCKET TARGET US\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1);
    delay_us = strtoll(argv[3], NULL, 10);
    listener = listen_at(argv[1]);
    puts("ready");
    fflush(stdout);
    for (;;)
        turn(listener, argv[2]);
}
