#include "base/mem.h"
#include "redis/world.h"

#include <stdio.h>

#include "base/banned.h"

#define FLOOD 20000
#define BIG ((size_t)1 << 20)

static bool all_settled(const struct link *link)
{
    struct redis_stats stats = link_stats(link);

    return stats.published + stats.dropped == FLOOD;
}

static bool all_received(const struct link *link)
{
    return link_stats(link).received == link_stats(link).published;
}

static bool eight_published(const struct link *link)
{
    return link_stats(link).published == 8;
}

static bool one_dropped(const struct link *link)
{
    return link_stats(link).dropped == 1;
}

/* Redis stands still while they are sent: so many wait, the others are
 * counted, and those that waited arrive. */
static void the_number_that_waits_is_bounded(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct redis_stats stats;

    link_follow(link, "ev:1");
    server_suspend(&w->server);
    for (int i = 0; i < FLOOD; i++)
        redis_publish(link->redis, "ev:1", "x", 1);
    assert_int_equal(link_stats(link).dropped, FLOOD - 10000);
    server_resume(&w->server);
    world_until(w, all_settled, link);
    world_until(w, all_received, link);
    stats = link_stats(link);
    assert_int_equal(stats.dropped, FLOOD - 10000);
    assert_int_equal(stats.published, 10000);
    assert_int_equal(stats.reconnects, 0);
}

static void the_bytes_that_wait_are_bounded(void **state)
{
    static const char big[BIG];
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    world_until(w, link_is_up, link);
    server_suspend(&w->server);
    for (int i = 0; i < 20; i++)
        redis_publish(link->redis, "ev:1", big, BIG);
    assert_int_equal(link_stats(link).dropped, 12);
    server_resume(&w->server);
    world_until(w, eight_published, link);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

static void a_refusal_is_counted(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    world_until(w, link_is_up, link);
    server_tell(&w->server, "ACL SETUSER default -publish");
    redis_publish(link->redis, "ev:1", "x", 1);
    world_until(w, one_dropped, link);
    assert_true(redis_is_up(link->redis));
    assert_int_equal(link_stats(link).published, 0);
}

static void no_memory_to_follow_leaves_all_as_it_was(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    unsigned n = 0;
    int rc = -1;

    while (rc < 0) {
        struct err err = ERR_INIT;

        mem_fail_after(++n);
        rc = redis_follow(link->redis, "ev:1", &err);
        mem_fail_after(0);
        if (rc < 0)
            assert_int_equal(err.code, ERR_NOMEM);
    }
    assert_in_range(n, 2, 10);
    redis_unfollow(link->redis, "ev:1");
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

/* Only the link itself is a failure; without memory for a connection it tries
 * again. */
static void no_memory_for_a_link(void **state)
{
    struct world *w = *state;
    struct link *link = &w->links[0];
    struct redis_hooks none = {0};
    struct err err = ERR_INIT;
    int rc;

    mem_fail_after(1);
    rc = redis_new(&link->redis, &w->loop, w->server.unix_url, &none, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_NOMEM);
    assert_null(link->redis);
    mem_fail_after(2);
    link = world_link(w, 0, w->server.unix_url);
    mem_fail_after(0);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

SUITE(limits)
{
    const struct CMUnitTest tests[] = {
        WITH(world_open, the_number_that_waits_is_bounded),
        WITH(world_open, the_bytes_that_wait_are_bounded),
        WITH(world_open, a_refusal_is_counted),
        WITH(world_open, no_memory_to_follow_leaves_all_as_it_was),
        WITH(world_open, no_memory_for_a_link),
    };

    return cmocka_run_group_tests_name("redis limits", tests, NULL, NULL);
}
