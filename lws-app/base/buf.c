#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CAP_FIRST 256

void buf_init(struct buf *buf, size_t max)
{
    /* The NUL and the doubling must not overflow. */
    *buf = (struct buf){.max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4};
}

void buf_release(struct buf *buf)
{
    mem_free(buf->data);
    *buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
    buf->failed = false;
    buf->too_large = false;
    buf_truncate(buf, 0);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len)
        buf->len = len;
    if (buf->data)
        buf->data[buf->len] = '\0';
}

static bool grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : CAP_FIRST;
    char *data;

    while (cap < need)
        cap *= 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    data = mem_realloc(buf->data, cap);
    if (data) {
        buf->data = data;
        buf->cap = cap;
    } else {
        buf->failed = true;
    }
    return data != NULL;
}

static bool has_room(struct buf *buf, size_t len)
{
    if (buf->failed)
        return false;
    if (len > buf->max - buf->len) {
        buf->failed = true;
        buf->too_large = true;
        return false;
    }
    return buf->len + len < buf->cap || grow(buf, buf->len + len + 1);
}

void buf_put(struct buf *buf, const void *bytes, size_t len)
{
    if (!has_room(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_put_char(struct buf *buf, char c)
{
    buf_put(buf, &c, 1);
}

void buf_put_int(struct buf *buf, int64_t value)
{
    char digits[20]; /* of INT64_MIN, with its sign */
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_put(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_list again;
    size_t room;
    int wanted;

    if (!has_room(buf, 0))
        return;
    room = buf->cap - buf->len;
    va_start(args, fmt);
    va_copy(again, args);
    wanted = vsnprintf(buf->data + buf->len, room, fmt, args);
    if (wanted < 0) {
        buf->failed = true;
    } else if ((size_t)wanted >= room && has_room(buf, (size_t)wanted)) {
        wanted =
            vsnprintf(buf->data + buf->len, (size_t)wanted + 1, fmt, again);
    }
    va_end(again);
    va_end(args);
    if (!buf->failed)
        buf->len += (size_t)wanted;
    buf->data[buf->len] = '\0';
}

char *buf_reserve(struct buf *buf, size_t len)
{
    char *room = NULL;

    if (has_room(buf, len)) {
        room = buf->data + buf->len;
        room[len] = '\0';
    }
    return room;
}

const char *buf_text(const struct buf *buf)
{
    /* After buf_reserve() the caller may have counted fewer than reserved. */
    if (buf->data && buf->data[buf->len])
        buf->data[buf->len] = '\0';
    return buf->data ? buf->data : "";
}

int buf_check(const struct buf *buf, struct err *err)
{
    if (!buf->failed)
        return 0;
    if (buf->too_large)
        return err_set(err, ERR_TOO_LARGE, "more than %zu bytes", buf->max);
    return err_set(err, ERR_NOMEM, "out of memory at %zu bytes", buf->len);
}

char *buf_take(struct buf *buf, size_t *len)
{
    bool failed = buf->failed;
    bool too_large = buf->too_large;
    char *data = NULL;

    *len = 0;
    if (!failed && buf->len > 0) {
        data = buf->data;
        data[buf->len] = '\0';
        *len = buf->len;
        buf->data = NULL;
    }
    buf_release(buf);
    buf->failed = failed;
    buf->too_large = too_large;
    return data;
}
