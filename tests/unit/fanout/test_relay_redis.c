#include "world.h"

#include <stdio.h>

#include "base/banned.h"

static struct worker *start_up(struct world *w, size_t index, const char *epoch)
{
    struct worker *worker = worker_start(w, index, epoch, w->redis.unix_url);

    worker_await_redis(worker, true);
    return worker;
}

/* Until its channel is in force: what is published then is heard. */
static void socket_followed(struct worker *worker, struct scene_socket *socket,
                            int64_t owner)
{
    socket_live(&worker->scene, socket, owner, 0);
    while (1) {
        redisReply *reply =
            owner ? server_ask(&worker->world->redis,
                               "PUBSUB NUMSUB lws-app:e:owner:%d", (int)owner)
                  : server_ask(&worker->world->redis,
                               "PUBSUB NUMSUB lws-app:e:all");
        bool followed = reply->element[1]->integer > 0;

        freeReplyObject(reply);
        if (followed)
            return;
        uv_run(&worker->world->loop, UV_RUN_ONCE);
    }
}

static bool has_received(const struct worker *worker)
{
    return worker_stats(worker).received > 0;
}

static bool has_control(const struct worker *worker)
{
    return worker->control_count > 0;
}

static void a_commit_reaches_the_other_worker(void **state)
{
    struct world *w = *state;
    struct scene_socket here, there, all;
    struct worker *a, *b;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    b = start_up(w, 1, "e");
    socket_followed(b, &there, ANN);
    socket_followed(b, &all, 0);
    socket_live(&a->scene, &here, ANN, 0);
    world_commit(w, ANN);
    world_tell(w, a);
    socket_expect(&here, 0, 1);
    socket_await(w, &there, 0, 1);
    socket_await(w, &all, 0, 1);
    world_until(w, has_received, b);
    assert_int_equal(worker_stats(a).published, 2);
    assert_int_equal(worker_stats(a).redis_up, 1);
    world_until(w, has_received, a); /* its own comes back, and is dropped */
    socket_expect(&here, 1, 1);
    assert_int_equal(worker_stats(b).unreadable, 0);
}

static bool has_received_both(const struct worker *worker)
{
    return worker_stats(worker).received == 2;
}

static void an_event_heard_of_twice_is_told_of_once(void **state)
{
    struct world *w = *state;
    struct scene_socket one, all;
    struct worker *a;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    socket_followed(a, &one, ANN);
    socket_followed(a, &all, 0);
    worker_await_look(a);
    world_commit(w, ANN);
    world_tell(w, a);
    world_until(w, has_received_both, a); /* its own, by two channels */
    assert_int_equal(a->heard, 1);
}

static void control_entries_reach_the_other_worker(void **state)
{
    struct world *w = *state;
    struct worker *a, *b;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    b = start_up(w, 1, "e");
    world_commit_control(w, 1);
    world_tell(w, a);
    assert_int_equal(a->control_count, 1);
    world_until(w, has_control, b);
    world_until(w, has_received, a);
    worker_await_look(a);
    worker_await_look(b);
    assert_int_equal(a->control_count, 1);
    assert_int_equal(b->control_count, 1);
}

static void two_deployments_on_one_redis_do_not_hear_each_other(void **state)
{
    struct world *w = *state;
    struct scene_socket here, there;
    struct worker *a, *b;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    b = start_up(w, 1, "f");
    socket_followed(a, &here, ANN);
    socket_live(&b->scene, &there, ANN, 0);
    worker_await_look(b);
    world_commit(w, ANN);
    world_tell(w, a);
    world_commit_control(w, 1);
    world_tell(w, a);
    world_until(w, has_received, a);
    world_until(w, has_control, b); /* by its look at the shared file */
    assert_int_equal(worker_stats(b).received, 0);
}

static void garbage_is_dropped_and_counted(void **state)
{
    static const struct {
        const char *channel, *bytes;
    } garbage[] = {
        {"lws-app:e:owner:1", "garbage"},
        {"lws-app:e:owner:1", ""},
        {"lws-app:e:owner:1", "E 1 2 1 new 5 {}\n"}, /* another's */
        {"lws-app:e:owner:1", "E 1 1 1 new 5 {}\nE 2 2 1 new 5 {}\n"},
        {"lws-app:e:owner:1", "E 1 1 1 new 5 {}"},
        {"lws-app:e:owner:1", "E 1 1 1 new 5 \xff\n"},
        {"lws-app:e:owner:1", "E 1 1 -1 new 5 {}\n"},
        {"lws-app:e:owner:1", "C 1 1 rights 0 5\n"},
        {"lws-app:e:control", "E 1 1 1 new 5 {}\n"},
        {"lws-app:e:control", "C 1 1 nonsense 0 5\n"},
        {"lws-app:e:control", "C 1"},
    };
    struct world *w = *state;
    struct scene_socket ann;
    struct worker *a;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    socket_followed(a, &ann, ANN);
    for (size_t i = 0; i < ARRAY_LEN(garbage); i++)
        freeReplyObject(server_ask(&w->redis, "PUBLISH %s %s",
                                   garbage[i].channel, garbage[i].bytes));
    world_commit(w, ANN);
    world_tell(w, a);
    world_until(w, has_received, a);
    while (worker_stats(a).received < (int64_t)ARRAY_LEN(garbage) + 1)
        uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(worker_stats(a).unreadable, ARRAY_LEN(garbage));
    assert_int_equal(a->control_count, 0);
    socket_expect(&ann, 0, 1);
}

/* An id of which none has been given out, the next one too, silences nothing.
 */
static void
a_forged_control_entry_is_not_told_and_hides_no_true_one(void **state)
{
    static const char *const forged[] = {
        "C 1 1 rights 0 5\n",
        "C 2 1 session_ended 7 5\nC 3 1 active 0 5\n",
        "C 900 1 password 0 5\n",
        "C 9007199254740990 1 password 0 5\n",
    };
    struct world *w = *state;
    struct worker *a, *b;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    b = start_up(w, 1, "e");
    for (int round = 0; round < 3; round++) {
        int64_t received = worker_stats(b).received;

        for (size_t i = 0; i < ARRAY_LEN(forged); i++)
            freeReplyObject(server_ask(&w->redis, "PUBLISH %s %s",
                                       "lws-app:e:control", forged[i]));
        while (worker_stats(b).received < received + (int64_t)ARRAY_LEN(forged))
            uv_run(&w->loop, UV_RUN_ONCE);
        worker_await_look(b);
        assert_int_equal(b->control_count, 0);
        world_commit_control(w, round + 1);
        world_tell(w, a);
        world_until(w, has_control, b);
        assert_int_equal(b->control_count, 1);
        assert_int_equal(b->controls[0], round + 1);
        b->control_count = 0;
    }
    assert_int_equal(worker_stats(b).unreadable, 0);
    assert_int_equal(b->rechecks, 0);
}

static void without_redis_for_a_while_nothing_is_lost(void **state)
{
    struct world *w = *state;
    struct scene_socket there;
    struct worker *a, *b;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    b = start_up(w, 1, "e");
    socket_followed(b, &there, ANN);
    server_kill(&w->redis);
    worker_await_redis(a, false);
    worker_await_redis(b, false);
    world_commit(w, ANN);
    world_tell(w, a);
    socket_await(w, &there, 0, 1);
    assert_int_equal(worker_stats(a).redis.published, 0);
    assert_int_equal(worker_stats(a).redis.dropped, 2);
    server_start(&w->redis);
    worker_await_redis(a, true);
    worker_await_redis(b, true);
    world_commit(w, ANN);
    world_tell(w, a);
    socket_await(w, &there, 1, 2);
    world_until(w, has_received, b);
}

static void what_nobody_follows_is_not_asked_for(void **state)
{
    struct world *w = *state;
    struct scene_socket ann;
    int64_t received;
    struct worker *a;

    server_start(&w->redis);
    a = start_up(w, 0, "e");
    socket_followed(a, &ann, ANN);
    world_commit(w, ANN);
    world_tell(w, a);
    world_until(w, has_received, a);
    received = worker_stats(a).received;
    hub_unsubscribe(ann.sub);
    world_commit(w, ANN);
    world_tell(w, a);
    world_commit_control(w, 1);
    world_tell(w, a); /* comes back behind what must not */
    while (worker_stats(a).received == received)
        uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(worker_stats(a).received, received + 1);
}

static bool is_all_up(const struct worker *worker)
{
    return worker_stats(worker).redis_down == 0;
}

static bool is_down(const struct worker *worker)
{
    return worker_stats(worker).redis_up == 0;
}

/* By two names of one server. */
static struct worker *start_twice(struct world *w, size_t index)
{
    char urls[128];
    struct worker *worker;

    snprintf(urls, sizeof(urls), "%s,redis://localhost:%d", w->redis.tcp_url,
             w->redis.port);
    worker = worker_start(w, index, "e", urls);
    world_until(w, is_all_up, worker);
    return worker;
}

static void a_server_with_two_names_counts_once(void **state)
{
    struct world *w = *state;
    struct worker *a, *b;

    server_use_tcp(&w->redis);
    server_start(&w->redis);
    a = start_twice(w, 0);
    assert_int_equal(worker_stats(a).redis_same, 1);
    server_kill(&w->redis);
    world_until(w, is_down, a);
    assert_int_equal(worker_stats(a).redis_down, 1);
    /* It is another one for itself by then, and the same for both names. */
    server_start(&w->redis);
    world_until(w, is_all_up, a);
    assert_int_equal(worker_stats(a).redis_same, 1);
    /* One that may not say which it is is believed to be two. */
    freeReplyObject(server_ask(&w->redis, "ACL SETUSER default -info"));
    b = start_twice(w, 1);
    assert_int_equal(worker_stats(b).redis_same, 0);
}

SUITE(relay_redis)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_commit_reaches_the_other_worker),
        WORLD_TEST(an_event_heard_of_twice_is_told_of_once),
        WORLD_TEST(control_entries_reach_the_other_worker),
        WORLD_TEST(two_deployments_on_one_redis_do_not_hear_each_other),
        WORLD_TEST(garbage_is_dropped_and_counted),
        WORLD_TEST(a_forged_control_entry_is_not_told_and_hides_no_true_one),
        WORLD_TEST(without_redis_for_a_while_nothing_is_lost),
        WORLD_TEST(what_nobody_follows_is_not_asked_for),
        WORLD_TEST(a_server_with_two_names_counts_once),
    };

    return cmocka_run_group_tests_name("relay_redis", tests, NULL, NULL);
}
