#include "web/http/params.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#include "base/banned.h"

void params_init(struct params *params)
{
    *params = (struct params){.text = NULL};
}

void params_release(struct params *params)
{
    mem_free(params->text);
    mem_free(params->list);
    params_init(params);
}

/* Room for len more bytes; the pairs move along with the text. */
static int reserve_text(struct params *params, size_t len, struct err *err)
{
    size_t cap = params->text_cap ? params->text_cap : 512;
    char *text;

    if (len <= params->text_cap - params->text_len)
        return 0;
    if (len > PARAMS_TEXT_MAX - params->text_len)
        return err_set(err, ERR_TOO_LARGE, "more than %d bytes of parameters",
                       PARAMS_TEXT_MAX);
    while (cap < params->text_len + len)
        cap *= 2;
    text = mem_alloc(cap);
    if (!text)
        return err_set(err, ERR_NOMEM, "no memory for parameters");
    if (params->text_len)
        memcpy(text, params->text, params->text_len);
    for (size_t i = 0; i < params->count; i++) {
        struct param *param = &params->list[i];

        param->name = text + (param->name - params->text);
        param->value = text + (param->value - params->text);
    }
    mem_free(params->text);
    params->text = text;
    params->text_cap = cap;
    return 0;
}

static int reserve_pair(struct params *params, struct err *err)
{
    size_t cap = params->list_cap ? params->list_cap * 2 : 32;
    struct param *list;

    if (params->count == PARAMS_MAX)
        return err_set(err, ERR_MALFORMED, "more than %d parameters",
                       PARAMS_MAX);
    if (params->count < params->list_cap)
        return 0;
    list = mem_realloc(params->list, cap * sizeof(*list));
    if (!list)
        return err_set(err, ERR_NOMEM, "no memory for parameters");
    params->list = list;
    params->list_cap = cap;
    return 0;
}

static bool is_plain(const char *text, size_t len)
{
    return !memchr(text, '\0', len) && utf8_is_valid(text, len);
}

/* The bytes of name, NUL, value and NUL are at the end of the text already. */
static int accept(struct params *params, size_t name_len, size_t value_len,
                  struct err *err)
{
    const char *name = params->text + params->text_len;
    const char *value = name + name_len + 1;

    if (!is_plain(name, name_len))
        return err_set(err, ERR_MALFORMED,
                       "the name of a parameter is not plain UTF-8 text");
    if (!is_plain(value, value_len))
        return err_set(err, ERR_MALFORMED,
                       "the value of %.60s is not plain UTF-8 text", name);
    params->list[params->count++] = (struct param){
        .name = name,
        .name_len = name_len,
        .value = value,
        .value_len = value_len,
    };
    params->text_len += name_len + value_len + 2;
    return 0;
}

int params_add(struct params *params, const char *name, size_t name_len,
               const char *value, size_t value_len, struct err *err)
{
    char *at;

    /* Each below the limit, so that the sum cannot overflow. */
    if (name_len > PARAMS_TEXT_MAX || value_len > PARAMS_TEXT_MAX)
        return err_set(err, ERR_TOO_LARGE, "more than %d bytes of parameters",
                       PARAMS_TEXT_MAX);
    if (reserve_text(params, name_len + value_len + 2, err) < 0 ||
        reserve_pair(params, err) < 0)
        return -1;
    at = params->text + params->text_len;
    if (name_len)
        memcpy(at, name, name_len);
    at[name_len] = '\0';
    at += name_len + 1;
    if (value_len)
        memcpy(at, value, value_len);
    at[value_len] = '\0';
    return accept(params, name_len, value_len, err);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Never longer than text. Returns the length, or -1 for a bad escape. */
static ptrdiff_t decode(char *out, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high = len - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = len - i > 2 ? hex_digit(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return -1;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return (ptrdiff_t)n;
}

static int parse_pair(struct params *params, const char *text, size_t len,
                      struct err *err)
{
    const char *equals = memchr(text, '=', len);
    size_t name_raw = equals ? (size_t)(equals - text) : len;
    size_t value_raw = equals ? len - name_raw - 1 : 0;
    ptrdiff_t name_len;
    ptrdiff_t value_len = 0;
    char *at;

    if (reserve_text(params, len + 2, err) < 0 || reserve_pair(params, err) < 0)
        return -1;
    at = params->text + params->text_len;
    name_len = decode(at, text, name_raw);
    if (name_len >= 0)
        value_len =
            decode(at + name_len + 1, text + len - value_raw, value_raw);
    if (name_len < 0 || value_len < 0)
        return err_set(err, ERR_MALFORMED, "a parameter holds a bad %%-escape");
    return accept(params, (size_t)name_len, (size_t)value_len, err);
}

int params_parse(struct params *params, const char *text, size_t len,
                 struct err *err)
{
    const char *end = text + len;

    while (text < end) {
        const char *mark = memchr(text, '&', (size_t)(end - text));
        const char *stop = mark ? mark : end;

        if (stop > text &&
            parse_pair(params, text, (size_t)(stop - text), err) < 0)
            return -1;
        text = mark ? mark + 1 : end;
    }
    return 0;
}

size_t params_count(const struct params *params)
{
    return params->count;
}

const struct param *params_at(const struct params *params, size_t i)
{
    return &params->list[i];
}

static const struct param *find(const struct params *params, const char *name,
                                size_t from)
{
    size_t len = strlen(name);

    for (size_t i = from; i < params->count; i++) {
        const struct param *param = &params->list[i];

        if (param->name_len == len && !memcmp(param->name, name, len))
            return param;
    }
    return NULL;
}

const char *params_get(const struct params *params, const char *name)
{
    const struct param *param = find(params, name, 0);

    return param ? param->value : NULL;
}

bool params_repeats(const struct params *params, const char *name)
{
    const struct param *first = find(params, name, 0);

    return first && find(params, name, (size_t)(first - params->list) + 1);
}

/* Unreserved characters of RFC 3986, section 2.3. */
static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode(struct buf *out, const char *text, size_t len, char kept)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        const char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (is_unreserved(text[i]) || (kept && text[i] == kept))
            buf_put_char(out, text[i]);
        else
            buf_put(out, escape, sizeof(escape));
    }
}

void params_encode(struct buf *out, const char *text, size_t len)
{
    encode(out, text, len, '\0');
}

void params_encode_path(struct buf *out, const char *path)
{
    encode(out, path, strlen(path), '/');
}
