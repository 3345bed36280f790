#include "store/redis/redis_url.h"
#include "target.h"

#include <netdb.h>
#include <stdbool.h>

#include "base/banned.h"

/* In place of the library's: to read a URL asks no name server. */
int getaddrinfo(const char *host, const char *service,
                const struct addrinfo *hints, struct addrinfo **found)
{
    (void)service;
    must(hints->ai_flags & AI_NUMERICHOST);
    must(*host != '\0' && strlen(host) <= 255);
    *found = NULL;
    return EAI_NONAME;
}

/* The URL may hold a password, so no error shows any of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    struct redis_url url;
    struct err err = ERR_INIT;

    if (redis_url_parse(&url, text, &err) == 0) {
        must((url.path[0] == '/') != (url.host[0] != '\0'));
        must(strlen(url.path) < sizeof(url.path));
        must(url.name[0] != '\0' && strlen(url.name) < sizeof(url.name));
        must(strlen(url.password) <= REDIS_PASSWORD_MAX);
    } else {
        must(err.code == ERR_INVALID && err.field_count == 1);
        must(!strcmp(err.fields[0].name, "redis"));
        must(!url.password[0] || strlen(url.password) < 12 ||
             !strstr(err.fields[0].text, url.password));
    }
    err_clear(&err);
    if (redis_urls_check(text, &err) < 0)
        must(err.code == ERR_INVALID && err.field_count == 1);
    free(text);
    return 0;
}
