#include "web/web.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static int add_host(struct web *web, const char *host, size_t len,
                    struct err *err)
{
    if (!len)
        return 0;
    if (web->host_count == WEB_NAMES_MAX || len >= sizeof(web->hosts[0]))
        return err_field(err, "allowed_hosts", "too many names, or too long");
    snprintf(web->hosts[web->host_count++], sizeof(web->hosts[0]), "%.*s",
             (int)len, host);
    return 0;
}

static void add_origin(struct web *web, const char *host, int port)
{
    const char *scheme = web->is_tls ? "https" : "http";
    char *out = web->origins[web->origin_count++];

    if (port == (web->is_tls ? 443 : 80))
        snprintf(out, sizeof(web->origins[0]), "%s://%s", scheme, host);
    else
        snprintf(out, sizeof(web->origins[0]), "%s://%s:%d", scheme, host,
                 port);
}

/* "https://desk.example:8443" and no more: no path, no user. */
static int add_public_url(struct web *web, const char *url, struct err *err)
{
    bool https = !strncmp(url, "https://", 8);
    const char *host = https ? url + 8 : url + 7;
    size_t len = strlen(url);
    size_t host_len;

    if (!https && strncmp(url, "http://", 7) != 0)
        return err_field(err, "public_url",
                         "must begin with http:// or https://");
    if (web->is_tls && !https)
        return err_field(err, "public_url",
                         "must begin with https:// while tls_cert is set");
    if (url[len - 1] == '/')
        len--;
    if (!*host || strcspn(host, "/?#@ ") != len - (size_t)(host - url) ||
        len >= sizeof(web->base_url))
        return err_field(err, "public_url",
                         "must be scheme, host and port alone");
    web->secure_cookies = https;
    snprintf(web->base_url, sizeof(web->base_url), "%.*s", (int)len, url);
    snprintf(web->origins[web->origin_count++], sizeof(web->origins[0]), "%s",
             web->base_url);
    host_len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    return add_host(web, host, host_len, err);
}

static int add_hosts(struct web *web, const char *list, struct err *err)
{
    while (*list) {
        size_t len;

        list += strspn(list, ", ");
        len = strcspn(list, ", ");
        if (add_host(web, list, len, err) < 0)
            return -1;
        list += len;
    }
    return 0;
}

int web_set_names(struct web *web, const char *public_url,
                  const char *allowed_hosts, const char *address, int port,
                  struct err *err)
{
    static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};
    char host[256];

    web->secure_cookies = web->is_tls;
    web->host_count = 0;
    web->origin_count = 0;
    snprintf(host, sizeof(host), strchr(address, ':') ? "[%s]" : "%s", address);
    if (*public_url) {
        if (add_public_url(web, public_url, err) < 0)
            return -1;
    } else {
        add_origin(web, host, port);
        for (size_t i = 0; i < 3; i++)
            add_origin(web, loopback[i], port);
        snprintf(web->base_url, sizeof(web->base_url), "%s", web->origins[0]);
    }
    if (*allowed_hosts)
        return add_hosts(web, allowed_hosts, err);
    if (add_host(web, host, strlen(host), err) < 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        if (add_host(web, loopback[i], strlen(loopback[i]), err) < 0)
            return -1;
    }
    return 0;
}
