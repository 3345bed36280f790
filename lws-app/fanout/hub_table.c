#include "base/mem.h"
#include "fanout/hub_private.h"

#include "base/banned.h"

#define TABLE_FIRST 64

/*
 * Sources by owner: chained buckets, because ten thousand idle sources should
 * cost one pointer each here.
 */
static size_t bucket_of(int64_t owner, size_t count)
{
    uint64_t mixed = (uint64_t)owner * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed >> 32) & (count - 1);
}

int table_init(struct hub *hub)
{
    hub->buckets = mem_zalloc(TABLE_FIRST * sizeof hub->buckets[0]);
    hub->bucket_count = hub->buckets ? TABLE_FIRST : 0;
    return hub->buckets ? 0 : -1;
}

struct hub_source *table_find(const struct hub *hub, int64_t owner)
{
    struct hub_source *source;

    source = hub->buckets[bucket_of(owner, hub->bucket_count)];
    while (source && source->owner != owner)
        source = source->next_in_bucket;
    return source;
}

static void bucket_add(struct hub_source **buckets, size_t count,
                       struct hub_source *source)
{
    size_t i = bucket_of(source->owner, count);

    source->next_in_bucket = buckets[i];
    buckets[i] = source;
}

static void table_grow(struct hub *hub)
{
    size_t count = hub->bucket_count * 2;
    struct hub_source **buckets = mem_zalloc(count * sizeof buckets[0]);

    if (!buckets)
        return; /* longer chains do no harm */
    for (size_t i = 0; i < hub->bucket_count; i++) {
        struct hub_source *next;

        for (struct hub_source *s = hub->buckets[i]; s; s = next) {
            next = s->next_in_bucket;
            bucket_add(buckets, count, s);
        }
    }
    mem_free(hub->buckets);
    hub->buckets = buckets;
    hub->bucket_count = count;
}

void table_add(struct hub *hub, struct hub_source *source)
{
    if (hub->source_count >= hub->bucket_count)
        table_grow(hub);
    bucket_add(hub->buckets, hub->bucket_count, source);
    hub->source_count++;
}

void table_remove(struct hub *hub, struct hub_source *source)
{
    struct hub_source **at;

    at = &hub->buckets[bucket_of(source->owner, hub->bucket_count)];
    while (*at != source)
        at = &(*at)->next_in_bucket;
    *at = source->next_in_bucket;
    hub->source_count--;
}
