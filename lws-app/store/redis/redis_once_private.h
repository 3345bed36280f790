#pragma once
#include "base/err.h"
#include "store/redis/redis_url.h"
#include <hiredis/hiredis.h>
#include <stdint.h>
/*
 * Connections that are waited for.
 * Thread: the caller's. Blocks until the time that is given, of
 * clock_mono_us().
 */
/* *c: to be freed even where it fails; NULL: no memory. */
int redis_once_connect(redisContext **c, const struct redis_url *url,
                       int64_t deadline_us, struct err *err);
/* What lets us in, if anything must. -1: no memory. */
int redis_once_login(redisContext *c, const struct redis_url *url);
/* The next reply, the caller's; NULL: ERR_UNAVAILABLE, none came in time, or
 * ERR_STORE, it is an error. */
redisReply *redis_once_reply(redisContext *c, const struct redis_url *url,
                             int64_t deadline_us, struct err *err);
