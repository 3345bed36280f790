#include "fanout/relay.h"
#include "base/log.h"
#include "base/mem.h"
#include "fanout/relay_private.h"
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
    if (relay->last_event >= 0 && event->id == relay->last_event + 1)
        relay->last_event++;
    hub_deliver(relay->config.hub, event);
    if (relay->config.heard)
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

static int publish(void *arg, const char *channel, const char *bytes,
                   size_t len)
{
    struct relay *relay = arg;

    redis_publish(relay->redis, channel, bytes, len);
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
     * be many. */
    if (relay->redis && redis_is_up(relay->redis) &&
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
    struct relay *relay = arg;

    if (relay->gone)
        return;
    relay->stats.received++;
    if (relay_message_is_sound(relay->prefix, channel, bytes, len)) {
        if (relay_channel_is_control(relay->prefix, channel))
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
    struct relay *relay = arg;

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
    bool up = relay->redis && redis_is_up(relay->redis);
    uint64_t ms = up ? RELAY_TICK_UP_MS : RELAY_TICK_DOWN_MS;

    uv_timer_start(&relay->tick, on_tick, ms, ms);
}

static void on_state(void *arg, bool up)
{
    struct relay *relay = arg;

    if (relay->gone)
        return;
    log_info("relay.redis", "up=%s", up ? "yes" : "no");
    set_tick(relay);
    relay_look(relay);
}

static int relay_follow(struct relay *relay, const char *channel,
                        struct err *err)
{
    return relay->redis ? redis_follow(relay->redis, channel, err) : 0;
}

static int follow_control(struct relay *relay, struct err *err)
{
    struct buf name;
    int rc = -1;

    buf_init(&name, CHANNEL_MAX);
    buf_put_text(&name, relay->prefix);
    buf_put_text(&name, "control");
    if (buf_check(&name, err) == 0)
        rc = relay_follow(relay, buf_text(&name), err);
    buf_release(&name);
    return rc;
}

/* Before any handle is on the loop, so that a bad URL leaves nothing behind. */
static struct relay *relay_make(const struct relay_config *config,
                                struct err *err)
{
    struct relay *relay = mem_zalloc(sizeof *relay);
    const struct redis_hooks hooks = {on_message, on_subscribed, on_state,
                                      relay};

    if (!relay) {
        err_set(err, ERR_NOMEM, "no memory for the relay");
        return NULL;
    }
    relay->config = *config;
    relay->refs = 1;
    relay->last_event = -1;
    relay->control.last = -1;
    relay->prefix = relay_prefix(config->epoch);
    if (!relay->prefix)
        err_set(err, ERR_NOMEM, "no memory for the relay");
    else if (!config->redis_url ||
             redis_new(&relay->redis, config->loop, config->redis_url, &hooks,
                       err) == 0)
        return relay;
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
    set_tick(relay);
    if (follow_control(relay, err) < 0) {
        relay_free(relay);
        return -1;
    }
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
    redis_free(relay->redis);
    relay->redis = NULL;
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

    if (!relay->redis)
        return;
    buf_init(&name, CHANNEL_MAX);
    if (relay_channel(relay->prefix, owner, &name) == 0)
        redis_unfollow(relay->redis, buf_text(&name));
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

void relay_get_stats(const struct relay *relay, struct relay_stats *stats)
{
    *stats = relay->stats;
    stats->redis_up = -1;
    if (!relay->redis)
        return;
    stats->redis_up = redis_is_up(relay->redis) ? 1 : 0;
    redis_get_stats(relay->redis, &stats->redis);
}
