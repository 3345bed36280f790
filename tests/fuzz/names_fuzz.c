#include "target.h"
#include "web/access/auth.h"
#include "web/access/host.h"
#include "web/access/names.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

static void set_header(struct request *request, enum request_header header,
                       const char *value)
{
    struct err err = ERR_INIT;

    must(request_set_header(request, header, value, strlen(value), &err) == 0);
}

/* Both in brackets, with what they want behind them: one address? */
static bool is_same_address(const char *a, const char *b)
{
    const char *const texts[] = {a, b};
    struct in6_addr addresses[2];

    for (size_t i = 0; i < 2; i++) {
        char inside[INET6_ADDRSTRLEN];
        const char *end = strchr(texts[i], ']');
        size_t len = end ? (size_t)(end - texts[i] - 1) : 0;

        if (*texts[i] != '[' || !end || len >= sizeof(inside))
            return false;
        memcpy(inside, texts[i] + 1, len);
        inside[len] = '\0';
        if (inet_pton(AF_INET6, inside, &addresses[i]) != 1)
            return false;
    }
    return !memcmp(&addresses[0], &addresses[1], sizeof(addresses[0]));
}

static bool is_host(const char *text, const char *name)
{
    return !strncasecmp(text, name, strlen(name)) ||
           is_same_address(text, name);
}

/* As the browser may have written it: another form of the address, a dot
 * behind the name, a port that goes without saying. */
static bool is_origin(const char *text, const char *origin)
{
    const char *name = strstr(origin, "://") + 3;
    size_t scheme_len = (size_t)(name - origin);
    size_t name_len =
        *name == '[' ? strcspn(name, "]") + 1 : strcspn(name, ":");
    char bare[ORIGIN_MAX];

    if (strncasecmp(text, origin, scheme_len) != 0)
        return false;
    memcpy(bare, name, name_len);
    bare[name_len] = '\0';
    return is_host(text + scheme_len, bare);
}

/* What is one of ours once is so however often it is read. */
static void check_form(const char *origin)
{
    char once[ORIGIN_MAX];
    char twice[ORIGIN_MAX];
    struct host host;

    if (!origin_parse(origin, strlen(origin), once, &host, NULL))
        return;
    must(origin_parse(once, strlen(once), twice, &host, NULL));
    must(!strcmp(once, twice));
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
            is_known |= is_host(host, web->hosts[i]);
        must(is_known);
    } else {
        must(err.code == ERR_MISDIRECTED);
        err_clear(&err);
    }
    is_known = false;
    if (auth_check_origin(web, &request, &err) == 0) {
        for (size_t i = 0; i < web->origin_count; i++)
            is_known |= is_origin(origin, web->origins[i]);
        must(is_known);
    } else {
        must(err.code == ERR_ORIGIN);
    }
    check_form(origin);
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
            must(!*web.base || *web.base == '/');
            must(!strcmp(web.base_url + strlen(web.base_url) - strlen(web.base),
                         web.base));
            check_names(&web, host, origin);
        }
    }
    free(url);
    free(hosts);
    free(host);
    free(origin);
    return 0;
}
