#include "base/json.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/json_scan.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Out */

/* Whether something stands before, at the same level. */
static bool has_before(const struct buf *out)
{
    char last = out->len > 0 ? out->data[out->len - 1] : '\n';

    return last != '{' && last != '[' && last != ':' && last != '\n' &&
           last != ' ';
}

/* What stands in a string as it is: ASCII but for controls and "\<>&. One bit
 * per character. */
static const uint32_t plain[8] = {0x00000000, 0xafffffbb, 0xefffffff,
                                  0xffffffff};

static bool is_plain(unsigned char c)
{
    return plain[c / 32] >> (c % 32) & 1;
}

static void put_escape(struct buf *out, uint32_t point)
{
    static const char names[] = "\"\\bfnrt";
    static const char means[] = "\"\\\b\f\n\r\t";
    const char *found =
        point > 0 && point < 0x80 ? strchr(means, (int)point) : NULL;

    if (found) {
        buf_put_char(out, '\\');
        buf_put_char(out, names[found - means]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)point);
    }
}

/* One character that is not plain; returns its length. */
static size_t put_special(struct buf *out, const char *text, size_t len)
{
    uint32_t point;
    size_t n = utf8_char(text, len, &point);

    if (n == 0) {
        buf_put_text(out, "\xEF\xBF\xBD"); /* U+FFFD */
        return 1;
    }
    if (n == 1 || point == 0x2028 || point == 0x2029)
        put_escape(out, point);
    else
        buf_put(out, text, n);
    return n;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH EACH(0x80)

/* Marks some byte of word that is zero, if any is. */
static uint64_t zero_in(uint64_t word)
{
    return (word - EACH(1)) & ~word & HIGH;
}

/* Eight characters at once; '<' and '>', '"' and '&' are one bit apart. */
static bool are_plain(uint64_t word)
{
    uint64_t control = (word - EACH(0x20)) & ~word & HIGH;
    uint64_t angle = zero_in((word & ~EACH('<' ^ '>')) ^ EACH('<' & '>'));
    uint64_t quote = zero_in((word & ~EACH('"' ^ '&')) ^ EACH('"' & '&'));
    uint64_t backslash = zero_in(word ^ EACH('\\'));

    return ((word & HIGH) | control | angle | quote | backslash) == 0;
}

static size_t plain_len(const char *text, size_t len)
{
    uint64_t word;
    size_t at = 0;

    for (; len - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if (!are_plain(word))
            break;
    }
    while (at < len && is_plain((unsigned char)text[at]))
        at++;
    return at;
}

/* Nearly every string is plain, and then written in one go. */
static void put_plain(struct buf *out, const char *text, size_t len)
{
    char *to = buf_reserve(out, len + 2);

    if (!to)
        return;
    to[0] = '"';
    memcpy(to + 1, text, len);
    to[len + 1] = '"';
    out->len += len + 2;
    out->data[out->len] = '\0';
}

static void put_string(struct buf *out, const char *text, size_t len)
{
    size_t at = 0;

    if (plain_len(text, len) == len) {
        put_plain(out, text, len);
        return;
    }
    buf_put_char(out, '"');
    while (at < len && !out->failed) {
        size_t start = at;

        at += plain_len(text + at, len - at);
        if (at > start)
            buf_put(out, text + start, at - start);
        if (at < len)
            at += put_special(out, text + at, len - at);
    }
    buf_put_char(out, '"');
}

/* What comes before every value; nearly always written in one go. */
static void put_key(struct buf *out, const char *key)
{
    bool is_next = has_before(out);
    size_t len = key ? strlen(key) : 0;
    char *to;

    if (!key || plain_len(key, len) < len) {
        if (is_next)
            buf_put_char(out, ',');
        if (key) {
            put_string(out, key, len);
            buf_put_char(out, ':');
        }
        return;
    }
    to = buf_reserve(out, len + 4);
    if (!to)
        return;
    if (is_next)
        *to++ = ',';
    *to++ = '"';
    memcpy(to, key, len);
    memcpy(to + len, "\":", 3);
    out->len += len + (is_next ? 4 : 3);
}

void json_open(struct buf *out)
{
    json_open_key(out, NULL);
}

void json_open_key(struct buf *out, const char *key)
{
    put_key(out, key);
    buf_put_char(out, '{');
}

void json_close(struct buf *out)
{
    buf_put_char(out, '}');
}

void json_open_array(struct buf *out, const char *key)
{
    put_key(out, key);
    buf_put_char(out, '[');
}

void json_close_array(struct buf *out)
{
    buf_put_char(out, ']');
}

void json_put_str(struct buf *out, const char *key, const char *text)
{
    if (text)
        json_put_str_len(out, key, text, strlen(text));
    else
        json_put_null(out, key);
}

void json_put_str_len(struct buf *out, const char *key, const char *text,
                      size_t len)
{
    put_key(out, key);
    put_string(out, text, len);
}

void json_put_int(struct buf *out, const char *key, int64_t value)
{
    put_key(out, key);
    buf_put_int(out, value);
}

void json_put_bool(struct buf *out, const char *key, bool value)
{
    put_key(out, key);
    buf_put_text(out, value ? "true" : "false");
}

void json_put_null(struct buf *out, const char *key)
{
    put_key(out, key);
    buf_put(out, "null", 4);
}

void json_put_decimal(struct buf *out, const char *key, int64_t value)
{
    char text[DECIMAL_TEXT_MAX];

    put_key(out, key);
    put_plain(out, text, decimal_format(value, text));
}

void json_put_time(struct buf *out, const char *key, int64_t us)
{
    char text[CLOCK_TEXT_MAX];

    put_key(out, key);
    put_plain(out, text, clock_format(us, text));
}

void json_put_raw(struct buf *out, const char *key, const char *raw, size_t len)
{
    put_key(out, key);
    buf_put(out, raw, len);
}

/* The first field of this name, at or before i. */
static size_t first_of_name(const struct err *err, size_t i)
{
    size_t first = 0;

    while (strcmp(err->fields[first].name, err->fields[i].name) != 0)
        first++;
    return first;
}

void json_put_errors(struct buf *out, const char *key, const struct err *err)
{
    json_open_key(out, key);
    for (size_t i = 0; i < err->field_count; i++) {
        if (first_of_name(err, i) != i)
            continue;
        json_open_array(out, err->fields[i].name);
        for (size_t j = i; j < err->field_count; j++) {
            if (first_of_name(err, j) == i)
                json_put_str(out, NULL, err->fields[j].text);
        }
        json_close_array(out);
    }
    json_close(out);
}

/* The scan lets no number pass that a double would bend. */
static void put_number(struct buf *out, const char *key, double number)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.15g", number);

    json_put_raw(out, key, text, (size_t)len);
}

static void put_children(struct buf *out, const char *key, const cJSON *value)
{
    bool is_array = cJSON_IsArray(value);
    const cJSON *item;

    if (is_array)
        json_open_array(out, key);
    else if (key)
        json_open_key(out, key);
    else
        json_open(out);
    cJSON_ArrayForEach(item, value)
    {
        json_put_value(out, is_array ? NULL : item->string, item);
    }
    if (is_array)
        json_close_array(out);
    else
        json_close(out);
}

/* As deep as json_parse() lets a text be. */
void json_put_value(struct buf *out, const char *key, const cJSON *value)
{
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        put_children(out, key, value);
    else if (cJSON_IsString(value))
        json_put_str(out, key, value->valuestring);
    else if (cJSON_IsNumber(value))
        put_number(out, key, value->valuedouble);
    else if (cJSON_IsBool(value))
        json_put_bool(out, key, cJSON_IsTrue(value));
    else
        json_put_null(out, key);
}

/* In */

int json_parse(const char *text, size_t len, cJSON **value, struct err *err)
{
    *value = NULL;
    if (json_scan(text, len, err) < 0)
        return -1;
    /* What passed the scan cJSON refuses only for want of memory. */
    *value = cJSON_ParseWithLengthOpts(text, len, NULL, false);
    if (!*value)
        return err_set(err, ERR_NOMEM, "out of memory for a JSON tree");
    return 0;
}

const cJSON *json_get(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

int json_get_whole(const cJSON *object, const char *name, int min, int max,
                   const char *what, int *value, struct err *err)
{
    const cJSON *item = json_get(object, name);

    if (!item)
        return 0;
    if (!cJSON_IsNumber(item) || item->valuedouble < min ||
        item->valuedouble > max || item->valuedouble != (int)item->valuedouble)
        return err_field(err, name,
                         "must be a whole number of %s from %d to %d", what,
                         min, max);
    *value = (int)item->valuedouble;
    return 0;
}
