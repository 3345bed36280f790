#pragma once
#include "store/redis/redis_url.h"
#include <hiredis/async.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
/*
 * One connection to Redis that comes back by itself: connects, logs in, pings
 * every second, and tries again after 100 ms, doubling to 5 s until it was up
 * for as long. What is said on it is its role's business.
 * Thread: loop thread only. Never blocks.
 */
struct redis_conn;

struct redis_role {
    const char *name;
    /* Connected and let in: the first thing to say, with a ping at its end. */
    int (*greet)(struct redis_conn *conn);
    /* Asks for an answer, and calls redis_conn_ping_sent(). 0, or -1: out of
     * memory, and the connection is dropped. */
    int (*ping)(struct redis_conn *conn);
    void (*lost)(struct redis_conn *conn);    /* what was under way is gone */
    void (*changed)(struct redis_conn *conn); /* up, or no longer */
    bool has_nested; /* replies with arrays in arrays, to commands alone */
};

struct redis_conn {
    const struct redis_role *role;
    const struct redis_url *url;
    uv_loop_t *loop;
    void *owner;
    redisAsyncContext *ac; /* NULL: waits for its next try */
    bool greeted;          /* commands may be sent */
    bool up;               /* and are answered */
    int64_t reconnects;
    int64_t round_trip_us; /* -1: none yet */

    /* redis_conn.c's own. */
    uv_timer_t retry, tick;
    void (*closed)(void *owner);
    unsigned handles;            /* not closed yet */
    struct redis_lookup *lookup; /* under way, of the URL's host */
    bool was_up;
    char said[64]; /* the newest reason logged, and when */
    int64_t said_us;
    unsigned tries;  /* since it was last up for a while */
    int64_t up_us;   /* since when it is up */
    unsigned silent; /* pings since Redis last said anything */
    unsigned pings;  /* not answered yet */
    int64_t ping_us; /* when the last one left */
};

/* Starts to connect. role, url and owner are borrowed until closed. */
void redis_conn_init(struct redis_conn *conn, uv_loop_t *loop,
                     const struct redis_role *role, const struct redis_url *url,
                     void *owner);
/* No callback of the role is called any more; closed(owner) when the loop has
 * let go of conn. */
void redis_conn_close(struct redis_conn *conn, void (*closed)(void *owner));
/* Whose reply this is; NULL when it is nobody's any more. For the role's reply
 * callbacks: any reply shows that Redis lives. */
struct redis_conn *redis_conn_of(redisAsyncContext *ac, const void *reply);
/* For a role: asks for an answer by PING, which is then seen to. */
int redis_conn_ping(struct redis_conn *conn);
/* Where it asks in another way: it has asked; it has been answered. */
void redis_conn_ping_sent(struct redis_conn *conn);
void redis_conn_ping_answered(struct redis_conn *conn); /* up now */
/* Gives it up and tries again later. Not from within role->greet. */
void redis_conn_drop(struct redis_conn *conn, const char *why);
