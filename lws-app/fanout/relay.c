#include "fanout/relay.h"
#include "base/log.h"
#include "base/mem.h"
#include "fanout/relay_private.h"
#include "store/redis/redis_url.h"
#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

/* Deliveries between two rounds of waking: enough to share a frame, too few to
 * push a live reader out of the ring. */
#define DELIVER_BATCH 64

void relay_unref(struct relay *relay)
{
    if (--relay->refs > 0)
        return;
    mem_free(relay->prefix);
    mem_free(relay);
}

static void relay_heard(struct relay *relay, const struct event *event)
{
    /* Once more, by another channel or server, or by this process's own. */
    bool is_old = event->id <= relay->last_event;

    if (relay->last_event >= 0 && event->id == relay->last_event + 1)
        relay->last_event++;
    hub_deliver(relay->config.hub, event);
    if (relay->config.heard && !is_old)
        relay->config.heard(relay->config.arg, event->owner);
}

int relay_deliver(struct relay *relay, const char *lines, size_t len)
{
    const char *end;
    struct control control;
    struct event event;
    unsigned count = 0;
    int rc = 0;

    if (len == 0)
        return 0; /* there may be no bytes at all to point at */
    end = lines + len;
    hub_cork(relay->config.hub);
    while (lines < end && rc == 0) {
        if (event_decode(&lines, end, &event) == 1)
            relay_heard(relay, &event);
        else if (control_decode(&lines, end, &control) == 1)
            control_take(relay, &control);
        else
            rc = -1;
        if (++count % DELIVER_BATCH == 0) {
            hub_uncork(relay->config.hub);
            hub_cork(relay->config.hub);
        }
    }
    hub_uncork(relay->config.hub);
    return rc;
}

/* Each server once. */
static size_t links_down(const struct relay *relay)
{
    size_t down = 0;

    for (size_t i = 0; i < relay->link_count; i++)
        down += !relay->links[i].same && !redis_is_up(relay->links[i].redis);
    return down;
}

/* The first of those before it that is the same server. *is_sure: all of them
 * are up, to be asked. */
static const struct relay_link *find_same(const struct relay_link *link,
                                          bool *is_sure)
{
    const char *id = redis_run_id(link->redis);

    *is_sure = true;
    for (const struct relay_link *other = link->relay->links; other < link;
         other++) {
        if (!redis_is_up(other->redis))
            *is_sure = false;
        else if (*id && !strcmp(redis_run_id(other->redis), id))
            return other;
    }
    return NULL;
}

static void judge_same(struct relay_link *link)
{
    bool is_sure;
    const struct relay_link *same;

    if (!redis_is_up(link->redis))
        return;
    same = find_same(link, &is_sure);
    if (same && !link->same)
        log_warn("relay.same_redis",
                 "server=%s is=%s hint=\"one server can't stand in for itself: "
                 "name it once\"",
                 redis_name(link->redis), redis_name(same->redis));
    else if (!same && link->same && is_sure)
        log_info("relay.other_redis", "server=%s", redis_name(link->redis));
    if (same || is_sure)
        link->same = same;
}

static int publish(void *arg, const char *channel, const char *bytes,
                   size_t len)
{
    struct relay *relay = arg;

    for (size_t i = 0; i < relay->link_count; i++)
        redis_publish(relay->links[i].redis, channel, bytes, len);
    relay->stats.published++;
    return 0;
}

/* By the letter that a line begins with. */
static int64_t count_events(const char *lines, size_t len)
{
    const char *end = lines + len;
    int64_t count = 0;

    while (lines < end) {
        const char *newline = memchr(lines, '\n', (size_t)(end - lines));

        count += *lines == 'E';
        lines = newline ? newline + 1 : end;
    }
    return count;
}

void relay_committed(struct relay *relay, const char *outbox, size_t len)
{
    struct err err = ERR_INIT;

    if (len == 0)
        return;
    relay->stats.committed += count_events(outbox, len);
    /* The others first: that only fills a buffer, while the sockets here may
     * be many. A link that is down may be so on its listening side alone; what
     * it drops it counts. */
    if (relay->link_count > 0 &&
        relay_split(relay->config.epoch, outbox, len, publish, relay, &err) < 0)
        log_warn("relay.publish", "code=%s reason=\"%s\"",
                 err_code_name(err.code), err.text);
    if (relay_deliver(relay, outbox, len) < 0) {
        log_error("relay.outbox_unreadable", "bytes=%zu", len);
        relay_look(relay);
    }
}

static void on_message(void *arg, const char *channel, const char *bytes,
                       size_t len)
{
    struct relay *relay = ((struct relay_link *)arg)->relay;

    if (relay->gone)
        return;
    relay->stats.received++;
    if (relay_channel_is(relay->prefix, channel, "ask") &&
        ask_heard(arg, bytes, len) == 0)
        return;
    if (relay_message_is_sound(relay->prefix, channel, bytes, len)) {
        if (relay_channel_is(relay->prefix, channel, "control"))
            control_heard(relay, bytes, len);
        else
            relay_deliver(relay, bytes, len);
        return;
    }
    relay->stats.unreadable++;
    log_warn("relay.unreadable", "channel=\"%s\" bytes=%zu", channel, len);
}

static void on_subscribed(void *arg, const char *channel)
{
    struct relay *relay = ((struct relay_link *)arg)->relay;

    (void)channel;
    if (!relay->gone)
        relay_look(relay); /* what was published before was not heard */
}

static void on_tick(uv_timer_t *timer)
{
    struct relay *relay = timer->data;

    if (!relay->look_running)
        look_start(relay);
    repairs_start(relay);
}

static void on_hole(uv_timer_t *timer)
{
    repairs_start(timer->data);
}

static void set_tick(struct relay *relay)
{
    bool up = relay->link_count > 0 && links_down(relay) == 0;
    uint64_t ms = up ? RELAY_TICK_UP_MS : RELAY_TICK_DOWN_MS;

    uv_timer_start(&relay->tick, on_tick, ms, ms);
}

static void on_state(void *arg, bool up)
{
    struct relay *relay = ((struct relay_link *)arg)->relay;

    (void)up;
    if (relay->gone)
        return;
    for (size_t i = 0; i < relay->link_count; i++)
        judge_same(&relay->links[i]);
    set_tick(relay);
    relay_look(relay);
}

static int relay_follow(struct relay *relay, const char *channel,
                        struct err *err)
{
    int rc = 0;

    for (size_t i = 0; i < relay->link_count; i++) {
        if (redis_follow(relay->links[i].redis, channel, err) < 0)
            rc = -1;
    }
    return rc;
}

/* word: of a channel that all follow. */
static int follow_word(struct relay *relay, const char *word, struct err *err)
{
    struct buf name;
    int rc = -1;

    buf_init(&name, CHANNEL_MAX);
    buf_put_text(&name, relay->prefix);
    buf_put_text(&name, word);
    if (buf_check(&name, err) == 0)
        rc = relay_follow(relay, buf_text(&name), err);
    buf_release(&name);
    return rc;
}

static void close_links(struct relay *relay)
{
    for (size_t i = 0; i < relay->link_count; i++)
        redis_free(relay->links[i].redis);
    relay->link_count = 0;
}

static int open_links(struct relay *relay, struct err *err)
{
    const char *left = relay->config.redis_urls ? relay->config.redis_urls : "";
    char url[REDIS_URL_MAX];
    int rc;

    /* All of them, before the first is opened. */
    if (redis_urls_check(left, err) < 0)
        return -1;
    while ((rc = redis_url_next(&left, url, err)) == 1) {
        struct relay_link *link = &relay->links[relay->link_count];
        const struct redis_hooks hooks = {on_message, on_subscribed, on_state,
                                          link};

        link->relay = relay;
        if (redis_new(&link->redis, relay->config.loop, url, &hooks, err) < 0)
            return -1;
        relay->link_count++;
    }
    return rc;
}

/* Before any handle of its own is on the loop, so that a bad URL leaves nothing
 * behind. */
static struct relay *relay_make(const struct relay_config *config,
                                struct err *err)
{
    struct relay *relay = mem_zalloc(sizeof *relay);

    if (!relay) {
        err_set(err, ERR_NOMEM, "no memory for the relay");
        return NULL;
    }
    relay->config = *config;
    relay->refs = 1;
    relay->last_event = -1;
    relay->control.last = -1;
    relay->stats.standby = -1;
    relay->prefix = relay_prefix(config->epoch);
    if (!relay->prefix)
        err_set(err, ERR_NOMEM, "no memory for the relay");
    else if (open_links(relay, err) == 0)
        return relay;
    close_links(relay);
    relay_unref(relay);
    return NULL;
}

int relay_new(struct relay **out, const struct relay_config *config,
              struct err *err)
{
    struct relay *relay = relay_make(config, err);

    if (!relay)
        return -1;
    uv_timer_init(config->loop, &relay->tick);
    uv_timer_init(config->loop, &relay->hole_timer);
    relay->tick.data = relay->hole_timer.data = relay;
    relay->refs += 2;
    if (follow_word(relay, "control", err) < 0 ||
        (config->asked && follow_word(relay, "ask", err) < 0)) {
        relay_free(relay);
        return -1;
    }
    set_tick(relay);
    look_start(relay);
    *out = relay;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    relay_unref(handle->data);
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    relay->gone = true;
    uv_close((uv_handle_t *)&relay->tick, on_closed);
    uv_close((uv_handle_t *)&relay->hole_timer, on_closed);
    close_links(relay);
    relay_unref(relay);
}

void relay_opened(struct relay *relay, int64_t owner)
{
    struct err err = ERR_INIT;
    struct buf name;

    if (relay->last_event < 0)
        relay->early = true;
    buf_init(&name, CHANNEL_MAX);
    if (relay_channel(relay->prefix, owner, &name) < 0 ||
        relay_follow(relay, buf_text(&name), &err) < 0)
        log_warn("relay.not_followed", "owner=%" PRId64, owner);
    buf_release(&name);
}

void relay_closed(struct relay *relay, int64_t owner)
{
    struct buf name;

    buf_init(&name, CHANNEL_MAX);
    if (relay_channel(relay->prefix, owner, &name) == 0) {
        for (size_t i = 0; i < relay->link_count; i++)
            redis_unfollow(relay->links[i].redis, buf_text(&name));
    }
    buf_release(&name);
}

void relay_hole(struct relay *relay, int64_t owner, int64_t after)
{
    (void)owner;
    (void)after;
    /* One wait for all: two writers' messages cross as a matter of course. */
    if (!relay->gone && !uv_is_active((uv_handle_t *)&relay->hole_timer))
        uv_timer_start(&relay->hole_timer, on_hole, RELAY_HOLE_MS, 0);
}

void relay_look(struct relay *relay)
{
    if (!relay->gone)
        look_start(relay);
}

int64_t relay_looked_us(const struct relay *relay)
{
    return relay->looked_us;
}

static void add_stats(struct redis_stats *sum, const struct redis_stats *one)
{
    sum->published += one->published;
    sum->received += one->received;
    sum->dropped += one->dropped;
    sum->reconnects += one->reconnects;
    if (one->round_trip_us > sum->round_trip_us)
        sum->round_trip_us = one->round_trip_us;
}

void relay_get_stats(const struct relay *relay, struct relay_stats *stats)
{
    *stats = relay->stats;
    stats->redis_down = (int)links_down(relay);
    stats->redis_up = relay->link_count ? 0 : -1;
    for (size_t i = 0; i < relay->link_count; i++) {
        struct redis_stats one;

        if (redis_is_up(relay->links[i].redis))
            stats->redis_up = 1;
        stats->redis_same += relay->links[i].same != NULL;
        redis_get_stats(relay->links[i].redis, &one);
        add_stats(&stats->redis, &one);
    }
}
