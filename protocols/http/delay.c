#include "protocols/http/delay.h"
#include "base/mem.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

struct delay_site {
    uint64_t key;
    int waiting;
    UT_hash_handle hh;
};

static struct delay_site *find(struct delays *delays, uint64_t key)
{
    struct delay_site *site = NULL;

    HASH_FIND(hh, delays->sites, &key, sizeof(key), site);
    return site;
}

static struct delay_site *add(struct delays *delays, uint64_t key)
{
    struct delay_site *site = mem_zalloc(sizeof(*site));

    if (!site)
        return NULL;
    site->key = key;
    HASH_ADD(hh, delays->sites, key, sizeof(site->key), site);
    if (!site->hh.tbl) {
        mem_free(site);
        return NULL;
    }
    return site;
}

bool delays_take(struct delays *delays, uint64_t key)
{
    struct delay_site *site = find(delays, key);

    if (!site)
        site = add(delays, key);
    if (!site || site->waiting == DELAYS_PER_ADDRESS)
        return false;
    site->waiting++;
    return true;
}

void delays_give_back(struct delays *delays, uint64_t key)
{
    struct delay_site *site = find(delays, key);

    if (!site || --site->waiting > 0)
        return;
    HASH_DEL(delays->sites, site);
    mem_free(site);
}
