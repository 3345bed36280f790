#include "redis/names.h"
#include "redis/world.h"
#include "store/redis/redis_conn.h"

#include <stdio.h>

#include "base/banned.h"

#define MANY 5000

static bool subscribed_again(const struct link *link)
{
    return link->subscribed == 1 && redis_is_up(link->redis);
}

static bool many_subscribed(const struct link *link)
{
    return link->subscribed == MANY && redis_is_up(link->redis);
}

static bool came_back(const struct link *link)
{
    return link->downs == 1 && link->ups == 2;
}

static bool pinged(const struct link *link)
{
    return link_stats(link).round_trip_us >= 0;
}

static bool two_dropped(const struct link *link)
{
    return link_stats(link).dropped == 2;
}

static bool both_came_back(const struct link *link)
{
    return link_stats(link).reconnects == 2;
}

static void a_killed_redis_is_found_again(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "before", 6);
    server_kill(&w->server);
    world_until(w, link_is_down, link);
    assert_int_equal(link->downs, 1);
    link->subscribed = 0;
    server_start(&w->server);
    world_until(w, subscribed_again, link);
    assert_string_equal(link->last_subscribed, "ev:1");
    link_expect(link, link, "ev:1", "after", 5);
    assert_int_equal(link->ups, 2);
    world_until(w, both_came_back, link);
}

static void redis_may_come_later(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
    assert_int_equal(redis_follow(link->redis, "ev:2", &err), 0);
    redis_unfollow(link->redis, "ev:2");
    uv_run(&w->loop, UV_RUN_ONCE);
    assert_false(redis_is_up(link->redis));
    assert_int_equal(link->downs, 0); /* it has not been up */
    server_start(&w->server);
    world_until(w, subscribed_again, link);
    assert_string_equal(link->last_subscribed, "ev:1");
    redis_publish(link->redis, "ev:2", "x", 1);
    link_expect(link, link, "ev:1", "x", 1);
    assert_int_equal(link_stats(link).reconnects, 0);
}

static void a_refused_tcp_connect_is_tried_again(void **state)
{
    struct world *w = *state;
    struct link *link;

    server_use_tcp(&w->server);
    link = world_link(w, 0, w->server.tcp_url);
    for (int i = 0; i < 5; i++)
        uv_run(&w->loop, UV_RUN_ONCE);
    assert_false(redis_is_up(link->redis));
    server_start(&w->server);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

static void what_is_published_meanwhile_is_counted(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    redis_publish(link->redis, "ev:1", "x", 1);
    assert_int_equal(link_stats(link).dropped, 1);
    world_until(w, link_is_up, link);
    server_kill(&w->server);
    /* Not known to be down yet: lost on the way, and counted all the same. */
    redis_publish(link->redis, "ev:1", "x", 1);
    world_until(w, link_is_down, link);
    world_until(w, two_dropped, link);
    redis_publish(link->redis, "ev:1", "x", 1);
    assert_int_equal(link_stats(link).dropped, 3);
    assert_int_equal(link_stats(link).published, 0);
}

static void follow_and_unfollow_hold_over_an_outage(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    link_follow(link, "ev:1");
    link_follow(link, "ev:2");
    redis_unfollow(link->redis, "ev:2"); /* its answer never comes */
    server_kill(&w->server);
    world_until(w, link_is_down, link);
    redis_unfollow(link->redis, "ev:1");
    assert_int_equal(redis_follow(link->redis, "ev:3", &err), 0);
    link->subscribed = 0;
    server_start(&w->server);
    world_until(w, subscribed_again, link);
    assert_string_equal(link->last_subscribed, "ev:3");
    redis_publish(link->redis, "ev:1", "x", 1);
    redis_publish(link->redis, "ev:2", "x", 1);
    link_expect(link, link, "ev:3", "x", 1);
}

static void a_redis_that_stands_still_is_down(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    world_until(w, pinged, link);
    server_suspend(&w->server);
    world_until(w, link_is_down, link);
    link->subscribed = 0;
    server_resume(&w->server);
    world_until(w, subscribed_again, link);
    link_expect(link, link, "ev:1", "x", 1);
}

struct silent {
    struct link link; /* for world_until() */
    struct redis_conn conn;
    struct redis_url url;
    unsigned greeted, lost, closed;
    unsigned pings; /* unanswered when it was lost */
};

static int silent_greet(struct redis_conn *conn)
{
    struct silent *silent = conn->owner;

    silent->greeted++;
    return 0;
}

static int silent_ping(struct redis_conn *conn)
{
    redis_conn_ping_sent(conn);
    return 0;
}

static void silent_lost(struct redis_conn *conn)
{
    struct silent *silent = conn->owner;

    silent->lost++;
    silent->pings = conn->silent;
}

static void silent_changed(struct redis_conn *conn)
{
    assert_false(conn->up);
}

static bool was_lost(const struct link *link)
{
    const struct silent *silent = (const struct silent *)link;

    return silent->lost == 2;
}

static bool was_closed(const struct link *link)
{
    const struct silent *silent = (const struct silent *)link;

    return silent->closed == 1;
}

static void silent_closed(void *owner)
{
    struct silent *silent = owner;

    silent->closed++;
}

static void lose_twice(struct silent *silent, const char *url)
{
    static const struct redis_role role = {
        "silent", silent_greet, silent_ping, silent_lost, silent_changed, false,
    };
    struct world *w = silent->link.world;
    struct err err = ERR_INIT;

    assert_int_equal(redis_url_parse(&silent->url, url, &err), 0);
    redis_conn_init(&silent->conn, &w->loop, &role, &silent->url, silent);
    world_until(w, was_lost, &silent->link);
    redis_conn_close(&silent->conn, silent_closed);
    world_until(w, was_closed, &silent->link);
}

/* The kernel accepts for a server that stands still. */
static void a_redis_that_never_answers_is_given_up(void **state)
{
    struct world *w = *state;
    struct silent silent = {.link = {.world = w}};

    server_suspend(&w->server);
    lose_twice(&silent, w->server.unix_url);
    assert_int_equal(silent.greeted, 2);
    assert_int_equal(silent.pings, 3);
    server_resume(&w->server);
}

static void a_refused_connect_is_known_at_once(void **state)
{
    struct world *w = *state;
    struct silent silent = {.link = {.world = w}};

    server_use_tcp(&w->server);
    lose_twice(&silent, w->server.tcp_url);
    assert_int_equal(silent.greeted, 0);
    assert_in_range(silent.pings, 0, 2); /* not by them */
}

static void flaky_changed(struct redis_conn *conn)
{
    if (conn->up)
        redis_conn_drop(conn, "it is of no use");
}

static bool was_lost_often(const struct link *link)
{
    const struct silent *silent = (const struct silent *)link;

    return silent->lost == 4;
}

static void a_redis_that_is_up_for_moments_is_tried_less_and_less(void **state)
{
    static const struct redis_role role = {
        "flaky",     redis_conn_ping, redis_conn_ping,
        silent_lost, flaky_changed,   false,
    };
    struct world *w = *state;
    struct silent silent = {.link = {.world = w}};
    struct err err = ERR_INIT;

    assert_int_equal(redis_url_parse(&silent.url, w->server.unix_url, &err), 0);
    redis_conn_init(&silent.conn, &w->loop, &role, &silent.url, &silent);
    world_until(w, was_lost_often, &silent.link);
    assert_int_equal(silent.conn.tries, 4);
    redis_conn_close(&silent.conn, silent_closed);
    world_until(w, was_closed, &silent.link);
}

static void a_killed_client_comes_back(void **state)
{
    static const char *const commands[] = {
        "CLIENT KILL TYPE pubsub",
        "CLIENT KILL TYPE normal",
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct link *link = world_link(w, i, w->server.unix_url);

        link_follow(link, "ev:1");
        server_tell(&w->server, commands[i]);
        world_until(w, came_back, link);
        link_expect(link, link, "ev:1", "x", 1);
        assert_int_equal(link_stats(link).reconnects, 1);
        redis_free(link->redis);
        link->redis = NULL;
    }
}

static void a_burst_beyond_redis_own_limit_is_survived(void **state)
{
    static char big[1 << 20];
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    freeReplyObject(server_ask(&w->server, "CONFIG SET %s %s",
                               "client-output-buffer-limit",
                               "pubsub 65536 0 0"));
    redis_publish(link->redis, "ev:1", big, sizeof(big));
    world_until(w, came_back, link);
    link_expect(link, link, "ev:1", "x", 1);
}

static void a_redis_that_takes_nothing_is_down(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);

    link_follow(link, "ev:1");
    server_tell(&w->server, "ACL SETUSER default -publish");
    world_until(w, link_is_down, link);
    server_tell(&w->server, "ACL SETUSER default +publish");
    world_until(w, came_back, link);
    link_expect(link, link, "ev:1", "x", 1);
}

static bool was_looked_up_often(const struct link *link)
{
    (void)link;
    return names_asked() >= 4; /* of two connections, twice */
}

static void a_host_may_become_known_and_move(void **state)
{
    struct world *w = *state;
    struct link *link;
    char url[64];

    server_use_tcp(&w->server);
    snprintf(url, sizeof(url), "redis://moves.test:%d", w->server.port);
    names_set(NULL);
    link = world_link(w, 0, url);
    world_until(w, was_looked_up_often, link);
    assert_false(redis_is_up(link->redis));
    server_start(&w->server);
    names_set("127.0.0.2"); /* where nobody listens */
    world_until(w, was_looked_up_often, link);
    assert_false(redis_is_up(link->redis));
    names_set("127.0.0.1");
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

static void a_link_may_end_while_its_host_is_looked_up(void **state)
{
    struct world *w = *state;

    names_set("127.0.0.1");
    world_link(w, 0, "redis://moves.test:1");
    redis_free(w->links[0].redis);
    w->links[0].redis = NULL;
}

static void thousands_of_channels_are_followed_again(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;
    char name[32];

    /* Half before the link is up, in batches; half after, one by one. */
    for (int i = 0; i < MANY; i++) {
        if (i == MANY / 2)
            world_until(w, link_is_up, link);
        snprintf(name, sizeof(name), "ev:%d", i);
        assert_int_equal(redis_follow(link->redis, name, &err), 0);
    }
    world_until(w, many_subscribed, link);
    link_expect(link, link, "ev:4999", "x", 1);
    server_kill(&w->server);
    world_until(w, link_is_down, link);
    link->subscribed = 0;
    server_start(&w->server);
    world_until(w, many_subscribed, link);
    link_expect(link, link, "ev:0", "x", 1);
    link_expect(link, link, "ev:4999", "y", 1);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "ev:%d", i);
        redis_unfollow(link->redis, name);
    }
    link_follow(link, "ev:0");
    link_expect(link, link, "ev:0", "z", 1);
}

SUITE(outage)
{
    const struct CMUnitTest tests[] = {
        WITH(world_open, a_killed_redis_is_found_again),
        WITH(world_open_empty, redis_may_come_later),
        WITH(world_open_empty, a_refused_tcp_connect_is_tried_again),
        WITH(world_open, what_is_published_meanwhile_is_counted),
        WITH(world_open, follow_and_unfollow_hold_over_an_outage),
        WITH(world_open, a_redis_that_stands_still_is_down),
        WITH(world_open, a_redis_that_never_answers_is_given_up),
        WITH(world_open_empty, a_refused_connect_is_known_at_once),
        WITH(world_open, a_redis_that_is_up_for_moments_is_tried_less_and_less),
        WITH(world_open, a_killed_client_comes_back),
        WITH(world_open, a_burst_beyond_redis_own_limit_is_survived),
        WITH(world_open, a_redis_that_takes_nothing_is_down),
        WITH(world_open_empty, a_host_may_become_known_and_move),
        WITH(world_open_empty, a_link_may_end_while_its_host_is_looked_up),
        WITH(world_open, thousands_of_channels_are_followed_again),
    };

    return cmocka_run_group_tests_name("redis outage", tests, NULL, NULL);
}
