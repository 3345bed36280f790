#include "redis/world.h"

#include "base/banned.h"

/* world_close() fails where a handle stays in the loop; the hooks, where one is
 * called for a link that is gone. */

static void end(struct link *link)
{
    redis_free(link->redis);
    link->redis = NULL;
}

static bool is_gone(const struct link *link)
{
    return !link->redis;
}

static void free_before_the_loop_runs(void **state)
{
    struct world *w = *state;

    end(world_link(w, 0, w->server.unix_url));
    redis_free(NULL);
}

static void free_at_every_turn_of_coming_up(void **state)
{
    struct world *w = *state;
    bool up = false;

    for (int turns = 1; !up; turns++) {
        struct link *link = world_link(w, 0, w->server.unix_url);
        struct err err = ERR_INIT;

        assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
        for (int i = 0; i < turns && !redis_is_up(link->redis); i++)
            uv_run(&w->loop, UV_RUN_ONCE);
        up = redis_is_up(link->redis);
        end(link);
    }
}

static void free_while_up_with_messages_under_way(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    for (int i = 0; i < 100; i++)
        redis_publish(link->redis, "ev:1", "x", 1);
    end(link);
}

static void free_while_redis_is_away(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
    uv_run(&w->loop, UV_RUN_ONCE);
    uv_run(&w->loop, UV_RUN_ONCE);
    end(link);
}

static void free_while_it_comes_back(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    server_kill(&w->server);
    world_until(w, link_is_down, link);
    end(link);
}

static void free_while_a_tcp_connect_is_under_way(void **state)
{
    struct world *w = *state;

    server_use_tcp(&w->server);
    end(world_link(w, 0, w->server.tcp_url));
    world_link(w, 1, w->server.tcp_url);
    uv_run(&w->loop, UV_RUN_ONCE);
    end(&w->links[1]);
}

static void free_from_within_the_message_hook(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    link->free_at = AT_MESSAGE;
    for (int i = 0; i < 10; i++)
        redis_publish(link->redis, "ev:1", "x", 1);
    world_until(w, is_gone, link);
    assert_int_equal(link->messages, 1);
}

static void free_from_within_the_subscribed_hook(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    link->free_at = AT_SUBSCRIBED;
    assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
    assert_int_equal(redis_follow(link->redis, "ev:2", &err), 0);
    world_until(w, is_gone, link);
    assert_int_equal(link->subscribed, 1);
}

static void free_from_within_the_state_hook(void **state)
{
    struct world *w = *state;
    struct link *up = world_link(w, 0, w->server.unix_url);
    struct link *down = world_link(w, 1, w->server.unix_url);

    up->free_at = AT_UP;
    down->free_at = AT_DOWN;
    world_until(w, is_gone, up);
    world_until(w, link_is_up, down);
    server_kill(&w->server);
    world_until(w, is_gone, down);
}

SUITE(free)
{
    const struct CMUnitTest tests[] = {
        WITH(world_open, free_before_the_loop_runs),
        WITH(world_open, free_at_every_turn_of_coming_up),
        WITH(world_open, free_while_up_with_messages_under_way),
        WITH(world_open_empty, free_while_redis_is_away),
        WITH(world_open, free_while_it_comes_back),
        WITH(world_open_empty, free_while_a_tcp_connect_is_under_way),
        WITH(world_open, free_from_within_the_message_hook),
        WITH(world_open, free_from_within_the_subscribed_hook),
        WITH(world_open, free_from_within_the_state_hook),
    };

    return cmocka_run_group_tests_name("redis free", tests, NULL, NULL);
}
