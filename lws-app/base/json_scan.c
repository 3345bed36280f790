#include "base/json_scan.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define DIGITS_MAX 15 /* DBL_DIG: that many survive a double */
#define TOKEN_MAX 63  /* cJSON cuts longer numbers without a word */

/* A key of an object that is still open, unescaped. */
struct key {
    size_t start; /* in names */
    size_t len;
    size_t at; /* in the text */
};

/* An object or array that is still open. */
struct level {
    bool is_array;
    size_t index;      /* array: of the element being read */
    size_t first_key;  /* object: its first one in keys */
    size_t first_name; /* where names ended when it was opened */
};

struct scan {
    const char *text;
    size_t len;
    size_t at;
    struct err *err;
    struct level levels[JSON_DEPTH_MAX];
    size_t depth;
    size_t value_count;
    struct key *keys;
    size_t key_count;
    size_t key_cap;
    struct buf names;
    bool is_syntax;  /* a number is looked at no further than its syntax */
    bool is_refused; /* a number is at fault: err has its field */
};

static int scan_value(struct scan *s);

static int fail_at(struct scan *s, size_t at, const char *what)
{
    return err_set(s->err, ERR_MALFORMED, "not valid JSON: %s at byte %zu",
                   what, at);
}

static int fail(struct scan *s, const char *what)
{
    return fail_at(s, s->at, what);
}

/* The next byte, or -1 at the end. */
static int peek(const struct scan *s)
{
    return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool take(struct scan *s, char c)
{
    bool is_there = peek(s) == c;

    s->at += is_there;
    return is_there;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->len && memchr(" \t\n\r", s->text[s->at], 4))
        s->at++;
}

/* Strings */

static int scan_hex4(struct scan *s, uint32_t *unit)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++, s->at++) {
        int c = peek(s);
        int lower = c | 0x20;

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (c >= 0 && lower >= 'a' && lower <= 'f')
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return fail(s, "a \\u without four hex digits");
    }
    *unit = value;
    return 0;
}

static int scan_unicode_escape(struct scan *s, uint32_t *point)
{
    size_t start = s->at;
    uint32_t high;
    uint32_t low = 0;

    if (scan_hex4(s, &high) < 0)
        return -1;
    if (high >= 0xD800 && high <= 0xDBFF) {
        if (take(s, '\\') && take(s, 'u') && scan_hex4(s, &low) < 0)
            return -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(s, start, "an unpaired surrogate");
        high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    } else if (high >= 0xDC00 && high <= 0xDFFF) {
        return fail_at(s, start, "an unpaired surrogate");
    } else if (high == 0) {
        return fail_at(s, start, "\\u0000");
    }
    *point = high;
    return 0;
}

/* s stands behind the backslash. */
static int scan_escape(struct scan *s, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    int c = peek(s);
    const char *found = c > 0 ? strchr(names, c) : NULL;
    uint32_t point = 0;
    char utf8[4];

    if (!found && c != 'u')
        return fail(s, "an unknown escape");
    s->at++;
    if (found)
        point = (unsigned char)means[found - names];
    else if (scan_unicode_escape(s, &point) < 0)
        return -1;
    if (out)
        buf_put(out, utf8, utf8_encode(point, utf8));
    return 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* out: gets the unescaped text; NULL when nobody asks for it. */
static int scan_string(struct scan *s, struct buf *out)
{
    if (!take(s, '"'))
        return fail(s, "a string is missing");
    for (;;) {
        size_t start = s->at;
        uint32_t point;
        size_t n;

        while (s->at < s->len && is_plain((unsigned char)s->text[s->at]))
            s->at++;
        if (out)
            buf_put(out, s->text + start, s->at - start);
        if (take(s, '"'))
            return 0;
        if (s->at == s->len)
            return fail(s, "an unterminated string");
        if (take(s, '\\')) {
            if (scan_escape(s, out) < 0)
                return -1;
            continue;
        }
        if (peek(s) < 0x20)
            return fail(s, "an unescaped control character");
        n = utf8_char(s->text + s->at, s->len - s->at, &point);
        if (n == 0)
            return fail(s, "bytes that are not UTF-8");
        if (out)
            buf_put(out, s->text + s->at, n);
        s->at += n;
    }
}

/* Numbers */

/* "1.price", cut where an error's field is cut. */
struct path {
    char text[sizeof(((struct err_field *)NULL)->name)];
    size_t len;
};

static void path_put(struct path *path, const char *bytes, size_t len)
{
    size_t room = sizeof(path->text) - 1 - path->len;
    size_t n = len < room ? len : room;

    memcpy(path->text + path->len, bytes, n);
    path->len += n;
    path->text[path->len] = '\0';
}

static void path_put_level(struct path *path, const struct scan *s, size_t i)
{
    const struct level *level = &s->levels[i];
    char index[24];
    int n;

    if (i > 0)
        path_put(path, ".", 1);
    if (level->is_array) {
        n = snprintf(index, sizeof(index), "%zu", level->index);
        path_put(path, index, (size_t)n);
    } else {
        /* Its newest key: the last one before those of the level below. */
        size_t end =
            i + 1 < s->depth ? s->levels[i + 1].first_key : s->key_count;
        const struct key *key = &s->keys[end - 1];

        path_put(path, buf_text(&s->names) + key->start, key->len);
    }
}

/* The scan goes on, to name every field at once. */
static void refuse_number(struct scan *s, const char *why)
{
    struct path path = {.len = 0};

    assert(!s->is_syntax); /* nor are its outermost keys kept then */
    s->is_refused = true;
    if (s->err->field_count == ERR_FIELD_MAX)
        return;
    for (size_t i = 0; i < s->depth; i++)
        path_put_level(&path, s, i);
    err_field(s->err, s->depth > 0 ? path.text : "value", "%s", why);
}

static int scan_digits(struct scan *s)
{
    if (peek(s) < '0' || peek(s) > '9')
        return fail(s, "a digit is missing");
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return 0;
}

/* From the first to the last digit that is not 0. */
static size_t significant_digits(const char *token, size_t len)
{
    size_t count = 0;
    size_t zeros = 0; /* seen since, and counted only if another one follows */

    for (size_t i = 0; i < len && (token[i] | 0x20) != 'e'; i++) {
        if (token[i] == '0') {
            zeros += count > 0;
        } else if (token[i] > '0' && token[i] <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

/* 1e400 would be read as infinite, and 1e-400 as zero. */
static bool is_beyond_double(const char *token, size_t len)
{
    char copy[TOKEN_MAX + 1];
    double value;

    if (len > TOKEN_MAX)
        return true;
    memcpy(copy, token, len);
    copy[len] = '\0';
    value = strtod(copy, NULL);
    return !isfinite(value) || fabs(value) < DBL_MIN;
}

static int scan_number(struct scan *s)
{
    const char *token = s->text + s->at;
    bool has_exponent = false;
    size_t significant;
    size_t len;

    take(s, '-');
    if (!take(s, '0') && scan_digits(s) < 0)
        return -1;
    if (take(s, '.') && scan_digits(s) < 0)
        return -1;
    if (take(s, 'e') || take(s, 'E')) {
        has_exponent = true;
        if (!take(s, '-'))
            take(s, '+');
        if (scan_digits(s) < 0)
            return -1;
    }
    if (s->is_syntax)
        return 0;
    len = (size_t)(s->text + s->at - token);
    significant = significant_digits(token, len);
    if (significant > DIGITS_MAX || len > TOKEN_MAX)
        refuse_number(s, "has too many digits for a JSON number: "
                         "send it as a string");
    else if (has_exponent && significant > 0 && is_beyond_double(token, len))
        refuse_number(s, "is out of range");
    return 0;
}

/* Objects and arrays */

static int open_level(struct scan *s, bool is_array)
{
    if (s->depth == JSON_DEPTH_MAX)
        return fail(s, "nested more than 32 levels deep");
    s->at++;
    s->levels[s->depth++] = (struct level){
        .is_array = is_array,
        .first_key = s->key_count,
        .first_name = s->names.len,
    };
    return 0;
}

static void close_level(struct scan *s)
{
    const struct level *level = &s->levels[--s->depth];

    s->key_count = level->first_key;
    buf_truncate(&s->names, level->first_name);
}

static int scan_key(struct scan *s)
{
    struct key key = {.start = s->names.len, .at = s->at};

    if (scan_string(s, &s->names) < 0 || buf_check(&s->names, s->err) < 0)
        return -1;
    key.len = s->names.len - key.start;
    if (s->key_count == s->key_cap) {
        size_t cap = s->key_cap ? s->key_cap * 2 : 32;
        struct key *keys = mem_realloc(s->keys, cap * sizeof(*keys));

        if (!keys)
            return err_set(s->err, ERR_NOMEM, "out of memory for JSON keys");
        s->keys = keys;
        s->key_cap = cap;
    }
    s->keys[s->key_count++] = key;
    return 0;
}

static int compare_names(const struct key *a, const struct key *b,
                         const char *names)
{
    size_t least = a->len < b->len ? a->len : b->len;
    int order = memcmp(names + a->start, names + b->start, least);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Equal names by where they stand, so that the sort has one outcome. */
static int compare_keys(const void *a, const void *b, void *names)
{
    const struct key *left = a;
    const struct key *right = b;
    int order = compare_names(left, right, names);

    return order ? order : (left->at > right->at) - (left->at < right->at);
}

/* By sorting, not hashing: there are no keys that make it slow. */
static int check_keys(struct scan *s)
{
    size_t first = s->levels[s->depth - 1].first_key;
    struct key *keys = s->keys + first;
    size_t count = s->key_count - first;
    size_t at = SIZE_MAX;

    qsort_r(keys, count, sizeof(*keys), compare_keys, s->names.data);
    for (size_t i = 1; i < count; i++) {
        if (keys[i].at < at &&
            compare_names(&keys[i - 1], &keys[i], s->names.data) == 0)
            at = keys[i].at;
    }
    return at == SIZE_MAX ? 0 : fail_at(s, at, "a duplicate key in one object");
}

static int scan_members(struct scan *s)
{
    do {
        skip_space(s);
        if (scan_key(s) < 0)
            return -1;
        skip_space(s);
        if (!take(s, ':'))
            return fail(s, "a colon is missing after a key");
        if (scan_value(s) < 0)
            return -1;
        skip_space(s);
    } while (take(s, ','));
    return take(s, '}') ? check_keys(s) : fail(s, "an object is not closed");
}

static int scan_object(struct scan *s)
{
    if (open_level(s, false) < 0)
        return -1;
    skip_space(s);
    if (!take(s, '}') && scan_members(s) < 0)
        return -1;
    close_level(s);
    return 0;
}

static int scan_elements(struct scan *s)
{
    for (;;) {
        if (scan_value(s) < 0)
            return -1;
        skip_space(s);
        if (!take(s, ','))
            break;
        s->levels[s->depth - 1].index++;
    }
    return take(s, ']') ? 0 : fail(s, "an array is not closed");
}

static int scan_array(struct scan *s)
{
    if (open_level(s, true) < 0)
        return -1;
    skip_space(s);
    if (!take(s, ']') && scan_elements(s) < 0)
        return -1;
    close_level(s);
    return 0;
}

static int scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if (s->len - s->at < len || memcmp(s->text + s->at, word, len) != 0)
        return fail(s, "an unknown word");
    s->at += len;
    return 0;
}

static int scan_value(struct scan *s)
{
    if (++s->value_count > JSON_VALUES_MAX)
        return fail(s, "more than 32768 values");
    skip_space(s);
    switch (peek(s)) {
    case -1: return fail(s, "it ends too early");
    case '{': return scan_object(s);
    case '[': return scan_array(s);
    case '"': return scan_string(s, NULL);
    case 't': return scan_word(s, "true");
    case 'f': return scan_word(s, "false");
    case 'n': return scan_word(s, "null");
    default: break;
    }
    if (peek(s) == '-' || (peek(s) >= '0' && peek(s) <= '9'))
        return scan_number(s);
    return fail(s, "a value is missing");
}

int json_scan(const char *text, size_t len, struct err *err)
{
    struct scan s = {.text = text, .len = len, .err = err};
    int rc;

    err_clear(err);
    buf_init(&s.names, len);
    rc = scan_value(&s);
    skip_space(&s);
    if (rc == 0 && s.at < len)
        rc = fail(&s, "unexpected text after the value");
    if (s.is_refused)
        rc = -1;
    mem_free(s.keys);
    buf_release(&s.names);
    return rc;
}

/* s stands behind the brace of the outermost object. */
static bool find_member(struct scan *s, const char *name,
                        struct json_span *span)
{
    size_t name_len = strlen(name);

    do {
        bool is_it;

        skip_space(s);
        buf_clear(&s->names);
        if (scan_string(s, &s->names) < 0 || s->names.failed)
            return false;
        is_it = s->names.len == name_len &&
                !memcmp(buf_text(&s->names), name, name_len);
        skip_space(s);
        if (!take(s, ':'))
            return false;
        skip_space(s);
        span->text = s->text + s->at;
        if (scan_value(s) < 0)
            return false;
        if (is_it) {
            span->len = (size_t)(s->text + s->at - span->text);
            return true;
        }
        skip_space(s);
    } while (take(s, ','));
    return false;
}

bool json_find_member(const char *text, size_t len, const char *name,
                      struct json_span *span)
{
    struct err err = ERR_INIT;
    struct scan s = {.text = text, .len = len, .err = &err, .is_syntax = true};
    bool is_found;

    buf_init(&s.names, len);
    skip_space(&s);
    is_found = peek(&s) == '{' && open_level(&s, false) == 0 &&
               find_member(&s, name, span);
    if (!is_found)
        *span = (struct json_span){.text = NULL};
    mem_free(s.keys);
    buf_release(&s.names);
    return is_found;
}
