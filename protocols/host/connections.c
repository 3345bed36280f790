#include "protocols/host/connections.h"
#include "base/address.h"
#include "base/mem.h"
#include "web/access/limit.h"
#include "web/access/proxies.h"

#include <string.h>
#include <sys/resource.h>

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

/* Files that are no connections: the database's, Redis, long answers being
 * sent. */
#define FILES_KEPT 128
#define CONNECTIONS_MIN 16

struct site {
    struct address address;
    size_t count;
    UT_hash_handle hh;
};

struct connections {
    struct limit *rate;
    const struct proxies *proxies;
    struct site *sites;
    size_t count, max;
    size_t max_per_address;
};

static size_t files_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur < FILES_KEPT + CONNECTIONS_MIN)
        return CONNECTIONS_MIN;
    return limit.rlim_cur - FILES_KEPT;
}

int connections_new(struct connections **out, long max, long max_per_address,
                    struct limit *rate, const struct proxies *proxies,
                    struct err *err)
{
    struct connections *connections = mem_zalloc(sizeof(*connections));

    *out = connections;
    if (!connections)
        return err_set(err, ERR_NOMEM, "no memory to count connections");
    connections->proxies = proxies;
    connections->rate = rate;
    connections->max = files_max();
    if (max && (size_t)max < connections->max)
        connections->max = (size_t)max;
    connections->max_per_address = (size_t)max_per_address;
    return 0;
}

void connections_free(struct connections *connections)
{
    struct site *site;
    struct site *next;

    if (!connections)
        return;
    HASH_ITER(hh, connections->sites, site, next)
    {
        HASH_DEL(connections->sites, site);
        mem_free(site);
    }
    mem_free(connections);
}

size_t connections_count(const struct connections *connections)
{
    return connections->count;
}

bool connections_take(struct connections *connections,
                      const struct address *peer, struct site **out)
{
    struct address address;
    struct site *site;

    *out = NULL;
    if (connections->count >= connections->max)
        return false;
    if (address_is_loopback(peer) ||
        proxies_trust(connections->proxies, peer)) {
        connections->count++;
        return true;
    }
    address = address_site(peer);
    if (limit_take_site(connections->rate, &address))
        return false;
    HASH_FIND(hh, connections->sites, &address, sizeof(address), site);
    if (!site) {
        site = mem_zalloc(sizeof(*site));
        if (!site)
            return false;
        site->address = address;
        HASH_ADD(hh, connections->sites, address, sizeof(address), site);
        if (!site->hh.tbl) {
            mem_free(site);
            return false;
        }
    } else if (site->count >= connections->max_per_address) {
        return false;
    }
    site->count++;
    connections->count++;
    *out = site;
    return true;
}

void connections_drop(struct connections *connections, struct site *site)
{
    connections->count--;
    if (!site || --site->count)
        return;
    HASH_DEL(connections->sites, site);
    mem_free(site);
}
