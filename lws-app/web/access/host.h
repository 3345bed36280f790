#pragma once
#include <stdbool.h>
#include <stddef.h>
/*
 * Names of hosts and origins, as browsers and proxies write them, in one form
 * each, so that they can be compared.
 * Thread: any. Never blocks.
 */
#define HOST_NAME_MAX_LEN 253 /* RFC 1035, section 2.3.4, as text */
#define HOST_MAX (HOST_NAME_MAX_LEN + 1)
#define ORIGIN_MAX (HOST_MAX + 16)

/* name: in lower case, without a trailing dot; an IPv6 address in its shortest
 * form, in brackets. port: 0 where none is said. */
struct host {
    char name[HOST_MAX];
    int port;
};

/* "Desk.Example.:8443", "[::1]", "192.0.2.1:". ASCII alone. */
bool host_parse(const char *text, size_t len, struct host *host);
/* "HTTPS://Desk.Example:443" as "https://desk.example": with nothing behind it,
 * and without the port that its scheme has anyway. *is_https may be NULL. */
bool origin_parse(const char *text, size_t len, char origin[ORIGIN_MAX],
                  struct host *host, bool *is_https);
void origin_format(char origin[ORIGIN_MAX], bool is_https, const char *name,
                   int port);
