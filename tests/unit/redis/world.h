#pragma once
#include "store/redis/redis.h"
#include "support/redis_server.h"
#include "support/suite.h"
#include <stdbool.h>
#include <uv.h>
/*
 * What a test has: a redis-server, a loop, and links that write down what they
 * hear.
 */
#define DEADLINE_MS 60000 /* for a test that hangs; none comes near it */
#define LINKS_MAX 2
#define WITH(open, test)                                                       \
    cmocka_unit_test_setup_teardown(test, open, world_close)

enum hook { AT_NONE, AT_MESSAGE, AT_SUBSCRIBED, AT_UP, AT_DOWN };

struct link {
    struct world *world;
    struct redis *redis;
    enum hook free_at; /* the hook that frees the link */
    size_t messages, subscribed, ups, downs;
    char channel[64]; /* of the last message */
    char *bytes;
    size_t len;
    char last_subscribed[64];
};

struct world {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    size_t files; /* open ones, before anything was done */
    struct server server;
    struct link links[LINKS_MAX];
};

int world_open(void **state);       /* cmocka's set-up: a server is running */
int world_open_empty(void **state); /* it is not */
int world_close(void **state);      /* also: no handle and no file is left */

struct link *world_link(struct world *w, size_t index, const char *url);
/* Turns the loop until done says so; the test fails when it never does. */
void world_until(struct world *w, bool (*done)(const struct link *link),
                 const struct link *link);
bool link_is_up(const struct link *link);
bool link_is_down(const struct link *link);
bool link_has_message(const struct link *link);
/* Up, with this channel in force. */
void link_follow(struct link *link, const char *channel);
/* Publishes, waits for the next message and checks that it is this one. */
void link_expect(struct link *link, struct link *from, const char *channel,
                 const char *bytes, size_t len);
struct redis_stats link_stats(const struct link *link);
