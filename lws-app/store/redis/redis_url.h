#pragma once
#include "base/err.h"
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>
/*
 * Where Redis is, read from a URL.
 * Thread: any. Blocks while a host name is looked up; never on an IP or a
 * socket.
 */
#define REDIS_ADDRESS_MAX 4
#define REDIS_PASSWORD_MAX 512

struct redis_url {
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "": TCP */
    char addresses[REDIS_ADDRESS_MAX][INET6_ADDRSTRLEN + 20];
    size_t address_count;
    int port;
    char password[REDIS_PASSWORD_MAX + 1]; /* "": none */
};

/* redis://[[default]:password@]host[:port][/[0]] or
 * unix://[[default]:password@]/path; in a password, '@' is %40 and '%' is %25.
 * ERR_INVALID, field "redis"; the text never shows the URL, which may hold a
 * password. */
int redis_url_parse(struct redis_url *url, const char *text, struct err *err);
/* hiredis writes with write(2): a Redis that goes away would end the process
 * where SIGPIPE is still at its default. */
void redis_ignore_sigpipe(void);
