#include "protocols/host/flows.h"
#include "base/address.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/access/credentials.h"

#include <string.h>

#include "base/banned.h"

#define PLACES 8192
/* Users are small numbers, and 0 is the program. */
#define STRANGER (UINT64_C(1) << 63)

/* One that loses its place counts as a stranger's until it is seen again. */
struct flows {
    uint8_t key[SECRET_SIPHASH_KEY];
    struct known_login {
        uint64_t hash; /* 0: none */
        int64_t user;
    } places[PLACES];
};

int flows_new(struct flows **flows, struct err *err)
{
    *flows = mem_zalloc(sizeof(**flows));
    if (!*flows)
        return err_set(err, ERR_NOMEM, "no memory for flows");
    return secret_random((*flows)->key, sizeof((*flows)->key), err);
}

void flows_free(struct flows *flows)
{
    mem_free(flows);
}

uint64_t flows_of_user(int64_t user)
{
    return (uint64_t)user;
}

int64_t flows_user(uint64_t flow)
{
    return flow & STRANGER ? 0 : (int64_t)flow;
}

uint64_t flows_of_address(const struct flows *flows, const char *address)
{
    struct address site;

    if (!address_parse(address, strlen(address), &site))
        return STRANGER;
    site = address_site(&site);
    return STRANGER |
           secret_siphash(flows->key, site.bytes, sizeof(site.bytes));
}

/* Of all that it may be logged in by; 0: nothing. */
static uint64_t hash_of(const struct flows *flows,
                        const struct request *request)
{
    struct credentials credentials;
    struct err unreadable = ERR_INIT;
    uint64_t hash = 0;

    if (credentials_read(request, &credentials, &unreadable) < 0)
        return 0;
    for (size_t i = 0; i < credentials.count; i++) {
        const struct credential *one = &credentials.of[i];

        /* The order and the kind count too. */
        hash = hash * 31 + one->is_token + 1 +
               secret_siphash(flows->key, one->text, strlen(one->text));
    }
    return hash;
}

uint64_t flows_of_request(const struct flows *flows,
                          const struct request *request)
{
    uint64_t hash = hash_of(flows, request);
    const struct known_login *known = &flows->places[hash % PLACES];

    if (hash && known->hash == hash)
        return flows_of_user(known->user);
    return flows_of_address(flows, request->address);
}

void flows_learn(struct flows *flows, const struct request *request,
                 int64_t user)
{
    uint64_t hash = user ? hash_of(flows, request) : 0;

    if (hash)
        flows->places[hash % PLACES] =
            (struct known_login){.hash = hash, .user = user};
}
