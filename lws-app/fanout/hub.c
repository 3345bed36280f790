#include "fanout/hub.h"
#include "base/mem.h"
#include "fanout/hub_private.h"
#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct hub *hub_new(size_t ring_max, const struct hub_hooks *hooks)
{
    struct hub *hub = mem_zalloc(sizeof *hub);

    if (!hub)
        return NULL;
    if (table_init(hub) < 0) {
        mem_free(hub);
        return NULL;
    }
    hub->ring_max = ring_max;
    hub->hooks = *hooks;
    buf_init(&hub->scratch, RING_FRAME_MAX);
    return hub;
}

void hub_free(struct hub *hub)
{
    if (!hub)
        return;
    for (size_t i = 0; i < hub->bucket_count; i++) {
        while (hub->buckets[i]) {
            struct hub_source *source = hub->buckets[i];

            hub->buckets[i] = source->next_in_bucket;
            source_free(source);
        }
    }
    buf_release(&hub->scratch);
    mem_free(hub->buckets);
    mem_free(hub);
}

/* Frees the streams that nobody follows any more, and with the last of them
 * the source. */
static void source_unpin(struct hub_source *source)
{
    struct hub_stream **at = &source->streams;
    struct hub *hub = source->hub;
    int64_t owner = source->owner;
    bool opened = source->opened;

    assert(source->pins > 0);
    if (--source->pins > 0)
        return;
    while (*at) {
        struct hub_stream *stream = *at;

        if (stream->subscriptions > 0) {
            stream_trim(stream);
            at = &stream->next;
        } else {
            *at = stream->next;
            stream_free(stream);
        }
    }
    if (source->streams)
        return;
    table_remove(hub, source);
    source_free(source);
    if (opened && hub->hooks.closed)
        hub->hooks.closed(hub->hooks.arg, owner);
}

void source_touch(struct hub_source *source)
{
    if (source->dirty)
        return;
    source->dirty = true;
    source->pins++;
    source->next_dirty = source->hub->dirty;
    source->hub->dirty = source;
}

static size_t hub_flush(struct hub *hub)
{
    size_t woken = 0;

    while (hub->dirty && hub->corks == 0) {
        struct hub_source *source = hub->dirty;

        hub->dirty = source->next_dirty;
        source->dirty = false;
        for (struct hub_stream *s = source->streams; s; s = s->next)
            woken += stream_wake(s);
        source_check_hole(source);
        source_unpin(source);
    }
    return woken;
}

size_t hub_settle(struct hub_source *source)
{
    size_t woken = hub_flush(source->hub);

    source_check_hole(source);
    source_unpin(source);
    return woken;
}

static struct hub_source *source_open(struct hub *hub, int64_t owner)
{
    struct hub_source *source = table_find(hub, owner);

    if (!source) {
        source = source_new(hub, owner);
        if (source)
            table_add(hub, source);
    }
    return source;
}

static struct hub_stream *stream_open(struct hub_source *source,
                                      const char *label)
{
    struct hub_stream *stream = source->streams;

    while (stream && strcmp(stream->label, label) != 0)
        stream = stream->next;
    return stream ? stream : stream_new(source, label);
}

int hub_subscribe(struct hub *hub, int64_t owner, const char *label,
                  void *socket, struct subscription **sub, struct err *err)
{
    struct hub_source *source = source_open(hub, owner);
    struct hub_stream *stream = NULL;
    struct subscription *new = NULL;
    int rc = -1;

    if (!source)
        return err_set(err, ERR_NOMEM, "no memory for a stream");
    source->pins++;
    stream = stream_open(source, label);
    new = stream ? mem_zalloc(sizeof *new) : NULL;
    if (!new) {
        err_set(err, ERR_NOMEM, "no memory for a subscription");
        goto out;
    }
    new->stream = stream;
    new->socket = socket;
    new->given = -1;
    new->kept = source->position;
    link_init(&new->link);
    stream->subscriptions++;
    subscription_place(new);
    *sub = new;
    rc = 0;
    if (!source->opened) {
        source->opened = true;
        if (hub->hooks.opened)
            hub->hooks.opened(hub->hooks.arg, owner);
    }
out:
    source_unpin(source);
    return rc;
}

void hub_unsubscribe(struct subscription *sub)
{
    struct hub_source *source;

    if (!sub)
        return;
    source = sub->stream->source;
    source->pins++;
    subscription_end(sub);
    source_unpin(source);
}

size_t hub_deliver(struct hub *hub, const struct event *event)
{
    const int64_t owners[] = {event->owner, 0};
    size_t woken = 0;

    for (size_t i = event->owner > 0 ? 0 : 1; i < 2; i++) {
        struct hub_source *source = table_find(hub, owners[i]);

        if (source) {
            source->pins++;
            source_take(source, event);
            woken += hub_settle(source);
        }
    }
    return woken;
}

void hub_cork(struct hub *hub)
{
    hub->corks++;
}

size_t hub_uncork(struct hub *hub)
{
    assert(hub->corks > 0);
    hub->corks--;
    return hub_flush(hub);
}

bool hub_hole(struct hub *hub, int64_t owner, int64_t *after)
{
    const struct hub_source *source = table_find(hub, owner);

    if (!source || source->position < 0 || source->heard <= source->position)
        return false;
    *after = source->position;
    return true;
}

void hub_each_hole(struct hub *hub,
                   void (*fn)(void *arg, int64_t owner, int64_t after,
                              int64_t heard),
                   void *arg)
{
    for (size_t i = 0; i < hub->bucket_count; i++) {
        for (struct hub_source *s = hub->buckets[i]; s; s = s->next_in_bucket) {
            if (s->position >= 0 && s->heard > s->position)
                fn(arg, s->owner, s->position, s->heard);
        }
    }
}

void hub_skip(struct hub *hub, int64_t owner, int64_t to)
{
    struct hub_source *source = table_find(hub, owner);

    if (!source)
        return;
    source->pins++;
    source_skip(source, to);
    hub_settle(source);
}

void hub_forget(struct hub *hub, int64_t owner, int64_t heard)
{
    struct hub_source *source = table_find(hub, owner);

    if (!source)
        return;
    source->pins++;
    source_forget(source, heard);
    hub_settle(source);
}

bool hub_has(struct hub *hub, int64_t owner)
{
    const struct hub_source *source = table_find(hub, owner);

    return source && source->opened;
}

int64_t hub_position(struct hub *hub, int64_t owner)
{
    const struct hub_source *source = table_find(hub, owner);

    return source ? source->position : -1;
}

static void count_source(const struct hub_source *source,
                         struct hub_stats *stats)
{
    for (const struct hub_stream *s = source->streams; s; s = s->next) {
        stats->streams++;
        stats->subscriptions += s->subscriptions;
        stats->ring_bytes += (int64_t)ring_bytes(s->ring);
    }
    if (!source->held)
        return;
    for (const struct held *h = source->held->first; h; h = h->next)
        stats->held++;
}

void hub_get_stats(const struct hub *hub, struct hub_stats *stats)
{
    *stats = (struct hub_stats){.delivered = hub->delivered,
                                .dropped = hub->dropped,
                                .skipped = hub->skipped};
    for (size_t i = 0; i < hub->bucket_count; i++) {
        for (struct hub_source *s = hub->buckets[i]; s; s = s->next_in_bucket)
            count_source(s, stats);
    }
}
