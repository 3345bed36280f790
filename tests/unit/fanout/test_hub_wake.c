#include "scene.h"

#include "base/banned.h"

static void wakes_only_when_something_begins_to_wait(void **state)
{
    struct scene_socket a;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    assert_int_equal(scene_deliver(&scene, 7, 1), 1);
    assert_int_equal(scene_deliver(&scene, 7, 2), 0);
    assert_int_equal(scene_deliver(&scene, 7, 4), 0);
    assert_int_equal(a.woken, 1);
    socket_expect(&a, 0, 2);
    assert_int_equal(scene_deliver(&scene, 7, 3), 1);
    socket_expect(&a, 2, 4);
    scene_close(&scene);
}

static void corked_events_leave_together(void **state)
{
    struct scene_socket a, b;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    socket_live(&scene, &b, 8, 0);
    a.eager = b.eager = true;
    hub_cork(scene.hub);
    hub_cork(scene.hub);
    for (int64_t p = 1; p <= 10; p++) {
        assert_int_equal(scene_deliver(&scene, 7, p), 0);
        assert_int_equal(scene_deliver(&scene, 8, p), 0);
    }
    assert_int_equal(hub_uncork(scene.hub), 0);
    assert_int_equal(a.woken, 0);
    assert_int_equal(hub_uncork(scene.hub), 2);
    assert_int_equal(a.frames, 1);
    socket_expect(&a, 0, 10);
    socket_expect(&b, 0, 10);
    scene_close(&scene);
}

static void corked_and_gone(void **state)
{
    struct scene_socket a;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    hub_cork(scene.hub);
    scene_deliver(&scene, 7, 1);
    hub_unsubscribe(a.sub);
    assert_int_equal(scene.closed, 0); /* not while it is in a list */
    assert_int_equal(hub_uncork(scene.hub), 0);
    assert_int_equal(scene.closed, 1);
    /* Back before it was cleared away. */
    socket_live(&scene, &a, 7, 0);
    hub_cork(scene.hub);
    scene_deliver(&scene, 7, 1);
    hub_unsubscribe(a.sub);
    socket_live(&scene, &a, 7, 1);
    scene_deliver(&scene, 7, 2);
    assert_int_equal(hub_uncork(scene.hub), 1);
    socket_expect(&a, 1, 2);
    assert_int_equal(scene.opened, 2);
    assert_int_equal(scene.closed, 1);
    scene_close(&scene);
}

static void end_self(struct scene_socket *socket)
{
    hub_unsubscribe(socket->sub);
    socket->sub = NULL;
}

static void end_other(struct scene_socket *socket)
{
    if (socket->other && socket->other->sub)
        end_self(socket->other);
}

static void end_both(struct scene_socket *socket)
{
    end_other(socket);
    end_self(socket);
}

static void a_wake_may_end_any_subscription(void **state)
{
    static void (*const ends[])(struct scene_socket *) = {end_self, end_other,
                                                          end_both};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        for (size_t who = 0; who < 4; who++) {
            struct scene_socket s[4];
            struct scene scene;

            scene_open(&scene, 1 << 20);
            for (size_t n = 0; n < 4; n++)
                socket_live(&scene, &s[n], n < 2 ? 7 : 0, n < 2 ? 0 : 1000);
            s[who].on_wake = ends[i];
            s[who].other = &s[(who + 1) % 4];
            scene_deliver(&scene, 7, 1);
            scene_deliver(&scene, 7, 2);
            for (size_t n = 0; n < 4; n++) {
                if (s[n].sub)
                    socket_expect(&s[n], n < 2 ? 0 : 1000, n < 2 ? 2 : 1002);
                hub_unsubscribe(s[n].sub);
            }
            assert_int_equal(scene.closed, 2);
            scene_close(&scene);
        }
    }
}

static void deliver_more(struct scene_socket *socket)
{
    int64_t next = hub_position(socket->scene->hub, 7) + 1;

    if (next <= 50)
        scene_deliver(socket->scene, 7, next);
}

static void a_wake_may_lead_to_a_delivery(void **state)
{
    struct scene_socket a, b, c;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    socket_live(&scene, &b, 7, 0);
    socket_live(&scene, &c, 7, 0);
    b.on_wake = deliver_more;
    a.eager = b.eager = true;
    scene_deliver(&scene, 7, 1);
    socket_expect(&a, 0, 50);
    socket_expect(&b, 0, 50);
    socket_expect(&c, 0, 50);
    scene_close(&scene);
}

static void read_other(struct scene_socket *socket)
{
    socket_read(socket->other);
}

static void open_another(struct scene_socket *socket)
{
    if (!socket->other->sub)
        socket_live(socket->scene, socket->other, 7, 1);
}

static void a_wake_may_read_for_another_and_open_more(void **state)
{
    struct scene_socket a, b, c;
    struct hub_stats stats;
    struct scene scene;

    (void)state;
    scene_open(&scene, 1 << 20);
    socket_live(&scene, &a, 7, 0);
    socket_live(&scene, &b, 7, 0);
    a.on_wake = read_other;
    a.other = &b;
    b.on_wake = open_another;
    b.other = &c;
    c.sub = NULL;
    a.eager = true;
    scene_deliver(&scene, 7, 1);
    b.on_wake(&b);
    scene_deliver(&scene, 7, 2);
    socket_expect(&a, 0, 2);
    socket_expect(&b, 0, 2);
    socket_expect(&c, 1, 2);
    hub_get_stats(scene.hub, &stats);
    assert_int_equal(stats.ring_bytes, 0);
    scene_close(&scene);
}

SUITE(hub_wake)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_only_when_something_begins_to_wait),
        cmocka_unit_test(corked_events_leave_together),
        cmocka_unit_test(corked_and_gone),
        cmocka_unit_test(a_wake_may_end_any_subscription),
        cmocka_unit_test(a_wake_may_lead_to_a_delivery),
        cmocka_unit_test(a_wake_may_read_for_another_and_open_more),
    };

    return cmocka_run_group_tests_name("hub_wake", tests, NULL, NULL);
}
