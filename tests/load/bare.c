/*
 * The least that libwebsockets can do: what lws-app is compared with. On the
 * same library and the same loop, without a database, a login or a check:
 *   GET anything        an answer of HEAD_BYTES and BODY_BYTES
 *   a websocket         is kept; what it sends is answered by nothing
 *   POST anything       the body goes to every websocket at once, as it is,
 *                       each written straight away, from one shared buffer
 *   usage: load_bare HEAD_BYTES BODY_BYTES
 * Prints "ready port=N"; ends at SIGTERM, or with whoever started it.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <uv.h>

#include "base/banned.h"

#define BODY_MAX (1024 * 1024)
#define ROOM 65536

struct socket {
    lws_dll2_t in_all;
    struct lws *wsi;
};

struct bare {
    uv_loop_t loop;
    struct lws_context *context;
    size_t head_len, body_len;
    lws_dll2_owner_t sockets;
    char pad[ROOM];
    unsigned char answer[LWS_PRE + 2 * ROOM];
    unsigned char posted[LWS_PRE + BODY_MAX];
    size_t posted_len;
};

static struct bare bare;

/* Asked for anew each time, as a mount that answers by callback does. */
static int put_head(struct lws *wsi, unsigned status, size_t body_len,
                    size_t pad_len, unsigned char **p)
{
    unsigned char *end = bare.answer + LWS_PRE + ROOM;

    *p = bare.answer + LWS_PRE;
    if (lws_add_http_common_headers(wsi, status, "application/json",
                                    (lws_filepos_t)body_len, p, end))
        return -1;
    if (pad_len && lws_add_http_header_by_name(
                       wsi, (const unsigned char *)"x-pad:",
                       (const unsigned char *)bare.pad, (int)pad_len, p, end))
        return -1;
    return lws_finalize_http_header(wsi, p, end);
}

static int answer(struct lws *wsi, unsigned status, size_t body_len,
                  size_t pad_len)
{
    unsigned char *start = bare.answer + LWS_PRE;
    unsigned char *p;

    if (put_head(wsi, status, body_len, pad_len, &p))
        return -1;
    memset(p, 'x', body_len);
    p += body_len;
    if (lws_write(wsi, start, (size_t)(p - start), LWS_WRITE_HTTP_FINAL) < 0)
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static size_t pad_for(struct lws *wsi)
{
    static const size_t line = sizeof("x-pad: \r\n") - 1;
    unsigned char *p;
    size_t plain;

    if (put_head(wsi, 200, bare.body_len, 0, &p))
        return 0;
    plain = (size_t)(p - (bare.answer + LWS_PRE));
    return bare.head_len > plain + line ? bare.head_len - plain - line : 0;
}

static int serve(struct lws *wsi)
{
    static size_t pad_len;
    static bool is_known;

    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI)) {
        bare.posted_len = 0;
        return 0;
    }
    if (!is_known)
        pad_len = pad_for(wsi);
    is_known = true;
    return answer(wsi, 200, bare.body_len, pad_len);
}

static int take_body(const void *in, size_t len)
{
    if (bare.posted_len + len > BODY_MAX)
        return -1;
    memcpy(bare.posted + LWS_PRE + bare.posted_len, in, len);
    bare.posted_len += len;
    return 0;
}

static int broadcast(struct lws *wsi)
{
    lws_start_foreach_dll(struct lws_dll2 *, at, bare.sockets.head)
    {
        struct socket *s = lws_container_of(at, struct socket, in_all);

        if (lws_write(s->wsi, bare.posted + LWS_PRE, bare.posted_len,
                      LWS_WRITE_TEXT) < 0)
            lws_set_timeout(s->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT,
                            LWS_TO_KILL_ASYNC);
    }
    lws_end_foreach_dll(at);
    return answer(wsi, 201, 0, 0);
}

static int bare_callback(struct lws *wsi, enum lws_callback_reasons reason,
                         void *user, void *in, size_t len)
{
    struct socket *s = user;

    switch (reason) {
    case LWS_CALLBACK_HTTP: return serve(wsi);
    case LWS_CALLBACK_HTTP_BODY: return take_body(in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: return broadcast(wsi);
    case LWS_CALLBACK_ESTABLISHED:
        s->wsi = wsi;
        lws_dll2_add_tail(&s->in_all, &bare.sockets);
        return 0;
    case LWS_CALLBACK_CLOSED: lws_dll2_remove(&s->in_all); return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocol_bare = {
    .name = "orders",
    .callback = bare_callback,
    .per_session_data_size = sizeof(struct socket),
    .tx_packet_size = 2 * ROOM, /* an answer in one write, as ours */
};
static const struct lws_protocols *const protocols[] = {&protocol_bare, NULL};
static const struct lws_http_mount mount = {
    .mountpoint = "/",
    .mountpoint_len = 1,
    .origin = "callback://orders",
    .origin_protocol = LWSMPRO_CALLBACK,
    .protocol = "orders",
};

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static int open_context(void)
{
    void *loops[] = {&bare.loop};
    struct lws_context_creation_info info;

    memset(&info, 0, sizeof(info));
    info.port = 0;
    info.iface = "127.0.0.1";
    info.pprotocols = (const struct lws_protocols **)protocols;
    info.mounts = &mount;
    info.foreign_loops = loops;
    info.options = LWS_SERVER_OPTION_LIBUV;
    info.keepalive_timeout = 60;
    lws_set_log_level(LLL_ERR, NULL);
    bare.context = lws_create_context(&info);
    return bare.context ? 0 : -1;
}

static size_t number(const char *text)
{
    long value = strtol(text, NULL, 10);

    return value < 0 ? 0 : value > ROOM ? ROOM : (size_t)value;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    uv_signal_t signals[2];

    if (argc != 3) {
        fputs("usage: load_bare HEAD_BYTES BODY_BYTES\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    bare.head_len = number(argv[1]);
    bare.body_len = number(argv[2]);
    memset(bare.pad, 'x', sizeof(bare.pad) - 1);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    uv_loop_init(&bare.loop);
    uv_signal_init(&bare.loop, &signals[0]);
    uv_signal_init(&bare.loop, &signals[1]);
    uv_signal_start(&signals[0], on_signal, SIGTERM);
    uv_signal_start(&signals[1], on_signal, SIGINT);
    if (open_context() < 0) {
        fputs("load_bare: libwebsockets would not start\n", stderr);
        return 1;
    }
    printf("ready port=%d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(
                                  bare.context, "default")));
    fflush(stdout);
    uv_run(&bare.loop, UV_RUN_DEFAULT);
    return 0; /* the system takes it all back */
}
