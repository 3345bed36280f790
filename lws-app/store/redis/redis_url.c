#include "store/redis/redis_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/banned.h"

#define FIELD "redis"
#define DEFAULT_PORT 6379

static int refuse(struct err *err, const char *why)
{
    return err_field(err, FIELD, "%s", why);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A '%' that is not followed by two digits stands for itself. */
static int read_escaped(char *out, size_t max, const char *text, size_t len,
                        struct err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%' && i + 2 < len && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            c = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || n == max)
            return refuse(err, "the user, the password or a path is too long "
                               "or holds a NUL");
        out[n++] = c;
    }
    out[n] = '\0';
    return 0;
}

/* Takes "[user]:password@" off the front of *rest. Whom Redis calls default is
 * who logs in by a password alone, which is all that one before 6 takes. */
static int read_user(struct redis_url *url, const char **rest, struct err *err)
{
    const char *at = strchr(*rest, '@');
    const char *colon = at ? memchr(*rest, ':', (size_t)(at - *rest)) : NULL;

    if (**rest == '/' || !at)
        return 0;
    if (!colon)
        return refuse(err, "before @ must stand user:password or :password");
    if (read_escaped(url->user, REDIS_USER_MAX, *rest, (size_t)(colon - *rest),
                     err) < 0 ||
        read_escaped(url->password, REDIS_PASSWORD_MAX, colon + 1,
                     (size_t)(at - colon - 1), err) < 0)
        return -1;
    if (!strcmp(url->user, "default"))
        url->user[0] = '\0';
    url->has_login = url->user[0] || url->password[0];
    *rest = at + 1;
    return 0;
}

int redis_url_auth(const struct redis_url *url,
                   const char *argv[REDIS_AUTH_WORDS])
{
    int count = 0;

    if (!url->has_login)
        return 0;
    argv[count++] = "AUTH";
    if (url->user[0])
        argv[count++] = url->user;
    argv[count++] = url->password;
    return count;
}

/* Other parameters are none of ours. */
static int read_ca(struct redis_url *url, const char *path, struct err *err)
{
    if (*path != '/' || strpbrk(path, "&#"))
        return refuse(err, "ssl_ca_certs must be a full path, and the only "
                           "parameter");
    if (read_escaped(url->ca, REDIS_PATH_MAX, path, strlen(path), err) < 0)
        return -1;
    return access(url->ca, R_OK) == 0
               ? 0
               : refuse(err, "the file of ssl_ca_certs can't be read");
}

/* Behind the address. Channels belong to no database, so a number would keep
 * nothing apart that is not apart without it; 0 is what is meant by none. */
static int read_database(struct redis_url *url, const char *text,
                         struct err *err)
{
    static const char *const none[] = {"", "/", "/0", "/?db=0", "?db=0"};
    static const char ca[] = "?ssl_ca_certs=";
    const char *path = strstr(text, ca);

    if (path && url->is_tls && (path - text <= 1 || !strncmp(text, "/0?", 3)))
        return read_ca(url, path + sizeof(ca) - 1, err);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        if (!strcmp(text, none[i]))
            return 0;
    }
    if (path && !url->is_tls)
        return refuse(err, "ssl_ca_certs is for rediss://");
    if (!path && strchr(text, '?') && !strstr(text, "?db="))
        return refuse(err, "no parameter is known but ssl_ca_certs, of "
                           "rediss://");
    return refuse(err, "only /0 may follow the port: channels belong to no "
                       "database");
}

static int read_path(struct redis_url *url, const char *path, struct err *err)
{
    size_t len = strlen(path);

    if (path[0] != '/' || len == 1)
        return refuse(err, "unix:// needs the socket's full path");
    if (len >= sizeof(url->path))
        return refuse(err, "the socket's path is too long");
    memcpy(url->path, path, len + 1);
    memcpy(url->name, path, len + 1);
    return 0;
}

static int read_port(const char *text, size_t len, int *port)
{
    long value = 0;

    if (len == 0 || len > 5)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    *port = (int)value;
    return value >= 1 && value <= 65535 ? 0 : -1;
}

/* Splits "host", "host:port", "[v6]" and "[v6]:port". */
static int split_host(const char *text, size_t len,
                      char host[REDIS_HOST_MAX + 1], int *port)
{
    const char *end = text + len;
    const char *stop;
    bool v6 = len > 0 && text[0] == '[';

    if (v6)
        text++;
    stop = memchr(text, v6 ? ']' : ':', (size_t)(end - text));
    if (!stop && v6)
        return -1;
    if (!stop)
        stop = end;
    if (stop == text || stop - text > REDIS_HOST_MAX)
        return -1;
    memcpy(host, text, (size_t)(stop - text));
    host[stop - text] = '\0';
    if (v6)
        stop++;
    if (stop == end)
        return 0;
    return *stop == ':' ? read_port(stop + 1, (size_t)(end - stop - 1), port)
                        : -1;
}

static bool is_number(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    freeaddrinfo(found);
    return true;
}

/* Labels with dots between them, as name servers and /etc/hosts know them. */
static bool is_name(const char *host)
{
    bool was_dot = true;

    for (const char *c = host; *c; c++) {
        if (*c == '.' ? was_dot
                      : !isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
        was_dot = *c == '.';
    }
    return true;
}

void redis_addresses_take(struct redis_addresses *addresses,
                          const struct addrinfo *found)
{
    addresses->count = 0;
    for (; found && addresses->count < REDIS_ADDRESS_MAX;
         found = found->ai_next) {
        if (getnameinfo(found->ai_addr, found->ai_addrlen,
                        addresses->text[addresses->count],
                        sizeof(addresses->text[0]), NULL, 0,
                        NI_NUMERICHOST) == 0)
            addresses->count++;
    }
}

int redis_url_look_up(const struct redis_url *url,
                      struct redis_addresses *addresses, struct err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(url->host, NULL, &hints, &found);

    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "the host is not known: %s",
                       gai_strerror(rc));
    redis_addresses_take(addresses, found);
    freeaddrinfo(found);
    return addresses->count
               ? 0
               : err_set(err, ERR_UNAVAILABLE, "the host has no address");
}

static int read_host(struct redis_url *url, const char *text, struct err *err)
{
    size_t len = strcspn(text, "/?#");

    url->port = DEFAULT_PORT;
    if (read_database(url, text + len, err) < 0)
        return -1;
    if (split_host(text, len, url->host, &url->port) < 0)
        return refuse(err, "needs a host, and a port from 1 to 65535 if any");
    url->is_number = is_number(url->host);
    if (!url->is_number && !is_name(url->host))
        return refuse(err, "the host can't be a name or an address");
    snprintf(url->name, sizeof(url->name),
             strchr(url->host, ':') ? "[%s]:%d" : "%s:%d", url->host,
             url->port);
    return 0;
}

int redis_url_parse(struct redis_url *url, const char *text, struct err *err)
{
    static const struct {
        const char *scheme;
        int (*read)(struct redis_url *, const char *, struct err *);
    } forms[] = {
        {"redis://", read_host},
        {"rediss://", read_host},
        {"unix://", read_path},
    };

    memset(url, 0, sizeof(*url));
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t len = strlen(forms[i].scheme);
        const char *rest = text + len;

        if (strncasecmp(text, forms[i].scheme, len) != 0)
            continue;
        url->is_tls = !strcmp(forms[i].scheme, "rediss://");
        if (read_user(url, &rest, err) < 0)
            return -1;
        return forms[i].read(url, rest, err);
    }
    return refuse(err, "must be redis[s]://host[:port] or unix:///path");
}

void redis_ignore_sigpipe(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) == 0 &&
        !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
    }
}

int redis_url_next(const char **list, char url[REDIS_URL_MAX], struct err *err)
{
    size_t len = strcspn(*list, ",");

    if (!**list)
        return 0;
    if (len >= REDIS_URL_MAX)
        return err_field(err, "redis", "is too long");
    memcpy(url, *list, len);
    url[len] = '\0';
    *list += len;
    *list += **list == ',';
    return 1;
}

/* Where one of several is at fault, which. */
static int say_which(struct err *err, int number)
{
    char text[sizeof(err->fields[0].text)];

    snprintf(text, sizeof(text), "%s", err->fields[0].text);
    err_clear(err);
    return err_field(err, FIELD, "server %d: %s", number, text);
}

int redis_urls_check(const char *list, struct err *err)
{
    char names[REDIS_URLS_MAX][REDIS_NAME_MAX];
    const char *left = list;
    char url[REDIS_URL_MAX];
    struct redis_url parsed;
    int count = 0;
    int rc;

    while ((rc = redis_url_next(&left, url, err)) == 1) {
        if (count == REDIS_URLS_MAX)
            return err_field(err, FIELD, "names more than %d servers",
                             REDIS_URLS_MAX);
        if (redis_url_parse(&parsed, url, err) < 0)
            return strchr(list, ',') ? say_which(err, count + 1) : -1;
        for (int i = 0; i < count; i++) {
            if (!strcasecmp(names[i], parsed.name))
                return err_field(err, FIELD,
                                 "names %.100s twice: it can't stand in for "
                                 "itself",
                                 parsed.name);
        }
        memcpy(names[count++], parsed.name, sizeof(parsed.name));
    }
    return rc;
}
