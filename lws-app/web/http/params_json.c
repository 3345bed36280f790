#include "web/http/params.h"

#include <string.h>

#include "base/banned.h"

/* Longer than any name that a form of ours knows, at any depth. */
#define NAME_MAX_BYTES 4096

/* The name of the value being read; a child's part is cut off again after it.
 */
struct flat {
    struct params *params;
    struct buf name;
};

static int add(struct flat *flat, const char *value, size_t len,
               struct err *err)
{
    return params_add(flat->params, buf_text(&flat->name), flat->name.len,
                      value, len, err);
}

static int add_number(struct flat *flat, double number, struct err *err)
{
    struct buf text;
    int rc = -1;

    buf_init(&text, 64);
    /* Integers as such: what is behind the point matters to the reader. */
    if (number > -1e15 && number < 1e15 && (double)(int64_t)number == number)
        buf_put_int(&text, (int64_t)number);
    else
        buf_printf(&text, "%.17g", number);
    if (buf_check(&text, err) == 0)
        rc = add(flat, buf_text(&text), text.len, err);
    buf_release(&text);
    return rc;
}

static int add_value(struct flat *flat, const cJSON *value, struct err *err);

static int add_children(struct flat *flat, const cJSON *value, struct err *err)
{
    size_t len = flat->name.len;
    int64_t index = 0;
    const cJSON *child;

    cJSON_ArrayForEach(child, value)
    {
        if (len)
            buf_put_char(&flat->name, '[');
        if (cJSON_IsArray(value))
            buf_put_int(&flat->name, index++);
        else
            buf_put_text(&flat->name, child->string);
        if (len)
            buf_put_char(&flat->name, ']');
        if (buf_check(&flat->name, err) < 0 || add_value(flat, child, err) < 0)
            return -1;
        buf_truncate(&flat->name, len);
    }
    return 0;
}

/* As deep as json_parse() lets a body be. */
static int add_value(struct flat *flat, const cJSON *value, struct err *err)
{
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        return add_children(flat, value, err);
    if (cJSON_IsString(value))
        return add(flat, value->valuestring, strlen(value->valuestring), err);
    if (cJSON_IsNumber(value))
        return add_number(flat, value->valuedouble, err);
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? add(flat, "true", 4, err)
                                   : add(flat, "false", 5, err);
    return add(flat, "", 0, err);
}

int params_add_json(struct params *params, const cJSON *object, struct err *err)
{
    struct flat flat = {.params = params};
    int rc;

    if (!cJSON_IsObject(object))
        return err_field(err, "body", "must be a JSON object");
    buf_init(&flat.name, NAME_MAX_BYTES);
    rc = add_children(&flat, object, err);
    buf_release(&flat.name);
    return rc;
}
