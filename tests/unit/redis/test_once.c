#include "redis/world.h"
#include "store/redis/redis_once.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const channels[] = {"ev:1", "ev:2", "ev:1"};
static const char *const messages[] = {"first", "for nobody", "a\0b"};
static const size_t lens[] = {5, 10, 3};

static bool has_both(const struct link *link)
{
    return link->messages == 2;
}

static void a_command_publishes_and_goes(void **state)
{
    struct world *w = *state;
    struct link *link = world_link(w, 0, w->server.unix_url);
    struct err err = ERR_INIT;

    link_follow(link, "ev:1");
    assert_int_equal(redis_publish_once(w->server.unix_url, channels, messages,
                                        lens, ARRAY_LEN(lens), &err),
                     0);
    world_until(w, has_both, link);
    assert_int_equal(link->len, 3);
    assert_memory_equal(link->bytes, "a\0b", 3);
    assert_int_equal(
        redis_publish_once(w->server.unix_url, NULL, NULL, NULL, 0, &err), 0);
}

static void a_command_uses_tcp_and_the_password(void **state)
{
    struct world *w = *state;
    struct link *link;
    struct err err = ERR_INIT;
    char good[128], wrong[128];

    w->server.password = "pass word";
    server_use_tcp(&w->server);
    server_start(&w->server);
    snprintf(good, sizeof(good), "redis://:pass word@localhost:%d",
             w->server.port);
    snprintf(wrong, sizeof(wrong), "redis://:wrong@localhost:%d",
             w->server.port);
    link = world_link(w, 0, good);
    link_follow(link, "ev:1");
    assert_int_equal(
        redis_publish_once(good, channels, messages, lens, 3, &err), 0);
    world_until(w, has_both, link);
    assert_int_equal(
        redis_publish_once(wrong, channels, messages, lens, 3, &err), -1);
    assert_int_equal(err.code, ERR_STORE);
    assert_non_null(strstr(err.text, "WRONGPASS"));
    assert_non_null(strstr(err.text, "localhost:"));
    assert_null(strstr(err.text, "wrong@"));
}

static void a_command_says_that_redis_is_away(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    assert_int_equal(redis_publish_once(w->server.unix_url, channels, messages,
                                        lens, 3, &err),
                     -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    err_clear(&err);
    assert_int_equal(redis_publish_once("redis://nowhere:x", channels, messages,
                                        lens, 3, &err),
                     -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.fields[0].name, "redis");
    err_clear(&err);
    assert_int_equal(redis_publish_once("redis://no-such-host.invalid",
                                        channels, messages, lens, 3, &err),
                     -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "the host is not known"));
}

static void a_command_does_not_wait_for_ever(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    server_suspend(&w->server);
    assert_int_equal(redis_publish_once(w->server.unix_url, channels, messages,
                                        lens, 3, &err),
                     -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "redis.sock: no answer in time"));
    server_resume(&w->server);
}

SUITE(once)
{
    const struct CMUnitTest tests[] = {
        WITH(world_open, a_command_publishes_and_goes),
        WITH(world_open_empty, a_command_uses_tcp_and_the_password),
        WITH(world_open_empty, a_command_says_that_redis_is_away),
        WITH(world_open, a_command_does_not_wait_for_ever),
    };

    return cmocka_run_group_tests_name("redis once", tests, NULL, NULL);
}
