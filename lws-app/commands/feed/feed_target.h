#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * Where lines of market data go: to a server, by POST /api/market/, or into the
 * stream in Redis that servers read.
 * Thread: the caller's. Blocks.
 */
#define FEED_TARGET_WAIT_MS 100 /* the first time */

struct feed_target;
struct feed_target_options {
    const char *url; /* of the server; NULL: by Redis */
    const char *ca;  /* see link_open() */
    const char *token;
    const char *redis_url;
    const char *key; /* of the stream */
    /* Called where it has to wait for what err says: FEED_TARGET_WAIT_MS at
     * first, then longer and longer. False: to be given up. */
    bool (*wait)(void *arg, int ms, const struct err *why);
    void *arg;
};
/* options: borrowed. ERR_INVALID: "url", "ca", "token", "redis"; ERR_NOMEM.
 * Redis need not be there yet. */
int feed_target_open(struct feed_target **target,
                     const struct feed_target_options *options,
                     struct err *err);
void feed_target_close(struct feed_target *target); /* NULL is fine */
/* How many bytes it takes at once, at most. */
size_t feed_target_max(const struct feed_target *target);
/* lines: each with '\n' behind it. Tries again, so that they may come twice,
 * until they are taken, are refused for good or wait() has given up. */
int feed_target_send(struct feed_target *target, const struct buf *lines,
                     struct err *err);
