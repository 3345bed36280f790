#include "model/desk/rule.h"
#include "base/decimal.h"
#include "base/text.h"
#include "base/zone.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PATH_MAX_BYTES 64
#define MAP_NAME_CHARS 255

static void join(const char *path, const char *name, char out[PATH_MAX_BYTES])
{
    snprintf(out, PATH_MAX_BYTES, "%s%s%s", path, *path ? "." : "", name);
}

static void check_bool(const cJSON *value, const char *path, struct err *err)
{
    if (!cJSON_IsBool(value))
        err_field(err, path, "must be true or false");
}

static void check_int(const struct rule *rule, const cJSON *value,
                      const char *path, struct err *err)
{
    double number = cJSON_IsNumber(value) ? value->valuedouble : 0.5;

    if (number < (double)rule->least || number > (double)rule->most ||
        number != (double)(int64_t)number)
        err_field(err, path, "must be a whole number from %lld to %lld",
                  (long long)rule->least, (long long)rule->most);
}

static void check_text(const struct rule *rule, const cJSON *value,
                       const char *path, struct err *err)
{
    const char *text = cJSON_IsString(value) ? value->valuestring : NULL;
    size_t count;

    if (!text) {
        err_field(err, path, "must be a string");
        return;
    }
    count = utf8_count(text, strlen(text));
    if (count < (size_t)rule->least || count > (size_t)rule->most)
        err_field(err, path, "must be %lld to %lld characters",
                  (long long)rule->least, (long long)rule->most);
    else if (text_has_control(text, strlen(text)))
        err_field(err, path, "must not contain control characters");
}

static void check_choice(const struct rule *rule, const cJSON *value,
                         const char *path, struct err *err)
{
    const char *text = cJSON_IsString(value) ? value->valuestring : "";
    struct buf words;

    for (size_t i = 0; rule->choices[i]; i++) {
        if (!strcmp(rule->choices[i], text))
            return;
    }
    buf_init(&words, sizeof(err->fields[0].text));
    for (size_t i = 0; rule->choices[i]; i++)
        buf_printf(&words, "%s%s", i ? ", " : "", rule->choices[i]);
    err_field(err, path, "must be one of: %s", buf_text(&words));
    buf_release(&words);
}

/* The text of a double is the number that was sent, see json_parse(). */
static void check_amount(const cJSON *value, const char *path, struct err *err)
{
    enum decimal_fault fault = DECIMAL_SYNTAX;
    int64_t amount = 0;
    char text[40];

    if (cJSON_IsString(value)) {
        fault = decimal_parse(value->valuestring, strlen(value->valuestring),
                              &amount);
    } else if (cJSON_IsNumber(value)) {
        int len = snprintf(text, sizeof(text), "%.15g", value->valuedouble);

        fault = decimal_parse(text, (size_t)len, &amount);
    }
    if (fault != DECIMAL_OK)
        err_field(err, path, "%s", decimal_fault_text(fault));
    else if (amount < 1)
        err_field(err, path, "must be greater than 0");
}

static void check_zone(const cJSON *value, const char *path, struct err *err)
{
    const struct zone *zone;

    if (!cJSON_IsString(value))
        err_field(err, path, "must be a string");
    else if (*value->valuestring)
        zone_find(value->valuestring, strlen(value->valuestring), &zone, path,
                  err);
}

static bool is_too_many(const struct rule *rule, const cJSON *value,
                        const char *path, struct err *err)
{
    int count = cJSON_GetArraySize(value);

    if (count <= rule->most)
        return false;
    err_field(err, path, "must have at most %lld", (long long)rule->most);
    return true;
}

static void check_list(const struct rule *rule, const cJSON *value,
                       const char *path, struct err *err)
{
    const cJSON *item;
    int index = 0;

    if (!cJSON_IsArray(value)) {
        err_field(err, path, "must be an array");
        return;
    }
    if (is_too_many(rule, value, path, err))
        return;
    cJSON_ArrayForEach(item, value)
    {
        char where[PATH_MAX_BYTES];
        char number[16];

        snprintf(number, sizeof(number), "%d", index++);
        join(path, number, where);
        rule_check(rule->of, item, where, err);
    }
}

static void check_map(const struct rule *rule, const cJSON *value,
                      const char *path, struct err *err)
{
    const cJSON *item;

    if (!cJSON_IsObject(value)) {
        err_field(err, path, "must be an object");
        return;
    }
    if (is_too_many(rule, value, path, err))
        return;
    cJSON_ArrayForEach(item, value)
    {
        size_t count = utf8_count(item->string, strlen(item->string));
        char where[PATH_MAX_BYTES];

        join(path, item->string, where);
        if (count < 1 || count > MAP_NAME_CHARS)
            err_field(err, where, "must have a name of 1 to %d characters",
                      MAP_NAME_CHARS);
        else
            rule_check(rule->of, item, where, err);
    }
}

static const struct rule *find_member(const struct rule *members,
                                      const char *name)
{
    while (members->name && strcmp(members->name, name) != 0)
        members++;
    return members->name ? members : NULL;
}

static void check_object(const struct rule *rule, const cJSON *value,
                         const char *path, struct err *err)
{
    char where[PATH_MAX_BYTES];
    const cJSON *item;

    if (!cJSON_IsObject(value)) {
        err_field(err, *path ? path : "body", "must be an object");
        return;
    }
    cJSON_ArrayForEach(item, value)
    {
        const struct rule *member = find_member(rule->of, item->string);

        join(path, item->string, where);
        if (member)
            rule_check(member, item, where, err);
        else
            err_field(err, where, "unknown field");
    }
    for (const struct rule *member = rule->of; member->name; member++) {
        join(path, member->name, where);
        if (member->is_required && !json_get(value, member->name))
            err_field(err, where, "is required");
    }
}

void rule_check(const struct rule *rule, const cJSON *value, const char *path,
                struct err *err)
{
    if (rule->may_be_null && cJSON_IsNull(value))
        return;
    switch (rule->type) {
    case RULE_BOOL: check_bool(value, path, err); return;
    case RULE_INT: check_int(rule, value, path, err); return;
    case RULE_TEXT: check_text(rule, value, path, err); return;
    case RULE_CHOICE: check_choice(rule, value, path, err); return;
    case RULE_AMOUNT: check_amount(value, path, err); return;
    case RULE_ZONE: check_zone(value, path, err); return;
    case RULE_LIST: check_list(rule, value, path, err); return;
    case RULE_OBJECT: check_object(rule, value, path, err); return;
    case RULE_MAP: check_map(rule, value, path, err); return;
    case RULE_ANY:
        if (!cJSON_IsObject(value))
            err_field(err, path, "must be an object");
        return;
    }
}
