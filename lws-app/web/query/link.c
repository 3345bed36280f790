#include "web/query/link.h"
#include "base/json.h"

#include <stdio.h>
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

void link_put_pages(struct call *call, int64_t page, bool more)
{
    char next[24];
    char previous[24];

    snprintf(next, sizeof(next), "%lld", (long long)page + 1);
    snprintf(previous, sizeof(previous), "%lld", (long long)page - 1);
    link_put(call, "next", "page", more ? next : NULL);
    link_put(call, "previous", "page", page > 1 ? previous : NULL);
}

void link_put_own(struct buf *to, const struct request *request,
                  const char *suffix)
{
    params_encode_path(to, request->path);
    buf_put_text(to, suffix);
    for (size_t i = 0; i < params_count(&request->args); i++) {
        const struct param *arg = params_at(&request->args, i);

        buf_put_char(to, i ? '&' : '?');
        params_encode(to, arg->name, strlen(arg->name));
        buf_put_char(to, '=');
        params_encode(to, arg->value, arg->value_len);
    }
}
