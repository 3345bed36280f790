#include "protocols/server.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define HEAD_MAX 8192
/* Kept between answers; one that needed more gives it back. */
#define SCRATCH_KEPT (256 * 1024)

/* The answer in one write, headers and body: with two, a client that sends
 * early can have its next request read as this one's body. */
static int put_head(struct lws *wsi, const struct response *response,
                    unsigned char **p, unsigned char *end, size_t body_len)
{
    const char *at = response->headers.data;
    const char *last = at + response->headers.len;
    char length[24];

    if (lws_add_http_header_status(wsi, (unsigned)response->status, p, end))
        return -1;
    if (response->type &&
        lws_add_http_header_by_name(wsi, (const unsigned char *)"content-type:",
                                    (const unsigned char *)response->type,
                                    (int)strlen(response->type), p, end))
        return -1;
    while (at < last) {
        const char *value = at + strlen(at) + 1;
        size_t value_len = strlen(value);

        if (lws_add_http_header_by_name(wsi, (const unsigned char *)at,
                                        (const unsigned char *)value,
                                        (int)value_len, p, end))
            return -1;
        at = value + value_len + 1;
    }
    if (response->gzip && lws_add_http_header_by_name(
                              wsi, (const unsigned char *)"content-encoding:",
                              (const unsigned char *)"gzip", 4, p, end))
        return -1;
    if (response->status != 204 && response->status != 304) {
        int len = snprintf(length, sizeof(length), "%zu",
                           response->file >= 0 ? (size_t)response->file_len
                                               : body_len);

        if (lws_add_http_header_by_name(
                wsi, (const unsigned char *)"content-length:",
                (const unsigned char *)length, len, p, end))
            return -1;
    }
    if (response->close &&
        lws_add_http_header_by_name(wsi, (const unsigned char *)"connection:",
                                    (const unsigned char *)"close", 5, p, end))
        return -1;
    return lws_finalize_http_header(wsi, p, end) ? -1 : 0;
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
    if (response->status == 204 || response->status == 304)
        *len = 0;
}

size_t answer_body_len(const struct response *response)
{
    const void *bytes;
    size_t len;

    body_of(response, &bytes, &len);
    return len;
}

int answer_write(struct lws *wsi, const struct response *response, bool is_head)
{
    struct buf *scratch = &server_of(wsi)->scratch;
    const void *bytes;
    size_t len;
    size_t rest_len = response->rest_len;
    size_t sent_len;
    unsigned char *start;
    unsigned char *p;
    int rc = -1;

    body_of(response, &bytes, &len);
    sent_len = is_head ? 0 : len + rest_len;
    buf_clear(scratch);
    start =
        (unsigned char *)buf_reserve(scratch, LWS_PRE + HEAD_MAX + sent_len);
    if (!start)
        goto out;
    start += LWS_PRE;
    p = start;
    if (put_head(wsi, response, &p, start + HEAD_MAX, len + rest_len) < 0)
        goto out;
    if (sent_len && len)
        memcpy(p, bytes, len);
    if (sent_len && rest_len)
        memcpy(p + len, response->rest, rest_len);
    p += sent_len;
    if (lws_write(wsi, start, (size_t)(p - start), LWS_WRITE_HTTP) >= 0)
        rc = 0;
out:
    if (scratch->cap > SCRATCH_KEPT)
        buf_release(scratch);
    return rc;
}
