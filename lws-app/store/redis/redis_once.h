#pragma once
#include "base/err.h"
#include <stddef.h>
/*
 * Redis for commands, which have no loop.
 * Thread: the caller's. Blocks: each call for a second at most, beyond the
 * look-up of a host name.
 */
/* Connects, publishes, closes. url: as redis_new(). ERR_UNAVAILABLE: there is
 * no answer in time; ERR_STORE: Redis refuses, and why. */
int redis_publish_once(const char *url, const char *const *channels,
                       const char *const *messages, const size_t *lens,
                       size_t count, struct err *err);

/* A connection that adds entries to a stream of redis_stream.h, one after the
 * other. */
struct redis_adder;
/* Connects when the first entry is added. key: copied. ERR_INVALID, fields
 * "redis" and "market_stream"; ERR_NOMEM. */
int redis_adder_new(struct redis_adder **adder, const char *url,
                    const char *key, struct err *err);
void redis_adder_free(struct redis_adder *adder); /* NULL is fine */
/* ERR_UNAVAILABLE: Redis did not answer, and may have it all the same; the next
 * call connects again. ERR_STORE: it refuses, and why. */
int redis_adder_add(struct redis_adder *adder, const char *bytes, size_t len,
                    struct err *err);
