#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
/*
 * The link to Redis: two connections on the loop, one that subscribes and one
 * that publishes. Reconnects by itself (100 ms doubling to 5 s, with jitter,
 * until it was up for 5 s), subscribes again to all it was told to follow, and
 * asks for an answer every second: three unanswered and the connection is taken
 * for dead. Redis being away is a state, not a failure: what is published
 * meanwhile is dropped and counted (the log has it).
 * Thread: loop thread only. Never blocks: a host name is looked up by another
 * thread, each time anew.
 */
struct redis;
struct redis_hooks {
    /* One message; bytes borrowed. */
    void (*message)(void *arg, const char *channel, const char *bytes,
                    size_t len);
    /* A subscription is in force now (again after a reconnect). */
    void (*subscribed)(void *arg, const char *channel);
    /* Both connections are up, or one is not. */
    void (*state)(void *arg, bool up);
    void *arg;
};
struct redis_stats {
    /* published: Redis has said so. dropped also counts those under way when
     * the connection broke: whether they arrived is not known. */
    int64_t published, received, dropped, reconnects;
    int64_t round_trip_us; /* of the last PING; -1: none yet */
};

/* url: redis://host[:port] or unix:///path, optional redis://:password@. A bad
 * one is ERR_INVALID, field "redis"; that its host is not known is none. Does
 * not wait for Redis. SIGPIPE, where it
 * still ends the process, is ignored from then on. */
int redis_new(struct redis **redis, uv_loop_t *loop, const char *url,
              const struct redis_hooks *hooks, struct err *err);
/* Closes both; no hook is called any more. The loop must still run for the
 * handles to go, as long as a host that was being looked up takes. NULL is
 * fine. */
void redis_free(struct redis *redis);
bool redis_is_up(const struct redis *redis);
/* host:port or path, for logs. */
const char *redis_name(const struct redis *redis);
/* Of the server itself, whatever it is called by, as it said when the link was
 * last made; "": it does not say. */
const char *redis_run_id(const struct redis *redis);
/* Remembered when not up. ERR_NOMEM; "lws-app:ping" is the link's own. */
int redis_follow(struct redis *redis, const char *channel, struct err *err);
void redis_unfollow(struct redis *redis, const char *channel);
/* Dropped (and counted) where the publishing side is not up, or where Redis is
 * so slow that 10,000 messages or 8 MiB already wait. */
void redis_publish(struct redis *redis, const char *channel, const char *bytes,
                   size_t len);
void redis_get_stats(const struct redis *redis, struct redis_stats *stats);
