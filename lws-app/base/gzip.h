#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>
/*
 * Text, compressed for the wire (RFC 1951, 1952), at the lowest level: it is
 * done for each answer.
 * Thread: any; one at a time for a stream. Never blocks.
 */
/* What is compressed once may stand behind other beginnings. */
struct gzip_part {
    const char *bytes;
    size_t bytes_len;
    uint32_t crc; /* of the text */
    size_t len;   /* of the text */
};
#define GZIP_HEAD_MAX 65535 /* of a beginning, which is sent as it is */

/* Appends text, compressed, to out; *part: says how long it became, and its
 * bytes are left to the caller. ERR_NOMEM. */
int gzip_deflate(struct buf *out, const char *text, size_t len,
                 struct gzip_part *part, struct err *err);
/* What stands before a part: the header, and head. head_len is at most
 * GZIP_HEAD_MAX. */
void gzip_put_head(struct buf *out, const char *head, size_t head_len);
/* And behind it. */
void gzip_put_end(struct buf *out, const char *head, size_t head_len,
                  const struct gzip_part *part);

/* A whole file, in pieces. */
struct gzip_stream;
int gzip_stream_new(struct gzip_stream **stream, struct err *err);
void gzip_stream_free(struct gzip_stream *stream); /* NULL is fine */
/* Appends to out what there is by now; is_end: all of it. ERR_NOMEM. */
int gzip_stream_put(struct gzip_stream *stream, struct buf *out,
                    const char *text, size_t len, bool is_end, struct err *err);
