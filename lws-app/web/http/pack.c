#include "web/http/pack.h"
#include "web/http/accept.h"

#include "base/banned.h"

bool pack_is_wanted(const struct request *request)
{
    return accept_takes_coding(request->headers[HEADER_ACCEPT_ENCODING],
                               "gzip");
}

void pack_body(struct response *response, size_t head_len,
               struct gzip_part *part)
{
    const char *text = response->body.data;
    size_t len = response->body.len;
    struct err err = ERR_INIT;
    struct buf packed;
    size_t from;

    buf_init(&packed, RESPONSE_BODY_MAX);
    gzip_put_head(&packed, text, head_len);
    from = packed.len;
    if (gzip_deflate(&packed, text + head_len, len - head_len, part, &err) == 0)
        gzip_put_end(&packed, text, head_len, part);
    if (err.code || packed.failed) {
        buf_release(&packed);
        part->len = 0;
        return;
    }
    buf_release(&response->body);
    response->body = packed;
    response->gzip = true;
    part->bytes = packed.data + from;
}

void pack_put(struct response *response, const char *head, size_t head_len,
              const struct gzip_part *part)
{
    gzip_put_head(&response->body, head, head_len);
    buf_put(&response->body, part->bytes, part->bytes_len);
    gzip_put_end(&response->body, head, head_len, part);
    response->gzip = true;
}
