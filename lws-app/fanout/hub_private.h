#pragma once
#include "base/buf.h"
#include "fanout/hub.h"
#include "fanout/hub_ring.h"
/*
 * The inside of the hub. A source is one owner's order of events: the last
 * position, what is held behind a hole, and one labelled stream per name under
 * which it is followed. Every ring ends at its source's position.
 *
 * wake() may end any subscription, so nothing is freed while a source is
 * pinned: source_unpin() clears away what has become empty meanwhile.
 */
struct hub_link {
    struct hub_link *prev;
    struct hub_link *next;
};

struct subscription {
    struct hub_link link; /* in its stream's idle or behind; the first member */
    struct hub_stream *stream;
    void *socket;
    int64_t given; /* the last position given; -1 before the first join */
    /* The ring is kept for it from kept + 1 on: as given once it is joined,
     * before that from where the stream was when it came. */
    int64_t kept;
    struct frame *frame;   /* peeked, not yet advanced over: a reference */
    uint32_t frame_events; /* how many events it holds */
    bool joined;
    bool lagged;
    bool counted; /* among the waiters of the event at kept + 1 */
};

struct hub_stream {
    struct hub_source *source;
    struct hub_stream *next;
    struct hub_link idle;   /* nothing waits for them */
    struct hub_link behind; /* something does, and they have been woken */
    struct ring *ring;
    uint32_t subscriptions;
    char label[];
};

struct held {
    struct held *next;
    struct event event; /* its body, then what changed, are behind it */
    char bytes[];
};

struct held_list { /* ascending positions; exists while not empty */
    struct held *first;
    struct held *last;
    size_t bytes;
};

struct hub_source {
    struct hub_source *next_in_bucket;
    struct hub_source *next_dirty;
    struct hub *hub;
    struct hub_stream *streams;
    struct held_list *held;
    int64_t owner;
    int64_t position; /* the last in order; -1 until the first join */
    int64_t heard;    /* the highest that is known to be committed */
    int64_t hole_end; /* where the hole that was told of ends; 0: none was */
    unsigned pins;
    bool dirty;  /* in the hub's list, which holds a pin */
    bool opened; /* the hook knows of it */
};

struct hub {
    size_t ring_max;
    struct hub_hooks hooks;
    struct hub_source **buckets;
    size_t bucket_count; /* a power of two */
    size_t source_count;
    struct hub_source *dirty; /* have events that nobody was woken for */
    unsigned corks;
    struct buf scratch;
    int64_t delivered, dropped, skipped;
};

static inline void link_init(struct hub_link *list)
{
    list->prev = list->next = list;
}

static inline void link_remove(struct hub_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

static inline void link_append(struct hub_link *list, struct hub_link *link)
{
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

/* hub_table.c */
int table_init(struct hub *hub); /* -1: no memory */
struct hub_source *table_find(const struct hub *hub, int64_t owner);
void table_add(struct hub *hub, struct hub_source *source);
void table_remove(struct hub *hub, struct hub_source *source);

/* hub.c */
/* Its subscriptions are to be woken by the next hub_settle() or flush. */
void source_touch(struct hub_source *source);
/* Wakes what there is to wake, tells of a hole, and gives a pin back. */
size_t hub_settle(struct hub_source *source);

/* hub_source.c */
struct hub_source *source_new(struct hub *hub, int64_t owner);
void source_free(struct hub_source *source); /* out of the table already */
/* Sets the position of a source that has none. */
void source_begin(struct hub_source *source, int64_t committed);
/* Appends, holds or drops. */
void source_take(struct hub_source *source, const struct event *event);
void source_skip(struct hub_source *source, int64_t to);
void source_forget(struct hub_source *source, int64_t heard);
/* Tells of a hole that has not been told of. */
void source_check_hole(struct hub_source *source);

/* hub_stream.c */
struct hub_stream *stream_new(struct hub_source *source, const char *label);
void stream_free(struct hub_stream *stream);
int64_t stream_first(const struct hub_stream *stream);
/* Drops the events that every subscription has passed. */
void stream_trim(struct hub_stream *stream);
/* Puts a subscription where it belongs after it or its stream has moved. */
void subscription_place(struct subscription *sub);
void subscription_end(struct subscription *sub); /* frees it */
/* Wakes those that had nothing waiting. Returns how many. */
size_t stream_wake(struct hub_stream *stream);
