#include "protocols/http/wire.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/host/listener.h"
#include "protocols/host/server.h"
#include "web/access/auth.h"
#include "web/access/host.h"
#include "web/http/framing.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define EXPECT_CONTINUE "100-continue"
/* That, and what else there might be. */
#define EXPECT_MAX 64

static const struct {
    enum request_header header;
    enum lws_token_indexes token;
} tokens[] = {
    {HEADER_HOST, WSI_TOKEN_HOST},
    {HEADER_COOKIE, WSI_TOKEN_HTTP_COOKIE},
    {HEADER_AUTHORIZATION, WSI_TOKEN_HTTP_AUTHORIZATION},
    {HEADER_ORIGIN, WSI_TOKEN_ORIGIN},
    {HEADER_CONTENT_TYPE, WSI_TOKEN_HTTP_CONTENT_TYPE},
    {HEADER_CONTENT_ENCODING, WSI_TOKEN_HTTP_CONTENT_ENCODING},
    {HEADER_ACCEPT, WSI_TOKEN_HTTP_ACCEPT},
    {HEADER_ACCEPT_ENCODING, WSI_TOKEN_HTTP_ACCEPT_ENCODING},
    {HEADER_IF_MATCH, WSI_TOKEN_HTTP_IF_MATCH},
    {HEADER_IF_NONE_MATCH, WSI_TOKEN_HTTP_IF_NONE_MATCH},
    {HEADER_USER_AGENT, WSI_TOKEN_HTTP_USER_AGENT},
};

/* Those that lws has no token for. */
static const struct {
    enum request_header header;
    const char *name;
} others[] = {
    {HEADER_CSRF, "x-csrftoken:"},
    {HEADER_PREFLIGHT, "access-control-request-method:"},
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
 * us, which would then see requests where we see a body. */
static int check_names(struct lws *wsi, struct err *err)
{
    bool is_bad = false;

    lws_hdr_custom_name_foreach(wsi, judge_name, &is_bad);
    return is_bad ? err_set(err, ERR_MALFORMED, "invalid header name") : 0;
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

static int too_large(struct err *err)
{
    return err_set(err, ERR_HEADERS_LARGE, "headers may have at most %d bytes",
                   REQUEST_HEADERS_MAX);
}

/* lws gives an empty value the length of none; its first fragment tells. */
bool wire_has_header(struct lws *wsi, enum lws_token_indexes token)
{
    char nothing;

    return lws_hdr_total_length(wsi, token) > 0 ||
           lws_hdr_copy_fragment(wsi, &nothing, 1, token, 0) == 0;
}

const char *wire_header(struct lws *wsi, enum lws_token_indexes token,
                        char *out, size_t max)
{
    if (!wire_has_header(wsi, token) ||
        lws_hdr_copy(wsi, out, (int)max, token) < 0)
        return NULL;
    return out;
}

static int set_header(struct request *request, enum request_header header,
                      const char *value, size_t len, struct err *err)
{
    if (has_control(value, len))
        return err_set(err, ERR_MALFORMED,
                       "a header holds a control character");
    return request_set_header(request, header, value, len, err);
}

static int read_others(struct lws *wsi, struct request *request,
                       struct err *err)
{
    char value[REQUEST_HEADERS_MAX + 1];

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *name = others[i].name;
        int name_len = (int)strlen(name);
        int len;

        if (lws_hdr_custom_length(wsi, name, name_len) <= 0)
            continue;
        len = lws_hdr_custom_copy(wsi, value, sizeof(value), name, name_len);
        if (len < 0)
            return too_large(err);
        if (set_header(request, others[i].header, value, (size_t)len, err) < 0)
            return -1;
    }
    return 0;
}

static int read_headers(struct lws *wsi, struct request *request,
                        struct err *err)
{
    char value[REQUEST_HEADERS_MAX + 1];
    int len;

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if (!wire_has_header(wsi, tokens[i].token))
            continue;
        len = lws_hdr_copy(wsi, value, sizeof(value), tokens[i].token);
        if (len < 0)
            return too_large(err);
        if (set_header(request, tokens[i].header, value, (size_t)len, err) < 0)
            return -1;
    }
    return read_others(wsi, request, err);
}

/* The query, as it came. */
static int read_args(struct lws *wsi, struct request *request, struct err *err)
{
    char query[REQUEST_TARGET_MAX + 1];
    int len = lws_hdr_copy_fragment(wsi, query, sizeof(query),
                                    WSI_TOKEN_HTTP_URI_ARGS, 0);

    return len <= 0 ? 0 : params_parse(&request->args, query, (size_t)len, err);
}

/* From whom, and how it came: by what a proxy says, if we trust it. */
static int resolve_peer(struct lws *wsi, char peer[ADDRESS_MAX],
                        struct request *request, struct err *err)
{
    static const char proto[] = "x-forwarded-proto:";
    const struct web *web = server_of(wsi)->web;
    const struct connection *from = listener_connection(wsi);
    char value[REQUEST_HEADERS_MAX + 1];

    if (!*peer && from)
        address_format(&from->address, peer);
    memcpy(request->address, peer, ADDRESS_MAX);
    request->is_https = web->is_tls || (from && from->is_https);
    if (!from || (!from->is_local && !web->proxies.count))
        return 0;
    if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_X_FORWARDED_FOR) < 0)
        return too_large(err);
    if (proxies_resolve(&web->proxies, from->is_local, value,
                        request->address) &&
        lws_hdr_custom_copy(wsi, value, sizeof(value), proto,
                            (int)sizeof(proto) - 1) > 0)
        request->is_https |= proxies_say_https(value);
    return 0;
}

static int read_peer(struct lws *wsi, char peer[ADDRESS_MAX],
                     struct request *request, struct err *err)
{
    const struct web *web = server_of(wsi)->web;
    int rc = resolve_peer(wsi, peer, request, err);

    request->secure_cookies = request->is_https || web->secure_cookies;
    request->host_cookies = request->secure_cookies && !*web->base;
    return rc;
}

static int read_version(struct lws *wsi, struct request *request,
                        struct err *err)
{
    char text[16];
    const char *version = wire_header(wsi, WSI_TOKEN_HTTP, text, sizeof(text));

    request->is_1_0 = version && !strcmp(version, "HTTP/1.0");
    if (request->is_1_0 || (version && !strcmp(version, "HTTP/1.1")))
        return 0;
    return err_set(err, ERR_MALFORMED,
                   "the request line does not end in HTTP/1.1 or HTTP/1.0");
}

/* Whether the connection is to end behind the answer (RFC 9112, 9.3). */
static int read_connection(struct lws *wsi, struct request *request,
                           struct err *err)
{
    char list[REQUEST_HEADERS_MAX + 1];
    const char *connection;

    if (lws_hdr_total_length(wsi, WSI_TOKEN_CONNECTION) >= (int)sizeof(list))
        return too_large(err);
    connection = wire_header(wsi, WSI_TOKEN_CONNECTION, list, sizeof(list));
    if (connection && token_is_listed(connection, "close"))
        request->wants_close = true;
    else if (request->is_1_0)
        /* lws keeps such a connection for this one value alone. */
        request->wants_close =
            !connection || strcasecmp(connection, "keep-alive") != 0;
    return 0;
}

/* One Host, and on 1.1 no less. An absolute target's will stand in its place.
 */
static int check_host(const struct request *request, struct err *err)
{
    const char *host = request->headers[HEADER_HOST];

    if (!host && !request->is_1_0)
        return err_set(err, ERR_MALFORMED, "there is no Host header");
    if (host && !*host)
        return err_set(err, ERR_MALFORMED, "the Host header is empty");
    /* Two come joined by a comma, even where one of them is empty. */
    if (host && strchr(host, ','))
        return err_set(err, ERR_MALFORMED, "there are two Host headers");
    return 0;
}

static int bad_target(struct err *err)
{
    return err_set(err, ERR_MALFORMED,
                   "the target of the request can't be read");
}

/* "http://host/path", of which lws has left "http:/host/path". */
static int read_absolute(struct request *request, const char *uri, size_t len,
                         struct err *err)
{
    static const char *const schemes[] = {"http:/", "https:/"};
    const char *end = uri + len;
    const char *slash;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t scheme_len = strlen(schemes[i]);

        if (len <= scheme_len || strncasecmp(uri, schemes[i], scheme_len) != 0)
            continue;
        uri += scheme_len;
        slash = memchr(uri, '/', (size_t)(end - uri));
        if (!slash)
            slash = end;
        if (slash == uri || memchr(uri, '@', (size_t)(slash - uri)))
            return bad_target(err);
        if (set_header(request, HEADER_HOST, uri, (size_t)(slash - uri), err) <
            0)
            return -1;
        return slash == end ? request_set_path(request, "/", 1, err)
                            : request_set_path(request, slash,
                                               (size_t)(end - slash), err);
    }
    return bad_target(err);
}

/* What stands before the query. */
static int read_path(struct lws *wsi, struct request *request, size_t *len,
                     struct err *err)
{
    char *uri;
    int uri_len;
    int method = lws_http_get_uri_and_method(wsi, &uri, &uri_len);
    int rc;

    if (method < 0 || (size_t)method >= sizeof(methods) / sizeof(methods[0]))
        return err_set(err, ERR_MALFORMED, "the request line can't be read");
    request->method = methods[method];
    *len = (size_t)uri_len;
    if (method == LWSHUMETH_CONNECT)
        return err_set(err, ERR_METHOD,
                       "this is not a proxy: CONNECT is not supported");
    if (*uri == '/' || (!strcmp(uri, "*") && request->method == HTTP_OPTIONS))
        rc = request_set_path(request, uri, *len, err);
    else
        rc = read_absolute(request, uri, *len, err);
    if (rc == 0)
        request_strip_base(request, server_of(wsi)->web->base);
    return rc;
}

static size_t target_len(struct lws *wsi, size_t path_len)
{
    int args_len = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS);

    return path_len + (args_len > 0 ? (size_t)args_len : 0);
}

static int check_size(struct lws *wsi, size_t path_len, struct err *err)
{
    return lws_http_headers_size(wsi) >
                   REQUEST_HEADERS_MAX + target_len(wsi, path_len)
               ? too_large(err)
               : 0;
}

/* A preflight has that of the request which it comes before, and is answered
 * whatever it is: a browser's page is told only of what is wrong behind it. */
static int read_query(struct lws *wsi, struct request *request, size_t path_len,
                      struct err *err)
{
    if (auth_is_preflight(server_of(wsi)->web, request))
        return 0;
    if (target_len(wsi, path_len) > REQUEST_TARGET_MAX)
        return err_set(
            err, ERR_TARGET_LONG,
            "path and query may have at most %d bytes: send forms by POST",
            REQUEST_TARGET_MAX);
    return read_args(wsi, request, err);
}

static int read_head(struct lws *wsi, char peer[ADDRESS_MAX],
                     struct request *request, struct err *err)
{
    size_t path_len;

    if (read_peer(wsi, peer, request, err) < 0)
        return -1;
    if (server_of(wsi)->web->is_tls && !lws_get_ssl(wsi))
        return err_set(err, ERR_MALFORMED, "only https is served here");
    if (read_version(wsi, request, err) < 0 ||
        read_connection(wsi, request, err) < 0 || check_names(wsi, err) < 0 ||
        read_headers(wsi, request, err) < 0 || check_host(request, err) < 0 ||
        read_path(wsi, request, &path_len, err) < 0 ||
        check_size(wsi, path_len, err) < 0)
        return -1;
    return read_query(wsi, request, path_len, err);
}

int wire_read(struct lws *wsi, char peer[ADDRESS_MAX], struct request *request,
              struct err *err)
{
    if (read_head(wsi, peer, request, err) == 0)
        return 0;
    wire_read_refused(wsi, request);
    return -1;
}

void wire_read_refused(struct lws *wsi, struct request *request)
{
    char peer[ADDRESS_MAX] = "";
    char origin[ORIGIN_MAX];
    const char *value =
        wire_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin));
    size_t path_len;
    struct err ignored = ERR_INIT;

    read_peer(wsi, peer, request, &ignored);
    if (value)
        set_header(request, HEADER_ORIGIN, value, strlen(value), &ignored);
    read_path(wsi, request, &path_len, &ignored);
}

int wire_read_expectation(struct lws *wsi, const struct request *request,
                          bool *is_expecting, struct err *err)
{
    char text[EXPECT_MAX];
    const char *expect =
        wire_header(wsi, WSI_TOKEN_HTTP_EXPECT, text, sizeof(text));
    const char *found;
    int len;

    *is_expecting = false;
    if (request->is_1_0 || !wire_has_header(wsi, WSI_TOKEN_HTTP_EXPECT))
        return 0;
    while ((len = expect ? token_next(&expect, &found) : -1) > 0) {
        *is_expecting = len == (int)strlen(EXPECT_CONTINUE) &&
                        !strncasecmp(found, EXPECT_CONTINUE, (size_t)len);
        if (!*is_expecting)
            break;
    }
    return len == 0
               ? 0
               : err_set(err, ERR_EXPECTATION,
                         "the only expectation supported is " EXPECT_CONTINUE);
}
