#include "base/tick_scan.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

int tick_scan_fail(struct tick_scan *s, const char *what)
{
    return err_set(s->err, ERR_MALFORMED, "not valid JSON: %s at byte %zu",
                   what, (size_t)(s->at - s->text));
}

void tick_scan_refuse(struct tick_scan *s, const char *name, const char *why)
{
    char field[TICK_NAME_MAX * 4];

    snprintf(field, sizeof(field), "%s%s", s->prefix, name);
    s->is_refused = true;
    if (!err_has_field(s->err, field))
        err_field(s->err, field, "%s", why);
}

/* Texts */

static void room_put(struct tick_room *room, const char *bytes, size_t len)
{
    if (room->len + len > sizeof(room->bytes)) {
        room->is_full = true;
        return;
    }
    memcpy(room->bytes + room->len, bytes, len);
    room->len += len;
}

static int read_unit(struct tick_scan *s, uint32_t *unit)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++, s->at++) {
        int c = s->at < s->end ? (unsigned char)*s->at : 0;
        int lower = c | 0x20;

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return tick_scan_fail(s, "a \\u without four hex digits");
    }
    *unit = value;
    return 0;
}

static int read_point(struct tick_scan *s, uint32_t *point)
{
    uint32_t low = 0;

    if (read_unit(s, point) < 0)
        return -1;
    if (*point == 0)
        return tick_scan_fail(s, "\\u0000");
    if (*point < 0xD800 || *point > 0xDFFF)
        return 0;
    if (*point > 0xDBFF || !tick_scan_take(s, '\\') || !tick_scan_take(s, 'u'))
        return tick_scan_fail(s, "an unpaired surrogate");
    if (read_unit(s, &low) < 0)
        return -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return tick_scan_fail(s, "an unpaired surrogate");
    *point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
    return 0;
}

static int read_escape(struct tick_scan *s, struct tick_room *room)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    const char *found = s->at < s->end && *s->at ? strchr(names, *s->at) : NULL;
    uint32_t point = 0;
    char utf8[4];

    if (found) {
        s->at++;
        room_put(room, &means[found - names], 1);
        return 0;
    }
    if (!tick_scan_take(s, 'u'))
        return tick_scan_fail(s, "an unknown escape");
    if (read_point(s, &point) < 0)
        return -1;
    room_put(room, utf8, utf8_encode(point, utf8));
    return 0;
}

static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* Behind what is printable ASCII: the rest of a text, with all of it in room.
 */
static int read_rest(struct tick_scan *s, const char *start,
                     struct tick_room *room)
{
    room_put(room, start, (size_t)(s->at - start));
    for (;;) {
        uint32_t point;
        size_t n;

        if (tick_scan_take(s, '"'))
            return 0;
        if (s->at == s->end)
            return tick_scan_fail(s, "an unterminated string");
        if (tick_scan_take(s, '\\')) {
            if (read_escape(s, room) < 0)
                return -1;
            continue;
        }
        if ((unsigned char)*s->at < 0x20)
            return tick_scan_fail(s, "an unescaped control character");
        n = utf8_char(s->at, (size_t)(s->end - s->at), &point);
        if (n == 0)
            return tick_scan_fail(s, "bytes that are not UTF-8");
        room_put(room, s->at, n);
        s->at += n;
    }
}

int tick_scan_text(struct tick_scan *s, struct tick_room *room,
                   struct tick_value *value)
{
    const char *start = s->at;

    while (s->at < s->end && is_plain(*s->at))
        s->at++;
    if (s->at < s->end && *s->at == '"') {
        *value = (struct tick_value){.kind = TICK_IS_TEXT,
                                     .text = start,
                                     .len = (size_t)(s->at - start),
                                     .is_ascii = true};
        s->at++;
        return 0;
    }
    room->len = 0;
    room->is_full = false;
    if (read_rest(s, start, room) < 0)
        return -1;
    *value = (struct tick_value){.kind = TICK_IS_TEXT,
                                 .text = room->bytes,
                                 .len = room->len,
                                 .is_cut = room->is_full};
    return 0;
}

/* Numbers and words */

static bool take_digits(struct tick_scan *s)
{
    const char *start = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > start;
}

static int read_number(struct tick_scan *s, struct tick_value *value)
{
    const char *start = s->at;

    tick_scan_take(s, '-');
    if (!tick_scan_take(s, '0') && !take_digits(s))
        return tick_scan_fail(s, "a digit is missing");
    if (tick_scan_take(s, '.') && !take_digits(s))
        return tick_scan_fail(s, "a digit is missing");
    if (tick_scan_take(s, 'e') || tick_scan_take(s, 'E')) {
        if (!tick_scan_take(s, '-'))
            tick_scan_take(s, '+');
        if (!take_digits(s))
            return tick_scan_fail(s, "a digit is missing");
    }
    *value = (struct tick_value){
        .kind = TICK_IS_NUMBER, .text = start, .len = (size_t)(s->at - start)};
    return 0;
}

static int read_word(struct tick_scan *s, const char *word, enum tick_kind kind,
                     struct tick_value *value)
{
    size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return tick_scan_fail(s, "an unknown word");
    s->at += len;
    *value = (struct tick_value){.kind = kind};
    return 0;
}

int tick_scan_value(struct tick_scan *s, struct tick_room *room,
                    struct tick_value *value)
{
    if (tick_scan_take(s, '"'))
        return tick_scan_text(s, room, value);
    if (tick_scan_take(s, '{')) {
        *value = (struct tick_value){.kind = TICK_IS_OBJECT};
        return 0;
    }
    if (s->at < s->end && *s->at == 'n')
        return read_word(s, "null", TICK_IS_NULL, value);
    if (s->at < s->end && *s->at == 't')
        return read_word(s, "true", TICK_IS_TRUE, value);
    if (s->at < s->end && (*s->at == '-' || (*s->at >= '0' && *s->at <= '9')))
        return read_number(s, value);
    return tick_scan_fail(s, "a value that a line can't have");
}
