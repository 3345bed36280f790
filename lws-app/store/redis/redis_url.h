#pragma once
#include "base/err.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>
/*
 * Where Redis is, read from a URL.
 * Thread: any. Never blocks, but for redis_url_look_up().
 */
struct addrinfo;
#define REDIS_USER_MAX 255
#define REDIS_PASSWORD_MAX 512
#define REDIS_HOST_MAX 255 /* RFC 1035, section 2.3.4 */
#define REDIS_PATH_MAX 255
#define REDIS_NAME_MAX (REDIS_HOST_MAX + 16)

struct redis_url {
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": TCP */
    char name[REDIS_NAME_MAX]; /* host:port or path, for logs */
    bool is_number;            /* host is an address, not a name */
    int port;
    char user[REDIS_USER_MAX + 1]; /* "": default */
    bool has_login;
    char password[REDIS_PASSWORD_MAX + 1];
    bool is_tls;
    char host[REDIS_HOST_MAX + 1]; /* as it was given; "": a socket */
    char ca[REDIS_PATH_MAX + 1]; /* PEM file of authorities; "": the system's */
};

/* redis[s]://[[user]:password@]host[:port][/[0]][?ssl_ca_certs=/path] or
 * unix://[[user]:password@]/path; in a user or password, '@' is %40 and '%' is
 * %25. s: by TLS.
 * ERR_INVALID, field "redis"; the text never shows the URL, which may hold a
 * password. Whether there is a host of that name is not looked at. */
int redis_url_parse(struct redis_url *url, const char *text, struct err *err);
/* A name may stand for several addresses ("localhost" often for ::1 first,
 * where nobody listens): all are kept, to be tried in turn. */
#define REDIS_ADDRESS_MAX 4
struct redis_addresses {
    char text[REDIS_ADDRESS_MAX][INET6_ADDRSTRLEN + 20];
    size_t count;
};
void redis_addresses_take(struct redis_addresses *addresses,
                          const struct addrinfo *found);
/* Blocks while a name is looked up. ERR_UNAVAILABLE: it is not known. */
int redis_url_look_up(const struct redis_url *url,
                      struct redis_addresses *addresses, struct err *err);
/* Of several, with commas between them, the next one; *list moves on behind it.
 * 1: there was one, 0: none is left; ERR_INVALID, field "redis": it is too
 * long. A comma of a user or password is %2C. */
#define REDIS_URL_MAX 1024
int redis_url_next(const char **list, char url[REDIS_URL_MAX], struct err *err);
/* All of such a list; "" is none. ERR_INVALID, field "redis": one of them can't
 * be read, there are more than REDIS_URLS_MAX, or two are one server, which
 * could not stand in for itself. The text says which. */
#define REDIS_URLS_MAX 4
int redis_urls_check(const char *list, struct err *err);
/* What lets us in: AUTH and its words, up to REDIS_AUTH_WORDS; 0: nothing needs
 * to. argv: borrowed from url. */
#define REDIS_AUTH_WORDS 3
int redis_url_auth(const struct redis_url *url,
                   const char *argv[REDIS_AUTH_WORDS]);
/* hiredis writes with write(2): a Redis that goes away would end the process
 * where SIGPIPE is still at its default. */
void redis_ignore_sigpipe(void);
