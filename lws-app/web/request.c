#include "web/request.h"
#include "base/mem.h"

#include <string.h>

#include "base/banned.h"

void request_init(struct request *request)
{
    memset(request, 0, sizeof(*request));
    params_init(&request->args);
    buf_init(&request->body, REQUEST_BODY_MAX);
}

void request_release(struct request *request)
{
    mem_free(request->path);
    request->path = NULL;
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        mem_free(request->headers[i]);
        request->headers[i] = NULL;
    }
    params_release(&request->args);
    buf_release(&request->body);
}

static int copy(char **to, const char *text, size_t len, struct err *err)
{
    char *made = mem_strndup(text, len);

    if (!made)
        return err_set(err, ERR_NOMEM, "no memory for a request");
    mem_free(*to);
    *to = made;
    return 0;
}

int request_set_path(struct request *request, const char *path, size_t len,
                     struct err *err)
{
    return copy(&request->path, path, len, err);
}

int request_set_header(struct request *request, enum request_header header,
                       const char *value, size_t len, struct err *err)
{
    return copy(&request->headers[header], value, len, err);
}

bool request_cookie(const struct request *request, const char *name, char *out,
                    size_t max)
{
    const char *at = request->headers[HEADER_COOKIE];
    size_t name_len = strlen(name);

    while (at && *at) {
        size_t len;

        at += strspn(at, "; \t");
        len = strcspn(at, ";");
        if (len > name_len && at[name_len] == '=' &&
            !memcmp(at, name, name_len)) {
            const char *value = at + name_len + 1;
            size_t value_len = len - name_len - 1;

            while (value_len && (value[value_len - 1] == ' ' ||
                                 value[value_len - 1] == '\t'))
                value_len--;
            if (value_len >= 2 && value[0] == '"' &&
                value[value_len - 1] == '"') {
                value++;
                value_len -= 2;
            }
            if (value_len >= max)
                return false;
            memcpy(out, value, value_len);
            out[value_len] = '\0';
            return true;
        }
        at += len;
    }
    return false;
}

const char *http_method_name(enum http_method method)
{
    switch (method) {
    case HTTP_GET: return "GET";
    case HTTP_HEAD: return "HEAD";
    case HTTP_POST: return "POST";
    case HTTP_PUT: return "PUT";
    case HTTP_PATCH: return "PATCH";
    case HTTP_DELETE: return "DELETE";
    case HTTP_OPTIONS: return "OPTIONS";
    case HTTP_OTHER: break;
    }
    return "OTHER";
}
