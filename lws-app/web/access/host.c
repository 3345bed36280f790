#include "web/access/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define PORT_DIGITS 5
#define PORT_MAX 65535

/* Behind the colon; nothing there is no port. */
static bool read_port(const char *text, size_t len, int *port)
{
    *port = 0;
    if (len > PORT_DIGITS)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        *port = *port * 10 + (text[i] - '0');
    }
    return *port <= PORT_MAX;
}

static bool read_address(const char *text, size_t len, char name[HOST_MAX])
{
    char inside[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (len < 2 || len - 2 >= sizeof(inside))
        return false;
    memcpy(inside, text + 1, len - 2);
    inside[len - 2] = '\0';
    if (inet_pton(AF_INET6, inside, &address) != 1 ||
        !inet_ntop(AF_INET6, &address, inside, sizeof(inside)))
        return false;
    snprintf(name, HOST_MAX, "[%s]", inside);
    return true;
}

/* A dot at its end makes a name absolute; an address has none there. */
static bool read_name(const char *text, size_t len, char name[HOST_MAX])
{
    if (len > 1 && text[len - 1] == '.' &&
        !isdigit((unsigned char)text[len - 2]))
        len--;
    if (!len || len > HOST_NAME_MAX_LEN || text[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_dot = c == '.' && i > 0 && text[i - 1] != '.';

        if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_' && !is_dot))
            return false;
        name[i] = (char)tolower(c);
    }
    name[len] = '\0';
    return true;
}

bool host_parse(const char *text, size_t len, struct host *host)
{
    bool is_v6 = len && *text == '[';
    const char *close = is_v6 ? memchr(text, ']', len) : NULL;
    const char *colon;
    size_t name_len;

    if (is_v6 && !close)
        return false;
    colon = is_v6 ? close + 1 : memchr(text, ':', len);
    name_len = colon ? (size_t)(colon - text) : len;
    host->port = 0;
    if (name_len < len &&
        (text[name_len] != ':' ||
         !read_port(text + name_len + 1, len - name_len - 1, &host->port)))
        return false;
    return is_v6 ? read_address(text, name_len, host->name)
                 : read_name(text, name_len, host->name);
}

void origin_format(char origin[ORIGIN_MAX], bool is_https, const char *name,
                   int port)
{
    const char *scheme = is_https ? "https" : "http";

    if (!port || port == (is_https ? 443 : 80))
        snprintf(origin, ORIGIN_MAX, "%s://%s", scheme, name);
    else
        snprintf(origin, ORIGIN_MAX, "%s://%s:%d", scheme, name, port);
}

bool origin_parse(const char *text, size_t len, char origin[ORIGIN_MAX],
                  struct host *host, bool *is_https)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < 2; i++) {
        size_t scheme_len = strlen(schemes[i]);

        if (len < scheme_len || strncasecmp(text, schemes[i], scheme_len) != 0)
            continue;
        if (!host_parse(text + scheme_len, len - scheme_len, host))
            return false;
        origin_format(origin, i == 1, host->name, host->port);
        if (is_https)
            *is_https = i == 1;
        return true;
    }
    return false;
}
