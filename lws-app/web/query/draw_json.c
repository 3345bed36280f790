#include "web/query/draw_json.h"
#include "base/buf.h"
#include "base/json.h"

#include <string.h>

#include "base/banned.h"

/* Digits, and what may follow them; 0: it is no number of a draw. */
static int64_t read_digits(const char *at, const char *end)
{
    const char *first = at;
    int64_t number = 0;

    for (; at < end && *at >= '0' && *at <= '9' && at - first < 15; at++)
        number = number * 10 + (*at - '0');
    return at == end || strchr("&, \t\r\n}", *at) ? number : 0;
}

int64_t draw_number_in(const char *text, size_t len)
{
    static const char blanks[] = " \t\r\n";
    const char *end = text + len;
    const char *at = text;

    if (len && text[strspn(text, blanks)] == '{') {
        at = memmem(text, len, "\"draw\"", 6);
        if (!at)
            return 0;
        at += 6 + strspn(at + 6, blanks);
        return *at == ':' ? read_digits(at + 1 + strspn(at + 1, blanks), end)
                          : 0;
    }
    while (at < end) {
        if (!strncmp(at, "draw=", 5))
            return read_digits(at + 5, end);
        at = memchr(at, '&', (size_t)(end - at));
        if (!at)
            return 0;
        at++;
    }
    return 0;
}

const struct param *draw_json_find(const struct params *params)
{
    for (size_t i = 0; i < params_count(params); i++) {
        if (params_at(params, i)->name[0] == '{')
            return params_at(params, i);
    }
    return NULL;
}

int draw_json_parse(const struct param *param, cJSON **json, int64_t *draw,
                    struct err *err)
{
    struct buf text;
    int rc = -1;

    buf_init(&text, PARAMS_TEXT_MAX);
    buf_put(&text, param->name, param->name_len);
    if (param->value_len) {
        buf_put_char(&text, '=');
        buf_put(&text, param->value, param->value_len);
    }
    if (buf_check(&text, err) == 0)
        rc = json_parse(buf_text(&text), text.len, json, err);
    if (rc < 0)
        *draw = draw_number_in(buf_text(&text), text.len);
    buf_release(&text);
    return rc;
}

int64_t draw_json_number(const cJSON *body)
{
    const cJSON *draw = cJSON_GetObjectItemCaseSensitive(body, "draw");

    return cJSON_IsNumber(draw) && draw->valuedouble >= 0 &&
                   draw->valuedouble <= 1e15
               ? (int64_t)draw->valuedouble
               : 0;
}
