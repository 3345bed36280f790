#include "base/mem.h"
#include "scene.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * A log of known events of two owners reaches a hub in any order, some twice,
 * some never; sockets come, read slowly, lag, catch up from the log and go;
 * holes are repaired from the log; now and then memory fails. Every socket must
 * be given every event behind its start, once and in order, and must have been
 * woken whenever something waits for it.
 */
#define LOG_MAX 1500
#define SOCKETS 12
#define QUEUE_MAX 64

static const struct {
    int64_t owner;
    const char *label;
} streams[] = {{1, "orders"}, {1, "user:one"}, {2, "orders"}, {0, "all"}};

struct reader {
    struct world *world;
    struct subscription *sub;
    int64_t owner;
    const char *label;
    int64_t last;      /* the last position given; -1: none yet */
    int64_t committed; /* read, not yet joined with; -1: not read */
    bool woken;
    bool ends_when_woken;
};

struct world {
    struct hub *hub;
    uint32_t seed;
    struct event log[LOG_MAX];
    int log_len;
    int64_t positions[3]; /* committed, by owner; 0: all */
    int queue[QUEUE_MAX];
    int queue_len;
    struct reader readers[SOCKETS];
    int64_t given;
    int lags, ends, repairs;
    bool quiet; /* no failing memory, no sudden ends */
};

static uint32_t chance(struct world *w, uint32_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 17;
    w->seed ^= w->seed << 5;
    return w->seed % below;
}

static void reader_end(struct reader *reader)
{
    hub_unsubscribe(reader->sub);
    reader->sub = NULL;
    reader->world->ends++;
}

static void reader_read(struct reader *reader, unsigned frames)
{
    int64_t seqs[512];
    struct frame *frame;
    bool lag = false;

    while (frames-- > 0) {
        int count;

        frame = subscription_peek(reader->sub, &lag);
        if (!frame)
            break;
        count = frame_seqs(frame, reader->label, seqs, 512);
        for (int i = 0; i < count; i++) {
            assert_int_equal(seqs[i], reader->last + 1);
            reader->last = seqs[i];
        }
        reader->world->given += count;
        subscription_advance(reader->sub);
    }
    if (lag) {
        reader->world->lags++;
        reader->committed = -1;
    }
    if (!subscription_waiting(reader->sub))
        reader->woken = false;
}

static void on_wake(void *arg)
{
    struct reader *reader = arg;
    struct world *w = reader->world;

    assert_non_null(reader->sub);
    assert_true(subscription_waiting(reader->sub));
    reader->woken = true;
    if (w->quiet || chance(w, 40) > 0) {
        if (chance(w, 2))
            reader_read(reader, 1 + chance(w, 3));
    } else {
        struct reader *victim = &w->readers[chance(w, SOCKETS)];

        if (victim->sub)
            reader_end(victim);
    }
}

static void commit(struct world *w)
{
    int64_t owner = 1 + chance(w, 2);
    struct event *event = &w->log[w->log_len];
    static const char body[] = "{\"id\":1,\"instrument\":\"EDF01\"}";

    if (w->log_len == LOG_MAX)
        return;
    *event = (struct event){.id = ++w->positions[0],
                            .owner = owner,
                            .position = ++w->positions[owner],
                            .kind = EVENT_NEW,
                            .body = body,
                            .body_len = sizeof body - 1};
    for (uint32_t n = chance(w, 10); n < 9; n += 6) { /* never, once, twice */
        if (w->queue_len < QUEUE_MAX)
            w->queue[w->queue_len++] = w->log_len;
    }
    w->log_len++;
}

static void deliver_some(struct world *w)
{
    unsigned count = 1 + chance(w, 4);
    bool cork = chance(w, 3) == 0;

    if (cork)
        hub_cork(w->hub);
    while (count-- > 0 && w->queue_len > 0) {
        /* Mostly the oldest. */
        int i = chance(w, 3) ? 0 : (int)chance(w, (uint32_t)w->queue_len);
        int which = w->queue[i];

        w->queue_len--;
        memmove(&w->queue[i], &w->queue[i + 1],
                (size_t)(w->queue_len - i) * sizeof w->queue[0]);
        if (!w->quiet && chance(w, 20) == 0)
            mem_fail_after(1 + chance(w, 5));
        hub_deliver(w->hub, &w->log[which]);
        mem_fail_after(0);
    }
    if (cork)
        hub_uncork(w->hub);
}

static void repair_owner(struct world *w, int64_t owner, unsigned most)
{
    int64_t after;

    if (!hub_hole(w->hub, owner, &after))
        return;
    w->repairs++;
    if (!w->quiet && chance(w, 10) == 0)
        hub_skip(w->hub, owner, ++after);
    for (int i = 0; i < w->log_len && most > 0; i++) {
        const struct event *event = &w->log[i];
        int64_t position = owner ? event->position : event->id;

        if ((owner && event->owner != owner) || position <= after)
            continue;
        hub_deliver(w->hub, event);
        most--;
    }
}

/* One step in a reader's life. */
static void reader_step(struct world *w, struct reader *reader)
{
    struct err err = ERR_INIT;

    if (!reader->sub) {
        size_t s = chance(w, 4);

        *reader = (struct reader){.world = w,
                                  .owner = streams[s].owner,
                                  .label = streams[s].label,
                                  .last = -1,
                                  .committed = -1};
        assert_int_equal(hub_subscribe(w->hub, reader->owner, reader->label,
                                       reader, &reader->sub, &err),
                         0);
    } else if (subscription_is_joined(reader->sub)) {
        if (!w->quiet && chance(w, 60) == 0)
            reader_end(reader);
        else if (chance(w, 4) == 0)
            reader_read(reader, 1 + chance(w, 3));
    } else if (reader->committed < 0) {
        /* The backlog is given from the log, then the join follows. */
        reader->committed = w->positions[reader->owner];
        if (reader->last < reader->committed)
            reader->last = reader->committed;
    } else {
        hub_join(reader->sub, reader->committed, reader->last);
    }
}

static void check_reader(const struct reader *reader)
{
    if (!reader->sub)
        return;
    /* Nobody waits without having been told. */
    assert_true(!subscription_waiting(reader->sub) || reader->woken);
    if (subscription_is_joined(reader->sub))
        assert_int_equal(subscription_position(reader->sub), reader->last);
}

static void settle(struct world *w)
{
    w->quiet = true;
    for (int i = 0; i < w->log_len; i++) /* a look from the start */
        hub_deliver(w->hub, &w->log[i]);
    for (int64_t owner = 0; owner < 3; owner++)
        repair_owner(w, owner, LOG_MAX);
    for (int i = 0; i < SOCKETS; i++) {
        struct reader *reader = &w->readers[i];

        while (!reader->sub || !subscription_is_joined(reader->sub) ||
               subscription_waiting(reader->sub)) {
            reader_step(w, reader);
            if (subscription_is_joined(reader->sub))
                reader_read(reader, 100);
        }
        assert_true(subscription_is_current(reader->sub));
        assert_int_equal(reader->last, w->positions[reader->owner]);
    }
}

static void run(struct world *w, uint32_t seed)
{
    const struct hub_hooks hooks = {.wake = on_wake};
    struct hub_stats stats;

    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->hub = hub_new(3000, &hooks);
    assert_non_null(w->hub);
    while (w->log_len < LOG_MAX) {
        switch (chance(w, 5)) {
        case 0: commit(w); break;
        case 1: deliver_some(w); break;
        case 2: repair_owner(w, chance(w, 3), 1 + chance(w, 5)); break;
        default: reader_step(w, &w->readers[chance(w, SOCKETS)]); break;
        }
        for (int i = 0; i < SOCKETS; i++)
            check_reader(&w->readers[i]);
    }
    settle(w);
    for (int i = 0; i < SOCKETS; i++)
        reader_end(&w->readers[i]);
    hub_get_stats(w->hub, &stats);
    assert_int_equal(stats.streams, 0);
    assert_int_equal(stats.ring_bytes, 0);
    hub_free(w->hub);
    assert_true(w->given > 0 && w->lags > 0 && w->ends > 0 && w->repairs > 0);
}

static void every_socket_is_given_every_event_once_in_order(void **state)
{
    static struct world world;

    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++)
        run(&world, seed * 2654435761u);
}

SUITE(hub_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_socket_is_given_every_event_once_in_order),
    };

    return cmocka_run_group_tests_name("hub_random", tests, NULL, NULL);
}
