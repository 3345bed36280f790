#include "base/clock.h"
#include "base/decimal.h"
#include "base/pattern.h"
#include "base/text.h"
#include "store/sqlite/private.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

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
    struct sqlite *db = sqlite3_user_data(ctx);
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

/* False: NULL has no needle, or there is no memory. The text is in db->folded,
 * which stays with the connection: a row costs no allocation. */
static bool fold_for(sqlite3_context *ctx, sqlite3_value **values,
                     struct bytes *needle)
{
    struct sqlite *db = sqlite3_user_data(ctx);
    struct bytes bytes;

    sqlite3_result_int(ctx, 0);
    if (!take_text(ctx, values[0], &bytes) ||
        !take_text(ctx, values[1], needle))
        return false;
    buf_clear(&db->folded);
    text_fold(&db->folded, bytes.text, bytes.len);
    if (db->folded.failed)
        sqlite3_result_error_nomem(ctx);
    return !db->folded.failed;
}

static void app_contains(sqlite3_context *ctx, int count,
                         sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(ctx);
    struct bytes needle;

    (void)count;
    if (fold_for(ctx, values, &needle) &&
        memmem(buf_text(&db->folded), db->folded.len, needle.text, needle.len))
        sqlite3_result_int(ctx, 1);
}

static void app_starts(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(ctx);
    struct bytes needle;

    (void)count;
    if (fold_for(ctx, values, &needle) && needle.len <= db->folded.len &&
        !memcmp(buf_text(&db->folded), needle.text, needle.len))
        sqlite3_result_int(ctx, 1);
}

static void app_ends(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(ctx);
    struct bytes needle;

    (void)count;
    if (fold_for(ctx, values, &needle) && needle.len <= db->folded.len &&
        !memcmp(buf_text(&db->folded) + db->folded.len - needle.len,
                needle.text, needle.len))
        sqlite3_result_int(ctx, 1);
}

static void app_is(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(ctx);
    struct bytes needle;

    (void)count;
    if (fold_for(ctx, values, &needle) && needle.len == db->folded.len &&
        !memcmp(buf_text(&db->folded), needle.text, needle.len))
        sqlite3_result_int(ctx, 1);
}

/* db_step() turns it into ERR_INVALID. */
static void refuse_pattern(sqlite3_context *ctx, const char *why)
{
    struct sqlite *db = sqlite3_user_data(ctx);

    snprintf(db->fault, sizeof(db->fault), "%s", why);
    sqlite3_result_error(ctx, db->fault, -1);
}

static void free_pattern(void *memory)
{
    pattern_free(memory);
}

/* Kept by the engine for as long as a statement runs. NULL: the statement
 * fails, which has been said already. */
static struct pattern *find_pattern(sqlite3_context *ctx, struct bytes bytes)
{
    struct pattern *pattern = sqlite3_get_auxdata(ctx, 1);
    char why[SQLITE_FAULT_MAX];

    if (pattern)
        return pattern;
    pattern = pattern_new(bytes.text, bytes.len, why, sizeof(why));
    if (!pattern && why[0]) {
        refuse_pattern(ctx, why);
        return NULL;
    }
    /* The engine frees it at once where it has no memory to keep it. */
    if (pattern)
        sqlite3_set_auxdata(ctx, 1, pattern, free_pattern);
    pattern = sqlite3_get_auxdata(ctx, 1);
    if (!pattern)
        sqlite3_result_error_nomem(ctx);
    return pattern;
}

static void app_match(sqlite3_context *ctx, int count, sqlite3_value **values)
{
    struct bytes bytes;
    struct bytes text_of;
    struct pattern *pattern;

    (void)count;
    sqlite3_result_int(ctx, 0);
    if (!take_text(ctx, values[1], &text_of))
        return;
    pattern = find_pattern(ctx, text_of);
    if (!pattern || !take_text(ctx, values[0], &bytes))
        return;
    switch (pattern_find(pattern, bytes.text, bytes.len)) {
    case PATTERN_NO: break;
    case PATTERN_YES: sqlite3_result_int(ctx, 1); break;
    case PATTERN_COSTLY: refuse_pattern(ctx, pattern_costly_text()); break;
    case PATTERN_NO_MEMORY: sqlite3_result_error_nomem(ctx); break;
    }
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
    {"app_starts", 2, SQLITE_DETERMINISTIC, app_starts},
    {"app_ends", 2, SQLITE_DETERMINISTIC, app_ends},
    {"app_is", 2, SQLITE_DETERMINISTIC, app_is},
    {"app_match", 2, SQLITE_DETERMINISTIC, app_match},
    {"app_decimal", 1, SQLITE_DETERMINISTIC, app_decimal},
    {"app_time", 1, SQLITE_DETERMINISTIC, app_time},
    {"app_random", 0, 0, app_random},
};

int sqlite_add_functions(struct sqlite *db, struct err *err)
{
    int rc = SQLITE_OK;

    for (size_t i = 0;
         i < sizeof(functions) / sizeof(functions[0]) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function_v2(
            db->handle, functions[i].name, functions[i].count,
            functions[i].flags | SQLITE_UTF8 | SQLITE_INNOCUOUS, db,
            functions[i].call, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_fail(db, rc, err);
}
