#pragma once
#include "base/err.h"
#include "fanout/hub.h"
#include "model/log/control.h"
#include "store/jobs/readers.h"
#include "store/redis/redis.h"
#include "store/redis/redis_url.h"
#include <uv.h>
/*
 * Carries committed events into the hub and to the other workers: own commits
 * -> hub and Redis; Redis -> hub; the log -> hub, by a look at it every second
 * (every 100 ms while a Redis is down, or none is configured) and wherever a
 * hole shows. Control entries go the same ways, to one hook, save that those
 * from Redis are not believed: that there is one is a reason to look at the
 * log, which has it, or it is none.
 *
 * With several Redis servers each has all of it: every message is published to
 * all and heard from each that has it, and what comes second is known by its
 * position. So one that is away takes nothing with it. A server that has two
 * names among them stands in for nobody: it is told of.
 *
 * Machines also ask each other for the open websockets of a user, which each
 * knows of its own alone.
 *
 * Redis channels: lws-app:<epoch>:owner:<id>, lws-app:<epoch>:all,
 * lws-app:<epoch>:control, lws-app:<epoch>:ask, lws-app:<epoch>:answer:<which>.
 * One message of the first three carries one commit's lines of one
 * stream (see model/log/event.h, model/log/control.h). A message that can't be
 * read is dropped and counted. Thread: loop thread only; its reads are jobs on
 * the readers it is given.
 */
#define RELAY_LINKS_MAX REDIS_URLS_MAX

struct relay;
struct relay_config {
    uv_loop_t *loop;
    struct hub *hub;
    struct readers *readers; /* one thread, for looks and repairs alone */
    const char *epoch;       /* borrowed until relay_free() */
    const char *redis_urls;  /* redis_url_next()'s; NULL: none */
    /* A control entry, each once, in order of id. */
    void (*control)(void *arg, const struct control *control);
    /* An event of that owner's stream is committed, or was heard of; seldom
     * more than once. NULL: to nobody. */
    void (*heard)(void *arg, int64_t owner);
    /* The relay fell too far behind the control log: check every socket. */
    void (*recheck)(void *arg);
    /* The database has another epoch by now, or another one answers in its
     * place: no position of it means what it meant. NULL: to nobody. */
    void (*elsewhere)(void *arg);
    /* Another machine asks: adds its answer, in lines. NULL: not to be asked
     * here. */
    void (*asked)(void *arg, int64_t user, struct buf *answer);
    void *arg;
};
struct relay_stats {
    int64_t published; /* messages for Redis, whether it was there or not */
    int64_t received, unreadable;
    int64_t looks, repairs, repaired_events;
    int64_t committed;        /* events of this process's own commits */
    int standby;              /* db_standby(), as of the newest look */
    int redis_up;             /* 1: one is enough, 0, or -1: not configured */
    int redis_down;           /* servers that are not, each once */
    int redis_same;           /* names of a server that has another one */
    struct redis_stats redis; /* of all; the longest round trip */
};

/* Starts its timers and the links to Redis. ERR_INVALID as
 * redis_urls_check(). */
int relay_new(struct relay **relay, const struct relay_config *config,
              struct err *err);
/* Ends timers and link; the loop must run once more for the handles. Jobs still
 * under way find it gone safely: call before readers_free(), with jobs_finish()
 * after that. */
void relay_free(struct relay *relay);

/* The outbox of a commit of this process, on the loop, in commit order. */
void relay_committed(struct relay *relay, const char *outbox, size_t len);
/* For hub_hooks: first and last interest in a stream, and a hole in one. To
 * open what is open does nothing. */
void relay_opened(struct relay *relay, int64_t owner);
void relay_closed(struct relay *relay, int64_t owner);
void relay_hole(struct relay *relay, int64_t owner, int64_t after);
/* Asks for a look now (coalesced with one under way). */
void relay_look(struct relay *relay);
/* Monotonic time at which the last look that has finished began. */
int64_t relay_looked_us(const struct relay *relay);
void relay_get_stats(const struct relay *relay, struct relay_stats *stats);

/* Asks the machines that meet at these Redis servers, of which the first that
 * can be reached will do. answer(): an answer, in lines; true: no other is
 * needed. Blocks, not for a loop thread: wait_ms for each server that can't be
 * reached. */
#define RELAY_ANSWER_MAX (256 * 1024) /* bytes of an answer */
struct relay_question {
    const char *redis_urls;
    const char *epoch;
    int64_t user;
    int wait_ms;
    bool (*answer)(void *arg, const char *bytes, size_t len);
    void *arg;
};
int relay_ask(const struct relay_question *question, struct err *err);

/* Splits an outbox into one message per channel and calls fn for each; for
 * commands, which publish without a loop. */
int relay_split(const char *epoch, const char *outbox, size_t len,
                int (*fn)(void *arg, const char *channel, const char *bytes,
                          size_t bytes_len),
                void *arg, struct err *err);
