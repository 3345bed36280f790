#include "protocols/http/hold.h"
#include "base/mem.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

struct hold {
    uint64_t flow;
    size_t len;
    UT_hash_handle hh;
};

struct holds {
    struct hold *flows; /* that hold something */
    size_t sum;
    size_t max;
};

int holds_new(struct holds **holds, size_t max, struct err *err)
{
    *holds = mem_zalloc(sizeof(**holds));
    if (!*holds)
        return err_set(err, ERR_NOMEM, "no memory to count what is held");
    (*holds)->max = max;
    return 0;
}

static void hold_free(struct holds *holds, struct hold *hold)
{
    HASH_DEL(holds->flows, hold);
    mem_free(hold);
}

void holds_free(struct holds *holds)
{
    while (holds && holds->flows)
        hold_free(holds, holds->flows);
    mem_free(holds);
}

static struct hold *find(struct holds *holds, uint64_t flow)
{
    struct hold *hold = NULL;

    HASH_FIND(hh, holds->flows, &flow, sizeof(flow), hold);
    return hold;
}

static struct hold *add(struct holds *holds, uint64_t flow)
{
    struct hold *hold = mem_zalloc(sizeof(*hold));

    if (!hold)
        return NULL;
    hold->flow = flow;
    HASH_ADD(hh, holds->flows, flow, sizeof(hold->flow), hold);
    if (hold->hh.tbl)
        return hold;
    mem_free(hold);
    return NULL;
}

static int refuse(struct err *err, enum err_code code, const char *why)
{
    err_set(err, code, "%s: try again", why);
    err->retry_after_s = 1;
    return -1;
}

int holds_take(struct holds *holds, uint64_t flow, size_t len, struct err *err)
{
    struct hold *hold = find(holds, flow);
    size_t own = hold ? hold->len : 0;

    if (len > holds->max / 4 - own)
        return refuse(err, ERR_THROTTLED,
                      "too much for you is being sent or waiting to be sent");
    if (len > holds->max - holds->sum)
        return refuse(err, ERR_UNAVAILABLE,
                      "too much is being sent or waiting to be sent");
    if (!hold)
        hold = add(holds, flow);
    if (!hold)
        return err_set(err, ERR_NOMEM, "no memory to count what is held");
    hold->len += len;
    holds->sum += len;
    return 0;
}

void holds_give_back(struct holds *holds, uint64_t flow, size_t len)
{
    struct hold *hold = len ? find(holds, flow) : NULL;

    if (!hold)
        return;
    holds->sum -= len;
    hold->len -= len;
    if (!hold->len)
        hold_free(holds, hold);
}

size_t holds_sum(const struct holds *holds)
{
    return holds->sum;
}
