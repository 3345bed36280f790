#include "web/http/response.h"
#include "web/http/params.h"

#include <string.h>
#include <unistd.h>

#include "base/banned.h"

void response_init(struct response *response)
{
    memset(response, 0, sizeof(*response));
    response->base = "";
    response->file = -1;
    buf_init(&response->body, RESPONSE_BODY_MAX);
    buf_init(&response->headers, RESPONSE_HEADERS_MAX);
}

static void close_file(struct response *response)
{
    if (response->file >= 0)
        close(response->file);
    if (response->file_user)
        atomic_store(response->file_user, 0);
    response->file = -1;
    response->file_len = 0;
    response->file_user = NULL;
}

void response_release(struct response *response)
{
    close_file(response);
    buf_release(&response->body);
    buf_release(&response->headers);
}

void response_begin(struct response *response, int status, const char *type)
{
    response->status = status;
    response->type = type;
    response->asset = NULL;
    response->rest = NULL;
    response->rest_len = 0;
    close_file(response);
    response->gzip = false;
    response->header_failed = false;
    buf_clear(&response->body);
    buf_clear(&response->headers);
}

void response_header(struct response *response, const char *name,
                     const char *value)
{
    size_t before = response->headers.len;

    for (const char *c = value; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            response->header_failed = true;
            return;
        }
    }
    buf_put_text(&response->headers, name);
    buf_put(&response->headers, ":", 2);
    buf_put_text(&response->headers, value);
    buf_put(&response->headers, "", 1);
    if (response->headers.failed) {
        /* Either whole or not at all. */
        response->header_failed = true;
        response->headers.failed = false;
        buf_truncate(&response->headers, before);
    }
}

/* What RFC 3986 has, and '%': what is escaped already stays so. */
static bool is_of_uri(char c)
{
    return c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}", c);
}

void response_redirect(struct response *response, int status,
                       const char *location)
{
    struct buf uri;

    buf_init(&uri, RESPONSE_HEADERS_MAX);
    buf_put_text(&uri, response->base);
    for (const char *c = location; *c; c++) {
        if (is_of_uri(*c))
            buf_put_char(&uri, *c);
        else
            params_encode(&uri, c, 1);
    }
    response_begin(response, status, NULL);
    response_header(response, "location", buf_text(&uri));
    if (uri.failed)
        response->header_failed = true;
    buf_release(&uri);
}
