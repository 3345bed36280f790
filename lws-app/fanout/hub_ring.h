#pragma once
#include "fanout/frame.h"
#include <stddef.h>
#include <stdint.h>
/*
 * The newest events of one stream as frames, oldest first, with a count per
 * event of the subscriptions that have it as their next. Events that wait
 * together are joined into one frame, kept for the next reader at the same
 * place. A ring exists while it holds something: NULL is an empty one.
 * Thread: loop thread only. Never blocks.
 */
#define RING_FRAME_MAX 65536 /* bytes of one frame, joined or not */
#define RING_JOINED 4        /* joined frames kept per ring */

struct ring;

/* Takes the reference. -1: no memory, nothing taken. */
int ring_push(struct ring **ring, struct frame *frame);
void ring_pop(struct ring **ring);  /* takes back the newest */
void ring_drop(struct ring **ring); /* forgets the oldest */
void ring_clear(struct ring **ring);
size_t ring_count(const struct ring *ring);
size_t ring_bytes(const struct ring *ring); /* of its events, all told */
/* How many have the event at index (0: the oldest) as their next. */
uint32_t *ring_waiters(struct ring *ring, size_t index);
/* The event at index, or it and those behind it joined; *events: how many.
 * Borrowed until the next call that changes the ring. */
struct frame *ring_frame(struct ring *ring, size_t index, uint32_t *events);
