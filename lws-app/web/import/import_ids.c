#include "web/import/import_ids.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

#define KEY_MAX (USERNAME_MAX + CLIENT_ORDER_ID_MAX)

struct bearer {
    UT_hash_handle hh;
    int64_t line;
    char key[]; /* the owner's name, NUL, and the id */
};
struct import_ids {
    struct bearer *bearers;
};

static size_t put_key(const char *owner, const char *id, char key[KEY_MAX])
{
    size_t owner_len = strlen(owner) + 1;
    size_t id_len = strlen(id);

    memcpy(key, owner, owner_len);
    memcpy(key + owner_len, id, id_len);
    return owner_len + id_len;
}

struct import_ids *import_ids_new(struct err *err)
{
    struct import_ids *ids = mem_zalloc(sizeof(*ids));

    if (!ids)
        err_set(err, ERR_NOMEM, "out of memory");
    return ids;
}

void import_ids_clear(struct import_ids *ids)
{
    struct bearer *bearer;
    struct bearer *next;

    HASH_ITER(hh, ids->bearers, bearer, next)
    {
        HASH_DEL(ids->bearers, bearer);
        mem_free(bearer);
    }
}

void import_ids_free(struct import_ids *ids)
{
    if (!ids)
        return;
    import_ids_clear(ids);
    mem_free(ids);
}

static struct bearer *find(const struct import_ids *ids, const char *key,
                           size_t len)
{
    struct bearer *found = NULL;

    HASH_FIND(hh, ids->bearers, key, len, found);
    return found;
}

int import_ids_add(struct import_ids *ids, const struct order *order,
                   int64_t line, struct err *err)
{
    char key[KEY_MAX];
    size_t len = put_key(order->owner_name, order->client_order_id, key);
    struct bearer *bearer;

    if (!order->client_order_id[0] || find(ids, key, len))
        return 0;
    bearer = mem_zalloc(sizeof(*bearer) + len);
    if (!bearer)
        return err_set(err, ERR_NOMEM, "out of memory");
    bearer->line = line;
    memcpy(bearer->key, key, len);
    HASH_ADD_KEYPTR(hh, ids->bearers, bearer->key, len, bearer);
    if (find(ids, key, len))
        return 0;
    mem_free(bearer);
    return err_set(err, ERR_NOMEM, "out of memory");
}

void import_ids_explain(const struct import_ids *ids,
                        const struct order_draft *draft, const char *owner,
                        struct err *err)
{
    const struct bearer *bearer;
    char key[KEY_MAX];
    size_t len;

    if (err->code != ERR_CONFLICT || !(draft->has & HAS_CLIENT_ORDER_ID))
        return;
    len = put_key(draft->has & HAS_OWNER ? draft->owner_name : owner,
                  draft->client_order_id, key);
    bearer = find(ids, key, len);
    if (!bearer)
        return;
    err_clear(err);
    err_field(err, "client_order_id",
              "is also that of line %" PRId64 ", which is a different order",
              bearer->line);
}
