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

size_t text_char(const char *text, size_t len, uint32_t *point)
{
    static const struct {
        uint8_t mask;
        uint8_t lead;
        uint32_t least; /* a smaller code point has a shorter form */
    } forms[] = {
        {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    const uint8_t *bytes = (const uint8_t *)text;
    size_t form = 0;
    uint32_t value;

    if (len == 0)
        return 0;
    if (bytes[0] < 0x80) {
        *point = bytes[0];
        return 1;
    }
    while (form < 3 && (bytes[0] & forms[form].mask) != forms[form].lead)
        form++;
    if (form == 3 || len < form + 2)
        return 0;
    value = bytes[0] & (uint8_t)~forms[form].mask;
    for (size_t i = 1; i < form + 2; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    if (value < forms[form].least || value > 0x10FFFF ||
        (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *point = value;
    return form + 2;
}

size_t text_encode(uint32_t point, char out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)point,
                                        (utf8proc_uint8_t *)out);
}

/* How many bytes at the start of text are ASCII. */
static size_t ascii_run(const char *text, size_t len)
{
    size_t at = 0;

    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, text + at, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < len && (unsigned char)text[at] < 0x80)
        at++;
    return at;
}

bool text_is_utf8(const char *text, size_t len)
{
    size_t at = ascii_run(text, len);

    while (at < len) {
        uint32_t point;
        size_t n = text_char(text + at, len - at, &point);

        if (n == 0)
            return false;
        at += n;
        at += ascii_run(text + at, len - at);
    }
    return true;
}

size_t text_count(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

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
    size_t at = ascii_run(text, len);

    while (at < len) {
        uint32_t point;
        size_t n = text_char(text + at, len - at, &point);

        if (n == 0)
            return false;
        if (is_hidden(point))
            return true;
        at += n;
        at += ascii_run(text + at, len - at);
    }
    return false;
}

void text_put_visible(struct buf *out, const char *text, size_t len)
{
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        uint32_t point = 0;
        size_t known = text_char(text + at, len - at, &point);

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
    if (ascii_run(text, len) == len) {
        char *room = buf_reserve(out, len);

        if (room) {
            lower_ascii(room, text, len);
            out->len += len;
        }
    } else if (!text_is_utf8(text, len) || !fold_unicode(out, text, len)) {
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
    if (len <= sizeof(lowered) && ascii_run(text, len) == len) {
        lower_ascii(lowered, text, len);
        return holds(lowered, len, folded_needle, needle_len);
    }
    buf_init(&folded, SIZE_MAX);
    text_fold(&folded, text, len);
    is_in = holds(buf_text(&folded), folded.len, folded_needle, needle_len);
    buf_release(&folded);
    return is_in;
}
