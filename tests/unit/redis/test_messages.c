#include "base/mem.h"
#include "redis/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool saw_two_ups(const struct link *link)
{
    return link->ups == 2;
}

static bool all_answered(const struct link *link)
{
    return link_stats(link).published == 1;
}

static void a_message_goes_round(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct redis_stats stats;

    link_follow(link, "ev:7");
    link_expect(link, link, "ev:7", "hello", 5);
    world_until(w, all_answered, link);
    stats = link_stats(link);
    assert_int_equal(stats.published, 1);
    assert_int_equal(stats.received, 1);
    assert_int_equal(stats.dropped, 0);
    assert_int_equal(stats.reconnects, 0);
    assert_true(stats.round_trip_us >= 0);
    assert_int_equal(link->ups, 1);
    assert_int_equal(link->downs, 0);
}

static void any_bytes_go_round(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    size_t len = (size_t)3 << 20;
    char *bytes = mem_alloc(len);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    link_follow(link, "ev:7");
    link_expect(link, link, "ev:7", bytes, len);
    link_expect(link, link, "ev:7", "\0\r\n\0", 4);
    link_expect(link, link, "ev:7", "", 0);
    mem_free(bytes);
}

static void a_link_hears_only_what_it_follows(void **state)
{
    struct world *w = *state;
    struct link *one = world_link(w, 0, w->server.unix_url);
    struct link *two = world_link(w, 1, w->server.unix_url);

    link_follow(one, "ev:1");
    link_follow(two, "ev:2");
    link_expect(two, one, "ev:2", "for two", 7);
    link_expect(one, two, "ev:1", "for one", 7);
    assert_int_equal(link_stats(one).received, 1);
    assert_int_equal(link_stats(two).received, 1);
}

static void an_unfollowed_channel_is_quiet(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    redisReply *reply;

    link_follow(link, "ev:1");
    link_follow(link, "ev:2");
    redis_unfollow(link->redis, "ev:1");
    redis_unfollow(link->redis, "ev:1");
    redis_unfollow(link->redis, "never followed");
    redis_publish(link->redis, "ev:1", "no", 2);
    link_expect(link, link, "ev:2", "yes", 3);
    assert_int_equal(link_stats(link).received, 1);
    reply = server_ask(&w->server, "PUBSUB NUMSUB ev:1");
    assert_int_equal(reply->element[1]->integer, 0);
    freeReplyObject(reply);
}

/* The first answer speaks of a subscription that is about to end. */
static void the_last_of_follow_and_unfollow_holds(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    world_until(w, link_is_up, link);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
        redis_unfollow(link->redis, "ev:1");
    }
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
    assert_int_equal(link->subscribed, 1);
}

static void to_follow_twice_is_to_follow_once(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
    link_follow(link, "ev:1");
    assert_int_equal(redis_follow(link->redis, "ev:1", &err), 0);
    link_expect(link, link, "ev:1", "x", 1);
    assert_int_equal(link->subscribed, 1);
    redis_unfollow(link->redis, "ev:1");
    link_follow(link, "ev:2");
    redis_publish(link->redis, "ev:1", "x", 1);
    link_expect(link, link, "ev:2", "y", 1);
}

static void the_links_own_channel_is_refused(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    assert_int_equal(redis_follow(link->redis, "lws-app:ping", &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void tcp_serves_as_well(void **state)
{
    struct world *w = *state;
    struct link *link;

    server_use_tcp(&w->server);
    server_start(&w->server);
    link = world_link(w, 0, w->server.tcp_url);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
    server_kill(&w->server);
    world_until(w, link_is_down, link);
    server_start(&w->server);
    world_until(w, saw_two_ups, link);
    link_expect(link, link, "ev:1", "y", 1);
}

/* "localhost" may be ::1 first, where this server does not listen. */
static void a_host_name_serves_as_well(void **state)
{
    struct world *w = *state;
    struct link *link;
    char url[64];

    server_use_tcp(&w->server);
    server_start(&w->server);
    snprintf(url, sizeof(url), "redis://localhost:%d/", w->server.port);
    link = world_link(w, 0, url);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

static void a_password_lets_in(void **state)
{
    struct world *w = *state;
    struct link *link;
    char url[128];

    w->server.password = "s@cret word%";
    server_use_tcp(&w->server);
    server_start(&w->server);
    snprintf(url, sizeof(url), "redis://:s%%40cret word%%25@127.0.0.1:%d",
             w->server.port);
    link = world_link(w, 0, url);
    link_follow(link, "ev:1");
    link_expect(link, link, "ev:1", "x", 1);
}

/* Each of the two connections at least twice. */
static bool refused_again(const struct link *link)
{
    redisReply *reply = server_ask(&link->world->server, "INFO errorstats");
    const char *at = strstr(reply->str, "count=");
    bool again = at && strtol(at + strlen("count="), NULL, 10) >= 4;

    freeReplyObject(reply);
    return again;
}

static void a_wrong_password_is_tried_again(void **state)
{
    struct world *w = *state;
    static const char *const users[] = {":wrong@", ""};

    w->server.password = "right";
    server_use_tcp(&w->server);
    server_start(&w->server);
    for (size_t i = 0; i < ARRAY_LEN(users); i++) {
        struct link *link;
        char url[128];

        snprintf(url, sizeof(url), "redis://%s127.0.0.1:%d", users[i],
                 w->server.port);
        server_tell(&w->server, "CONFIG RESETSTAT");
        link = world_link(w, i, url);
        world_until(w, refused_again, link);
        assert_false(redis_is_up(link->redis));
        assert_int_equal(link->ups, 0);
        redis_free(link->redis);
        link->redis = NULL;
    }
}

SUITE(messages)
{
    const struct CMUnitTest tests[] = {
        WITH(world_open, a_message_goes_round),
        WITH(world_open, any_bytes_go_round),
        WITH(world_open, a_link_hears_only_what_it_follows),
        WITH(world_open, an_unfollowed_channel_is_quiet),
        WITH(world_open, the_last_of_follow_and_unfollow_holds),
        WITH(world_open, to_follow_twice_is_to_follow_once),
        WITH(world_open, the_links_own_channel_is_refused),
        WITH(world_open_empty, tcp_serves_as_well),
        WITH(world_open_empty, a_host_name_serves_as_well),
        WITH(world_open_empty, a_password_lets_in),
        WITH(world_open_empty, a_wrong_password_is_tried_again),
    };

    return cmocka_run_group_tests_name("redis messages", tests, NULL, NULL);
}
