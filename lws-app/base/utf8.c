#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

#include "base/banned.h"

size_t utf8_char(const char *text, size_t len, uint32_t *point)
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

size_t utf8_encode(uint32_t point, char out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)point,
                                        (utf8proc_uint8_t *)out);
}

size_t utf8_ascii_run(const char *text, size_t len)
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

bool utf8_is_valid(const char *text, size_t len)
{
    size_t at = utf8_ascii_run(text, len);

    while (at < len) {
        uint32_t point;
        size_t n = utf8_char(text + at, len - at, &point);

        if (n == 0)
            return false;
        at += n;
        at += utf8_ascii_run(text + at, len - at);
    }
    return true;
}

size_t utf8_count(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}
