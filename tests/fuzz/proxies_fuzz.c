#include "target.h"
#include "web/access/proxies.h"

#include <stdio.h>

#include "base/banned.h"

/* Whoever is no proxy of ours can't choose his own address. */
static void check_stranger(const struct proxies *proxies, const char *forwarded)
{
    char address[ADDRESS_TEXT_MAX] = "203.0.113.7";
    struct address peer;

    must(address_parse(address, strlen(address), &peer));
    must(proxies_resolve(proxies, false, forwarded, address) ==
         proxies_trust(proxies, &peer));
    if (!proxies_trust(proxies, &peer))
        must(!strcmp(address, "203.0.113.7"));
}

/* What a proxy says ends in an address, and in none of a proxy unless all are
 * proxies. */
static void check_proxy(const char *forwarded)
{
    char address[ADDRESS_TEXT_MAX] = "10.0.0.1";
    struct proxies proxies;
    struct address at;
    struct err err = ERR_INIT;

    must(proxies_read(&proxies, "10.0.0.0/8, ::1", &err) == 0);
    must(proxies_resolve(&proxies, false, forwarded, address));
    must(address_parse(address, strlen(address), &at));
    if (!strchr(forwarded, ',') && !proxies_trust(&proxies, &at)) {
        size_t blanks = strspn(forwarded, " \t");
        size_t len = strlen(forwarded);
        struct address said;

        while (len > blanks && strchr(" \t", forwarded[len - 1]))
            len--;
        must(address_parse(forwarded + blanks, len - blanks, &said));
        must(!memcmp(&said, &at, sizeof(at)));
    }
}

/* A line each: trusted_proxy, X-Forwarded-For, X-Forwarded-Proto. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *list = target_line(&data, &size);
    char *forwarded = target_line(&data, &size);
    char *protocol = target_line(&data, &size);
    struct proxies proxies;
    struct err err = ERR_INIT;

    if (list && proxies_read(&proxies, list, &err) < 0)
        must(err.code == ERR_INVALID && err.field_count == 1);
    else if (forwarded)
        check_stranger(&proxies, forwarded);
    if (forwarded)
        check_proxy(forwarded);
    if (protocol && proxies_say_https(protocol))
        must(strlen(protocol) >= 5);
    free(list);
    free(forwarded);
    free(protocol);
    return 0;
}
