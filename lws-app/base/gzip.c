#include "base/gzip.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/banned.h"

#define LEVEL 1
#define WINDOW_BITS 15
#define GZIP_BITS 16 /* added: with header and end */
#define MEM_LEVEL 8
#define ROOM 16384

struct gzip_stream {
    z_stream z;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_NOMEM, "no memory to compress an answer");
}

static int begin(z_stream *z, int bits, struct err *err)
{
    memset(z, 0, sizeof(*z));
    return deflateInit2(z, LEVEL, Z_DEFLATED, bits, MEM_LEVEL,
                        Z_DEFAULT_STRATEGY) == Z_OK
               ? 0
               : no_memory(err);
}

static int run(z_stream *z, struct buf *out, const char *text, size_t len,
               int flush, struct err *err)
{
    assert(len <= UINT32_MAX);
    z->next_in = (const unsigned char *)text;
    z->avail_in = (uInt)len;
    do {
        char *room = buf_reserve(out, ROOM);

        if (!room)
            return buf_check(out, err);
        z->next_out = (unsigned char *)room;
        z->avail_out = ROOM;
        deflate(z, flush);
        out->len += ROOM - z->avail_out;
    } while (!z->avail_out);
    return 0;
}

int gzip_deflate(struct buf *out, const char *text, size_t len,
                 struct gzip_part *part, struct err *err)
{
    size_t before = out->len;
    z_stream z;
    int rc;

    if (begin(&z, -WINDOW_BITS, err) < 0)
        return -1;
    rc = run(&z, out, text, len, Z_FINISH, err);
    deflateEnd(&z);
    part->bytes = NULL;
    part->bytes_len = out->len - before;
    part->len = len;
    part->crc = (uint32_t)crc32_z(0, (const unsigned char *)text, len);
    return rc;
}

static void put_little_endian(struct buf *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_put_char(out, (char)(value >> (8 * i)));
}

void gzip_put_head(struct buf *out, const char *head, size_t head_len)
{
    /* deflate; no name, no time; by the fastest way; of no system. */
    static const char header[10] = "\x1f\x8b\x08\0\0\0\0\0\x04\xff";

    assert(head_len <= GZIP_HEAD_MAX);
    buf_put(out, header, sizeof(header));
    if (!head_len)
        return;
    /* A block that is stored, and not the last. */
    buf_put_char(out, 0);
    put_little_endian(out, (uint32_t)head_len, 2);
    put_little_endian(out, ~(uint32_t)head_len, 2);
    buf_put(out, head, head_len);
}

void gzip_put_end(struct buf *out, const char *head, size_t head_len,
                  const struct gzip_part *part)
{
    uLong crc = crc32_z(0, (const unsigned char *)head, head_len);

    crc = crc32_combine(crc, part->crc, (z_off_t)part->len);
    put_little_endian(out, (uint32_t)crc, 4);
    put_little_endian(out, (uint32_t)(head_len + part->len), 4);
}

int gzip_stream_new(struct gzip_stream **out, struct err *err)
{
    struct gzip_stream *stream = mem_zalloc(sizeof(*stream));

    *out = NULL;
    if (!stream)
        return no_memory(err);
    if (begin(&stream->z, WINDOW_BITS + GZIP_BITS, err) < 0) {
        mem_free(stream);
        return -1;
    }
    *out = stream;
    return 0;
}

void gzip_stream_free(struct gzip_stream *stream)
{
    if (!stream)
        return;
    deflateEnd(&stream->z);
    mem_free(stream);
}

int gzip_stream_put(struct gzip_stream *stream, struct buf *out,
                    const char *text, size_t len, bool is_end, struct err *err)
{
    return run(&stream->z, out, text, len, is_end ? Z_FINISH : Z_NO_FLUSH, err);
}
