#include "web/api/user_input.h"

#include <string.h>

#include "base/banned.h"

#define FORM_TOKEN "csrfmiddlewaretoken"

static void read_json(const cJSON *object, unsigned may,
                      struct user_draft *draft, struct err *err)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, object)
    {
        if (cJSON_IsBool(field))
            user_draft_set_bool(draft, may, field->string, cJSON_IsTrue(field),
                                err);
        else if (cJSON_IsString(field))
            user_draft_set_text(draft, may, field->string, field->valuestring,
                                strlen(field->valuestring), err);
        else if (cJSON_IsNumber(field))
            user_draft_set_number(draft, may, field->string, field->valuedouble,
                                  err);
        else if (cJSON_IsNull(field))
            user_draft_set_null(draft, may, field->string, err);
        else
            err_field(err, field->string, "must not be an array or an object");
    }
}

int user_input_read(const struct input *input, unsigned may,
                    struct user_draft *draft, struct err *err)
{
    memset(draft, 0, sizeof(*draft));
    if (input->json && !cJSON_IsObject(input->json))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    if (input->json)
        read_json(input->json, may, draft, err);
    for (size_t i = 0; i < params_count(&input->form); i++) {
        const struct param *field = params_at(&input->form, i);

        if (strcmp(field->name, FORM_TOKEN) != 0)
            user_draft_set_text(draft, may, field->name, field->value,
                                field->value_len, err);
    }
    return err->code ? -1 : 0;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(name, names[i]))
            return true;
    }
    return false;
}

int user_input_texts(const struct input *input, const char *const *names,
                     const char **values, size_t count, size_t required,
                     struct err *err)
{
    const cJSON *field;

    if (input->json && !cJSON_IsObject(input->json))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    cJSON_ArrayForEach(field, input->json)
    {
        if (!is_among(field->string, names, count))
            err_field(err, field->string, "unknown field");
        else if (!cJSON_IsString(field))
            err_field(err, field->string, "must be a string");
    }
    for (size_t i = 0; i < params_count(&input->form); i++) {
        const char *name = params_at(&input->form, i)->name;

        if (strcmp(name, FORM_TOKEN) != 0 && !is_among(name, names, count))
            err_field(err, name, "unknown field");
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = input_text(input, names[i]);
        if (values[i] && strlen(values[i]) >= PASSWORD_MAX)
            err_field(err, names[i], "must be at most %d bytes",
                      PASSWORD_MAX - 1);
        else if (i >= required && !values[i])
            continue;
        else if ((!values[i] || !*values[i]) &&
                 !cJSON_GetObjectItemCaseSensitive(input->json, names[i]))
            err_field(err, names[i], "is required");
        else if (values[i] && !*values[i])
            err_field(err, names[i], "is required");
    }
    return err->code ? -1 : 0;
}
