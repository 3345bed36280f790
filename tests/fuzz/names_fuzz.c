#include "target.h"
#include "web/auth.h"

#include <strings.h>

#include "base/banned.h"

static void set_header(struct request *request, enum request_header header,
                       const char *value)
{
    struct err err = ERR_INIT;

    must(request_set_header(request, header, value, strlen(value), &err) == 0);
}

/* Nothing that is not one of ours, whatever stands around it, is taken. */
static void check_names(const struct web *web, const char *host,
                        const char *origin)
{
    struct request request;
    struct err err = ERR_INIT;
    bool is_known = false;

    request_init(&request);
    must(request_set_path(&request, "/accounts/login/", 16, &err) == 0);
    set_header(&request, HEADER_HOST, host);
    set_header(&request, HEADER_ORIGIN, origin);
    if (auth_check_host(web, &request, &err) == 0) {
        for (size_t i = 0; i < web->host_count; i++)
            is_known |=
                !strncasecmp(host, web->hosts[i], strlen(web->hosts[i]));
        must(is_known);
    } else {
        must(err.code == ERR_MISDIRECTED);
        err_clear(&err);
    }
    is_known = false;
    if (auth_check_origin(web, &request, &err) == 0) {
        for (size_t i = 0; i < web->origin_count; i++)
            is_known |= !strcasecmp(origin, web->origins[i]);
        must(is_known);
    } else {
        must(err.code == ERR_FORBIDDEN);
    }
    request_release(&request);
}

/* A line each: public_url, allowed_hosts, Host, Origin. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct web web;
    char *url = target_line(&data, &size);
    char *hosts = target_line(&data, &size);
    char *host = target_line(&data, &size);
    char *origin = target_line(&data, &size);
    struct err err = ERR_INIT;

    if (origin) {
        if (web_set_names(&web, url, hosts, "::1", 8000, &err) < 0) {
            must(err.code == ERR_INVALID && err.field_count == 1);
        } else {
            must(web.host_count <= WEB_NAMES_MAX);
            must(web.origin_count > 0 && web.origin_count <= WEB_NAMES_MAX);
            must(!strchr(web.base_url + 8, '/'));
            check_names(&web, host, origin);
        }
    }
    free(url);
    free(hosts);
    free(host);
    free(origin);
    return 0;
}
