#include "web/api/instrument_input.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define FORM_TOKEN "csrfmiddlewaretoken"

/* json_parse() has refused numbers of more than 15 significant digits, so the
 * text of a double is the number that was sent. */
static void set_number(struct instrument_draft *draft, bool is_new,
                       const char *name, double number, struct err *err)
{
    const struct instrument_column *column =
        instrument_column_find(name, strlen(name));
    char text[40];
    int len = snprintf(text, sizeof(text), "%.15g", number);

    if (column && column->type == INSTRUMENT_TEXT)
        err_field(err, name, "must be a string");
    else
        instrument_draft_set(draft, is_new, name, text, (size_t)len, err);
}

int instrument_input_json(const cJSON *object, bool is_new,
                          struct instrument_draft *draft, struct err *err)
{
    size_t before = err->field_count;
    const cJSON *item;

    if (!cJSON_IsObject(object))
        return err_field(err, "instrument", "must be a JSON object");
    cJSON_ArrayForEach(item, object)
    {
        const char *name = item->string;

        if (!strcmp(name, FORM_TOKEN))
            continue;
        if (cJSON_IsString(item))
            instrument_draft_set(draft, is_new, name, item->valuestring,
                                 strlen(item->valuestring), err);
        else if (cJSON_IsNumber(item))
            set_number(draft, is_new, name, item->valuedouble, err);
        else if (cJSON_IsBool(item))
            instrument_draft_set_bool(draft, is_new, name, cJSON_IsTrue(item),
                                      err);
        else if (cJSON_IsNull(item))
            instrument_draft_set(draft, is_new, name, NULL, 0, err);
        else
            err_field(err, name, "must not be an array or an object");
    }
    return err->field_count > before ? -1 : 0;
}

int instrument_input_form(const struct params *form, bool is_new,
                          struct instrument_draft *draft, struct err *err)
{
    size_t before = err->field_count;

    for (size_t i = 0; i < params_count(form); i++) {
        const struct param *field = params_at(form, i);

        if (strcmp(field->name, FORM_TOKEN) != 0)
            instrument_draft_set(draft, is_new, field->name, field->value,
                                 field->value_len, err);
    }
    return err->field_count > before ? -1 : 0;
}
