#include "client/link.h"
#include "base/log.h"
#include "base/mem.h"
#include "client/crowd.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/banned.h"

#define ANSWER_MAX (64 * 1024 * 1024)
#define FRAME_MAX (1024 * 1024)
#define READ_PIECE 4096
#define RECEIVE_BYTES 65536 /* at once: a large frame in few turns */
#define TOKEN_MAX 2000      /* fits in a header, whatever goes with it */
#define DESCRIPTORS_MAX 131072

struct exchange { /* one HTTP request under way */
    struct lws *wsi;
    const struct buf *body;
    struct link_answer *answer;
    const char *failure; /* static text */
    bool is_sent;
    bool is_done;
};

struct link {
    uv_loop_t loop;
    struct lws_context *context;
    char *host;
    char *host_header; /* with the brackets of an IPv6 address */
    char *base;        /* what every path begins with */
    char *token;
    int port;
    bool is_tls;
    const char *ca; /* borrowed while the context is made */
    bool ca_failed;
    struct exchange *exchange;
    struct lws *socket; /* the websocket, or NULL */
    struct link_hooks hooks;
    struct buf outgoing; /* LWS_PRE, then one text frame; or empty */
    struct buf incoming; /* a message that came in pieces */
    int close_code;
    bool drop;
};

static void *loops[1];

static struct link *link_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static int add_header(struct lws *wsi, const char *name, const char *value,
                      unsigned char **p, unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value,
                                       (int)strlen(value), p, end);
}

int link_add_token(struct link *link, struct lws *wsi, const char *token,
                   void *in, size_t len)
{
    unsigned char **p = in;
    char value[TOKEN_MAX + 8];

    if (!token)
        token = link->token;
    if (!token)
        return 0;
    snprintf(value, sizeof(value), "Token %s", token);
    return add_header(wsi, "authorization:", value, p, *p + len);
}

/* Only for this reason is in the place to write to. */
static int add_headers(struct link *link, struct lws *wsi, void *in, size_t len)
{
    struct exchange *exchange = link->exchange;
    unsigned char **p = in;
    unsigned char *end = *p + len;
    char length[24];

    if (link_add_token(link, wsi, NULL, in, len))
        return -1;
    if (wsi != exchange->wsi && exchange->wsi)
        return 0;
    exchange->wsi = wsi;
    if (!exchange->body)
        return 0;
    snprintf(length, sizeof(length), "%zu", exchange->body->len);
    if (add_header(wsi, "content-type:", "application/json", p, end) ||
        add_header(wsi, "content-length:", length, p, end))
        return -1;
    lws_client_http_body_pending(wsi, 1);
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_body(struct link *link, struct lws *wsi)
{
    struct exchange *exchange = link->exchange;
    struct buf framed;
    int rc = 0;

    if (!exchange || !exchange->body || exchange->is_sent)
        return 0;
    exchange->is_sent = true;
    buf_init(&framed, ANSWER_MAX);
    buf_reserve(&framed, LWS_PRE + exchange->body->len);
    if (framed.failed)
        return -1;
    memset(framed.data, 0, LWS_PRE);
    framed.len = LWS_PRE;
    buf_put(&framed, exchange->body->data, exchange->body->len);
    if (lws_write(wsi, (unsigned char *)framed.data + LWS_PRE,
                  exchange->body->len, LWS_WRITE_HTTP_FINAL) < 0)
        rc = -1;
    lws_client_http_body_pending(wsi, 0);
    buf_release(&framed);
    return rc;
}

static int read_piece(struct lws *wsi)
{
    char space[LWS_PRE + READ_PIECE];
    char *at = space + LWS_PRE;
    int len = READ_PIECE;

    return lws_http_client_read(wsi, &at, &len) < 0 ? -1 : 0;
}

static void finish(struct link *link, const char *failure)
{
    if (!link->exchange || link->exchange->is_done)
        return;
    link->exchange->failure = failure;
    link->exchange->is_done = true;
}

/* lws would wait for the body that an answer without content does not have. */
static int take_head(struct link *link, struct lws *wsi)
{
    int status = (int)lws_http_client_http_response(wsi);

    if (link->exchange)
        link->exchange->answer->status = status;
    if (status != 204)
        return 0;
    finish(link, NULL);
    return -1;
}

/* What a server's certificate must come from. */
static int trust(struct link *link, SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (link->ca)
        link->ca_failed = SSL_CTX_load_verify_file(context, link->ca) != 1;
    return 0;
}

static int http_callback(struct lws *wsi, enum lws_callback_reasons reason,
                         void *user, void *in, size_t len)
{
    struct link *link = link_of(wsi);

    switch (reason) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS:
        return trust(link, user);
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return link->exchange ? add_headers(link, wsi, in, len) : -1;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE: return send_body(link, wsi);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return take_head(link, wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: return read_piece(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        if (link->exchange)
            buf_put(&link->exchange->answer->body, in, len);
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP: finish(link, NULL); return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        finish(link, "can't connect");
        return 0;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        if (link->exchange && link->exchange->wsi == wsi)
            finish(link, link->exchange->answer->status
                             ? NULL
                             : "the connection closed without an answer");
        return 0;
    default: return 0;
    }
}

static int take_message(struct link *link, struct lws *wsi, const void *in,
                        size_t len)
{
    buf_put(&link->incoming, in, len);
    if (!lws_is_final_fragment(wsi))
        return 0;
    if (link->incoming.failed)
        return -1;
    link->hooks.frame(link->hooks.arg, buf_text(&link->incoming),
                      link->incoming.len);
    buf_clear(&link->incoming);
    return 0;
}

static int write_frame(struct link *link, struct lws *wsi)
{
    int rc = 0;

    if (link->drop) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return -1;
    }
    if (link->outgoing.len > LWS_PRE &&
        lws_write(wsi, (unsigned char *)link->outgoing.data + LWS_PRE,
                  link->outgoing.len - LWS_PRE, LWS_WRITE_TEXT) < 0)
        rc = -1;
    buf_clear(&link->outgoing);
    return rc;
}

static void note_close(struct link *link, const unsigned char *in, size_t len)
{
    if (len >= 2)
        link->close_code = in[0] << 8 | in[1];
}

static int end_socket(struct link *link, int status)
{
    int code = link->close_code;

    if (!link->socket)
        return 0;
    link->socket = NULL;
    buf_clear(&link->incoming);
    buf_clear(&link->outgoing);
    link->hooks.closed(link->hooks.arg, code, status);
    return 0;
}

static int socket_callback(struct lws *wsi, enum lws_callback_reasons reason,
                           void *user, void *in, size_t len)
{
    struct link *link = link_of(wsi);

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return link_add_token(link, wsi, NULL, in, len);
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        link->hooks.opened(link->hooks.arg);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return take_message(link, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return write_frame(link, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        note_close(link, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED: return end_socket(link, 0);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        return end_socket(link, (int)lws_http_client_http_response(wsi));
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = http_callback},
    {.name = "orders", .callback = socket_callback},
    {.name = "crowd", .callback = crowd_callback},
    LWS_PROTOCOL_LIST_TERM,
};

/* ":PORT", or nothing; *path: what is behind it. */
static bool read_port(const char *text, int *port, const char **path)
{
    size_t digits = 0;

    if (*text == ':') {
        digits = strspn(text + 1, "0123456789");
        if (digits < 1 || digits > 5)
            return false;
        *port = (int)strtol(text + 1, NULL, 10);
        text += 1 + digits;
    }
    *path = text;
    return *port >= 1 && *port <= 65535 && (!*text || *text == '/') &&
           !strpbrk(text, "?#");
}

static int read_url(struct link *link, const char *url, struct err *err)
{
    const char *host;
    const char *path;
    const char *end;
    size_t path_len;
    size_t bracket; /* 1: of an IPv6 address */

    link->is_tls = !strncmp(url, "https://", 8);
    if (!link->is_tls && strncmp(url, "http://", 7) != 0)
        return err_field(err, "url", "must begin with http:// or https://");
    host = url + (link->is_tls ? 8 : 7);
    bracket = *host == '[';
    end = host + strcspn(host, bracket ? "]/" : ":/@?#");
    if (bracket)
        end += *end == ']';
    link->port = link->is_tls ? 443 : 80;
    if (end <= host + 2 * bracket || (bracket && end[-1] != ']') ||
        !read_port(end, &link->port, &path))
        return err_field(err, "url", "must be http[s]://HOST[:PORT][/PATH]");
    path_len = strlen(path);
    if (path_len && path[path_len - 1] == '/')
        path_len--;
    link->base = mem_strndup(path, path_len);
    link->host_header = mem_strndup(host, (size_t)(end - host));
    link->host =
        mem_strndup(host + bracket, (size_t)(end - host) - 2 * bracket);
    return link->host && link->host_header && link->base
               ? 0
               : err_set(err, ERR_NOMEM, "no memory");
}

static void lws_log(int level, const char *line)
{
    (void)level;
    log_debug("lws", "text=\"%.*s\"", (int)strcspn(line, "\n"), line);
}

/* A descriptor for each socket of a bench: before lws counts them. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur >= DESCRIPTORS_MAX)
        return;
    limit.rlim_cur =
        limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int link_open(struct link **link, const char *url, const char *ca,
              struct err *err)
{
    struct link *made = mem_zalloc(sizeof(*made));
    struct lws_context_creation_info info;

    *link = NULL;
    if (!made)
        return err_set(err, ERR_NOMEM, "no memory");
    buf_init(&made->outgoing, FRAME_MAX);
    buf_init(&made->incoming, FRAME_MAX);
    if (read_url(made, url, err) < 0) {
        mem_free(made->host);
        mem_free(made->host_header);
        mem_free(made->base);
        mem_free(made);
        return -1;
    }
    raise_descriptors();
    uv_loop_init(&made->loop);
    loops[0] = &made->loop;
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.foreign_loops = loops;
    info.user = made;
    info.options = LWS_SERVER_OPTION_LIBUV;
    info.pt_serv_buf_size = RECEIVE_BYTES;
    made->ca = ca;
    if (made->is_tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    if (ca)
        info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);
    made->context = lws_create_context(&info);
    *link = made;
    if (!made->context)
        return err_set(err, ERR_INTERNAL, "libwebsockets would not start");
    if (made->ca_failed)
        return err_field(err, "ca", "no certificates (PEM) in %s", ca);
    return 0;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void link_close(struct link *link)
{
    if (!link)
        return;
    link->socket = NULL;
    if (link->context) {
        lws_context_destroy(link->context);
        uv_walk(&link->loop, close_handle, NULL);
        uv_run(&link->loop, UV_RUN_DEFAULT);
        lws_context_destroy(link->context);
    }
    uv_loop_close(&link->loop);
    buf_release(&link->outgoing);
    buf_release(&link->incoming);
    mem_free(link->token);
    mem_free(link->host);
    mem_free(link->host_header);
    mem_free(link->base);
    mem_free(link);
}

uv_loop_t *link_loop(struct link *link)
{
    return &link->loop;
}

int link_set_token(struct link *link, const char *token, struct err *err)
{
    char *copy;

    if (token && strlen(token) > TOKEN_MAX)
        return err_field(err, "token", "is longer than %d bytes", TOKEN_MAX);
    for (const char *c = token; c && *c; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~')
            return err_field(err, "token",
                             "contains characters that no token has");
    }
    copy = token ? mem_strdup(token) : NULL;
    if (token && !copy)
        return err_field(err, "token", "no memory");
    mem_free(link->token);
    link->token = copy;
    return 0;
}

/* A redirect is an answer like any other: lws would follow it, with the login,
 * to wherever it leads. */
static int connection_flags(const struct link *link)
{
    return LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (link->is_tls ? LCCSCF_USE_SSL : 0);
}

/* lws copies the path. */
static struct lws *connect_below(struct link *link,
                                 struct lws_client_connect_info *info,
                                 const char *path)
{
    struct lws *wsi = NULL;
    struct buf whole;

    buf_init(&whole, ANSWER_MAX);
    buf_put_text(&whole, link->base);
    buf_put_text(&whole, path);
    info->path = buf_text(&whole);
    if (!whole.failed)
        wsi = lws_client_connect_via_info(info);
    buf_release(&whole);
    return wsi;
}

static struct lws *connect_to(struct link *link, const char *path,
                              const char *method, const char *protocol,
                              struct lws **wsi)
{
    struct lws_client_connect_info info;

    memset(&info, 0, sizeof(info));
    info.context = link->context;
    info.address = link->host;
    info.host = link->host_header;
    info.port = link->port;
    info.method = method;
    info.protocol = protocol;
    info.local_protocol_name = method ? "http" : "orders";
    info.pwsi = wsi;
    info.ssl_connection = connection_flags(link);
    if (method)
        info.ssl_connection |= LCCSCF_PIPELINE;
    return connect_below(link, &info, path);
}

void link_answer_release(struct link_answer *answer)
{
    buf_release(&answer->body);
}

int link_request(struct link *link, const char *method, const char *path,
                 const struct buf *body, struct link_answer *answer,
                 struct err *err)
{
    struct exchange exchange = {.body = body, .answer = answer};

    answer->status = 0;
    buf_init(&answer->body, ANSWER_MAX);
    link->exchange = &exchange;
    if (!connect_to(link, path, method, NULL, &exchange.wsi) &&
        !exchange.is_done)
        finish(link, "can't connect");
    link_wait(link, &exchange.is_done);
    link->exchange = NULL;
    if (exchange.failure)
        return err_set(err, ERR_UNAVAILABLE, "%s:%d: %s", link->host,
                       link->port, exchange.failure);
    return buf_check(&answer->body, err);
}

int link_follow(struct link *link, const struct link_hooks *hooks,
                struct err *err)
{
    link->hooks = *hooks;
    link->close_code = 0;
    link->drop = false;
    if (!connect_to(link, "/data/stream/", NULL, "orders", &link->socket))
        return err_set(err, ERR_UNAVAILABLE, "can't connect");
    return 0;
}

struct lws *link_connect_member(struct link *link, void *member,
                                const char *protocol, struct lws **wsi)
{
    struct lws_client_connect_info info;

    memset(&info, 0, sizeof(info));
    info.context = link->context;
    info.address = link->host;
    info.host = link->host_header;
    info.port = link->port;
    info.protocol = protocol;
    info.local_protocol_name = "crowd";
    info.opaque_user_data = member;
    info.pwsi = wsi;
    info.ssl_connection = connection_flags(link);
    return connect_below(link, &info, "/data/stream/");
}

int link_send(struct link *link, const struct buf *text, struct err *err)
{
    static const char room[LWS_PRE];

    if (!link->socket)
        return err_set(err, ERR_UNAVAILABLE, "there is no websocket");
    buf_clear(&link->outgoing);
    buf_put(&link->outgoing, room, sizeof(room));
    buf_put(&link->outgoing, text->data, text->len);
    if (buf_check(&link->outgoing, err) < 0)
        return -1;
    lws_callback_on_writable(link->socket);
    return 0;
}

void link_drop(struct link *link)
{
    if (!link->socket)
        return;
    link->drop = true;
    lws_callback_on_writable(link->socket);
}

void link_wait(struct link *link, const bool *flag)
{
    while (!*flag)
        uv_run(&link->loop, UV_RUN_ONCE);
}
