#include "client/program.h"
#include "target.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * The client's commands against a server that says what the input says: the
 * first byte chooses the command, the rest is sent once a request's head is
 * there, and then the server hangs up. FD in it stands for what a websocket's
 * handshake is to be answered with. All on the client's own loop.
 */
#define ACCEPT 0xfd
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* The client runs one command and ends: what libwebsockets has not given back
 * by then is of no weight. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

struct server {
    int fd;
    char url_flag[64];
    uv_tcp_t listener;
    uv_tcp_t client;
    bool has_client;
    bool has_answered;
    bool is_watched; /* the command goes on until it is told to end */
    struct buf request;
    struct buf answer;
    const uint8_t *data;
    size_t size;
};

static struct server server;

static void allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    static char bytes[4096];

    (void)handle;
    (void)wanted;
    *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_hung_up(uv_handle_t *handle)
{
    (void)handle;
    /* It would try again, a little later each time. */
    if (server.is_watched)
        raise(SIGTERM);
}

static void hang_up(void)
{
    if (!uv_is_closing((uv_handle_t *)&server.client))
        uv_close((uv_handle_t *)&server.client, on_hung_up);
}

static void put_accept(void)
{
    static const char name[] = "ey: ";
    const char *request = buf_text(&server.request);
    const char *key = strstr(request, name);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char text[2 * EVP_MAX_MD_SIZE];
    char joined[128];
    unsigned len = 0;

    if (!key)
        return;
    key += strlen(name);
    snprintf(joined, sizeof(joined), "%.*s" GUID, (int)strcspn(key, "\r") % 64,
             key);
    must(EVP_Digest(joined, strlen(joined), digest, &len, EVP_sha1(), NULL) ==
         1);
    EVP_EncodeBlock(text, digest, (int)len);
    buf_put_text(&server.answer, (char *)text);
}

static void on_sent(uv_write_t *request, int status)
{
    (void)request;
    (void)status;
    hang_up();
}

static void answer(void)
{
    static uv_write_t request;
    uv_buf_t out;

    server.has_answered = true;
    for (size_t i = 0; i < server.size; i++) {
        if (server.data[i] == ACCEPT)
            put_accept();
        else
            buf_put_char(&server.answer, (char)server.data[i]);
    }
    out = uv_buf_init(server.answer.data, (unsigned)server.answer.len);
    if (!server.answer.len || uv_write(&request, (uv_stream_t *)&server.client,
                                       &out, 1, on_sent) != 0)
        hang_up();
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    (void)stream;
    if (len < 0) {
        hang_up();
        return;
    }
    buf_put(&server.request, bytes->base, (size_t)len);
    if (!server.has_answered && strstr(buf_text(&server.request), "\r\n\r\n"))
        answer();
}

static void on_client(uv_stream_t *listener, int status)
{
    must(status == 0);
    if (server.has_client) /* no second one: nobody is there any more */
        return;
    server.has_client = true;
    must(uv_tcp_init(listener->loop, &server.client) == 0);
    must(uv_accept(listener, (uv_stream_t *)&server.client) == 0);
    must(uv_read_start((uv_stream_t *)&server.client, allocate, on_read) == 0);
}

/* The port is the same for all inputs; who listens goes with the loop. */
static int open_port(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(fd, (struct sockaddr *)&address, len) == 0);
    must(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    must(listen(fd, 4) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Linked around the client's own (--wrap): the server joins its loop. */
struct lws_context *
__real_lws_create_context(const struct lws_context_creation_info *info);
struct lws_context *
__wrap_lws_create_context(const struct lws_context_creation_info *info);

struct lws_context *
__wrap_lws_create_context(const struct lws_context_creation_info *info)
{
    uv_loop_t *loop = info->foreign_loops[0];

    must(uv_tcp_init(loop, &server.listener) == 0);
    must(uv_tcp_open(&server.listener, dup(server.fd)) == 0);
    must(uv_listen((uv_stream_t *)&server.listener, 4, on_client) == 0);
    return __real_lws_create_context(info);
}

/* main() of the client, by the name that it is compiled with here. */
int client_main(int argc, char **argv);

static void run(uint8_t which)
{
    static char words[][12][20] = {
        {"c", "watch", "--token", "t", "--count", "6"},
        {"c", "order", "ls", "--token", "t", "--search", "a b"},
        {"c", "login", "--username", "u"},
        {"c", "order", "add", "--token", "t", "--instrument", "A"},
        {"c", "order", "rm", "7", "--token", "t", "--json"},
        {"c", "order", "ls", "--username", "u", "--json"},
    };
    char(*chosen)[20] = words[which % (sizeof(words) / sizeof(words[0]))];
    char *argv[16];
    int argc = 0;
    int rc;

    for (; chosen[argc][0]; argc++)
        argv[argc] = chosen[argc];
    argv[argc++] = server.url_flag;
    argv[argc] = NULL;
    server.is_watched = !strcmp(chosen[1], "watch");
    rc = client_main(argc, argv);
    must(rc >= EXIT_OK && rc <= EXIT_UNREACHED && rc != EXIT_USAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int port;

    if (!server.fd) {
        server.fd = open_port(&port);
        snprintf(server.url_flag, sizeof(server.url_flag),
                 "--url=http://127.0.0.1:%d", port);
        setenv("LWSAPP_PASSWORD", "a password", 1);
        signal(SIGPIPE, SIG_IGN);
    }
    if (!size)
        return 0;
    server.data = data + 1;
    server.size = size - 1;
    server.has_client = server.has_answered = false;
    buf_init(&server.request, 65536);
    buf_init(&server.answer, 1 << 20);
    run(data[0]);
    buf_release(&server.request);
    buf_release(&server.answer);
    return 0;
}
