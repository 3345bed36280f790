#pragma once
#include "base/address.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * How many connections are open, all together and per site (base/address.h), so
 * that no one client can hold them all. Loopback and trusted proxies, behind
 * whom are many, are counted together with all, but have no share of their own.
 * Thread: loop thread only.
 */
struct connections;
struct limit;
struct proxies;
struct site; /* one peer's connections; NULL where they are not counted */

/* rate: of new ones by site; NULL: none. max 0: as many as there may be open
 * files, less a few of our own. ERR_NOMEM. */
int connections_new(struct connections **connections, long max,
                    long max_per_address, struct limit *rate,
                    const struct proxies *proxies, struct err *err);
void connections_free(struct connections *connections); /* NULL is fine */
size_t connections_count(const struct connections *connections);

/* False: the peer may have no further one. Else it counts until
 * connections_drop(). */
bool connections_take(struct connections *connections,
                      const struct address *peer, struct site **site);
void connections_drop(struct connections *connections, struct site *site);
