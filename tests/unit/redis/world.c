#include "redis/world.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void in_hook(struct link *link, enum hook hook)
{
    if (link->free_at != hook)
        return;
    redis_free(link->redis);
    link->redis = NULL;
}

static void on_message(void *arg, const char *channel, const char *bytes,
                       size_t len)
{
    struct link *link = arg;

    assert_non_null(link->redis);
    link->messages++;
    snprintf(link->channel, sizeof(link->channel), "%s", channel);
    mem_free(link->bytes);
    link->bytes = mem_alloc(len);
    assert_non_null(link->bytes);
    memcpy(link->bytes, bytes, len);
    link->len = len;
    in_hook(link, AT_MESSAGE);
}

static void on_subscribed(void *arg, const char *channel)
{
    struct link *link = arg;

    assert_non_null(link->redis);
    link->subscribed++;
    snprintf(link->last_subscribed, sizeof(link->last_subscribed), "%s",
             channel);
    in_hook(link, AT_SUBSCRIBED);
}

static void on_state(void *arg, bool up)
{
    struct link *link = arg;

    assert_non_null(link->redis);
    assert_int_equal(redis_is_up(link->redis), up);
    if (up)
        link->ups++;
    else
        link->downs++;
    in_hook(link, up ? AT_UP : AT_DOWN);
}

static void on_deadline(uv_timer_t *timer)
{
    struct world *w = timer->data;

    w->late = true;
}

static size_t open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* What libuv has for all loops it opens with the first. */
static void open_and_close_a_loop(void)
{
    uv_loop_t loop;

    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int world_open_empty(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    assert_non_null(w);
    open_and_close_a_loop();
    w->files = open_files();
    server_init(&w->server);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    uv_timer_init(&w->loop, &w->deadline);
    w->deadline.data = w;
    uv_timer_start(&w->deadline, on_deadline, DEADLINE_MS, 0);
    *state = w;
    return 0;
}

int world_open(void **state)
{
    struct world *w;

    world_open_empty(state);
    w = *state;
    server_start(&w->server);
    return 0;
}

int world_close(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < LINKS_MAX; i++) {
        redis_free(w->links[i].redis);
        w->links[i].redis = NULL;
    }
    uv_close((uv_handle_t *)&w->deadline, NULL);
    assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    for (size_t i = 0; i < LINKS_MAX; i++)
        mem_free(w->links[i].bytes);
    server_release(&w->server);
    assert_int_equal(open_files(), w->files);
    mem_free(w);
    return 0;
}

struct link *world_link(struct world *w, size_t index, const char *url)
{
    struct link *link = &w->links[index];
    struct redis_hooks hooks = {on_message, on_subscribed, on_state, link};
    struct err err = ERR_INIT;

    link->world = w;
    assert_int_equal(redis_new(&link->redis, &w->loop, url, &hooks, &err), 0);
    assert_false(redis_is_up(link->redis));
    return link;
}

void world_until(struct world *w, bool (*done)(const struct link *link),
                 const struct link *link)
{
    while (!done(link)) {
        if (w->late)
            fail_msg("waited for what never came");
        uv_run(&w->loop, UV_RUN_ONCE);
    }
}

bool link_is_up(const struct link *link)
{
    return redis_is_up(link->redis);
}

bool link_is_down(const struct link *link)
{
    return !redis_is_up(link->redis);
}

bool link_has_message(const struct link *link)
{
    return link->messages > 0;
}

static bool has_subscribed(const struct link *link)
{
    return link->subscribed > 0;
}

void link_follow(struct link *link, const char *channel)
{
    struct err err = ERR_INIT;

    link->subscribed = 0;
    assert_int_equal(redis_follow(link->redis, channel, &err), 0);
    world_until(link->world, has_subscribed, link);
    world_until(link->world, link_is_up, link);
    assert_string_equal(link->last_subscribed, channel);
    assert_int_equal(link->subscribed, 1);
}

void link_expect(struct link *link, struct link *from, const char *channel,
                 const char *bytes, size_t len)
{
    world_until(from->world, link_is_up, from);
    link->messages = 0;
    redis_publish(from->redis, channel, bytes, len);
    world_until(link->world, link_has_message, link);
    assert_int_equal(link->messages, 1);
    assert_string_equal(link->channel, channel);
    assert_int_equal(link->len, len);
    assert_memory_equal(link->bytes, bytes, len);
}

struct redis_stats link_stats(const struct link *link)
{
    struct redis_stats stats;

    redis_get_stats(link->redis, &stats);
    return stats;
}
