#include "scene.h"

#include "base/banned.h"

/* Events arrive before the join, and after it. */
static void a_join_drops_what_was_read_and_keeps_the_rest(void **state)
{
    static const struct {
        const char *name;
        int64_t before[6], after[6]; /* 0 ends */
        int64_t committed;
        int64_t to;
        int holes;
    } cases[] = {
        {"nothing held", {0}, {11, 12}, 10, 12, 0},
        {"all held was read", {8, 9, 10}, {11}, 10, 11, 0},
        {"some was not read", {9, 10, 11, 12}, {13}, 10, 13, 0},
        {"held out of order", {12, 9, 11, 10}, {13}, 10, 13, 0},
        {"a hole behind the join", {12, 13}, {11, 14}, 10, 14, 1},
        {"an empty stream", {0}, {1, 2}, 0, 2, 0},
        {"an empty stream, one held", {2}, {1}, 0, 2, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scene_socket a;
        struct scene scene;
        int64_t after;

        scene_open(&scene, 1 << 20);
        socket_open(&scene, &a, 7, "orders");
        assert_false(subscription_is_joined(a.sub));
        assert_int_equal(subscription_position(a.sub), -1);
        for (size_t n = 0; n < 6 && cases[i].before[n]; n++)
            assert_int_equal(scene_deliver(&scene, 7, cases[i].before[n]), 0);
        socket_read(&a);
        assert_int_equal(a.count, 0);
        assert_false(hub_hole(scene.hub, 7, &after));
        assert_int_equal(hub_position(scene.hub, 7), -1);
        assert_int_equal(scene.holes, 0);
        hub_join(a.sub, cases[i].committed, cases[i].committed);
        assert_true(subscription_is_joined(a.sub));
        assert_int_equal(a.woken, subscription_waiting(a.sub) ? 1 : 0);
        for (size_t n = 0; n < 6 && cases[i].after[n]; n++)
            scene_deliver(&scene, 7, cases[i].after[n]);
        socket_expect(&a, cases[i].committed, cases[i].to);
        assert_int_equal(scene.holes, cases[i].holes);
        assert_true(subscription_is_current(a.sub));
        scene_close(&scene);
    }
}

/* The stream is live at 20 already; someone joins it. */
static void joining_a_live_stream(void **state)
{
    static const struct {
        const char *name;
        int64_t committed, after;
        int64_t given_from, given_to;
        bool lag;
        int holes;
    } cases[] = {
        {"at its position", 20, 20, 20, 22, false, 0},
        {"ahead of it by what is to come", 21, 21, 21, 22, false, 1},
        {"behind, within what came since", 18, 18, 18, 22, false, 0},
        {"where it was when it came", 15, 15, 15, 22, false, 0},
        {"backlog sent up to less than committed", 20, 17, 17, 22, false, 0},
        {"further back than the ring", 14, 14, 14, 14, true, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scene_socket a, b;
        struct scene scene;

        scene_open(&scene, 1 << 20);
        socket_live(&scene, &a, 7, 10);
        a.eager = true;
        for (int64_t p = 11; p <= 15; p++)
            scene_deliver(&scene, 7, p);
        socket_open(&scene, &b, 7, "orders");
        for (int64_t p = 16; p <= 20; p++)
            scene_deliver(&scene, 7, p);
        assert_int_equal(b.woken, 0);
        hub_join(b.sub, cases[i].committed, cases[i].after);
        assert_int_equal(scene.holes, cases[i].holes);
        scene_deliver(&scene, 7, 21);
        scene_deliver(&scene, 7, 22);
        socket_expect(&b, cases[i].given_from, cases[i].given_to);
        assert_int_equal(b.lag, cases[i].lag);
        socket_expect(&a, 10, 22);
        scene_close(&scene);
    }
}

static void a_join_ahead_shows_what_the_stream_has_missed(void **state)
{
    struct scene_socket a, b;
    struct scene scene;
    int64_t after = 0;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 10);
    socket_live(&scene, &b, 7, 13);
    assert_int_equal(scene.holes, 1);
    assert_int_equal(scene.hole_after, 10);
    assert_true(hub_hole(scene.hub, 7, &after));
    assert_int_equal(after, 10);
    assert_false(subscription_is_current(a.sub));
    assert_true(subscription_is_current(b.sub));
    for (int64_t p = 11; p <= 14; p++)
        scene_deliver(&scene, 7, p);
    assert_int_equal(scene.holes, 1);
    socket_expect(&a, 10, 14);
    socket_expect(&b, 13, 14);
    assert_int_equal(b.woken, 1);
    scene_close(&scene);
}

static void a_second_label_finds_the_position_known(void **state)
{
    struct scene_socket own, staff;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &own, 7, 10);
    scene_deliver(&scene, 7, 11);
    socket_open(&scene, &staff, 7, "user:demo");
    scene_deliver(&scene, 7, 12);
    hub_join(staff.sub, 11, 11);
    socket_expect(&staff, 11, 12);
    socket_expect(&own, 10, 12);
    scene_close(&scene);
}

static void two_that_join_an_unknown_stream(void **state)
{
    struct scene_socket a, b;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_open(&scene, &a, 7, "orders");
    socket_open(&scene, &b, 7, "orders");
    scene_deliver(&scene, 7, 11);
    scene_deliver(&scene, 7, 12);
    hub_join(a.sub, 11, 11);
    assert_int_equal(b.woken, 0);
    socket_expect(&a, 11, 12);
    scene_deliver(&scene, 7, 13);
    hub_join(b.sub, 12, 12);
    socket_expect(&b, 12, 13);
    socket_expect(&a, 12, 13);
    scene_close(&scene);
}

static void a_reader_that_is_overtaken_lags_and_joins_again(void **state)
{
    struct scene_socket slow, fast;
    struct scene scene;
    bool lag = false;

    (void)state;
    scene_open(&scene, 20000);
    socket_live(&scene, &slow, 7, 0);
    socket_live(&scene, &fast, 7, 0);
    fast.eager = true;
    for (int64_t p = 1; p <= 300; p++)
        scene_deliver(&scene, 7, p);
    socket_expect(&fast, 0, 300);
    assert_int_equal(slow.woken, 1); /* only as it began to wait */
    assert_true(subscription_waiting(slow.sub));
    assert_null(subscription_peek(slow.sub, &lag));
    assert_true(lag);
    assert_false(subscription_waiting(slow.sub)); /* it has been told */
    assert_false(subscription_is_current(slow.sub));
    assert_null(subscription_peek(slow.sub, &lag));
    assert_true(lag);
    subscription_advance(slow.sub);
    /* While it catches up, what comes is kept for it. */
    for (int64_t p = 301; p <= 310; p++)
        scene_deliver(&scene, 7, p);
    assert_int_equal(slow.woken, 1);
    hub_join(slow.sub, 303, 303);
    assert_int_equal(slow.woken, 2);
    socket_expect(&slow, 303, 310);
    assert_false(slow.lag);
    scene_close(&scene);
}

SUITE(hub_join)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_drops_what_was_read_and_keeps_the_rest),
        cmocka_unit_test(joining_a_live_stream),
        cmocka_unit_test(a_join_ahead_shows_what_the_stream_has_missed),
        cmocka_unit_test(a_second_label_finds_the_position_known),
        cmocka_unit_test(two_that_join_an_unknown_stream),
        cmocka_unit_test(a_reader_that_is_overtaken_lags_and_joins_again),
    };

    return cmocka_run_group_tests_name("hub_join", tests, NULL, NULL);
}
