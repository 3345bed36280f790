#include "web/query/shape.h"
#include "base/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define DECIMAL_TEXT "^-?(0|[1-9][0-9]{0,10})(\\.[0-9]{0,7}[1-9])?$"
#define AMOUNT_TEXT "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"
#define PERIOD_TEXT                                                            \
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2})?|"          \
    "[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?"                          \
    "([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
#define TIME_TEXT                                                              \
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"

const struct shape *shape_find(const char *name, size_t len)
{
    for (size_t i = 0; i < shapes_count; i++) {
        if (strlen(shapes[i].name) == len && !memcmp(shapes[i].name, name, len))
            return &shapes[i];
    }
    return NULL;
}

bool shape_field(const struct shape *shape, size_t i, struct shape_field *field,
                 char name[SHAPE_NAME_MAX])
{
    size_t count = 0;

    while (shape->fields && shape->fields[count].name)
        count++;
    memset(field, 0, sizeof(*field));
    if (i < count)
        *field = shape->fields[i];
    else if (!shape->next_field || !shape->next_field(i - count, field, name))
        return false;
    return true;
}

/* One of the names between the '|': a reference, or an array of such. */
static void put_one(struct buf *out, const char *key, const char *name,
                    size_t whole_len)
{
    const char *mark = memchr(name, '@', whole_len);
    size_t len = mark ? (size_t)(mark - name) : whole_len;
    bool is_array = len > 2 && !memcmp(name + len - 2, "[]", 2);

    json_open_key(out, key);
    if (is_array) {
        json_put_str(out, "type", "array");
        put_one(out, "items", name, len - 2);
    } else if (islower((unsigned char)*name)) {
        json_put_str_len(out, "type", name, len);
    } else {
        char ref[SHAPE_NAME_MAX + 24];

        snprintf(ref, sizeof(ref), "#/components/schemas/%.*s", (int)len, name);
        json_put_str(out, "$ref", ref);
    }
    if (mark)
        json_put_str_len(out, "x-format", mark + 1, whole_len - len - 1);
    json_close(out);
}

void shape_put_of(struct buf *out, const char *key, const char *of)
{
    if (!strchr(of, '|')) {
        put_one(out, key, of, strlen(of));
        return;
    }
    json_open_key(out, key);
    json_open_array(out, "anyOf");
    while (*of) {
        size_t len = strcspn(of, "|");

        put_one(out, NULL, of, len);
        of += len;
        of += *of == '|';
    }
    json_close_array(out);
    json_close(out);
}

static void put_type(struct buf *out, const struct shape_field *field,
                     const char *type, const char *second)
{
    if (!second && !(field->flags & SHAPE_NULL)) {
        json_put_str(out, "type", type);
        return;
    }
    json_open_array(out, "type");
    json_put_str(out, NULL, type);
    if (second)
        json_put_str(out, NULL, second);
    if (field->flags & SHAPE_NULL)
        json_put_str(out, NULL, "null");
    json_close_array(out);
}

static void put_bounds(struct buf *out, const struct shape_field *field,
                       const char *least, const char *most)
{
    if (!field->least && !field->most)
        return;
    json_put_int(out, least, field->least);
    if (field->most >= field->least)
        json_put_int(out, most, field->most);
}

static void put_text(struct buf *out, const struct shape_field *field,
                     const char *format, const char *pattern)
{
    put_type(out, field, "string",
             field->type == SHAPE_AMOUNT ? "number" : NULL);
    if (format)
        json_put_str(out, "format", format);
    if (pattern)
        json_put_str(out, "pattern", pattern);
    if (field->type == SHAPE_TEXT)
        put_bounds(out, field, "minLength", "maxLength");
    if (field->flags & SHAPE_SECRET) {
        json_put_str(out, "format", "password");
        json_put_bool(out, "writeOnly", true);
    }
}

static void put_period(struct buf *out, const struct shape_field *field)
{
    put_text(out, field, NULL, PERIOD_TEXT);
    json_open_array(out, "examples");
    json_put_str(out, NULL, "2026-03-02");
    json_put_str(out, NULL, "2026-03-02T09:30:00Z");
    json_close_array(out);
}

static void put_choices(struct buf *out, const struct shape_field *field)
{
    put_type(out, field, "string", NULL);
    json_open_array(out, "enum");
    for (const char *const *choice = field->choices; *choice; choice++)
        json_put_str(out, NULL, *choice);
    if (field->flags & SHAPE_NULL)
        json_put_null(out, NULL);
    json_close_array(out);
}

/* A reference stands beside what else is said of it (JSON Schema 2020-12). */
static void put_of(struct buf *out, const struct shape_field *field)
{
    if (field->flags & SHAPE_NULL) {
        json_open_array(out, "anyOf");
        shape_put_of(out, NULL, field->of);
        json_open(out);
        json_put_str(out, "type", "null");
        json_close(out);
        json_close_array(out);
        return;
    }
    json_open_array(out, "allOf");
    shape_put_of(out, NULL, field->of);
    json_close_array(out);
}

static void put_kind(struct buf *out, const struct shape_field *field)
{
    switch (field->type) {
    case SHAPE_ANY: return;
    case SHAPE_INT:
        put_type(out, field, "integer", NULL);
        put_bounds(out, field, "minimum", "maximum");
        return;
    case SHAPE_NUMBER:
        put_type(out, field, "number", NULL);
        put_bounds(out, field, "minimum", "maximum");
        return;
    case SHAPE_BOOL: put_type(out, field, "boolean", NULL); return;
    case SHAPE_TEXT: put_text(out, field, NULL, NULL); return;
    case SHAPE_URL: put_text(out, field, "uri", NULL); return;
    case SHAPE_TIME: put_text(out, field, "date-time", TIME_TEXT); return;
    case SHAPE_WHEN: put_text(out, field, "date-time", NULL); return;
    case SHAPE_PERIOD: put_period(out, field); return;
    case SHAPE_DECIMAL: put_text(out, field, NULL, DECIMAL_TEXT); return;
    case SHAPE_AMOUNT: put_text(out, field, NULL, AMOUNT_TEXT); return;
    case SHAPE_CHOICE: put_choices(out, field); return;
    case SHAPE_OF: put_of(out, field); return;
    case SHAPE_MAP:
        put_type(out, field, "object", NULL);
        shape_put_of(out, "additionalProperties", field->of);
        return;
    }
}

static void put_otherwise(struct buf *out, const struct shape_field *field)
{
    if (!field->otherwise)
        return;
    if (field->type == SHAPE_INT || field->type == SHAPE_BOOL)
        json_put_raw(out, "default", field->otherwise,
                     strlen(field->otherwise));
    else
        json_put_str(out, "default", field->otherwise);
}

void shape_put_value(struct buf *out, const char *key,
                     const struct shape_field *field)
{
    json_open_key(out, key);
    put_kind(out, field);
    if (field->help)
        json_put_str(out, "description", field->help);
    put_otherwise(out, field);
    if (field->flags & SHAPE_STAFF)
        json_put_str(out, "x-who", "staff");
    json_close(out);
}

static void put_required(struct buf *out, const struct shape *shape)
{
    struct shape_field field;
    char name[SHAPE_NAME_MAX];
    bool any = false;

    for (size_t i = 0;
         !shape->is_partial && shape_field(shape, i, &field, name); i++) {
        if (field.flags & SHAPE_OPTIONAL)
            continue;
        if (!any)
            json_open_array(out, "required");
        any = true;
        json_put_str(out, NULL, field.name);
    }
    if (any)
        json_close_array(out);
}

static void put_object(struct buf *out, const struct shape *shape)
{
    struct shape_field field;
    char name[SHAPE_NAME_MAX];

    json_put_str(out, "type", "object");
    put_required(out, shape);
    json_open_key(out, "properties");
    for (size_t i = 0; shape_field(shape, i, &field, name); i++)
        shape_put_value(out, field.name, &field);
    json_close(out);
    if (!shape->is_open)
        json_put_bool(out, "additionalProperties", false);
}

void shape_put(struct buf *out, const char *key, const struct shape *shape)
{
    json_open_key(out, key);
    if (shape->of) {
        json_open_array(out, "allOf");
        shape_put_of(out, NULL, shape->of);
        json_close_array(out);
    } else if (shape->put) {
        shape->put(out);
    } else if (shape->media) {
        json_put_str(out, "type", "string");
    } else {
        put_object(out, shape);
    }
    if (shape->about)
        json_put_str(out, "description", shape->about);
    json_close(out);
}
