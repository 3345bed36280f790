#include "view/order_grams.h"
#include "base/mem.h"

#include <string.h>

#include "base/banned.h"

#define BITS_MIN 8
#define BITS_MAX 16
#define STEPS_FIRST 8
#define STEP_MAX 5 /* bytes of a step of 32 bits */
/* So few need no further list: a look at each costs less. */
#define FEW 32

bool order_grams_init(struct order_grams *grams, size_t slots)
{
    memset(grams, 0, sizeof(*grams));
    grams->bits = BITS_MIN;
    while (grams->bits < BITS_MAX && (size_t)1 << grams->bits < slots)
        grams->bits++;
    grams->bytes = sizeof(*grams->lists) << grams->bits;
    grams->lists = mem_zalloc(grams->bytes);
    return grams->lists != NULL;
}

void order_grams_release(struct order_grams *grams)
{
    for (size_t i = 0; grams->lists && i < (size_t)1 << grams->bits; i++)
        mem_free(grams->lists[i].steps);
    mem_free(grams->lists);
    memset(grams, 0, sizeof(*grams));
}

static struct order_gram_list *list_of(const struct order_grams *grams,
                                       const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    uint32_t gram =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;

    return &grams->lists[gram * UINT32_C(2654435761) >> (32 - grams->bits)];
}

static bool make_room(struct order_grams *grams, struct order_gram_list *list)
{
    uint32_t cap = list->cap ? list->cap * 2 : STEPS_FIRST;
    uint8_t *steps;

    if (list->len + STEP_MAX <= list->cap)
        return true;
    steps = mem_realloc(list->steps, cap);
    if (!steps)
        return false;
    grams->bytes += cap - list->cap;
    list->steps = steps;
    list->cap = cap;
    return true;
}

static void put_step(struct order_gram_list *list, uint32_t step)
{
    while (step >= 0x80) {
        list->steps[list->len++] = (uint8_t)(step | 0x80);
        step >>= 7;
    }
    list->steps[list->len++] = (uint8_t)step;
}

bool order_grams_add(struct order_grams *grams, uint32_t slot, const char *text,
                     size_t len)
{
    for (size_t i = 0; i + ORDER_GRAM <= len; i++) {
        struct order_gram_list *list;

        if (!text[i] || !text[i + 1] || !text[i + 2])
            continue;
        list = list_of(grams, text + i);
        if (list->last == slot + 1)
            continue;
        if (!make_room(grams, list))
            return false;
        put_step(list, slot + 1 - list->last);
        list->last = slot + 1;
        list->count++;
    }
    return true;
}

/* The next slot behind slot (at first UINT32_MAX, which is one before 0). */
static uint32_t take_step(const uint8_t **at, uint32_t slot)
{
    uint32_t step = 0;
    unsigned shift = 0;

    while (**at & 0x80) {
        step |= (uint32_t)(*(*at)++ & 0x7F) << shift;
        shift += 7;
    }
    step |= (uint32_t) * (*at)++ << shift;
    return slot + step;
}

static size_t take_all(const struct order_gram_list *list, uint32_t *out)
{
    const uint8_t *at = list->steps;
    uint32_t slot = UINT32_MAX;

    for (size_t i = 0; i < list->count; i++) {
        slot = take_step(&at, slot);
        out[i] = slot;
    }
    return list->count;
}

/* Leaves in out those that are in the list too. */
static size_t keep_common(const struct order_gram_list *list, uint32_t *out,
                          size_t count)
{
    const uint8_t *at = list->steps;
    uint32_t slot = UINT32_MAX;
    size_t kept = 0;
    size_t next = 0;

    for (size_t i = 0; i < list->count && next < count; i++) {
        slot = take_step(&at, slot);
        while (next < count && out[next] < slot)
            next++;
        if (next < count && out[next] == slot)
            out[kept++] = out[next++];
    }
    return kept;
}

static const struct order_gram_list *rarest(const struct order_grams *grams,
                                            const char *needle, size_t len)
{
    const struct order_gram_list *found = list_of(grams, needle);

    for (size_t i = 1; i + ORDER_GRAM <= len; i++) {
        const struct order_gram_list *list = list_of(grams, needle + i);

        if (list->count < found->count)
            found = list;
    }
    return found;
}

size_t order_grams_rarest(const struct order_grams *grams, const char *needle,
                          size_t len)
{
    return rarest(grams, needle, len)->count;
}

size_t order_grams_find(const struct order_grams *grams, const char *needle,
                        size_t len, uint32_t *out)
{
    const struct order_gram_list *first = rarest(grams, needle, len);
    size_t count = take_all(first, out);

    for (size_t i = 0; i + ORDER_GRAM <= len && count > FEW; i++) {
        const struct order_gram_list *list = list_of(grams, needle + i);

        /* To pass over a long list costs more than to look at a few rows. */
        if (list != first && list->count / 64 < count)
            count = keep_common(list, out, count);
    }
    return count;
}
