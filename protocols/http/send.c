#include "protocols/http/send.h"
#include "base/clock.h"
#include "base/log.h"
#include "protocols/http/http.h"
#include "protocols/http/mounts.h"
#include "protocols/http/wire.h"
#include "web/http/reason.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

#define HEAD_MAX 8192
/* Kept between answers; one that needed more gives it back. */
#define SCRATCH_KEPT (256 * 1024)
/* "Sun, 06 Nov 1994 08:49:37 GMT" */
#define DATE_MAX 32

/* As RFC 9110, 5.6.7 has it; made once a second. */
static const char *date_now(void)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
                                   "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static char text[DATE_MAX];
    static time_t made;
    time_t now = (time_t)(clock_now_us() / CLOCK_S);
    struct tm tm;

    if (now == made || !gmtime_r(&now, &tm))
        return text;
    made = now;
    snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
             days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
             tm.tm_year % 8100 + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return text;
}

/* name: with its colon. */
static void put_header(struct buf *out, const char *name, const char *value)
{
    buf_put_text(out, name);
    buf_put_char(out, ' ');
    buf_put_text(out, value);
    buf_put(out, "\r\n", 2);
}

static void put_own_headers(struct buf *out, const struct response *response)
{
    const char *at = response->headers.data;
    const char *last = at + response->headers.len;

    while (at < last) {
        const char *value = at + strlen(at) + 1;

        put_header(out, at, value);
        at = value + strlen(value) + 1;
    }
}

static bool has_body(const struct response *response)
{
    return response->status != 204 && response->status != 304;
}

/* What the connection does behind the answer, where that is not its default;
 * Upgrade is named with the header of that name (RFC 9110, 7.8). */
static const char *connection_word(const struct response *response,
                                   const struct request *request)
{
    if (response->status == 426)
        return response->close ? "close, upgrade" : "upgrade";
    if (response->close || (request && request->wants_close))
        return "close";
    return request && request->is_1_0 ? "keep-alive" : NULL;
}

static void put_head(struct buf *out, const struct response *response,
                     const struct request *request, bool is_tls,
                     size_t body_len)
{
    const struct lws_protocol_vhost_options *common = http_headers(is_tls);
    const char *connection = connection_word(response, request);

    buf_put(out, "HTTP/1.1 ", 9);
    buf_put_int(out, response->status);
    buf_put_char(out, ' ');
    buf_put_text(out, http_reason(response->status));
    buf_put(out, "\r\n", 2);
    put_header(out, "date:", date_now());
    for (; common; common = common->next)
        put_header(out, common->name, common->value);
    if (response->type)
        put_header(out, "content-type:", response->type);
    put_own_headers(out, response);
    if (response->gzip)
        put_header(out, "content-encoding:", "gzip");
    if (has_body(response)) {
        buf_put_text(out, "content-length: ");
        buf_put_int(out, response->file >= 0 ? response->file_len
                                             : (int64_t)body_len);
        buf_put(out, "\r\n", 2);
    }
    if (connection)
        put_header(out, "connection:", connection);
    buf_put(out, "\r\n", 2);
}

/* The rest of the body, if any, is not counted. */
static void body_of(const struct response *response, const void **bytes,
                    size_t *len)
{
    *bytes = response->body.data;
    *len = response->body.len;
    if (response->asset) {
        *bytes = response->gzip ? response->asset->gzip : response->asset->data;
        *len =
            response->gzip ? response->asset->gzip_len : response->asset->len;
    }
    if (!has_body(response))
        *len = 0;
}

size_t send_body_len(const struct response *response)
{
    const void *bytes;
    size_t len;

    body_of(response, &bytes, &len);
    return len;
}

/* In one write, head and body: with two, a client that sends early can have
 * its next request read as this one's body. */
int send_response(struct lws *wsi, const struct response *response,
                  const struct request *request)
{
    struct server *server = server_of(wsi);
    struct buf *scratch = &server->http->scratch;
    bool is_head = request && request->method == HTTP_HEAD;
    const void *bytes;
    size_t len;
    size_t rest_len = response->rest_len;
    int rc = -1;

    body_of(response, &bytes, &len);
    buf_clear(scratch);
    if (!buf_reserve(scratch,
                     LWS_PRE + HEAD_MAX + (is_head ? 0 : len + rest_len)))
        goto out;
    scratch->len = LWS_PRE;
    put_head(scratch, response, request, server->tls != NULL, len + rest_len);
    if (!is_head && len)
        buf_put(scratch, bytes, len);
    if (!is_head && rest_len)
        buf_put(scratch, response->rest, rest_len);
    if (!scratch->failed &&
        lws_write(wsi, (unsigned char *)scratch->data + LWS_PRE,
                  scratch->len - LWS_PRE, LWS_WRITE_HTTP) >= 0)
        rc = 0;
out:
    if (scratch->cap > SCRATCH_KEPT)
        buf_release(scratch);
    return rc;
}

int send_continue(struct lws *wsi)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    unsigned char bytes[LWS_PRE + sizeof(text)];

    memcpy(bytes + LWS_PRE, text, sizeof(text));
    return lws_write(wsi, bytes + LWS_PRE, sizeof(text) - 1, LWS_WRITE_HTTP) < 0
               ? -1
               : 0;
}

void send_refusal(struct lws *wsi, const struct err *err)
{
    struct server *server = server_of(wsi);
    char quoted[LOG_QUOTED_MAX];
    struct request request;
    struct response response;

    request_init(&request);
    wire_read_refused(wsi, &request);
    response_init(&response);
    web_refuse(server->web, &request, &response, err);
    response.close = true;
    send_response(wsi, &response, &request);
    log_info("http.refused", "status=%d text=%s address=%s", response.status,
             log_quoted(quoted, err_public_text(err)), request.address);
    metrics_request(server->metrics, web_route_index(NULL), response.status, 0);
    response_release(&response);
    request_release(&request);
    linger_begin(server, wsi);
}
