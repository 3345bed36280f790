#pragma once
#include "base/err.h"
#include "fanout/frame.h"
#include "model/log/event.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Keeps the newest events of each followed stream in a ring, in order of
 * position, and knows which sockets have read how far. Knows no wsi: it calls
 * wake() and is then drained by subscription_peek().
 *
 * A stream exists while it has a subscription. Its frames carry a label, so the
 * same owner's events exist once per label that is followed: "orders" (by the
 * owner) and "user:<name>" (by staff) of one owner are two streams here.
 *
 * Joining: hub_subscribe() registers and holds what arrives; the caller reads
 * the committed position P from the database, then hub_join(P) drops what was
 * held up to P and goes live. Where the stream is already known here, a P that
 * is ahead of it waits, and one that is behind reads on from P.
 * Thread: loop thread only. Never blocks.
 */
struct hub;
struct subscription;

struct hub_hooks {
    /* It has something to read, and had nothing before. May call any
     * subscription_ function, hub_subscribe(), hub_join() and
     * hub_unsubscribe(), for any subscription. */
    void (*wake)(void *socket);
    /* The first subscription to owner (0: all) under any label, the end of the
     * last one. */
    void (*opened)(void *arg, int64_t owner);
    void (*closed)(void *arg, int64_t owner);
    /* Owner's stream waits for the event at after + 1, having heard of a later
     * one: called once per hole; the caller waits a moment, then looks whether
     * it is still there (hub_hole(), hub_each_hole()). */
    void (*hole)(void *arg, int64_t owner, int64_t after);
    /* An event is in its place in a stream that is followed. */
    void (*entered)(void *arg, const struct event *event);
    void *arg;
};
struct hub_stats {
    int64_t streams, subscriptions;
    int64_t ring_bytes; /* all together */
    int64_t delivered;  /* events that entered a stream in order */
    int64_t dropped;    /* seen already */
    int64_t held;       /* waiting behind a hole, now */
    int64_t skipped;    /* holes the log could not fill */
};

/* ring_max: bytes kept per stream; half of it is held behind a hole. Hooks that
 * are NULL are not called. NULL: out of memory. */
struct hub *hub_new(size_t ring_max, const struct hub_hooks *hooks);
/* NULL is fine; ends every subscription, without a hook. Not from a hook. */
void hub_free(struct hub *hub);

/* label: "orders", "all", "user:<name>"; copied once per stream. *sub stays
 * the hub's: borrowed until hub_unsubscribe(). ERR_NOMEM. */
int hub_subscribe(struct hub *hub, int64_t owner, const char *label,
                  void *socket, struct subscription **sub, struct err *err);
/* committed: the stream's committed position, read after hub_subscribe().
 * after <= committed: where this subscription reads on (committed itself for a
 * plain subscribe; less once its backlog up to `after` has been sent). Called
 * again when the catch-up after a lag is done. Calls wake() before it returns
 * where something waits already. */
void hub_join(struct subscription *sub, int64_t committed, int64_t after);
void hub_unsubscribe(struct subscription *sub); /* NULL is fine */

/* The one gate for own commits, Redis messages and repairs. A position already
 * seen is dropped, one that leaves a hole is held (bounded; beyond, dropped:
 * the log has it). Returns how many sockets were woken. */
size_t hub_deliver(struct hub *hub, const struct event *event);
/* Between these two, deliveries wake nobody: events that come together leave
 * together, as one frame. Nested pairs count. hub_uncork() returns how many
 * sockets were woken. */
void hub_cork(struct hub *hub);
size_t hub_uncork(struct hub *hub);
/* True while owner's stream waits behind a hole; *after: its last position. */
bool hub_hole(struct hub *hub, int64_t owner, int64_t *after);
/* Every hole there is; heard: the highest position heard of. fn must not call
 * the hub. */
void hub_each_hole(struct hub *hub,
                   void (*fn)(void *arg, int64_t owner, int64_t after,
                              int64_t heard),
                   void *arg);
/* The log was read from after and could not fill the hole up to `to` (pruned):
 * go on from there; subscriptions behind it lag. */
void hub_skip(struct hub *hub, int64_t owner, int64_t to);
/* The log was read after the stream had heard of position heard, and ends
 * before it: no such event exists, and it is not waited for any more. */
void hub_forget(struct hub *hub, int64_t owner, int64_t heard);
/* Whether anybody follows a stream of that owner's. */
bool hub_has(struct hub *hub, int64_t owner);
/* The last position in order here; -1 when the stream is not known (yet). */
int64_t hub_position(struct hub *hub, int64_t owner);
void hub_get_stats(const struct hub *hub, struct hub_stats *stats);

/* The next frame for this socket: one event, or several waiting ones as
 * {"events":[...]} of at most 64 KiB, made once for all at the same position.
 * NULL: nothing waits, or it is not joined yet, or *lag: the ring has moved
 * past it and it must catch up from the database (then hub_join() again).
 * Given again until subscription_advance(), and borrowed until then. After a
 * lag it counts as not joined until hub_join(). */
struct frame *subscription_peek(struct subscription *sub, bool *lag);
void subscription_advance(struct subscription *sub); /* past what peek gave */
bool subscription_waiting(const struct subscription *sub);
bool subscription_is_joined(const struct subscription *sub);
/* The last position given to this socket; -1 before the first join. */
int64_t subscription_position(const struct subscription *sub);
const char *subscription_label(const struct subscription *sub);
int64_t subscription_owner(const struct subscription *sub);
/* True when nothing this hub knows of lies beyond what was given: every event
 * up to the stream's position has been sent. */
bool subscription_is_current(const struct subscription *sub);
