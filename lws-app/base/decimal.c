#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* 10^10 is the greatest power of ten in range, 10^-8 the smallest. */
#define WEIGHT_MAX 10
#define EXPONENT_MAX INT64_C(1000000000000)

/* A number as it was typed: digits and where they stand. */
struct spelling {
    const char *digits; /* with the point in between, if there is one */
    size_t len;
    bool is_negative;
    int64_t top; /* the power of ten of the first digit */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digit_run(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(text[n]))
        n++;
    return n;
}

static size_t sign_len(const char *text, size_t len)
{
    return len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
}

/* Reads [+-]digits, all of text. */
static bool read_exponent(const char *text, size_t len, int64_t *exponent)
{
    size_t sign = sign_len(text, len);
    int64_t n = 0;

    if (sign == len || digit_run(text + sign, len - sign) != len - sign)
        return false;
    for (size_t i = sign; i < len; i++)
        n = n < EXPONENT_MAX ? n * 10 + (text[i] - '0') : n;
    *exponent = text[0] == '-' ? -n : n;
    return true;
}

static bool read_spelling(const char *text, size_t len, struct spelling *out)
{
    size_t at = sign_len(text, len);
    size_t whole = digit_run(text + at, len - at);
    size_t fraction = 0;
    int64_t exponent = 0;

    out->is_negative = at > 0 && text[0] == '-';
    out->digits = text + at;
    at += whole;
    if (at < len && text[at] == '.') {
        fraction = digit_run(text + at + 1, len - at - 1);
        at += 1 + fraction;
        if (fraction == 0)
            return false;
    }
    out->len = (size_t)(text + at - out->digits);
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        if (!read_exponent(text + at + 1, len - at - 1, &exponent))
            return false;
        at = len;
    }
    out->top = (int64_t)whole - 1 + exponent;
    return whole > 0 && at == len;
}

/* Leaves only what lies between the first and the last digit that is not 0.
 * False: there is none, the number is zero. */
static bool strip_zeros(struct spelling *number)
{
    while (number->len > 0 && !(*number->digits > '0')) {
        number->top -= is_digit(*number->digits) ? 1 : 0;
        number->digits++;
        number->len--;
    }
    while (number->len > 0 && !(number->digits[number->len - 1] > '0'))
        number->len--;
    return number->len > 0;
}

static enum decimal_fault weigh(const struct spelling *number, int64_t *value)
{
    bool has_point = memchr(number->digits, '.', number->len) != NULL;
    int64_t digits = (int64_t)number->len - (has_point ? 1 : 0);
    int64_t low = number->top - digits + 1;
    uint64_t sum = 0;

    if (number->top > WEIGHT_MAX)
        return DECIMAL_RANGE;
    if (low < -DECIMAL_SCALE)
        return DECIMAL_FINE;
    /* At most 19 digits from here on: a uint64_t holds them all. */
    for (size_t i = 0; i < number->len; i++) {
        if (is_digit(number->digits[i]))
            sum = sum * 10 + (uint64_t)(number->digits[i] - '0');
    }
    for (; low > -DECIMAL_SCALE; low--)
        sum *= 10;
    if (sum > INT64_MAX)
        return DECIMAL_RANGE;
    *value = number->is_negative ? -(int64_t)sum : (int64_t)sum;
    return DECIMAL_OK;
}

enum decimal_fault decimal_parse(const char *text, size_t len, int64_t *value)
{
    struct spelling number;

    if (!read_spelling(text, len, &number))
        return DECIMAL_SYNTAX;
    if (strip_zeros(&number))
        return weigh(&number, value);
    *value = 0;
    return DECIMAL_OK;
}

const char *decimal_fault_text(enum decimal_fault fault)
{
    switch (fault) {
    case DECIMAL_OK: break;
    case DECIMAL_SYNTAX: return "must be a number";
    case DECIMAL_FINE: return "must have at most 8 decimals";
    case DECIMAL_RANGE:
        return "must be between -92233720368.54775807 and "
               "92233720368.54775807";
    }
    return "";
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* The product counts 1e-24 and has up to 190 bits, so it is made in two parts;
 * the limit is below 2^117 then. */
bool decimal_product_exceeds(int64_t a, int64_t b, int64_t c, int64_t limit)
{
    unsigned __int128 pair = magnitude(a);
    unsigned __int128 most = magnitude(limit);
    unsigned __int128 low;
    unsigned __int128 high;

    pair *= magnitude(b);
    most *= (uint64_t)DECIMAL_ONE;
    most *= (uint64_t)DECIMAL_ONE;
    low = (unsigned __int128)(uint64_t)pair * magnitude(c);
    high = (pair >> 64) * magnitude(c) + (low >> 64);
    return high >> 64 || (high << 64 | (uint64_t)low) > most;
}

size_t decimal_format(int64_t value, char text[DECIMAL_TEXT_MAX])
{
    char reversed[DECIMAL_TEXT_MAX];
    size_t n = 0;
    size_t len = 0;
    uint64_t rest = magnitude(value);
    uint64_t fraction = rest % (uint64_t)DECIMAL_ONE;

    if (fraction > 0) {
        for (int i = 0; i < DECIMAL_SCALE; i++) {
            char digit = (char)('0' + fraction % 10);

            if (n > 0 || digit != '0')
                reversed[n++] = digit;
            fraction /= 10;
        }
        reversed[n++] = '.';
    }
    rest /= (uint64_t)DECIMAL_ONE;
    do {
        reversed[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        reversed[n++] = '-';
    while (n > 0)
        text[len++] = reversed[--n];
    text[len] = '\0';
    return len;
}

/* text: "-d.ddde-dd", with decimals beyond the eighth: so its digits, at most
 * 17, are a number below 10^17. */
static int64_t round_text(const char *text)
{
    bool is_negative = text[0] == '-';
    const char *e = strchr(text, 'e');
    long power = strtol(e + 1, NULL, 10) + DECIMAL_SCALE; /* of the last one */
    uint64_t digits = 0;
    uint64_t unit = 1;
    uint64_t rest;
    uint64_t kept;

    for (const char *c = text; c < e; c++) {
        if (is_digit(*c))
            digits = digits * 10 + (uint64_t)(*c - '0');
    }
    if (strchr(text, '.'))
        power -= e - strchr(text, '.') - 1;
    if (power < -18)
        return 0;
    for (; power < 0; power++)
        unit *= 10;
    kept = digits / unit;
    rest = digits % unit;
    if (rest > unit / 2 || (rest == unit / 2 && kept % 2 == 1))
        kept++;
    return is_negative ? -(int64_t)kept : (int64_t)kept;
}

enum decimal_fault decimal_from_double(double number, int64_t *value,
                                       bool *is_rounded)
{
    char text[32];
    int decimals = 0;
    enum decimal_fault fault;

    *is_rounded = false;
    if (!isfinite(number))
        return DECIMAL_SYNTAX;
    do
        snprintf(text, sizeof(text), "%.*e", decimals, number);
    while (strtod(text, NULL) != number && ++decimals < 17);
    fault = decimal_parse(text, strlen(text), value);
    if (fault != DECIMAL_FINE)
        return fault;
    *value = round_text(text);
    *is_rounded = true;
    return DECIMAL_OK;
}
