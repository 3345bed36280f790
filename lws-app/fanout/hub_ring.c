#include "fanout/hub_ring.h"
#include "base/mem.h"
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#define RING_CAP_FIRST 4 /* slots; a power of two, doubled by need */

static const char joined_head[] = "{\"events\":[";
static const char joined_tail[] = "]}";
#define JOINED_EXTRA (sizeof joined_head - 1 + sizeof joined_tail - 1)

struct slot {
    struct frame *frame;
    uint32_t waiters;
};

struct joined {
    uint64_t from; /* as ring->dropped + index when it was made */
    uint32_t events;
    struct frame *frame; /* NULL: unused */
};

struct ring {
    size_t head;
    size_t count;
    size_t cap;
    size_t bytes;
    uint64_t dropped; /* events that have left at the old end */
    size_t joined_next;
    struct joined joined[RING_JOINED];
    struct slot slots[];
};

static struct slot *ring_slot(struct ring *ring, size_t index)
{
    assert(index < ring->count);
    return &ring->slots[(ring->head + index) & (ring->cap - 1)];
}

static size_t slot_bytes(const struct frame *frame)
{
    return sizeof(struct slot) + sizeof *frame + frame->len;
}

static int ring_grow(struct ring **ring)
{
    struct ring *old = *ring;
    size_t cap = old ? old->cap * 2 : RING_CAP_FIRST;
    struct ring *new = mem_zalloc(sizeof *new + cap * sizeof new->slots[0]);

    if (!new)
        return -1;
    if (old) {
        *new = *old;
        new->head = 0;
        for (size_t i = 0; i < old->count; i++)
            new->slots[i] = *ring_slot(old, i);
        mem_free(old);
    }
    new->cap = cap;
    *ring = new;
    return 0;
}

int ring_push(struct ring **ring, struct frame *frame)
{
    struct slot *slot;

    if ((!*ring || (*ring)->count == (*ring)->cap) && ring_grow(ring) < 0)
        return -1;
    (*ring)->count++;
    slot = ring_slot(*ring, (*ring)->count - 1);
    slot->frame = frame;
    slot->waiters = 0;
    (*ring)->bytes += slot_bytes(frame);
    return 0;
}

static void ring_free(struct ring **ring)
{
    for (size_t i = 0; i < RING_JOINED; i++)
        frame_unref((*ring)->joined[i].frame);
    mem_free(*ring);
    *ring = NULL;
}

static void slot_release(struct ring *ring, struct slot *slot)
{
    ring->bytes -= slot_bytes(slot->frame);
    frame_unref(slot->frame);
    slot->frame = NULL;
}

void ring_pop(struct ring **ring)
{
    slot_release(*ring, ring_slot(*ring, (*ring)->count - 1));
    if (--(*ring)->count == 0)
        ring_free(ring);
}

void ring_drop(struct ring **ring)
{
    struct ring *r = *ring;

    slot_release(r, ring_slot(r, 0));
    for (size_t i = 0; i < RING_JOINED; i++) {
        if (r->joined[i].frame && r->joined[i].from <= r->dropped) {
            frame_unref(r->joined[i].frame);
            r->joined[i].frame = NULL;
        }
    }
    r->head = (r->head + 1) & (r->cap - 1);
    r->dropped++;
    if (--r->count == 0)
        ring_free(ring);
}

void ring_clear(struct ring **ring)
{
    while (*ring)
        ring_drop(ring);
}

size_t ring_count(const struct ring *ring)
{
    return ring ? ring->count : 0;
}

size_t ring_bytes(const struct ring *ring)
{
    return ring ? ring->bytes : 0;
}

uint32_t *ring_waiters(struct ring *ring, size_t index)
{
    return &ring_slot(ring, index)->waiters;
}

static struct frame *joined_make(struct ring *ring, size_t index, size_t count,
                                 size_t len)
{
    struct frame *frame = frame_new(NULL, len);
    unsigned char *at;

    if (!frame)
        return NULL;
    frame->made_us = ring_slot(ring, index)->frame->made_us;
    at = frame->body;
    memcpy(at, joined_head, sizeof joined_head - 1);
    at += sizeof joined_head - 1;
    for (size_t i = 0; i < count; i++) {
        const struct frame *event = ring_slot(ring, index + i)->frame;

        if (i > 0)
            *at++ = ',';
        memcpy(at, event->body, event->len);
        at += event->len;
    }
    memcpy(at, joined_tail, sizeof joined_tail - 1);
    return frame;
}

static struct joined *joined_find(struct ring *ring, uint64_t from)
{
    for (size_t i = 0; i < RING_JOINED; i++) {
        if (ring->joined[i].frame && ring->joined[i].from == from)
            return &ring->joined[i];
    }
    return NULL;
}

struct frame *ring_frame(struct ring *ring, size_t index, uint32_t *events)
{
    struct joined *joined = joined_find(ring, ring->dropped + index);
    struct frame *single = ring_slot(ring, index)->frame;
    size_t len = JOINED_EXTRA + single->len;
    uint32_t count = 1;
    struct frame *frame = NULL;

    if (joined) {
        *events = joined->events;
        return joined->frame;
    }
    while (index + count < ring->count) {
        size_t more = 1 + ring_slot(ring, index + count)->frame->len;

        if (len + more > RING_FRAME_MAX)
            break;
        len += more;
        count++;
    }
    if (count > 1)
        frame = joined_make(ring, index, count, len);
    if (!frame) { /* one alone; or no memory, then one at a time is correct */
        *events = 1;
        return single;
    }
    joined = &ring->joined[ring->joined_next];
    ring->joined_next = (ring->joined_next + 1) % RING_JOINED;
    frame_unref(joined->frame);
    *joined = (struct joined){ring->dropped + index, count, frame};
    *events = count;
    return frame;
}
