#include "web/access/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

static int add_name(struct web *web, const char *name, struct err *err)
{
    for (size_t i = 0; i < web->host_count; i++) {
        if (!strcmp(web->hosts[i], name))
            return 0;
    }
    if (web->host_count == WEB_NAMES_MAX)
        return err_field(err, "allowed_hosts", "at most %d names",
                         WEB_NAMES_MAX);
    snprintf(web->hosts[web->host_count++], HOST_MAX, "%s", name);
    return 0;
}

static void add_origin(struct web *web, const char *name, int port)
{
    origin_format(web->origins[web->origin_count++], web->is_tls, name, port);
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}

static int refuse_foreign_letters(const char *setting, struct err *err)
{
    return err_field(err, setting,
                     "must be ASCII: write the host as browsers send it, as "
                     "xn--...");
}

/* The first part of its path must lead to nothing of ours: each path is
 * answered with and without it, as proxies take it off or leave it. */
static bool is_base(const char *path, size_t len)
{
    static const char *const taken[] = {"api",     "admin",   "accounts",
                                        "assets",  "data",    "orders",
                                        "healthz", "metrics", "readyz"};
    size_t first = 1;

    while (first < len && path[first] != '/')
        first++;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (strlen(taken[i]) == first - 1 &&
            !strncasecmp(taken[i], path + 1, first - 1))
            return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool is_slash = path[i] == '/';

        if (!is_slash && !isalnum((unsigned char)path[i]) &&
            !strchr("-_~", path[i]))
            return false;
        if (is_slash && (i + 1 == len || path[i + 1] == '/'))
            return false;
    }
    return true;
}

static int read_base(struct web *web, const char *path, struct err *err)
{
    static const char field[] = "public_url";
    size_t len = strlen(path);

    if (len && path[len - 1] == '/')
        len--;
    if (len >= sizeof(web->base))
        return err_field(err, field, "has a path of more than %d bytes",
                         WEB_BASE_MAX - 1);
    if (!is_base(path, len))
        return err_field(err, field,
                         "its path may hold letters, digits, -, _ and ~ "
                         "between single slashes, and not begin with one of "
                         "ours, such as /api");
    memcpy(web->base, path, len);
    web->base[len] = '\0';
    return 0;
}

/* "https://desk.example:8443/desk" and no more: no user, no query. */
static int add_public_url(struct web *web, const char *url, struct err *err)
{
    static const char field[] = "public_url";
    char origin[ORIGIN_MAX];
    struct host host;
    size_t len;

    if (strncasecmp(url, "https://", 8) != 0 &&
        strncasecmp(url, "http://", 7) != 0)
        return err_field(err, field, "must begin with http:// or https://");
    if (!is_ascii(url, strlen(url)))
        return refuse_foreign_letters(field, err);
    len = (size_t)(strchr(url, ':') - url) + 3;
    len += strcspn(url + len, "/?#");
    if (!origin_parse(url, len, origin, &host, &web->secure_cookies))
        return err_field(err, field,
                         "must be just scheme, host, port and path");
    if (read_base(web, url + len, err) < 0)
        return -1;
    if (web->is_tls && !web->secure_cookies)
        return err_field(err, field,
                         "must begin with https:// while tls_cert is set");
    snprintf(web->base_url, sizeof(web->base_url), "%s%s", origin, web->base);
    memcpy(web->origins[web->origin_count++], origin, sizeof(origin));
    return add_name(web, host.name, err);
}

/* An IPv6 address may stand without its brackets. */
static bool parse_listed(const char *text, size_t len, struct host *host)
{
    char bracketed[HOST_MAX];
    const char *colon = memchr(text, ':', len);

    if (!colon || *text == '[' || len + 3 > sizeof(bracketed) ||
        !memchr(colon + 1, ':', len - (size_t)(colon - text) - 1))
        return host_parse(text, len, host);
    snprintf(bracketed, sizeof(bracketed), "[%.*s]", (int)len, text);
    return host_parse(bracketed, len + 2, host);
}

static int add_listed(struct web *web, const char *text, size_t len,
                      struct err *err)
{
    static const char field[] = "allowed_hosts";
    int shown = (int)(len < 80 ? len : 80);
    struct host host;

    if (!is_ascii(text, len))
        return refuse_foreign_letters(field, err);
    if (!parse_listed(text, len, &host))
        return err_field(err, field, "not a valid host name: %.*s", shown,
                         text);
    if (host.port || text[len - 1] == ':')
        return err_field(err, field, "names without a port: %.*s", shown, text);
    return add_name(web, host.name, err);
}

static int add_listed_all(struct web *web, const char *list, struct err *err)
{
    while (*(list += strspn(list, ", \t"))) {
        size_t len = strcspn(list, ", \t");

        if (add_listed(web, list, len, err) < 0)
            return -1;
        list += len;
    }
    return 0;
}

static int add_cors(struct web *web, const char *text, size_t len,
                    struct err *err)
{
    static const char field[] = "cors_origins";
    int shown = (int)(len < 60 ? len : 60);
    struct host host;

    if (!is_ascii(text, len))
        return refuse_foreign_letters(field, err);
    if (web->cors_origin_count == WEB_NAMES_MAX)
        return err_field(err, field, "at most %d origins", WEB_NAMES_MAX);
    if (len == 1 && *text == '*')
        return err_field(err, field,
                         "* would mean everybody: name each origin");
    if (!origin_parse(text, len, web->cors_origins[web->cors_origin_count],
                      &host, NULL))
        return err_field(err, field, "not just scheme, host and port: %.*s",
                         shown, text);
    web->cors_origin_count++;
    return 0;
}

int web_set_cors(struct web *web, const char *cors_origins, struct err *err)
{
    web->cors_origin_count = 0;
    while (*(cors_origins += strspn(cors_origins, ", \t"))) {
        size_t len = strcspn(cors_origins, ", \t");

        if (add_cors(web, cors_origins, len, err) < 0)
            return -1;
        cors_origins += len;
    }
    return 0;
}

int web_set_names(struct web *web, const char *public_url,
                  const char *allowed_hosts, const char *address, int port,
                  struct err *err)
{
    static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};
    char host[HOST_MAX];
    struct host listened;

    web->secure_cookies = web->is_tls;
    web->host_count = 0;
    *web->base = '\0';
    web->origin_count = 0;
    snprintf(host, sizeof(host), strchr(address, ':') ? "[%s]" : "%s", address);
    if (host_parse(host, strlen(host), &listened))
        memcpy(host, listened.name, sizeof(host));
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
        return add_listed_all(web, allowed_hosts, err);
    if (add_name(web, host, err) < 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        if (add_name(web, loopback[i], err) < 0)
            return -1;
    }
    return 0;
}
