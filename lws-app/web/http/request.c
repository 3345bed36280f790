#include "web/http/request.h"
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

const char *path_below(const char *path, const char *base)
{
    size_t len = strlen(base);

    if (strncmp(path, base, len) != 0 || (path[len] && path[len] != '/'))
        return path;
    return path + len;
}

void request_strip_base(struct request *request, const char *base)
{
    const char *below = path_below(request->path, base);

    memmove(request->path, below, strlen(below) + 1);
}

bool request_is_of_api(const struct request *request)
{
    static const char api[] = "/api";
    const size_t len = sizeof(api) - 1;
    const char *path = request->path;

    return path && !strncmp(path, api, len) && (!path[len] || path[len] == '/');
}

int request_set_header(struct request *request, enum request_header header,
                       const char *value, size_t len, struct err *err)
{
    return copy(&request->headers[header], value, len, err);
}

/* Without the blanks behind it, and without quotes around it. */
static bool copy_value(const char *value, size_t len, char *out, size_t max)
{
    while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    if (len >= max)
        return false;
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

bool request_cookie_next(const struct request *request, const char *name,
                         const char **at, char *out, size_t max)
{
    size_t name_len = strlen(name);

    if (!*at)
        *at = request->headers[HEADER_COOKIE];
    while (*at && **at) {
        const char *pair = *at + strspn(*at, "; \t");
        size_t len = strcspn(pair, ";");

        *at = pair + len;
        if (len > name_len && pair[name_len] == '=' &&
            !memcmp(pair, name, name_len) &&
            copy_value(pair + name_len + 1, len - name_len - 1, out, max))
            return true;
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
