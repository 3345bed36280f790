#include "base/decimal.h"
#include "base/json.h"
#include "base/text.h"
#include "target.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void write_value(struct buf *out, const char *key, const cJSON *value);

static void write_children(struct buf *out, const cJSON *value)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, value) write_value(out, child->string, child);
}

/* Our writer over cJSON's tree. */
static void write_value(struct buf *out, const char *key, const cJSON *value)
{
    char number[32];
    int n;

    if (cJSON_IsObject(value)) {
        json_open_key(out, key);
        write_children(out, value);
        json_close(out);
    } else if (cJSON_IsArray(value)) {
        json_open_array(out, key);
        write_children(out, value);
        json_close_array(out);
    } else if (cJSON_IsString(value)) {
        json_put_str(out, key, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        n = snprintf(number, sizeof(number), "%.15g", value->valuedouble);
        json_put_raw(out, key, number, (size_t)n);
    } else if (cJSON_IsBool(value)) {
        json_put_bool(out, key, cJSON_IsTrue(value));
    } else {
        must(cJSON_IsNull(value));
        json_put_null(out, key);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Children in the same order, too. cJSON_Compare() takes time exponential in
 * the depth. */
static void must_be_same(const cJSON *a, const cJSON *b)
{
    const cJSON *in_a = a->child;
    const cJSON *in_b = b->child;

    must((a->type & 0xFF) == (b->type & 0xFF));
    must(same_text(a->string, b->string));
    must(same_text(a->valuestring, b->valuestring));
    must(!cJSON_IsNumber(a) ||
         !(a->valuedouble < b->valuedouble || a->valuedouble > b->valuedouble));
    for (; in_a && in_b; in_a = in_a->next, in_b = in_b->next)
        must_be_same(in_a, in_b);
    must(!in_a && !in_b);
}

/* A number alone is exact: a decimal of the token is that of its double. */
static void check_number(const char *token, size_t len, const cJSON *value)
{
    char text[32];
    int64_t direct = 0;
    int64_t by_double = 0;
    int n = snprintf(text, sizeof(text), "%.15g", value->valuedouble);

    must(decimal_parse(token, len, &direct) ==
         decimal_parse(text, (size_t)n, &by_double));
    must(direct == by_double);
}

static void check_tree(const char *text, size_t len, const cJSON *value)
{
    struct buf first;
    struct buf second;
    struct err err = ERR_INIT;
    cJSON *again = NULL;

    must(utf8_is_valid(text, len));
    if (cJSON_IsNumber(value) && !memchr(" \t\r\n", text[0], 4)) {
        while (len > 0 && memchr(" \t\r\n", text[len - 1], 4))
            len--;
        check_number(text, len, value);
    }
    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    write_value(&first, NULL, value);
    must(json_parse(buf_text(&first), first.len, &again, &err) == 0);
    must_be_same(value, again);
    write_value(&second, NULL, again);
    must(first.len == second.len);
    must(memcmp(first.data, second.data, first.len) == 0);
    cJSON_Delete(again);
    buf_release(&first);
    buf_release(&second);
}

/* Whatever the bytes are, our writer makes JSON of them. */
static void check_string(const char *text, size_t len)
{
    struct buf out;
    struct err err = ERR_INIT;
    cJSON *value = NULL;

    buf_init(&out, SIZE_MAX);
    json_put_str_len(&out, NULL, text, len);
    must(utf8_is_valid(buf_text(&out), out.len));
    if (memchr(text, '\0', len)) {
        must(json_parse(out.data, out.len, &value, &err) < 0);
    } else {
        must(json_parse(out.data, out.len, &value, &err) == 0);
        must(!utf8_is_valid(text, len) ||
             (strlen(value->valuestring) == len &&
              memcmp(value->valuestring, text, len) == 0));
    }
    cJSON_Delete(value);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    cJSON *value = NULL;
    struct err err = ERR_INIT;
    int rc = json_parse(text, size, &value, &err);

    must(rc == 0 ? value && err.code == ERR_NONE
                 : !value && (err.code == ERR_MALFORMED ||
                              (err.code == ERR_INVALID && err.field_count)));
    if (rc == 0)
        check_tree(text, size, value);
    if (size > 0)
        check_string(text, size);
    cJSON_Delete(value);
    return 0;
}
