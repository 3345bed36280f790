#include "base/err.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What the header has the analyzer see in their place. */
#undef err_set
#undef err_field

/* told: what the client reads in place of a text about our inside. */
static const struct code_row {
    const char *name;
    const char *told;
} codes[] = {
    [ERR_NONE] = {"none", NULL},
    [ERR_INVALID] = {"invalid", NULL},
    [ERR_MALFORMED] = {"malformed", NULL},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", NULL},
    [ERR_SECOND_FACTOR] = {"second_factor", NULL},
    [ERR_FORBIDDEN] = {"forbidden", NULL},
    [ERR_CSRF] = {"csrf", NULL},
    [ERR_ORIGIN] = {"origin", NULL},
    [ERR_CONFIRM] = {"confirm", NULL},
    [ERR_SETUP] = {"second_factor_required", NULL},
    [ERR_MISSING] = {"missing", NULL},
    [ERR_METHOD] = {"method", NULL},
    [ERR_LATE] = {"late", NULL},
    [ERR_CONFLICT] = {"conflict", NULL},
    [ERR_STALE] = {"stale", NULL},
    [ERR_LENGTH] = {"length", NULL},
    [ERR_TOO_LARGE] = {"too_large", NULL},
    [ERR_TARGET_LONG] = {"target_long", NULL},
    [ERR_MEDIA_TYPE] = {"media_type", NULL},
    [ERR_ENCODING] = {"encoding", NULL},
    [ERR_EXPECTATION] = {"expectation", NULL},
    [ERR_MISDIRECTED] = {"misdirected", NULL},
    [ERR_UPGRADE] = {"upgrade", NULL},
    [ERR_HEADERS_LARGE] = {"headers_large", NULL},
    [ERR_UNSUPPORTED] = {"unsupported", NULL},
    [ERR_THROTTLED] = {"throttled", NULL},
    [ERR_UNAVAILABLE] = {"unavailable", NULL},
    [ERR_UNSURE] = {"unsure", NULL},
    [ERR_BUDGET] = {"budget", NULL},
    [ERR_NOMEM] = {"nomem", "The server is short of memory. Try again."},
    [ERR_STORE] = {"store", "The server could not do this."},
    [ERR_INTERNAL] = {"internal", "The server could not do this."},
};

static const struct code_row *code_row(enum err_code code)
{
    size_t i = (size_t)code;

    if (i >= sizeof(codes) / sizeof(codes[0]))
        i = ERR_INTERNAL;
    return &codes[i];
}

/* vsnprintf() may cut a character in two; what is left of it goes too. */
static void trim_cut_char(char *text, size_t size, int wanted)
{
    size_t len;
    size_t start;
    uint32_t point;

    if (wanted < 0)
        text[0] = '\0';
    if (wanted < 0 || (size_t)wanted < size)
        return;
    len = size - 1;
    start = len;
    while (start > 0 && len - start < 3 &&
           ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0 &&
        !utf8_char(text + start - 1, len - start + 1, &point))
        text[start - 1] = '\0';
}

__attribute__((format(printf, 3, 0))) static void
format(char *text, size_t size, const char *fmt, va_list args)
{
    trim_cut_char(text, size, vsnprintf(text, size, fmt, args));
}

__attribute__((format(printf, 3, 4))) static void print(char *text, size_t size,
                                                        const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    format(text, size, fmt, args);
    va_end(args);
}

void err_clear(struct err *err)
{
    err->code = ERR_NONE;
    err->retry_after_s = 0;
    err->field_count = 0;
    err->text[0] = '\0';
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    char text[sizeof(err->text)]; /* the arguments may point into err */
    va_list args;

    va_start(args, fmt);
    format(text, sizeof(text), fmt, args);
    va_end(args);
    err_clear(err);
    err->code = code;
    memcpy(err->text, text, strlen(text) + 1);
    return -1;
}

static void describe_first_field(struct err *err)
{
    print(err->text, sizeof(err->text), "%s: %s", err->fields[0].name,
          err->fields[0].text);
}

int err_field(struct err *err, const char *name, const char *fmt, ...)
{
    struct err_field field;
    va_list args;

    va_start(args, fmt);
    format(field.text, sizeof(field.text), fmt, args);
    va_end(args);
    print(field.name, sizeof(field.name), "%s", name);
    if (err->code != ERR_INVALID)
        err_clear(err);
    err->code = ERR_INVALID;
    if (err->field_count < ERR_FIELD_MAX)
        err->fields[err->field_count++] = field;
    if (err->field_count == 1)
        describe_first_field(err);
    return -1;
}

bool err_has_field(const struct err *err, const char *name)
{
    for (size_t i = 0; i < err->field_count; i++) {
        if (!strcmp(err->fields[i].name, name))
            return true;
    }
    return false;
}

void err_prefix_fields(struct err *err, size_t first, const char *prefix)
{
    for (size_t i = first; i < err->field_count; i++) {
        char name[sizeof(err->fields[i].name)];

        print(name, sizeof(name), "%s%s", prefix, err->fields[i].name);
        memcpy(err->fields[i].name, name, strlen(name) + 1);
    }
    if (first == 0 && err->field_count > 0)
        describe_first_field(err);
}

const char *err_public_text(const struct err *err)
{
    const char *told = code_row(err->code)->told;

    return told ? told : err->text;
}

const char *err_code_name(enum err_code code)
{
    return code_row(code)->name;
}
