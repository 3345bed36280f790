#pragma once
#include <stdbool.h>
#include <stdint.h>
/*
 * Who may be given a frame, and when: each member so many times a second at
 * most, the first time at once. Whoever has something to send asks; it is taken
 * when its rest since its last frame is over, in the order of coming due. What
 * it sends is made then, so that it is the newest.
 *
 * Members that rest stand in one queue for each rate. They enter it when they
 * have sent, so it is in order of time by itself: sending, asking and taking
 * cost the same however many members there are.
 * Thread: belongs to its owner. Never blocks, allocates nothing.
 */
#define PACE_RATE_MAX 60 /* frames per second */

/* In the memory of whoever is paced; its fields are the pace's. */
struct pace_member {
    struct pace_member *next, *prev;
    int64_t sent_us; /* INT64_MIN: never */
    uint8_t rate;
    uint8_t state;
    bool asks; /* while it rests: there is something to send */
};

struct pace {
    struct pace_member *resting[PACE_RATE_MAX + 1]; /* by their rate */
    struct pace_member *due;
    uint64_t used; /* a bit for each of resting that is not empty */
};

void pace_init(struct pace *pace); /* without members; nothing to release */
/* rate: 1 to PACE_RATE_MAX. It asks for nothing yet. */
void pace_member_init(struct pace_member *member, int rate);
/* It has something to send. Again: nothing changes. now_us, here and below: the
 * monotonic clock, which must not run backwards. */
void pace_ask(struct pace *pace, struct pace_member *member, int64_t now_us);
bool pace_is_asked(const struct pace_member *member); /* not taken since */
/* It has nothing to send any more. Its rest goes on. */
void pace_withdraw(struct pace *pace, struct pace_member *member);
/* The next one that may send; NULL: nobody. It is out of all queues then:
 * pace_sent() when a frame has gone, or pace_ask() when it can take one again.
 */
struct pace_member *pace_take(struct pace *pace, int64_t now_us);
/* A frame has gone: it rests. What it asks for from now on waits until then. */
void pace_sent(struct pace *pace, struct pace_member *member, int64_t now_us);
/* Another rate, counted from its last frame. Costs a step for each member of
 * that rate that comes due later. */
void pace_set_rate(struct pace *pace, struct pace_member *member, int rate,
                   int64_t now_us);
/* Before its memory goes; safe twice. */
void pace_leave(struct pace *pace, struct pace_member *member);
/* When to call pace_take() again, not before now_us; -1: only after an ask. May
 * be too early for anybody to be taken, at most once a frame. */
int64_t pace_next_us(const struct pace *pace, int64_t now_us);
