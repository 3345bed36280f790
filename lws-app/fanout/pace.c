#include "fanout/pace.h"
#include "base/clock.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

enum {
    PACE_FREE, /* rested, and asks for nothing; or taken */
    PACE_RESTING,
    PACE_DUE,
};

void pace_init(struct pace *pace)
{
    memset(pace, 0, sizeof(*pace));
}

void pace_member_init(struct pace_member *member, int rate)
{
    assert(rate >= 1 && rate <= PACE_RATE_MAX);
    *member = (struct pace_member){.sent_us = INT64_MIN, .rate = (uint8_t)rate};
}

static int64_t rest_ends_us(const struct pace_member *member)
{
    return member->sent_us + CLOCK_S / member->rate;
}

static void mark(struct pace *pace, unsigned rate)
{
    if (pace->resting[rate])
        pace->used |= UINT64_C(1) << rate;
    else
        pace->used &= ~(UINT64_C(1) << rate);
}

void pace_leave(struct pace *pace, struct pace_member *member)
{
    if (member->state == PACE_RESTING) {
        DL_DELETE(pace->resting[member->rate], member);
        mark(pace, member->rate);
    } else if (member->state == PACE_DUE) {
        DL_DELETE(pace->due, member);
    }
    member->state = PACE_FREE;
    member->asks = false;
}

static void become_due(struct pace *pace, struct pace_member *member)
{
    DL_APPEND(pace->due, member);
    member->state = PACE_DUE;
    member->asks = false;
}

/* Behind all that come due before it, or with it. */
static void rest(struct pace *pace, struct pace_member *member)
{
    struct pace_member **queue = &pace->resting[member->rate];
    struct pace_member *before = *queue ? (*queue)->prev : NULL;

    while (before && before->sent_us > member->sent_us)
        before = before == *queue ? NULL : before->prev;
    if (before)
        DL_APPEND_ELEM(*queue, before, member);
    else
        DL_PREPEND(*queue, member);
    member->state = PACE_RESTING;
    mark(pace, member->rate);
}

void pace_ask(struct pace *pace, struct pace_member *member, int64_t now_us)
{
    if (member->state == PACE_DUE)
        return;
    if (member->state == PACE_RESTING && rest_ends_us(member) > now_us) {
        member->asks = true;
        return;
    }
    pace_leave(pace, member);
    become_due(pace, member);
}

bool pace_is_asked(const struct pace_member *member)
{
    return member->asks || member->state == PACE_DUE;
}

void pace_withdraw(struct pace *pace, struct pace_member *member)
{
    if (member->state == PACE_DUE)
        pace_leave(pace, member);
    member->asks = false;
}

void pace_sent(struct pace *pace, struct pace_member *member, int64_t now_us)
{
    pace_leave(pace, member);
    member->sent_us = now_us;
    rest(pace, member);
}

void pace_set_rate(struct pace *pace, struct pace_member *member, int rate,
                   int64_t now_us)
{
    bool asks = pace_is_asked(member);

    assert(rate >= 1 && rate <= PACE_RATE_MAX);
    if (rate == member->rate)
        return;
    pace_leave(pace, member);
    member->rate = (uint8_t)rate;
    if (rest_ends_us(member) > now_us)
        rest(pace, member);
    if (asks)
        pace_ask(pace, member, now_us);
}

/* The queue whose first member's rest ends first; NULL: all are empty. */
static struct pace_member *first_resting(const struct pace *pace)
{
    struct pace_member *first = NULL;

    for (uint64_t left = pace->used; left; left &= left - 1) {
        struct pace_member *member = pace->resting[__builtin_ctzll(left)];

        if (!first || rest_ends_us(member) < rest_ends_us(first))
            first = member;
    }
    return first;
}

static void end_rests(struct pace *pace, int64_t now_us)
{
    struct pace_member *member = first_resting(pace);

    while (member && rest_ends_us(member) <= now_us) {
        bool asks = member->asks;

        pace_leave(pace, member);
        if (asks)
            become_due(pace, member);
        member = first_resting(pace);
    }
}

struct pace_member *pace_take(struct pace *pace, int64_t now_us)
{
    struct pace_member *member;

    end_rests(pace, now_us);
    member = pace->due;
    if (member)
        pace_leave(pace, member);
    return member;
}

int64_t pace_next_us(const struct pace *pace, int64_t now_us)
{
    const struct pace_member *first = first_resting(pace);

    if (pace->due)
        return now_us;
    if (!first)
        return -1;
    return rest_ends_us(first) > now_us ? rest_ends_us(first) : now_us;
}
