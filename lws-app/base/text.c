#include "base/text.h"
#include "base/mem.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/banned.h"

/* What utf8proc_NFKC_Casefold() passes; that one wants a NUL at the end. */
#define FOLD                                                                   \
    (UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |                    \
     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)
#define SHORT_MAX 256

bool text_has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c == 0x7F)
            return true;
        if (c == 0xC2 && i + 1 < len && (unsigned char)text[i + 1] >= 0x80 &&
            (unsigned char)text[i + 1] < 0xA0)
            return true;
    }
    return false;
}

/* A blank that looks like a space and is none. The ideographic one does not. */
static bool is_like_space(uint32_t point, const utf8proc_property_t *property)
{
    return property->category == UTF8PROC_CATEGORY_ZS && point != ' ' &&
           point != 0x3000;
}

/* Those that are to show nothing once they are assigned, what no text may hold,
 * and the blank of Braille. */
static bool is_never_shown(uint32_t point)
{
    return point == 0x2065 || point == 0x2800 ||
           (point >= 0xFFF0 && point <= 0xFFF8) ||
           (point >= 0xFDD0 && point <= 0xFDEF) || (point & 0xFFFE) == 0xFFFE ||
           (point >= 0xE0000 && point <= 0xE0FFF);
}

static bool is_hidden(uint32_t point)
{
    const utf8proc_property_t *property =
        utf8proc_get_property((utf8proc_int32_t)point);

    return is_never_shown(point) ||
           property->category == UTF8PROC_CATEGORY_CF ||
           property->category == UTF8PROC_CATEGORY_ZL ||
           property->category == UTF8PROC_CATEGORY_ZP || property->ignorable ||
           is_like_space(point, property);
}

bool text_is_blank(const char *text, size_t len)
{
    static const char ideographic[] = "\xe3\x80\x80";
    size_t at = 0;

    while (at < len) {
        if (text[at] == ' ')
            at++;
        else if (len - at >= 3 && !memcmp(text + at, ideographic, 3))
            at += 3;
        else
            return false;
    }
    return true;
}

bool text_has_hidden(const char *text, size_t len)
{
    size_t at = utf8_ascii_run(text, len);

    while (at < len) {
        uint32_t point;
        size_t n = utf8_char(text + at, len - at, &point);

        if (n == 0)
            return false;
        if (is_hidden(point))
            return true;
        at += n;
        at += utf8_ascii_run(text + at, len - at);
    }
    return false;
}

void text_put_visible(struct buf *out, const char *text, size_t len)
{
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        uint32_t point = 0;
        size_t known = utf8_char(text + at, len - at, &point);

        n = known ? known : 1;
        if (known && !text_has_control(text + at, n) && !is_hidden(point)) {
            buf_put(out, text + at, n);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            buf_printf(out, "\\x%02x", (unsigned char)text[at + i]);
    }
}

static void lower_ascii(char *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        out[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
}

/* True when out has the folded text, or failed for want of room. */
static bool fold_unicode(struct buf *out, const char *text, size_t len)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t *points = NULL;
    utf8proc_ssize_t count;
    bool is_done = false;

    count = utf8proc_decompose(bytes, (utf8proc_ssize_t)len, NULL, 0, FOLD);
    if (count < 0)
        return false;
    /* The points are encoded in place, with a NUL behind them. */
    points = mem_alloc(((size_t)count + 1) * sizeof(*points));
    if (!points) {
        out->failed = true;
        return true;
    }
    count =
        utf8proc_decompose(bytes, (utf8proc_ssize_t)len, points, count, FOLD);
    if (count >= 0)
        count = utf8proc_reencode(points, count, FOLD);
    if (count >= 0) {
        buf_put(out, points, (size_t)count);
        is_done = true;
    }
    mem_free(points);
    return is_done;
}

void text_fold(struct buf *out, const char *text, size_t len)
{
    if (utf8_ascii_run(text, len) == len) {
        char *room = buf_reserve(out, len);

        if (room) {
            lower_ascii(room, text, len);
            out->len += len;
        }
    } else if (!utf8_is_valid(text, len) || !fold_unicode(out, text, len)) {
        buf_put(out, text, len);
    }
}

static bool holds(const char *text, size_t len, const char *needle,
                  size_t needle_len)
{
    return memmem(text, len, needle, needle_len) != NULL;
}

bool text_contains(const char *text, size_t len, const char *folded_needle,
                   size_t needle_len)
{
    char lowered[SHORT_MAX];
    struct buf folded;
    bool is_in;

    if (needle_len == 0)
        return true;
    if (len <= sizeof(lowered) && utf8_ascii_run(text, len) == len) {
        lower_ascii(lowered, text, len);
        return holds(lowered, len, folded_needle, needle_len);
    }
    buf_init(&folded, SIZE_MAX);
    text_fold(&folded, text, len);
    is_in = holds(buf_text(&folded), folded.len, folded_needle, needle_len);
    buf_release(&folded);
    return is_in;
}
