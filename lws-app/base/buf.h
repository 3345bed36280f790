#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A growing run of bytes with a ceiling. A write that does not fit marks the
 * buffer as failed and later writes do nothing, so that a writer checks once,
 * at the end.
 * Thread: belongs to its owner. Never blocks.
 */
struct buf {
    char
        *data; /* len bytes, and a NUL behind them (not counted) once written */
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
    bool too_large; /* failed at the ceiling, not for want of memory */
};

/* max: the most bytes it may hold. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf); /* safe twice; ready for use again */
void buf_clear(struct buf *buf);   /* empty, not failed, memory kept */
void buf_truncate(struct buf *buf, size_t len);
void buf_put(struct buf *buf, const void *bytes, size_t len);
void buf_put_text(struct buf *buf, const char *text);
void buf_put_char(struct buf *buf, char c);
void buf_put_int(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for len more bytes at the end, to be written by the caller and then
 * counted with buf->len += n; NULL when that fails. */
char *buf_reserve(struct buf *buf, size_t len);
/* The text so far; "" for an untouched one. Borrowed until the next write. */
const char *buf_text(const struct buf *buf);
/* 0, or -1 with ERR_TOO_LARGE or ERR_NOMEM when a write has failed. */
int buf_check(const struct buf *buf, struct err *err);
/* The memory becomes the caller's (mem_free()); buf is empty afterwards. NULL
 * when it failed (buf_check() still tells why) or nothing was written. */
char *buf_take(struct buf *buf, size_t *len);
