#include "web/http/input.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static bool is_type(const char *header, const char *type)
{
    size_t len = strlen(type);

    return !strncasecmp(header, type, len) &&
           (!header[len] || header[len] == ';' || header[len] == ' ');
}

static bool looks_like_json(const char *text, size_t len)
{
    size_t skip = strspn(text, " \t\r\n");

    return skip < len && (text[skip] == '{' || text[skip] == '[');
}

int input_read(const struct request *request, struct input *input,
               struct err *err)
{
    const char *type = request->headers[HEADER_CONTENT_TYPE];
    const char *text = buf_text(&request->body);
    size_t len = request->body.len;

    memset(input, 0, sizeof(*input));
    params_init(&input->form);
    if (looks_like_json(text, len) ||
        (type && is_type(type, "application/json")))
        return json_parse(text, len, &input->json, err);
    if (type && !is_type(type, "application/x-www-form-urlencoded"))
        return err_set(err, ERR_MEDIA_TYPE,
                       "send application/json or "
                       "application/x-www-form-urlencoded");
    return params_parse(&input->form, text, len, err);
}

void input_release(struct input *input)
{
    cJSON_Delete(input->json);
    input->json = NULL;
    params_release(&input->form);
}

const char *input_text(const struct input *input, const char *name)
{
    if (input->json) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(input->json, name);

        return cJSON_IsString(item) ? item->valuestring : NULL;
    }
    return params_get(&input->form, name);
}
