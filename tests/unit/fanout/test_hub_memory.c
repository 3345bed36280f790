#include "base/mem.h"
#include "scene.h"
#include <malloc.h>
#include <stdlib.h>

#include "base/banned.h"

/* Bytes in use on the heap; under a sanitizer always 0. */
static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static void ten_thousand_idle(int64_t owners, size_t most)
{
    static struct subscription *subs[10000];
    struct err err = ERR_INIT;
    struct scene scene;
    size_t before;
    size_t each;

    scene_open(&scene, 1 << 20);
    before = heap();
    for (int64_t i = 0; i < 10000; i++) {
        assert_int_equal(hub_subscribe(scene.hub, 1 + i % owners, "orders",
                                       &scene, &subs[i], &err),
                         0);
        hub_join(subs[i], 5, 5);
    }
    each = (heap() - before) / 10000;
    print_message("%lld owners: %zu bytes per idle socket\n", (long long)owners,
                  each);
    assert_true(each < most);
    for (size_t i = 0; i < 10000; i++)
        hub_unsubscribe(subs[i]);
    assert_int_equal(scene.closed, owners);
    scene_close(&scene);
}

static void an_idle_socket_costs_little(void **state)
{
    (void)state;
    ten_thousand_idle(10000, 300);
    ten_thousand_idle(1, 100);
}

static void a_ring_is_bounded_and_goes_when_all_have_read(void **state)
{
    struct scene_socket slow, fast;
    struct hub_stats stats;
    struct scene scene;
    int64_t most = 0;

    (void)state;
    scene_open(&scene, 100000);
    socket_live(&scene, &slow, 7, 0);
    socket_live(&scene, &fast, 7, 0);
    fast.eager = true;
    for (int64_t p = 1; p <= 2000; p++) {
        scene_deliver_big(&scene, 7, p, 500);
        hub_get_stats(scene.hub, &stats);
        if (stats.ring_bytes > most)
            most = stats.ring_bytes;
    }
    assert_in_range(most, 90000, 100000);
    socket_expect(&fast, 0, 2000);
    socket_read(&slow);
    assert_true(slow.lag);
    scene_deliver(&scene, 7, 2001);
    hub_get_stats(scene.hub, &stats);
    assert_true(stats.ring_bytes < 1000); /* what it lagged for is let go */
    hub_join(slow.sub, 2001, 2001);
    hub_get_stats(scene.hub, &stats);
    assert_int_equal(stats.ring_bytes, 0);
    assert_int_equal(stats.streams, 1);
    assert_int_equal(stats.subscriptions, 2);
    /* The slowest goes: what was kept for it goes too. */
    for (int64_t p = 2002; p <= 2050; p++)
        scene_deliver(&scene, 7, p);
    hub_get_stats(scene.hub, &stats);
    assert_true(stats.ring_bytes > 1000);
    hub_unsubscribe(slow.sub);
    hub_get_stats(scene.hub, &stats);
    assert_int_equal(stats.ring_bytes, 0);
    scene_close(&scene);
}

static void what_is_held_is_bounded_and_not_lost(void **state)
{
    struct scene_socket a;
    struct hub_stats stats;
    struct scene scene;
    int64_t after;

    (void)state;
    scene_open(&scene, 100000);
    socket_live(&scene, &a, 7, 0);
    a.eager = true;
    for (int64_t p = 2; p <= 1000; p++)
        scene_deliver_big(&scene, 7, p, 500);
    hub_get_stats(scene.hub, &stats);
    assert_in_range(stats.held, 50, 100);
    assert_int_equal(scene.holes, 1);
    scene_deliver(&scene, 7, 1);
    assert_int_equal(scene.holes, 2); /* behind what was held */
    assert_true(hub_hole(scene.hub, 7, &after));
    assert_int_equal(after, stats.held + 1);
    for (int64_t p = after + 1; p <= 1000; p++)
        scene_deliver(&scene, 7, p);
    assert_false(hub_hole(scene.hub, 7, &after));
    socket_expect(&a, 0, 1000);
    scene_close(&scene);
}

/* What a hole has is read again, as the relay does. */
static void repair(struct scene *scene, int64_t owner, int64_t to)
{
    int64_t after;

    while (hub_hole(scene->hub, owner, &after) && after < to)
        scene_deliver(scene, owner, after + 1);
}

static bool subscribe(struct scene *scene, struct scene_socket *socket,
                      int64_t owner, const char *label)
{
    struct err err = ERR_INIT;

    *socket = (struct scene_socket){.scene = scene};
    if (hub_subscribe(scene->hub, owner, label, socket, &socket->sub, &err) ==
        0)
        return true;
    assert_int_equal(err.code, ERR_NOMEM);
    return false;
}

static void survive_failure(unsigned n)
{
    static struct scene_socket a, b, all;
    static const int64_t arrivals[] = {3, 1, 2, 5, 7, 6, 4, 8};
    struct event event = {.kind = EVENT_NEW, .body = "{}", .body_len = 2};
    bool have_a, have_b, have_all;
    struct scene scene;

    scene_open(&scene, 1 << 20);
    mem_fail_after(n);
    have_a = subscribe(&scene, &a, 7, "orders");
    have_b = subscribe(&scene, &b, 7, "user:demo");
    have_all = subscribe(&scene, &all, 0, "all");
    for (size_t i = 0; i < ARRAY_LEN(arrivals); i++) {
        if (i == 2 && have_a)
            hub_join(a.sub, 0, 0);
        if (i == 3 && have_b)
            hub_join(b.sub, 0, 0);
        if (i == 4 && have_all)
            hub_join(all.sub, 0, 0);
        event.id = event.position = arrivals[i];
        event.owner = 7;
        hub_deliver(scene.hub, &event);
    }
    mem_fail_after(0);
    for (int64_t p = 1; p <= 8; p++) {
        int64_t after;

        /* What failed shows as a hole, always. */
        assert_true(hub_position(scene.hub, 7) >= p || !(have_a || have_b) ||
                    hub_hole(scene.hub, 7, &after));
        event.id = event.position = p;
        hub_deliver(scene.hub, &event);
    }
    repair(&scene, 7, 8);
    if (have_a)
        socket_expect(&a, 0, 8);
    if (have_b)
        socket_expect(&b, 0, 8);
    if (have_all)
        socket_expect(&all, 0, 8);
    scene_close(&scene);
}

static void running_out_of_memory_loses_nothing(void **state)
{
    struct hub_hooks hooks = {0};

    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        mem_fail_after(i);
        assert_null(hub_new(1000, &hooks));
    }
    mem_fail_after(0);
    for (unsigned n = 1; n <= 60; n++)
        survive_failure(n);
    hub_free(NULL);
}

SUITE(hub_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_socket_costs_little),
        cmocka_unit_test(a_ring_is_bounded_and_goes_when_all_have_read),
        cmocka_unit_test(what_is_held_is_bounded_and_not_lost),
        cmocka_unit_test(running_out_of_memory_loses_nothing),
    };

    return cmocka_run_group_tests_name("hub_memory", tests, NULL, NULL);
}
