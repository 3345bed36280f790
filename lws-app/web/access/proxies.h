#pragma once
#include "base/address.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The proxies that may say for whom they speak. Everybody else's
 * X-Forwarded-For and X-Forwarded-Proto are words of a stranger.
 * Thread: any; read-only once read.
 */
#define PROXIES_MAX 32

struct proxies {
    struct cidr of[PROXIES_MAX];
    size_t count;
};

/* list: prefixes and addresses, separated by commas or spaces; "": none.
 * ERR_INVALID, field "trusted_proxy". */
int proxies_read(struct proxies *proxies, const char *list, struct err *err);
bool proxies_trust(const struct proxies *proxies,
                   const struct address *address);
/* address: the peer's; where that is a proxy's, it becomes the rightmost of
 * forwarded_for (NULL: not sent) that is none. What stands left of it, or of a
 * word that is no address, could be anybody's. is_local: the peer is trusted,
 * whatever its address. True: it is trusted. */
bool proxies_resolve(const struct proxies *proxies, bool is_local,
                     const char *forwarded_for, char address[ADDRESS_TEXT_MAX]);
/* Is the last word of X-Forwarded-Proto https? */
bool proxies_say_https(const char *forwarded_proto);
