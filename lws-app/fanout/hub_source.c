#include "base/log.h"
#include "base/mem.h"
#include "fanout/hub_private.h"
#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

struct hub_source *source_new(struct hub *hub, int64_t owner)
{
    struct hub_source *source = mem_zalloc(sizeof *source);

    if (source) {
        source->hub = hub;
        source->owner = owner;
        source->position = source->heard = -1;
    }
    return source;
}

/* The first of the list leaves it. */
static size_t held_size(const struct event *event)
{
    return sizeof(struct held) + event->body_len + event->changed_len;
}

static struct held *held_take(struct hub_source *source)
{
    struct held_list *list = source->held;
    struct held *held = list->first;

    list->first = held->next;
    list->bytes -= held_size(&held->event);
    if (!list->first) {
        mem_free(list);
        source->held = NULL;
    }
    return held;
}

void source_free(struct hub_source *source)
{
    while (source->streams) {
        struct hub_stream *stream = source->streams;

        source->streams = stream->next;
        stream_free(stream);
    }
    while (source->held)
        mem_free(held_take(source));
    mem_free(source);
}

static int64_t position_in(const struct hub_source *source,
                           const struct event *event)
{
    return source->owner ? event->position : event->id;
}

static int stream_append(struct hub_stream *stream, const struct event *event)
{
    struct buf *json = &stream->source->hub->scratch;
    struct frame *frame = NULL;

    buf_clear(json);
    event_put_json(json, stream->label, position_in(stream->source, event),
                   event);
    if (!json->failed)
        frame = frame_new(json->data, json->len);
    if (!frame)
        return -1;
    if (ring_push(&stream->ring, frame) < 0) {
        frame_unref(frame);
        return -1;
    }
    return 0;
}

/* The next event, into every stream or (no memory) into none. */
static int source_append(struct hub_source *source, const struct event *event)
{
    struct hub *hub = source->hub;
    struct hub_stream *stream;

    for (stream = source->streams; stream; stream = stream->next) {
        if (stream_append(stream, event) < 0)
            break;
    }
    if (stream) {
        for (struct hub_stream *s = source->streams; s != stream; s = s->next)
            ring_pop(&s->ring);
        return -1;
    }
    source->position++;
    hub->delivered++;
    if (hub->hooks.entered)
        hub->hooks.entered(hub->hooks.arg, event);
    for (stream = source->streams; stream; stream = stream->next) {
        while (ring_bytes(stream->ring) > hub->ring_max &&
               ring_count(stream->ring) > 1)
            ring_drop(&stream->ring);
    }
    source_touch(source);
    return 0;
}

/* 0; -1: it must come again. */
static int source_next(struct hub_source *source, const struct event *event)
{
    int rc = source_append(source, event);

    if (rc < 0 && source->hub->scratch.too_large) {
        log_error("hub.event_too_large",
                  "owner=%" PRId64 " position=%" PRId64 " bytes=%zu",
                  source->owner, position_in(source, event), event->body_len);
        source_skip(source, position_in(source, event));
        rc = 0;
    }
    return rc;
}

/* Appends what is held and fits now. */
static void source_drain(struct hub_source *source)
{
    while (source->held) {
        const struct event *event = &source->held->first->event;
        int64_t position = position_in(source, event);

        if (position > source->position + 1)
            return;
        if (position <= source->position)
            source->hub->dropped++;
        else if (source_append(source, event) < 0)
            return; /* it stays, and the hole is seen */
        mem_free(held_take(source));
    }
}

/* A failure loses nothing: heard is known, so the hole shows. */
static void source_hold(struct hub_source *source, const struct event *event)
{
    size_t size = held_size(event);
    int64_t position = position_in(source, event);
    struct held_list *list = source->held;
    struct held **at = NULL;
    struct held *held;

    if (list && position_in(source, &list->last->event) < position) {
        at = &list->last->next;
    } else if (list) {
        for (at = &list->first; *at; at = &(*at)->next) {
            if (position_in(source, &(*at)->event) >= position)
                break;
        }
    }
    if (at && *at && position_in(source, &(*at)->event) == position) {
        source->hub->dropped++;
        return;
    }
    if (size + (list ? list->bytes : 0) > source->hub->ring_max / 2)
        return;
    held = mem_alloc(size);
    if (!list)
        list = mem_zalloc(sizeof *list);
    if (!held || !list) {
        mem_free(held);
        if (!source->held)
            mem_free(list);
        return;
    }
    if (!at)
        at = &list->first;
    held->event = *event;
    held->event.body = held->bytes;
    memcpy(held->bytes, event->body, event->body_len);
    if (event->changed) {
        held->event.changed = held->bytes + event->body_len;
        memcpy(held->bytes + event->body_len, event->changed,
               event->changed_len);
    }
    held->next = *at;
    *at = held;
    if (!held->next)
        list->last = held;
    list->bytes += size;
    source->held = list;
}

void source_begin(struct hub_source *source, int64_t committed)
{
    source->position = committed;
    if (committed > source->heard)
        source->heard = committed;
    for (struct hub_stream *s = source->streams; s; s = s->next) {
        for (struct hub_link *at = s->idle.next; at != &s->idle; at = at->next)
            ((struct subscription *)at)->kept = committed;
    }
    source_drain(source);
}

void source_take(struct hub_source *source, const struct event *event)
{
    int64_t position = position_in(source, event);

    if (position <= source->position) {
        source->hub->dropped++;
        return;
    }
    if (position > source->heard)
        source->heard = position;
    if (source->position < 0 || position > source->position + 1)
        source_hold(source, event);
    else if (source_next(source, event) == 0)
        source_drain(source);
}

void source_skip(struct hub_source *source, int64_t to)
{
    if (source->position < 0 || to <= source->position)
        return;
    for (struct hub_stream *s = source->streams; s; s = s->next)
        ring_clear(&s->ring);
    source->position = to;
    if (to > source->heard)
        source->heard = to;
    source->hub->skipped++;
    source_touch(source);
    source_drain(source);
}

void source_forget(struct hub_source *source, int64_t heard)
{
    struct held_list *list = source->held;

    if (source->position < 0 || source->heard != heard ||
        heard <= source->position)
        return;
    if (list && position_in(source, &list->last->event) == heard) {
        struct held *before = NULL;

        for (struct held *h = list->first; h != list->last; h = h->next)
            before = h;
        list->bytes -= held_size(&list->last->event);
        mem_free(list->last);
        list->last = before;
        if (before) {
            before->next = NULL;
        } else {
            mem_free(list);
            list = source->held = NULL;
        }
    }
    source->heard = source->position;
    if (list)
        source->heard = position_in(source, &list->last->event);
    source->hole_end = 0;
}

void source_check_hole(struct hub_source *source)
{
    if (source->position < 0)
        return;
    if (source->position + 1 >= source->hole_end)
        source->hole_end = 0;
    if (source->heard > source->position && source->hole_end == 0) {
        const struct held_list *list = source->held;

        source->hole_end =
            list ? position_in(source, &list->first->event) : source->heard + 1;
        if (source->hub->hooks.hole)
            source->hub->hooks.hole(source->hub->hooks.arg, source->owner,
                                    source->position);
    }
}
