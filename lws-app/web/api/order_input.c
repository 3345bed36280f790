#include "web/api/order_input.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define CORRECT "correct"

/* A form has texts alone. */
static void set_correct(struct order_draft *draft, const struct param *field,
                        struct err *err)
{
    bool is_true = !strcmp(field->value, "true");

    if (is_true || !strcmp(field->value, "false"))
        order_draft_set_bool(draft, CORRECT, is_true, err);
    else
        err_field(err, CORRECT, "must be true or false");
}

/* json_parse() has refused numbers of more than 15 significant digits, so the
 * text of a double is the number that was sent. */
static void set_number(struct order_draft *draft, const char *name,
                       double number, struct err *err)
{
    char text[40];
    int len = snprintf(text, sizeof(text), "%.15g", number);

    order_draft_set(draft, name, text, (size_t)len, err);
}

int order_input_json(const cJSON *object, struct order_draft *draft,
                     struct err *err)
{
    size_t before = err->field_count;
    const cJSON *item;

    if (!cJSON_IsObject(object)) {
        err_field(err, "order", "must be a JSON object");
        return -1;
    }
    cJSON_ArrayForEach(item, object)
    {
        const char *name = item->string;

        if (!strcmp(name, "csrfmiddlewaretoken"))
            continue;
        if (!strcmp(name, CORRECT) && !cJSON_IsBool(item))
            err_field(err, name, "must be true or false");
        else if (cJSON_IsString(item))
            order_draft_set(draft, name, item->valuestring,
                            strlen(item->valuestring), err);
        else if (cJSON_IsNumber(item))
            set_number(draft, name, item->valuedouble, err);
        else if (cJSON_IsBool(item))
            order_draft_set_bool(draft, name, cJSON_IsTrue(item), err);
        else if (cJSON_IsNull(item))
            order_draft_set(draft, name, NULL, 0, err);
        else
            err_field(err, name, "must be a string or a number");
    }
    return err->field_count > before ? -1 : 0;
}

int order_input_form(const struct params *form, struct order_draft *draft,
                     struct err *err)
{
    size_t before = err->field_count;

    for (size_t i = 0; i < params_count(form); i++) {
        const struct param *field = params_at(form, i);

        if (!strcmp(field->name, "csrfmiddlewaretoken"))
            continue;
        if (!strcmp(field->name, CORRECT))
            set_correct(draft, field, err);
        else
            order_draft_set(draft, field->name, field->value, field->value_len,
                            err);
    }
    return err->field_count > before ? -1 : 0;
}
