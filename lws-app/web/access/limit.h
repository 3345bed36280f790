#pragma once
#include "base/address.h"
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
/*
 * How often a key may do something: so many times in a window, as many at once.
 * A fixed table that forgets nobody early: a key has one cell in each row, by a
 * secret hash, and the emptiest of them speaks for it. So nothing an attacker
 * sends makes room for himself or costs memory; a stranger shares his fate only
 * where all its cells are his too.
 * Thread: any. Never blocks; two who take the last turn at once may both get
 * it.
 */
struct limit;

/* count 0: *limit is NULL, which limits nobody. ERR_NOMEM. */
int limit_new(struct limit **limit, long count, int window_s, struct err *err);
void limit_free(struct limit *limit);
/* So many in a window; 0: limits nobody. */
long limit_count(const struct limit *limit);
/* 0: taken. Else how many seconds until there is a turn again. */
int limit_take(struct limit *limit, const void *key, size_t len);
/* By site (base/address.h). What is no address, and loopback, which may be many
 * behind a proxy, is not limited. */
int limit_take_address(struct limit *limit, const char *address);
/* One that is a site already, and no loopback. */
int limit_take_site(struct limit *limit, const struct address *site);
