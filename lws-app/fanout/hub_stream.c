#include "base/mem.h"
#include "fanout/hub_private.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/banned.h"

struct hub_stream *stream_new(struct hub_source *source, const char *label)
{
    size_t size = strlen(label) + 1;
    struct hub_stream *stream;

    stream = mem_zalloc(offsetof(struct hub_stream, label) + size);
    if (!stream)
        return NULL;
    memcpy(stream->label, label, size);
    link_init(&stream->idle);
    link_init(&stream->behind);
    stream->source = source;
    stream->next = source->streams;
    source->streams = stream;
    return stream;
}

static void free_subscriptions(struct hub_link *list)
{
    while (list->next != list) {
        struct subscription *sub = (struct subscription *)list->next;

        link_remove(&sub->link);
        frame_unref(sub->frame);
        mem_free(sub);
    }
}

void stream_free(struct hub_stream *stream)
{
    free_subscriptions(&stream->idle);
    free_subscriptions(&stream->behind);
    ring_clear(&stream->ring);
    mem_free(stream);
}

int64_t stream_first(const struct hub_stream *stream)
{
    return stream->source->position + 1 - (int64_t)ring_count(stream->ring);
}

void stream_trim(struct hub_stream *stream)
{
    while (stream->ring && *ring_waiters(stream->ring, 0) == 0)
        ring_drop(&stream->ring);
}

/* The waiters of the event it has next; NULL when that is not in the ring. */
static uint32_t *waiters_of(const struct subscription *sub)
{
    int64_t index = sub->kept + 1 - stream_first(sub->stream);

    if (index < 0 || (uint64_t)index >= ring_count(sub->stream->ring))
        return NULL;
    return ring_waiters(sub->stream->ring, (size_t)index);
}

/* Before kept changes. */
static void subscription_uncount(struct subscription *sub)
{
    uint32_t *waiters = sub->counted ? waiters_of(sub) : NULL;

    if (waiters)
        --*waiters;
    sub->counted = false;
}

static bool is_behind(const struct subscription *sub)
{
    return sub->kept < sub->stream->source->position;
}

void subscription_place(struct subscription *sub)
{
    struct hub_stream *stream = sub->stream;
    uint32_t *waiters;

    subscription_uncount(sub);
    /* What was kept for it has gone, and it will read the database anyway. */
    if (!sub->joined && sub->kept + 1 < stream_first(stream))
        sub->kept = stream->source->position;
    waiters = waiters_of(sub);
    if (waiters) {
        ++*waiters;
        sub->counted = true;
    }
    link_remove(&sub->link);
    link_append(is_behind(sub) ? &stream->behind : &stream->idle, &sub->link);
}

void subscription_end(struct subscription *sub)
{
    subscription_uncount(sub);
    link_remove(&sub->link);
    sub->stream->subscriptions--;
    frame_unref(sub->frame);
    mem_free(sub);
}

size_t stream_wake(struct hub_stream *stream)
{
    struct hub *hub = stream->source->hub;
    struct hub_link ready;
    size_t woken = 0;

    /* A list of its own: wake() may end those that are still on it, or put
     * others on the stream's. */
    link_init(&ready);
    if (stream->idle.next != &stream->idle) {
        ready = stream->idle;
        ready.next->prev = ready.prev->next = &ready;
        link_init(&stream->idle);
    }
    while (ready.next != &ready) {
        struct subscription *sub = (struct subscription *)ready.next;

        subscription_place(sub);
        if (sub->joined && is_behind(sub) && hub->hooks.wake) {
            woken++;
            hub->hooks.wake(sub->socket);
        }
    }
    return woken;
}

static void subscription_move(struct subscription *sub, int64_t to)
{
    subscription_uncount(sub);
    sub->given = sub->kept = to;
    frame_unref(sub->frame);
    sub->frame = NULL;
    sub->frame_events = 0;
    subscription_place(sub);
}

void hub_join(struct subscription *sub, int64_t committed, int64_t after)
{
    struct hub_source *source = sub->stream->source;
    struct hub *hub = source->hub;

    assert(after >= 0 && after <= committed);
    source->pins++;
    if (source->position < 0)
        source_begin(source, committed);
    if (committed > source->heard)
        source->heard = committed;
    sub->joined = true;
    sub->lagged = false;
    subscription_move(sub, after);
    if (is_behind(sub) && hub->hooks.wake)
        hub->hooks.wake(sub->socket);
    hub_settle(source);
}

struct frame *subscription_peek(struct subscription *sub, bool *lag)
{
    struct hub_stream *stream = sub->stream;
    int64_t index = sub->kept + 1 - stream_first(stream);

    *lag = sub->lagged;
    if (!sub->joined || sub->frame || !is_behind(sub))
        return sub->joined ? sub->frame : NULL;
    if (index < 0) {
        *lag = sub->lagged = true;
        sub->joined = false;
        subscription_place(sub);
        return NULL;
    }
    sub->frame =
        frame_ref(ring_frame(stream->ring, (size_t)index, &sub->frame_events));
    return sub->frame;
}

void subscription_advance(struct subscription *sub)
{
    if (!sub->frame)
        return;
    subscription_move(sub, sub->given + sub->frame_events);
    if (sub->stream->source->pins == 0)
        stream_trim(sub->stream);
}

bool subscription_waiting(const struct subscription *sub)
{
    return sub->joined && (sub->frame || is_behind(sub));
}

bool subscription_is_joined(const struct subscription *sub)
{
    return sub->joined;
}

int64_t subscription_position(const struct subscription *sub)
{
    return sub->given;
}

const char *subscription_label(const struct subscription *sub)
{
    return sub->stream->label;
}

int64_t subscription_owner(const struct subscription *sub)
{
    return sub->stream->source->owner;
}

bool subscription_is_current(const struct subscription *sub)
{
    return sub->joined && sub->given >= sub->stream->source->heard;
}
