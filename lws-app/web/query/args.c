#include "web/query/args.h"
#include "base/clock.h"
#include "base/text.h"
#include "web/http/request.h"
#include "web/query/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* "-" and at most 18 digits, so that it fits. */
static bool is_int(const struct param *param)
{
    size_t sign = param->value[0] == '-' ? 1 : 0;
    size_t digits = strspn(param->value + sign, "0123456789");

    return digits >= 1 && digits <= 18 && sign + digits == param->value_len;
}

static int check_int(const struct param *param, const struct shape_field *field,
                     struct err *err)
{
    int64_t value = strtoll(param->value, NULL, 10);

    if (!is_int(param))
        return err_field(err, param->name, "must be a whole number");
    if (field->least == field->most ||
        (value >= field->least && value <= field->most))
        return 0;
    return err_field(err, param->name, "must be %lld to %lld",
                     (long long)field->least, (long long)field->most);
}

static int check_text(const struct param *param,
                      const struct shape_field *field, struct err *err)
{
    size_t count = utf8_count(param->value, param->value_len);

    if (!field->most || count <= (size_t)field->most)
        return 0;
    return err_field(err, param->name, "must be at most %lld characters",
                     (long long)field->most);
}

static int check_choice(const struct param *param,
                        const struct shape_field *field, struct err *err)
{
    for (const char *const *choice = field->choices; *choice; choice++) {
        if (!strcmp(*choice, param->value))
            return 0;
    }
    return err_field(err, param->name, "is not one of the choices");
}

static int check_value(const struct param *param,
                       const struct shape_field *field, struct err *err)
{
    int64_t us;

    switch (field->type) {
    case SHAPE_INT: return check_int(param, field, err);
    case SHAPE_CHOICE: return check_choice(param, field, err);
    case SHAPE_BOOL:
        if (!strcmp(param->value, "true") || !strcmp(param->value, "false"))
            return 0;
        return err_field(err, param->name, "must be true or false");
    case SHAPE_WHEN:
        if (clock_parse(param->value, param->value_len, &us) == 0)
            return 0;
        return err_field(err, param->name,
                         "must be a time like 2026-01-31T09:30:00Z");
    default: return check_text(param, field, err);
    }
}

static int check_one(const struct params *args, const struct param *param,
                     const struct shape *shape, struct err *err)
{
    struct shape_field field;
    char name[SHAPE_NAME_MAX];

    if (!strcmp(param->name, "format") || !strcmp(param->name, "_") ||
        !strcmp(param->name, ARG_ASKED_BY))
        return 0;
    for (size_t i = 0; shape_field(shape, i, &field, name); i++) {
        if (strcmp(field.name, param->name) != 0)
            continue;
        if (params_repeats(args, param->name))
            return err_field(err, param->name, "is given more than once");
        return param->value_len ? check_value(param, &field, err) : 0;
    }
    return err_field(err, param->name, "unknown parameter");
}

int args_check(const struct params *args, const char *shape, struct err *err)
{
    const struct shape *found = shape_find(shape, strlen(shape));

    if (!found)
        return err_set(err, ERR_INTERNAL, "there is no shape %s", shape);
    for (size_t i = 0; i < params_count(args); i++)
        check_one(args, params_at(args, i), found, err);
    return err->code ? -1 : 0;
}

const char *args_text(const struct params *args, const char *name)
{
    const char *value = params_get(args, name);

    return value && *value ? value : NULL;
}

int64_t args_int(const struct params *args, const char *name, int64_t otherwise)
{
    const char *value = args_text(args, name);

    return value ? strtoll(value, NULL, 10) : otherwise;
}

int64_t args_time(const struct params *args, const char *name,
                  int64_t otherwise)
{
    const char *value = args_text(args, name);
    int64_t us;

    return value && clock_parse(value, strlen(value), &us) == 0 ? us
                                                                : otherwise;
}

int args_bool(const struct params *args, const char *name)
{
    const char *value = args_text(args, name);

    return value ? !strcmp(value, "true") : -1;
}
