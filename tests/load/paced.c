/*
 * Creates at a given rate, whether or not the server keeps up with it, and the
 * time until each one's frame: counted from when the create was due, so that
 * waiting for a free connection is in it.
 *   usage: load_paced PORT TOKEN RATE SECONDS
 * 64 connections that POST, one websocket that is subscribed; one thread. An
 * order's number is its quantity. Prints one line of JSON.
 */
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/banned.h"

#define CONNECTIONS 64
#define ORDERS_MAX 1000000
#define FIRST 1000000 /* so that all numbers have as many digits */
#define TEXT_MAX (256 * 1024)
/* Nothing has come for so long: what is missing won't. */
#define STALLED_US 2000000

struct connection {
    int fd;
    size_t len;
    char text[8192]; /* of the answer that is awaited */
};

static struct connection connections[CONNECTIONS];
static struct connection *idle[CONNECTIONS];
static size_t idle_count;
static struct connection *const socket_mark = NULL; /* the websocket's events */
static int socket_fd;
static char text[TEXT_MAX];
static size_t text_len;
static double rate;
static int64_t begun_us;
static long total, sent, answered, answered_in_time, framed, folded;
static int64_t end_us, progress_us;
static int64_t took_us[ORDERS_MAX]; /* until the frame; 0: none yet */
static char request[1024];
static size_t request_len, number_at;

static void die(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
static void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("load_paced: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static int64_t due_us(long number)
{
    return begun_us + (int64_t)((double)number * 1e6 / rate);
}

static int reach(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
        die("connect: %s", strerror(errno));
    return fd;
}

static void put(int fd, const char *bytes, size_t len)
{
    if (write(fd, bytes, len) != (ssize_t)len)
        die("write: %s", strerror(errno));
}

static void read_more(void)
{
    ssize_t n = read(socket_fd, text + text_len, sizeof(text) - text_len);

    if (n <= 0)
        die("the websocket ended: %.*s", (int)text_len, text);
    text_len += (size_t)n;
}

static void write_request(uint16_t port, const char *token)
{
    static const char mark[] = "\"quantity\":\"";
    static const char body[] = "{\"instrument\":\"EDF01\",\"side\":\"buy\","
                               "\"quantity\":\"1000000\",\"price\":\"338.67\"}";

    request_len = (size_t)snprintf(
        request, sizeof(request),
        "POST /api/data/ HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
        "Authorization: Token %s\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        port, token, sizeof(body) - 1, body);
    number_at = (size_t)(strstr(request, mark) - request) + sizeof(mark) - 1;
}

static void send_due(int64_t now)
{
    while (idle_count > 0 && sent < total && due_us(sent) <= now &&
           now < end_us) {
        const struct connection *to = idle[--idle_count];
        char number[24];

        snprintf(number, sizeof(number), "%ld", FIRST + sent++);
        memcpy(request + number_at, number, 7);
        put(to->fd, request, request_len);
    }
}

static void read_answer(struct connection *from, int64_t now)
{
    static const char created[] = "HTTP/1.1 201 ";
    ssize_t n = read(from->fd, from->text + from->len,
                     sizeof(from->text) - 1 - from->len);
    const char *body;
    const char *length;

    if (n <= 0)
        die("a connection ended");
    from->len += (size_t)n;
    from->text[from->len] = '\0';
    body = strstr(from->text, "\r\n\r\n");
    if (!body)
        return;
    length = strcasestr(from->text, "content-length:");
    if (strncmp(from->text, created, sizeof(created) - 1) != 0 || !length)
        die("not created: %s", from->text);
    if (from->len <
        (size_t)(body + 4 - from->text) + strtoul(length + 15, NULL, 10))
        return;
    from->len = 0;
    idle[idle_count++] = from;
    answered++;
    answered_in_time += now < end_us;
}

static void take_orders(const char *at, size_t len, int64_t now)
{
    static const char mark[] = "\"quantity\":\"";
    const char *end = at + len;

    folded += memmem(at, len, "\"folded\"", 8) != NULL;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1))) {
        long number;

        at += sizeof(mark) - 1;
        number = strtol(at, NULL, 10) - FIRST;
        if (number < 0 || number >= sent || took_us[number])
            continue;
        took_us[number] = now - due_us(number) + 1;
        framed++;
    }
}

/* How many bytes of text the frame at its start takes; 0: more must come. */
static size_t take_frame(const unsigned char *at, size_t len, int64_t now)
{
    size_t head = 2;
    size_t body;

    if (len < 10)
        return 0;
    if (!(at[0] & 0x80) || (at[0] & 0x0f) == 8)
        die("a frame of %02x", at[0]);
    body = at[1] & 0x7f;
    if (body >= 126) {
        size_t digits = body == 126 ? 2 : 8;

        body = 0;
        for (size_t i = 0; i < digits; i++)
            body = body << 8 | at[head++];
    }
    if (head + body > sizeof(text))
        die("a frame of %zu bytes", body);
    if (len < head + body)
        return 0;
    take_orders((const char *)at + head, body, now);
    return head + body;
}

/* Masked with zeros. */
static void subscribe(uint16_t port, const char *token)
{
    static const char command[] = "{\"command\":\"subscribe\"}";
    const char start[] = {
        (char)0x81, (char)(0x80 | (sizeof(command) - 1)), 0, 0, 0, 0};
    size_t taken;
    char head[512];
    int len = snprintf(head, sizeof(head),
                       "GET /data/stream/ HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Protocol: orders\r\n"
                       "Authorization: Token %s\r\n\r\n",
                       port, token);

    socket_fd = reach(port);
    put(socket_fd, head, (size_t)len);
    while (!memmem(text, text_len, "\r\n\r\n", 4))
        read_more();
    text_len = 0; /* no frame comes before the command */
    memcpy(head, start, sizeof(start));
    memcpy(head + sizeof(start), command, sizeof(command) - 1);
    put(socket_fd, head, sizeof(start) + sizeof(command) - 1);
    while (!(taken = take_frame((unsigned char *)text, text_len, 0)))
        read_more();
    if (!memmem(text, taken, "\"status\":\"ok\"", 13))
        die("not subscribed: %.*s", (int)text_len, text);
    text_len -= taken;
    memmove(text, text + taken, text_len);
}

static void read_frames(int64_t now)
{
    size_t taken = 0;
    size_t one;

    read_more();
    while ((
        one = take_frame((unsigned char *)text + taken, text_len - taken, now)))
        taken += one;
    text_len -= taken;
    memmove(text, text + taken, text_len);
}

static void watch(int poll, int fd, void *mark)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};

    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll: %s", strerror(errno));
}

/* Until the next order is due; where none can be sent, until something comes.
 */
static struct timespec patience(int64_t now)
{
    int64_t us = 100000;

    if (idle_count > 0 && sent < total && now < end_us)
        us = due_us(sent) - now;
    if (us < 0)
        us = 0;
    return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

static void run(int poll)
{
    struct epoll_event events[CONNECTIONS + 1];
    int64_t now = clock_mono_us();

    while ((now < end_us && sent < total) || answered < sent || framed < sent) {
        struct timespec wait = patience(now);
        int count = epoll_pwait2(poll, events, CONNECTIONS + 1, &wait, NULL);

        now = clock_mono_us();
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == socket_mark)
                read_frames(now);
            else
                read_answer(events[i].data.ptr, now);
        }
        if (count > 0)
            progress_us = now;
        else if (now - progress_us > STALLED_US && now > end_us)
            break;
        send_due(now);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* Those without a frame are sorted to the front, and are not in the figures. */
static int report(double seconds)
{
    const int64_t *times = took_us + (sent - framed);

    qsort(took_us, (size_t)sent, sizeof(*took_us), compare);
    if (!framed)
        die("no frame came");
    printf("{\"offered\":%.0f,\"rate\":%.1f,\"us\":%.0f,\"sent\":%ld,"
           "\"missing\":%ld,"
           "\"folded\":%ld,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
           ",\"max_us\":%" PRId64 "}\n",
           rate, (double)answered_in_time / seconds,
           (double)(progress_us - begun_us), sent, sent - framed, folded,
           times[framed / 2], times[framed * 99 / 100], times[framed - 1]);
    return sent == framed && sent == answered ? 0 : 1;
}

int main(int argc, char **argv)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);
    double seconds = argc == 5 ? strtod(argv[4], NULL) : 0;
    uint16_t port;

    rate = argc == 5 ? strtod(argv[3], NULL) : 0;
    if (rate < 1 || seconds <= 0 || rate * seconds > ORDERS_MAX) {
        fputs("usage: load_paced PORT TOKEN RATE SECONDS\n", stderr);
        return 2;
    }
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    total = (long)(rate * seconds);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    subscribe(port, argv[2]);
    watch(poll, socket_fd, socket_mark);
    write_request(port, argv[2]);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        connections[i].fd = reach(port);
        watch(poll, connections[i].fd, &connections[i]);
        idle[idle_count++] = &connections[i];
    }
    begun_us = progress_us = clock_mono_us();
    end_us = begun_us + (int64_t)(seconds * 1e6);
    run(poll);
    return report(seconds);
}
