#include "base/log.h"
#include "base/mem.h"
#include "protocols/server.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* As much as lws keeps of all headers together: app.c sets it. */
#define HEADER_VALUE_MAX 16384

static const struct {
    enum request_header header;
    enum lws_token_indexes token;
} tokens[] = {
    {HEADER_HOST, WSI_TOKEN_HOST},
    {HEADER_COOKIE, WSI_TOKEN_HTTP_COOKIE},
    {HEADER_AUTHORIZATION, WSI_TOKEN_HTTP_AUTHORIZATION},
    {HEADER_ORIGIN, WSI_TOKEN_ORIGIN},
    {HEADER_CONTENT_TYPE, WSI_TOKEN_HTTP_CONTENT_TYPE},
    {HEADER_ACCEPT, WSI_TOKEN_HTTP_ACCEPT},
    {HEADER_ACCEPT_ENCODING, WSI_TOKEN_HTTP_ACCEPT_ENCODING},
    {HEADER_IF_MATCH, WSI_TOKEN_HTTP_IF_MATCH},
    {HEADER_IF_NONE_MATCH, WSI_TOKEN_HTTP_IF_NONE_MATCH},
    {HEADER_USER_AGENT, WSI_TOKEN_HTTP_USER_AGENT},
};

static const enum http_method methods[] = {
    [LWSHUMETH_GET] = HTTP_GET,          [LWSHUMETH_POST] = HTTP_POST,
    [LWSHUMETH_OPTIONS] = HTTP_OPTIONS,  [LWSHUMETH_PUT] = HTTP_PUT,
    [LWSHUMETH_PATCH] = HTTP_PATCH,      [LWSHUMETH_DELETE] = HTTP_DELETE,
    [LWSHUMETH_CONNECT] = HTTP_OTHER,    [LWSHUMETH_HEAD] = HTTP_HEAD,
    [LWSHUMETH_COLON_PATH] = HTTP_OTHER,
};

/* RFC 9110, 5.6.2, and the colon behind. */
static void judge_name(const char *name, int len, void *arg)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    bool *is_bad = arg;

    for (int i = 0; i < len - 1; i++) {
        unsigned char c = (unsigned char)name[i];

        if (!isalnum(c) && (!c || !strchr(marks, c)))
            *is_bad = true;
    }
    if (len < 2)
        *is_bad = true;
}

/* "Transfer-Encoding :" is no header for us, but may be one for a proxy before
 * us, which would then see requests where we see a body. And lws takes a name
 * that another begins with ("X:") and the whole next header for one name. */
static int check_names(struct lws *wsi, struct err *err)
{
    bool is_bad = false;

    lws_hdr_custom_name_foreach(wsi, judge_name, &is_bad);
    return is_bad ? err_set(err, ERR_MALFORMED, "a header's name is none") : 0;
}

static bool has_control(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static int set_header(struct request *request, enum request_header header,
                      const char *value, size_t len, struct err *err)
{
    if (has_control(value, len))
        return err_set(err, ERR_MALFORMED,
                       "a header holds a control character");
    return request_set_header(request, header, value, len, err);
}

static int read_headers(struct lws *wsi, struct request *request,
                        struct err *err)
{
    static const char csrf[] = "x-csrftoken:";
    char value[HEADER_VALUE_MAX];
    int len;

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (lws_hdr_total_length(wsi, tokens[i].token) <= 0)
            continue;
        len = lws_hdr_copy(wsi, value, sizeof(value), tokens[i].token);
        if (len < 0)
            return err_set(err, ERR_MALFORMED, "a header is too long");
        if (set_header(request, tokens[i].header, value, (size_t)len, err) < 0)
            return -1;
    }
    len = lws_hdr_custom_copy(wsi, value, sizeof(value), csrf,
                              (int)sizeof(csrf) - 1);
    if (len <= 0)
        return 0;
    return set_header(request, HEADER_CSRF, value, (size_t)len, err);
}

/* lws hands each argument over decoded, as "name=value" (an encoded '=' in a
 * name has become '_'); of nothing behind the last '&' it makes a "/". */
static int read_args(struct lws *wsi, struct request *request, struct err *err)
{
    char arg[HEADER_VALUE_MAX];

    for (int i = 0;; i++) {
        int len = lws_hdr_copy_fragment(wsi, arg, sizeof(arg),
                                        WSI_TOKEN_HTTP_URI_ARGS, i);
        const char *equals;
        size_t name_len;

        if (len == -1)
            return 0;
        if (len < 0)
            return err_set(err, ERR_MALFORMED, "an argument is too long");
        if (len == 0 || (len == 1 && *arg == '/'))
            continue;
        equals = memchr(arg, '=', (size_t)len);
        name_len = equals ? (size_t)(equals - arg) : (size_t)len;
        if (params_add(&request->args, arg, name_len, equals ? equals + 1 : "",
                       equals ? (size_t)len - name_len - 1 : 0, err) < 0)
            return -1;
    }
}

/* From whom, and how it came: by what a proxy says, if we trust it. */
static int read_peer(struct lws *wsi, char peer[ADDRESS_MAX],
                     struct request *request, struct err *err)
{
    static const char proto[] = "x-forwarded-proto:";
    const struct web *web = server_of(wsi)->web;
    char value[HEADER_VALUE_MAX];

    if (!*peer)
        lws_get_peer_simple(wsi, peer, ADDRESS_MAX);
    memcpy(request->address, peer, ADDRESS_MAX);
    request->is_https = web->is_tls;
    if (!web->proxies.count)
        return 0;
    if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_X_FORWARDED_FOR) < 0)
        return err_set(err, ERR_MALFORMED, "a header is too long");
    if (proxies_resolve(&web->proxies, value, request->address) &&
        lws_hdr_custom_copy(wsi, value, sizeof(value), proto,
                            (int)sizeof(proto) - 1) > 0)
        request->is_https = web->is_tls || proxies_say_https(value);
    return 0;
}

static bool is_version(struct lws *wsi)
{
    char version[16];

    return lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP) > 0 &&
           (!strcmp(version, "HTTP/1.1") || !strcmp(version, "HTTP/1.0"));
}

int wire_read(struct lws *wsi, char peer[ADDRESS_MAX], struct request *request,
              struct err *err)
{
    char *uri;
    int uri_len;
    int method = lws_http_get_uri_and_method(wsi, &uri, &uri_len);

    if (method < 0 || (size_t)method >= sizeof(methods) / sizeof(methods[0]))
        return err_set(err, ERR_MALFORMED, "the request line can't be read");
    request->method = methods[method];
    if (read_peer(wsi, peer, request, err) < 0)
        return -1;
    if (server_of(wsi)->web->is_tls && !lws_get_ssl(wsi))
        return err_set(err, ERR_MALFORMED, "only https is spoken here");
    /* lws takes a %0A in the arguments for the end of the line: what follows
     * it, which a link may choose, would count as headers. */
    if (!is_version(wsi))
        return err_set(err, ERR_MALFORMED,
                       "the request line has no version, or a line break");
    if (check_names(wsi, err) < 0 ||
        request_set_path(request, uri, (size_t)uri_len, err) < 0 ||
        read_headers(wsi, request, err) < 0)
        return -1;
    return read_args(wsi, request, err);
}

int server_hold(struct server *server, size_t len, struct err *err)
{
    if (len > server->held_max - server->held_bytes) {
        err_set(err, ERR_UNAVAILABLE,
                "too much is being sent or waits to be taken: try again");
        err->retry_after_s = 1;
        return -1;
    }
    server->held_bytes += len;
    return 0;
}

void server_let_go(struct server *server, size_t len)
{
    server->held_bytes -= len;
}

void server_kill(struct lws *wsi)
{
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    /* Outside an lws callback its timer would wait for the next lws event. */
    lws_cancel_service(lws_get_context(wsi));
}
