#include "base/mem.h"
#include "scene.h"
#include <string.h>

#include "base/banned.h"

/* A live socket at position 10, arrivals in some order, what it was given. */
static void whatever_the_order_it_is_given_in_order(void **state)
{
    static const struct {
        const char *name;
        int64_t arrivals[8]; /* 0 ends */
        int64_t to;
        int holes;
        int64_t dropped, held;
    } cases[] = {
        {"in order", {11, 12, 13}, 13, 0, 0, 0},
        {"repeats", {11, 11, 12, 11, 12}, 12, 0, 3, 0},
        {"old", {9, 10, 11, 1}, 11, 0, 3, 0},
        {"crossed", {12, 11}, 12, 1, 0, 0},
        {"hole stays", {11, 13, 14}, 11, 1, 0, 2},
        {"hole filled late", {13, 14, 12, 11}, 14, 1, 0, 0},
        {"two holes, the second stays", {12, 14, 11}, 12, 2, 0, 1},
        {"two holes filled from above", {12, 14, 13, 11}, 14, 1, 0, 0},
        {"held twice", {13, 13, 12, 13}, 10, 1, 2, 2},
        {"held, then repeated by a repair", {13, 11, 12, 13}, 13, 1, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hub_stats stats;
        struct scene_socket a;
        struct scene scene;
        int64_t after = -1;

        scene_open(&scene, 1 << 20);
        socket_live(&scene, &a, 7, 10);
        for (size_t n = 0; n < 8 && cases[i].arrivals[n]; n++)
            scene_deliver(&scene, 7, cases[i].arrivals[n]);
        socket_expect(&a, 10, cases[i].to);
        hub_get_stats(scene.hub, &stats);
        assert_int_equal(stats.delivered, cases[i].to - 10);
        assert_int_equal(stats.dropped, cases[i].dropped);
        assert_int_equal(stats.held, cases[i].held);
        assert_int_equal(scene.holes, cases[i].holes);
        assert_int_equal(hub_position(scene.hub, 7), cases[i].to);
        assert_int_equal(hub_hole(scene.hub, 7, &after), cases[i].held > 0);
        if (cases[i].held > 0)
            assert_int_equal(after, cases[i].to);
        assert_int_equal(subscription_is_current(a.sub), cases[i].held == 0);
        hub_unsubscribe(a.sub);
        scene_close(&scene);
    }
}

static void another_owner_hears_nothing(void **state)
{
    struct scene_socket a, b;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    socket_live(&scene, &b, 8, 0);
    assert_int_equal(scene_deliver(&scene, 7, 1), 1);
    assert_int_equal(scene_deliver(&scene, 9, 1), 0);
    socket_expect(&a, 0, 1);
    socket_expect(&b, 0, 0);
    assert_int_equal(b.woken, 0);
    scene_close(&scene);
}

static void all_follows_ids_and_labels_share_an_owner(void **state)
{
    struct scene_socket own, staff, all;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &own, 7, 0);
    assert_int_equal(scene.opened, 1);
    socket_open(&scene, &staff, 7, "user:demo");
    assert_int_equal(scene.opened, 1);
    hub_join(staff.sub, 0, 0);
    socket_live(&scene, &all, 0, 1000);
    own.eager = staff.eager = all.eager = true;
    assert_int_equal(scene.opened, 2);
    assert_int_equal(scene.last_opened, 0);
    assert_int_equal(scene_deliver(&scene, 7, 1), 3);
    assert_int_equal(scene_deliver(&scene, 8, 2), 1);
    socket_expect(&own, 0, 1);
    socket_expect(&staff, 0, 1);
    socket_expect(&all, 1000, 1002);
    assert_string_equal(subscription_label(staff.sub), "user:demo");
    assert_int_equal(subscription_owner(staff.sub), 7);
    hub_unsubscribe(own.sub);
    assert_int_equal(scene.closed, 0);
    assert_int_equal(scene_deliver(&scene, 7, 2), 1);
    socket_expect(&staff, 1, 2);
    hub_unsubscribe(staff.sub);
    assert_int_equal(scene.closed, 1);
    assert_int_equal(scene.last_closed, 7);
    assert_int_equal(hub_position(scene.hub, 7), -1);
    hub_unsubscribe(all.sub);
    assert_int_equal(scene.closed, 2);
    hub_unsubscribe(NULL);
    scene_close(&scene);
}

static void waiting_events_leave_as_one_shared_frame(void **state)
{
    struct scene_socket a, b, c;
    struct frame *frame;
    struct scene scene;
    bool lag;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    socket_live(&scene, &b, 7, 0);
    socket_live(&scene, &c, 7, 0);
    scene_deliver(&scene, 7, 1);
    frame = subscription_peek(a.sub, &lag);
    assert_ptr_equal(frame, subscription_peek(b.sub, &lag));
    socket_expect(&c, 0, 1); /* one alone is sent as itself */
    for (int64_t p = 2; p <= 40; p++)
        scene_deliver(&scene, 7, p);
    /* What was peeked stands until it is advanced over. */
    assert_ptr_equal(frame, subscription_peek(a.sub, &lag));
    subscription_advance(a.sub);
    subscription_advance(b.sub);
    frame = subscription_peek(a.sub, &lag);
    assert_ptr_equal(frame, subscription_peek(b.sub, &lag));
    assert_ptr_equal(frame, subscription_peek(c.sub, &lag));
    socket_expect(&a, 1, 40);
    socket_expect(&b, 1, 40);
    socket_expect(&c, 1, 40);
    assert_int_equal(a.frames, 1);
    subscription_advance(a.sub); /* nothing peeked: nothing done */
    assert_int_equal(subscription_position(a.sub), 40);
    scene_close(&scene);
}

static void without_memory_events_leave_one_by_one(void **state)
{
    struct scene_socket a;
    struct scene scene;
    bool lag;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    for (int64_t p = 1; p <= 5; p++)
        scene_deliver(&scene, 7, p);
    mem_fail_after(1);
    assert_non_null(subscription_peek(a.sub, &lag));
    mem_fail_after(0);
    subscription_advance(a.sub);
    assert_int_equal(subscription_position(a.sub), 1);
    socket_expect(&a, 1, 5);
    scene_close(&scene);
}

static void a_frame_is_at_most_64_kib(void **state)
{
    struct scene_socket a;
    struct scene scene;

    (void)state;
    scene_open(&scene, 8 << 20);
    socket_live(&scene, &a, 7, 0);
    for (int64_t p = 1; p <= 50; p++)
        scene_deliver_big(&scene, 7, p, 10000);
    socket_read(&a);
    assert_int_equal(a.frames, 9); /* six in each, but for the last two */
    socket_expect(&a, 0, 50);
    /* Next to each other too large to be joined. */
    a.frames = 0;
    scene_deliver_big(&scene, 7, 51, 60000);
    scene_deliver_big(&scene, 7, 52, 60000);
    socket_expect(&a, 50, 52);
    assert_int_equal(a.frames, 2);
    scene_close(&scene);
}

static void an_event_beyond_any_frame_is_skipped(void **state)
{
    struct scene_socket a;
    struct hub_stats stats;
    struct scene scene;

    (void)state;
    scene_open(&scene, 8 << 20);
    socket_live(&scene, &a, 7, 0);
    scene_deliver(&scene, 7, 1);
    socket_expect(&a, 0, 1);
    scene_deliver_big(&scene, 7, 2, 70000);
    socket_read(&a);
    assert_true(a.lag);
    assert_int_equal(hub_position(scene.hub, 7), 2);
    hub_get_stats(scene.hub, &stats);
    assert_int_equal(stats.skipped, 1);
    hub_join(a.sub, 2, 2);
    scene_deliver(&scene, 7, 3);
    socket_expect(&a, 2, 3);
    scene_close(&scene);
}

static void a_hole_the_log_cannot_fill_is_skipped(void **state)
{
    struct scene_socket a, b;
    struct hub_stats stats;
    struct scene scene;
    int64_t after;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 5);
    socket_live(&scene, &b, 7, 5);
    scene_deliver(&scene, 7, 6);
    scene_deliver(&scene, 7, 9);
    scene_deliver(&scene, 7, 10);
    socket_expect(&a, 5, 6);
    hub_skip(scene.hub, 7, 4); /* behind it: nothing to do */
    hub_skip(scene.hub, 8, 4);
    assert_true(hub_hole(scene.hub, 7, &after));
    hub_skip(scene.hub, 7, 8);
    assert_false(hub_hole(scene.hub, 7, &after));
    assert_int_equal(hub_position(scene.hub, 7), 10);
    hub_get_stats(scene.hub, &stats);
    assert_int_equal(stats.skipped, 1);
    assert_int_equal(a.woken, 2); /* it was idle, and lags now */
    socket_read(&a);
    assert_true(a.lag);
    assert_false(subscription_is_joined(a.sub));
    assert_int_equal(subscription_position(a.sub), 6);
    socket_read(&b);
    assert_true(b.lag);
    hub_join(a.sub, 10, 10);
    hub_join(b.sub, 10, 10);
    scene_deliver(&scene, 7, 11);
    socket_expect(&a, 10, 11);
    socket_expect(&b, 10, 11);
    scene_close(&scene);
}

static void a_false_position_is_forgotten(void **state)
{
    struct scene_socket a;
    struct scene scene;
    int64_t after;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 5);
    scene_deliver(&scene, 7, 7);
    scene_deliver(&scene, 7, 1000000);
    hub_forget(scene.hub, 7, 999); /* more was heard since: nothing to do */
    hub_forget(scene.hub, 8, 999);
    hub_forget(scene.hub, 7, 1000000);
    assert_true(hub_hole(scene.hub, 7, &after));
    scene_deliver(&scene, 7, 6);
    assert_false(hub_hole(scene.hub, 7, &after));
    socket_expect(&a, 5, 7);
    assert_true(subscription_is_current(a.sub));
    scene_deliver(&scene, 7, 50); /* alone, and false */
    assert_false(subscription_is_current(a.sub));
    hub_forget(scene.hub, 7, 50);
    assert_true(subscription_is_current(a.sub));
    scene_deliver(&scene, 7, 8);
    socket_expect(&a, 7, 8);
    scene_close(&scene);
}

static void add_hole(void *arg, int64_t owner, int64_t after, int64_t heard)
{
    *(int64_t *)arg += owner * 10000 + after * 100 + heard;
}

static void holes_are_listed(void **state)
{
    struct scene_socket a, b, c, unknown;
    struct scene scene;
    int64_t sum = 0;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 1, 5);
    socket_live(&scene, &b, 2, 6);
    socket_live(&scene, &c, 3, 7);
    socket_open(&scene, &unknown, 4, "orders");
    scene_deliver(&scene, 1, 9);
    scene_deliver(&scene, 3, 12);
    scene_deliver(&scene, 4, 12);
    hub_each_hole(scene.hub, add_hole, &sum);
    assert_int_equal(sum, 10000 + 500 + 9 + 30000 + 700 + 12);
    scene_close(&scene);
}

SUITE(hub)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_order_it_is_given_in_order),
        cmocka_unit_test(another_owner_hears_nothing),
        cmocka_unit_test(all_follows_ids_and_labels_share_an_owner),
        cmocka_unit_test(waiting_events_leave_as_one_shared_frame),
        cmocka_unit_test(without_memory_events_leave_one_by_one),
        cmocka_unit_test(a_frame_is_at_most_64_kib),
        cmocka_unit_test(an_event_beyond_any_frame_is_skipped),
        cmocka_unit_test(a_hole_the_log_cannot_fill_is_skipped),
        cmocka_unit_test(a_false_position_is_forgotten),
        cmocka_unit_test(holes_are_listed),
    };

    return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
