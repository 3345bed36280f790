#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/sqlite/private.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PATTERN_MAX 256
/* For one text of at most some hundred characters. An honest pattern needs a
 * few steps per character; 100,000 take about a millisecond. */
#define MATCH_STEPS_MAX 100000
#define MATCH_DEPTH_MAX 1000
#define MATCH_HEAP_MAX_KIB 1024

/* A compiled pattern, kept by the engine for as long as a statement runs. */
struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

struct bytes {
    const char *text;
    size_t len;
};

/* False for NULL, and where memory ran out (the statement fails then). */
static bool take_text(sqlite3_context *ctx, sqlite3_value *value,
                      struct bytes *bytes)
{
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return false;
    bytes->text = (const char *)sqlite3_value_text(value);
    bytes->len = (size_t)sqlite3_value_bytes(value);
    if (!bytes->text)
        sqlite3_result_error_nomem(ctx);
    return bytes->text != NULL;
}

static void app_fold(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct db *db = sqlite3_user_data(ctx);
    struct bytes bytes;

    (void)count;
    if (!take_text(ctx, values[0], &bytes))
        return;
    buf_clear(&db->folded);
    text_fold(&db->folded, bytes.text, bytes.len);
    if (db->folded.failed)
        sqlite3_result_error_nomem(ctx);
    else
        sqlite3_result_text64(ctx, buf_text(&db->folded), db->folded.len,
                              SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void app_contains(sqlite3_context *ctx, int count,
                         sqlite3_value **values)
{
    struct db *db = sqlite3_user_data(ctx);
    struct bytes bytes;
    struct bytes needle;

    (void)count;
    sqlite3_result_int(ctx, 0);
    if (!take_text(ctx, values[0], &bytes) ||
        !take_text(ctx, values[1], &needle))
        return;
    /* The buffer stays with the connection: a row costs no allocation. */
    buf_clear(&db->folded);
    text_fold(&db->folded, bytes.text, bytes.len);
    if (db->folded.failed)
        sqlite3_result_error_nomem(ctx);
    else if (memmem(buf_text(&db->folded), db->folded.len, needle.text,
                    needle.len))
        sqlite3_result_int(ctx, 1);
}

/* db_step() turns it into ERR_INVALID. */
__attribute__((format(printf, 2, 3))) static void
refuse_pattern(sqlite3_context *ctx, const char *fmt, ...)
{
    struct db *db = sqlite3_user_data(ctx);
    va_list args;

    va_start(args, fmt);
    vsnprintf(db->fault, sizeof(db->fault), fmt, args);
    va_end(args);
    sqlite3_result_error(ctx, db->fault, -1);
}

static void pattern_free(void *memory)
{
    struct pattern *pattern = memory;

    if (!pattern)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    mem_free(pattern);
}

static pcre2_code *compile(sqlite3_context *ctx, struct bytes bytes)
{
    PCRE2_SIZE offset = 0;
    int number = 0;
    PCRE2_UCHAR why[DB_FAULT_MAX - 32];
    pcre2_code *code;

    code = pcre2_compile((PCRE2_SPTR)bytes.text, bytes.len,
                         PCRE2_CASELESS | PCRE2_UTF | PCRE2_UCP |
                             PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                         &number, &offset, NULL);
    if (!code && number == PCRE2_ERROR_HEAP_FAILED) {
        sqlite3_result_error_nomem(ctx);
    } else if (!code) {
        pcre2_get_error_message(number, why, sizeof(why));
        refuse_pattern(ctx, "at byte %zu: %s", offset, (const char *)why);
    }
    return code;
}

static struct pattern *pattern_new(sqlite3_context *ctx, struct bytes bytes)
{
    struct pattern *pattern = NULL;
    struct pattern *made = NULL;

    if (bytes.len > PATTERN_MAX) {
        refuse_pattern(ctx, "is longer than %d bytes", PATTERN_MAX);
        goto out;
    }
    pattern = mem_zalloc(sizeof(*pattern));
    if (!pattern) {
        sqlite3_result_error_nomem(ctx);
        goto out;
    }
    pattern->code = compile(ctx, bytes);
    if (!pattern->code)
        goto out;
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    if (!pattern->match || !pattern->limits) {
        sqlite3_result_error_nomem(ctx);
        goto out;
    }
    pcre2_set_match_limit(pattern->limits, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(pattern->limits, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(pattern->limits, MATCH_HEAP_MAX_KIB);
    /* Where there is no JIT the interpreter does the same. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    made = pattern;
    pattern = NULL;
out:
    pattern_free(pattern);
    return made;
}

/* NULL: the statement fails, which has been said already. */
static struct pattern *pattern_get(sqlite3_context *ctx, struct bytes bytes)
{
    struct pattern *pattern = sqlite3_get_auxdata(ctx, 1);

    if (!pattern) {
        pattern = pattern_new(ctx, bytes);
        if (!pattern)
            return NULL;
        /* The engine frees it at once where it has no memory to keep it. */
        sqlite3_set_auxdata(ctx, 1, pattern, pattern_free);
        pattern = sqlite3_get_auxdata(ctx, 1);
        if (!pattern)
            sqlite3_result_error_nomem(ctx);
    }
    return pattern;
}

static void app_match(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct bytes bytes;
    struct bytes text_of;
    struct pattern *pattern;
    int rc;

    (void)count;
    sqlite3_result_int(ctx, 0);
    if (!take_text(ctx, values[1], &text_of))
        return;
    pattern = pattern_get(ctx, text_of);
    if (!pattern || !take_text(ctx, values[0], &bytes))
        return;
    rc = pcre2_match(pattern->code, (PCRE2_SPTR)bytes.text, bytes.len, 0, 0,
                     pattern->match, pattern->limits);
    /* The JIT's stack is small, and its size not the pattern's fault. */
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(pattern->code, (PCRE2_SPTR)bytes.text, bytes.len, 0,
                         PCRE2_NO_JIT, pattern->match, pattern->limits);
    if (rc >= 0)
        sqlite3_result_int(ctx, 1);
    else if (rc == PCRE2_ERROR_NOMEMORY)
        sqlite3_result_error_nomem(ctx);
    else if (rc != PCRE2_ERROR_NOMATCH)
        refuse_pattern(ctx, "takes too long: make it simpler");
}

static void app_decimal(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len;

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    len = decimal_format(sqlite3_value_int64(values[0]), text);
    sqlite3_result_text(ctx, text, (int)len, SQLITE_TRANSIENT);
}

static void app_time(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    char text[CLOCK_TEXT_MAX];
    size_t len;

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    len = clock_format(sqlite3_value_int64(values[0]), text);
    sqlite3_result_text(ctx, text, (int)len, SQLITE_TRANSIENT);
}

static void app_random(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    sqlite3_int64 number;

    (void)count;
    (void)values;
    sqlite3_randomness(sizeof(number), &number);
    sqlite3_result_int64(ctx, number);
}

static const struct {
    const char *name;
    int count;
    int flags;
    void (*call)(sqlite3_context *ctx, int count, sqlite3_value **values);
} functions[] = {
    {"app_fold", 1, SQLITE_DETERMINISTIC, app_fold},
    {"app_contains", 2, SQLITE_DETERMINISTIC, app_contains},
    {"app_match", 2, SQLITE_DETERMINISTIC, app_match},
    {"app_decimal", 1, SQLITE_DETERMINISTIC, app_decimal},
    {"app_time", 1, SQLITE_DETERMINISTIC, app_time},
    {"app_random", 0, 0, app_random},
};

int db_add_functions(struct db *db, struct err *err)
{
    int rc = SQLITE_OK;

    for (size_t i = 0;
         i < sizeof(functions) / sizeof(functions[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function_v2(
            db->handle, functions[i].name, functions[i].count,
            functions[i].flags | SQLITE_UTF8 | SQLITE_INNOCUOUS, db,
            functions[i].call, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}
