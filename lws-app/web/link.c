#include "web/link.h"
#include "base/json.h"

#include <string.h>

#include "base/banned.h"

void link_put(struct call *call, const char *key, const char *name,
              const char *value)
{
    const struct params *args = &call->request->args;
    struct buf url;
    char mark = '?';

    if (!value) {
        json_put_null(&call->response->body, key);
        return;
    }
    buf_init(&url, 16384);
    buf_printf(&url, "%s%s", call->web->base_url, call->request->path);
    for (size_t i = 0; i < params_count(args); i++) {
        const struct param *arg = params_at(args, i);

        if (!strcmp(arg->name, name))
            continue;
        buf_put_char(&url, mark);
        params_encode(&url, arg->name, strlen(arg->name));
        buf_put_char(&url, '=');
        params_encode(&url, arg->value, arg->value_len);
        mark = '&';
    }
    buf_printf(&url, "%c%s=%s", mark, name, value);
    json_put_str_len(&call->response->body, key, buf_text(&url), url.len);
    buf_release(&url);
}
