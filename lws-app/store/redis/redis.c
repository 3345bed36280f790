#include "store/redis/redis.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/redis/redis_conn.h"

#include <hiredis/sds.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "base/banned.h"

#define SUBSCRIBE_BATCH 512
/* A Redis that stands still must not fill our memory until the pings tell. */
#define WAITING_MAX 10000
#define WAITING_BYTES_MAX ((size_t)8 << 20)

/* PING is no use to the subscriber: hiredis 0.14 does not hand on its answer
 * once subscribed. To subscribe once more to a channel of our own asks as much
 * of Redis, and is answered like any other SUBSCRIBE. Nobody publishes there.
 */
#define PING_CHANNEL "lws-app:ping"
/* The publisher's ping: a server that lets nothing be published, by its access
 * lists, is none that is up. Nobody listens there. */
#define PUBLISH_CHANNEL "lws-app:publish"
#define RUN_ID_MAX 64 /* 40 digits today */

struct channel {
    UT_hash_handle hh;
    bool followed;    /* false: waits for its UNSUBSCRIBE to be answered */
    unsigned pending; /* SUBSCRIBEs not answered yet */
    char name[];
};

struct redis {
    struct redis_url url;
    struct redis_hooks hooks;
    struct redis_conn subscriber, publisher;
    struct channel *channels;
    size_t waiting; /* PUBLISHes not answered yet */
    int64_t published, received, dropped;
    char run_id[RUN_ID_MAX];
    unsigned open; /* connections that the loop still holds */
    bool up, closing;
};

static void state_changed(struct redis_conn *conn)
{
    struct redis *redis = conn->owner;
    bool up = redis->subscriber.up && redis->publisher.up;

    if (redis->closing || up == redis->up)
        return;
    redis->up = up;
    if (up)
        log_info("redis.up", "server=%s channels=%u dropped=%" PRId64,
                 redis->url.name, HASH_COUNT(redis->channels), redis->dropped);
    else
        log_warn("redis.down", "server=%s subscriber=%d publisher=%d",
                 redis->url.name, redis->subscriber.up, redis->publisher.up);
    if (redis->hooks.state)
        redis->hooks.state(redis->hooks.arg, up);
}

/* The channels. */

static struct channel *channel_find(struct redis *redis, const char *name,
                                    size_t len)
{
    struct channel *channel = NULL;

    HASH_FIND(hh, redis->channels, name, len, channel);
    return channel;
}

static struct channel *channel_add(struct redis *redis, const char *name)
{
    size_t len = strlen(name);
    struct channel *channel = mem_zalloc(sizeof(*channel) + len + 1);

    if (!channel)
        return NULL;
    memcpy(channel->name, name, len + 1);
    HASH_ADD_KEYPTR(hh, redis->channels, channel->name, len, channel);
    if (!channel->hh.tbl) {
        mem_free(channel);
        channel = NULL;
    }
    return channel;
}

static void channel_remove(struct redis *redis, struct channel *channel)
{
    HASH_DEL(redis->channels, channel);
    mem_free(channel);
}

/* The subscriber. */

static void on_confirmed(struct redis_conn *conn, const char *name, size_t len)
{
    struct redis *redis = conn->owner;
    struct channel *channel;

    if (strcmp(name, PING_CHANNEL) == 0) {
        redis_conn_ping_answered(conn);
        return;
    }
    channel = channel_find(redis, name, len);
    if (!channel || channel->pending == 0)
        return;
    /* An UNSUBSCRIBE and a SUBSCRIBE may be on their way behind this one: only
     * the last answer holds. */
    channel->pending--;
    if (channel->pending == 0 && channel->followed && redis->hooks.subscribed)
        redis->hooks.subscribed(redis->hooks.arg, name);
}

static void on_ended(struct redis *redis, const char *name, size_t len)
{
    struct channel *channel = channel_find(redis, name, len);

    if (channel && !channel->followed && channel->pending == 0)
        channel_remove(redis, channel);
}

static void on_message(struct redis *redis, const char *name, size_t len,
                       const redisReply *body)
{
    const struct channel *channel = channel_find(redis, name, len);

    if (!channel || !channel->followed || body->type != REDIS_REPLY_STRING)
        return;
    redis->received++;
    if (redis->hooks.message)
        redis->hooks.message(redis->hooks.arg, name, body->str,
                             (size_t)body->len);
}

static void on_pushed(redisAsyncContext *ac, void *memory, void *arg)
{
    const redisReply *reply = memory;
    struct redis_conn *conn = redis_conn_of(ac, reply);
    const redisReply *kind, *name;

    (void)arg;
    if (!conn || reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
        return;
    kind = reply->element[0];
    name = reply->element[1];
    if (kind->type != REDIS_REPLY_STRING || name->type != REDIS_REPLY_STRING)
        return;
    if (strcmp(kind->str, "message") == 0)
        on_message(conn->owner, name->str, (size_t)name->len,
                   reply->element[2]);
    else if (strcmp(kind->str, "subscribe") == 0)
        on_confirmed(conn, name->str, (size_t)name->len);
    else if (strcmp(kind->str, "unsubscribe") == 0)
        on_ended(conn->owner, name->str, (size_t)name->len);
}

static int send_argv(struct redis_conn *conn, const char **argv, size_t *lens,
                     int argc)
{
    int rc = redisAsyncCommandArgv(conn->ac, on_pushed, NULL, argc, argv, lens);

    return rc == REDIS_OK ? 0 : -1;
}

static int send_channel(struct redis_conn *conn, const char *command,
                        const char *name)
{
    const char *argv[2] = {command, name};
    size_t lens[2] = {strlen(command), strlen(name)};

    return send_argv(conn, argv, lens, 2);
}

static int subscriber_ping(struct redis_conn *conn)
{
    if (send_channel(conn, "SUBSCRIBE", PING_CHANNEL) < 0)
        return -1;
    redis_conn_ping_sent(conn);
    return 0;
}

/* The ping goes last, so that the link is up once all of them hold. */
static int subscriber_greet(struct redis_conn *conn)
{
    struct redis *redis = conn->owner;
    const char *argv[SUBSCRIBE_BATCH + 1] = {"SUBSCRIBE"};
    size_t lens[SUBSCRIBE_BATCH + 1] = {strlen(argv[0])};
    struct channel *channel, *next;
    int argc = 1;

    HASH_ITER(hh, redis->channels, channel, next)
    {
        argv[argc] = channel->name;
        lens[argc] = strlen(channel->name);
        channel->pending = 1;
        argc++;
        if (argc <= SUBSCRIBE_BATCH && next)
            continue;
        if (send_argv(conn, argv, lens, argc) < 0)
            return -1;
        argc = 1;
    }
    return subscriber_ping(conn);
}

/* What Redis knew of this connection's subscriptions went with it. */
static void subscriber_lost(struct redis_conn *conn)
{
    struct redis *redis = conn->owner;
    struct channel *channel, *next;

    HASH_ITER(hh, redis->channels, channel, next)
    {
        channel->pending = 0;
        if (!channel->followed)
            channel_remove(redis, channel);
    }
}

static const struct redis_role subscriber_role = {
    "subscriber",    subscriber_greet, subscriber_ping,
    subscriber_lost, state_changed,    false,
};

int redis_follow(struct redis *redis, const char *name, struct err *err)
{
    struct redis_conn *conn = &redis->subscriber;
    struct channel *channel = channel_find(redis, name, strlen(name));

    if (strcmp(name, PING_CHANNEL) == 0)
        return err_set(err, ERR_INTERNAL, "channel %s is the link's own", name);
    if (!channel)
        channel = channel_add(redis, name);
    if (!channel)
        return err_set(err, ERR_NOMEM, "redis: out of memory");
    if (channel->followed)
        return 0;
    channel->followed = true;
    if (!conn->greeted)
        return 0;
    channel->pending++;
    if (send_channel(conn, "SUBSCRIBE", name) < 0)
        redis_conn_drop(conn, "out of memory"); /* the next one has it */
    return 0;
}

void redis_unfollow(struct redis *redis, const char *name)
{
    struct redis_conn *conn = &redis->subscriber;
    struct channel *channel = channel_find(redis, name, strlen(name));

    if (!channel || !channel->followed)
        return;
    channel->followed = false;
    if (!conn->greeted)
        channel_remove(redis, channel);
    else if (send_channel(conn, "UNSUBSCRIBE", name) < 0)
        redis_conn_drop(conn, "out of memory");
}

/* The publisher. */

/* Whether those under way have arrived is not known. */
static void publisher_lost(struct redis_conn *conn)
{
    struct redis *redis = conn->owner;

    redis->dropped += (int64_t)redis->waiting;
    redis->waiting = 0;
}

static void on_proven(redisAsyncContext *ac, void *memory, void *arg)
{
    const redisReply *reply = memory;
    struct redis_conn *conn = redis_conn_of(ac, reply);

    (void)arg;
    if (conn && reply->type == REDIS_REPLY_ERROR)
        redis_conn_drop(conn, reply->str);
    else if (conn)
        redis_conn_ping_answered(conn);
}

static int publisher_ping(struct redis_conn *conn)
{
    if (redisAsyncCommand(conn->ac, on_proven, NULL, "PUBLISH %s %s",
                          PUBLISH_CHANNEL, "") != REDIS_OK)
        return -1;
    redis_conn_ping_sent(conn);
    return 0;
}

/* Refused by an access list: it stays unknown. */
static void on_info(redisAsyncContext *ac, void *memory, void *arg)
{
    static const char line[] = "run_id:";
    const redisReply *reply = memory;
    const struct redis_conn *conn = redis_conn_of(ac, reply);
    struct redis *redis = conn ? conn->owner : NULL;
    const char *found;

    (void)arg;
    if (!redis)
        return;
    redis->run_id[0] = '\0';
    found = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, line) : NULL;
    if (!found)
        return;
    found += sizeof(line) - 1;
    snprintf(redis->run_id, sizeof(redis->run_id), "%.*s",
             (int)strcspn(found, "\r\n"), found);
}

/* Answered before the ping that makes the link be up. */
static int publisher_greet(struct redis_conn *conn)
{
    if (redisAsyncCommand(conn->ac, on_info, NULL, "INFO server") != REDIS_OK)
        return -1;
    return publisher_ping(conn);
}

static const struct redis_role publisher_role = {
    "publisher",    publisher_greet, publisher_ping,
    publisher_lost, state_changed,   false,
};

static void on_published(redisAsyncContext *ac, void *memory, void *arg)
{
    const redisReply *reply = memory;
    const struct redis_conn *conn = redis_conn_of(ac, reply);
    struct redis *redis;

    (void)arg;
    if (!conn)
        return;
    redis = conn->owner;
    redis->waiting--;
    if (reply->type == REDIS_REPLY_INTEGER)
        redis->published++;
    else
        redis->dropped++;
}

void redis_publish(struct redis *redis, const char *channel, const char *bytes,
                   size_t len)
{
    redisAsyncContext *ac = redis->publisher.ac;
    const char *argv[3] = {"PUBLISH", channel, bytes};
    size_t lens[3] = {strlen(argv[0]), strlen(channel), len};

    if (!redis->publisher.up || redis->waiting >= WAITING_MAX ||
        sdslen(ac->c.obuf) > WAITING_BYTES_MAX ||
        redisAsyncCommandArgv(ac, on_published, NULL, 3, argv, lens) !=
            REDIS_OK)
        redis->dropped++;
    else
        redis->waiting++;
}

/* The link. */

int redis_new(struct redis **out, uv_loop_t *loop, const char *url,
              const struct redis_hooks *hooks, struct err *err)
{
    struct redis *redis = mem_zalloc(sizeof(*redis));
    int rc = -1;

    *out = NULL;
    if (!redis) {
        err_set(err, ERR_NOMEM, "redis: out of memory");
        goto out;
    }
    if (redis_url_parse(&redis->url, url, err) < 0)
        goto out;
    redis_ignore_sigpipe();
    redis->hooks = *hooks;
    redis->open = 2;
    redis_conn_init(&redis->subscriber, loop, &subscriber_role, &redis->url,
                    redis);
    redis_conn_init(&redis->publisher, loop, &publisher_role, &redis->url,
                    redis);
    *out = redis;
    redis = NULL;
    rc = 0;
out:
    mem_free(redis);
    return rc;
}

static void on_closed(void *owner)
{
    struct redis *redis = owner;

    redis->open--;
    if (redis->open == 0)
        mem_free(redis);
}

void redis_free(struct redis *redis)
{
    struct channel *channel, *next;

    if (!redis)
        return;
    redis->closing = true;
    redis_conn_close(&redis->subscriber, on_closed);
    redis_conn_close(&redis->publisher, on_closed);
    HASH_ITER(hh, redis->channels, channel, next)
    {
        channel_remove(redis, channel);
    }
}

bool redis_is_up(const struct redis *redis)
{
    return redis->up;
}

const char *redis_name(const struct redis *redis)
{
    return redis->url.name;
}

const char *redis_run_id(const struct redis *redis)
{
    return redis->run_id;
}

void redis_get_stats(const struct redis *redis, struct redis_stats *stats)
{
    *stats = (struct redis_stats){
        .published = redis->published,
        .received = redis->received,
        .dropped = redis->dropped,
        .reconnects =
            redis->subscriber.reconnects + redis->publisher.reconnects,
        .round_trip_us = redis->publisher.round_trip_us,
    };
}
