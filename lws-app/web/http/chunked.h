#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Reads a body that comes in chunks (RFC 9112, 7.1), in pieces of any size.
 * Strict where two readers could differ on where it ends: lines end in CRLF, a
 * size is hexadecimal digits. Extensions and trailers are passed over.
 * Thread: belongs to its owner. Never blocks.
 */
#define CHUNK_LINE_MAX 256            /* bytes of a line with a size */
#define CHUNK_FRAMING_MAX (64 * 1024) /* of all that is not the body */
#define CHUNK_TRAILERS_MAX (4 * 1024)

enum chunked_state {
    CHUNKED_SIZE,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER, /* at the start of a line */
    CHUNKED_TRAILER_LINE,
    CHUNKED_TRAILER_LF,
    CHUNKED_LAST_LF,
    CHUNKED_DONE,
};

struct chunked {
    enum chunked_state state;
    uint64_t left;      /* of the chunk; while its size is read: the size */
    uint64_t body_left; /* that the body may still have */
    size_t line_len;
    size_t framing_len;
    size_t trailers_len;
    bool has_digit;
    bool has_blank; /* behind the size */
};

/* body_max: bytes of the whole body. */
void chunked_init(struct chunked *chunked, size_t body_max);
bool chunked_is_done(const struct chunked *chunked);
/* Reads from bytes up to the end of some content, of all bytes, or of the
 * body, whichever comes first. *used: bytes read; *data, *data_len: the content
 * among them, borrowed from bytes. ERR_MALFORMED, ERR_TOO_LARGE; nothing more
 * can be read then. */
int chunked_read(struct chunked *chunked, const char *bytes, size_t len,
                 size_t *used, const char **data, size_t *data_len,
                 struct err *err);
