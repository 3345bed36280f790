#include "model/orders/order_json.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/json.h"
#include "model/orders/order_column.h"

#include <string.h>

#include "base/banned.h"

static void put_text_or_null(struct buf *out, const char *name,
                             const char *text)
{
    if (*text)
        json_put_str(out, name, text);
    else
        json_put_null(out, name);
}

static void put_decimal_or_null(struct buf *out, const char *name,
                                bool is_there, int64_t value)
{
    if (is_there)
        json_put_decimal(out, name, value);
    else
        json_put_null(out, name);
}

#define PUT(kind, NAME, wire_name, member, bound, may, text)                   \
    PUT_##kind(#wire_name, member, bound);
#define PUT_KEY(name, member, bound) json_put_int(out, name, order->member)
#define PUT_INT(name, member, bound) json_put_int(out, name, order->member)
#define PUT_TIME(name, member, bound) json_put_time(out, name, order->member)
#define PUT_DECIMAL(name, member, bound)                                       \
    json_put_decimal(out, name, order->member)
#define PUT_DECIMAL_OR_NULL(name, member, bound)                               \
    put_decimal_or_null(out, name, order->has_##member, order->member)
#define PUT_CHOICE(name, member, bound)                                        \
    json_put_str(out, name, order_##bound##_name(order->member))
#define PUT_TEXT(name, member, bound) json_put_str(out, name, order->member)
#define PUT_TEXT_OR_NULL(name, member, bound)                                  \
    put_text_or_null(out, name, order->member)
#define PUT_OWNER(name, member, bound) PUT_TEXT(name, member, bound)

void order_put_json(struct buf *out, const char *key, const struct order *order)
{
    if (key)
        json_open_key(out, key);
    else
        json_open(out);
    ORDER_COLUMNS(PUT)
    json_close(out);
}

static void put_value(struct buf *out, const struct order_column *column,
                      const struct order *order)
{
    int64_t number;

    if (column->type == COLUMN_TEXT) {
        json_put_str(out, NULL, order_column_text(column, order));
        return;
    }
    number = order_column_number(column, order);
    if (number == ORDER_NULL)
        json_put_null(out, NULL);
    else if (column->type == COLUMN_CHOICE)
        json_put_str(out, NULL, column->choices[number]);
    else
        json_put_decimal(out, NULL, number);
}

void order_put_changes(struct buf *out, const struct order *before,
                       const struct order *after)
{
    const unsigned long changed = order_columns_changed(before, after);

    json_open(out);
    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (!order_column_is_chosen(column) || !(changed & 1UL << i))
            continue;
        json_open_array(out, column->name);
        put_value(out, column, before);
        put_value(out, column, after);
        json_close_array(out);
    }
    json_close(out);
}

/* Inside the object just written. */
static void put_row_name(struct buf *out, int64_t id)
{
    if (out->failed)
        return;
    buf_truncate(out, out->len - 1);
    buf_printf(out, ",\"DT_RowId\":\"order-%lld\"}", (long long)id);
}

void order_put_row(struct buf *out, const struct order *order)
{
    order_put_json(out, NULL, order);
    put_row_name(out, order->id);
}

void order_put_row_json(struct buf *out, int64_t id, const char *json,
                        size_t len)
{
    json_put_raw(out, NULL, json, len);
    put_row_name(out, id);
}

#define INT_DIGITS_MAX 18 /* more might overflow */

/* What is still to be read. Once bad, it stays so. */
struct reader {
    const char *at;
    const char *end;
    bool is_bad;
};

static void take(struct reader *in, const char *text)
{
    size_t len = strlen(text);

    if (in->is_bad || (size_t)(in->end - in->at) < len ||
        memcmp(in->at, text, len) != 0)
        in->is_bad = true;
    else
        in->at += len;
}

static bool is_next(const struct reader *in, const char *text)
{
    size_t len = strlen(text);

    return !in->is_bad && (size_t)(in->end - in->at) >= len &&
           !memcmp(in->at, text, len);
}

static int64_t read_int(struct reader *in)
{
    const char *start = in->at;
    int64_t value = 0;

    while (!in->is_bad && in->at < in->end && *in->at >= '0' &&
           *in->at <= '9') {
        in->is_bad = in->at - start == INT_DIGITS_MAX;
        if (!in->is_bad)
            value = value * 10 + (*in->at++ - '0');
    }
    if (in->at == start)
        in->is_bad = true;
    return value;
}

/* The span between the quotes, with its escapes. */
static const char *read_quoted(struct reader *in, size_t *len)
{
    const char *start;

    *len = 0;
    take(in, "\"");
    start = in->at;
    while (!in->is_bad && in->at < in->end && *in->at != '"')
        in->at += *in->at == '\\' && in->at + 1 < in->end ? 2 : 1;
    if (!in->is_bad)
        *len = (size_t)(in->at - start);
    take(in, "\"");
    return start;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* The character that the escape at *at stands for; 0: none. Moves behind it.
 * All that is beyond ASCII is written as it is, but for U+2028 and U+2029. */
static uint32_t read_escape(const char **at, const char *end)
{
    static const char names[] = "\"\\bfnrt";
    static const char means[] = "\"\\\b\f\n\r\t";
    const char *found = **at ? strchr(names, **at) : NULL;
    uint32_t point = 0;

    if (found) {
        ++*at;
        return (unsigned char)means[found - names];
    }
    if (*(*at)++ != 'u' || end - *at < 4)
        return 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(*(*at)++);

        if (digit < 0)
            return 0;
        point = point << 4 | (uint32_t)digit;
    }
    return point < 0x80 || point == 0x2028 || point == 0x2029 ? point : 0;
}

/* out: max bytes, the NUL included. */
static void read_text(struct reader *in, char *out, size_t max)
{
    size_t len;
    const char *at = read_quoted(in, &len);
    const char *end = at + len;
    size_t used = 0;

    out[0] = '\0';
    while (!in->is_bad && at < end) {
        uint32_t point = (unsigned char)*at;
        bool is_wide;

        if (*at++ == '\\')
            point = at < end ? read_escape(&at, end) : 0;
        is_wide = point > 0xff;
        if (point == 0 || used + (is_wide ? 3 : 1) >= max) {
            in->is_bad = true;
        } else if (is_wide) { /* the one or the other line separator */
            out[used++] = '\xE2';
            out[used++] = '\x80';
            out[used++] = (char)(0x80 | (point & 0x3f));
        } else {
            out[used++] = (char)point;
        }
    }
    out[used] = '\0';
}

static int64_t read_decimal(struct reader *in)
{
    size_t len;
    const char *text = read_quoted(in, &len);
    int64_t value = 0;

    if (!in->is_bad && decimal_parse(text, len, &value) != DECIMAL_OK)
        in->is_bad = true;
    return value;
}

static int64_t read_time(struct reader *in)
{
    size_t len;
    const char *text = read_quoted(in, &len);
    int64_t us = 0;

    if (!in->is_bad && clock_parse(text, len, &us) < 0)
        in->is_bad = true;
    return us;
}

static int read_choice(struct reader *in, const char *const *words)
{
    size_t len;
    const char *word = read_quoted(in, &len);

    for (int i = 0; !in->is_bad && words[i]; i++) {
        if (strlen(words[i]) == len && !memcmp(words[i], word, len))
            return i;
    }
    in->is_bad = true;
    return 0;
}

static bool read_decimal_or_null(struct reader *in, int64_t *value)
{
    if (is_next(in, "null")) {
        take(in, "null");
        return false;
    }
    *value = read_decimal(in);
    return true;
}

static void read_text_or_null(struct reader *in, char *out, size_t max)
{
    if (is_next(in, "null"))
        take(in, "null");
    else
        read_text(in, out, max);
}

#define READ(kind, NAME, wire_name, member, bound, may, text)                  \
    take(&in, BEFORE_##kind #wire_name "\":");                                 \
    READ_##kind(NAME, member, bound);
#define BEFORE_KEY "{\""
#define BEFORE_INT ",\""
#define BEFORE_TIME ",\""
#define BEFORE_DECIMAL ",\""
#define BEFORE_DECIMAL_OR_NULL ",\""
#define BEFORE_CHOICE ",\""
#define BEFORE_TEXT ",\""
#define BEFORE_TEXT_OR_NULL ",\""
#define BEFORE_OWNER ",\""
#define READ_KEY(NAME, member, bound) order->member = read_int(&in)
#define READ_INT(NAME, member, bound) order->member = read_int(&in)
#define READ_TIME(NAME, member, bound) order->member = read_time(&in)
#define READ_DECIMAL(NAME, member, bound) order->member = read_decimal(&in)
#define READ_DECIMAL_OR_NULL(NAME, member, bound)                              \
    order->has_##member = read_decimal_or_null(&in, &order->member)
#define READ_CHOICE(NAME, member, bound)                                       \
    order->member = (enum order_##bound)read_choice(                           \
        &in, order_columns[ORDER_COLUMN_##NAME].choices)
#define READ_TEXT(NAME, member, bound)                                         \
    read_text(&in, order->member, sizeof(order->member))
#define READ_TEXT_OR_NULL(NAME, member, bound)                                 \
    read_text_or_null(&in, order->member, sizeof(order->member))
#define READ_OWNER(NAME, member, bound) READ_TEXT(NAME, member, bound)

int order_read_json(const char *json, size_t len, struct order *order,
                    struct err *err)
{
    struct reader in = {.at = json, .end = json + len};

    memset(order, 0, sizeof(*order));
    ORDER_COLUMNS(READ)
    take(&in, "}");
    if (in.is_bad || in.at != in.end)
        return err_set(err, ERR_STORE, "the text of an order is unreadable");
    return 0;
}
