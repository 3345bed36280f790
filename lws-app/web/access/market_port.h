#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stddef.h>
/*
 * What requests need of the market, which is of another room: handed down.
 * names: what the asker may see (base/symbols.h). Errors as fanout/market.h and
 * fanout/market_feed.h have them.
 */
struct market_port {
    /* Any thread: lines, each with '\n' behind it, all of them or none. */
    int (*put)(void *arg, const char *lines, size_t len, struct err *err);
    /* The rest on the loop alone. "feed":{..} of an object. */
    void (*feed)(void *arg, struct buf *out);
    /* Elements of an array: quotes, bars. */
    int (*list)(void *arg, const char *names, const char *symbols,
                struct buf *out, struct err *err);
    int (*bars)(void *arg, const char *names, const char *symbol, int span,
                int minutes, struct buf *out, struct err *err);
    /* An object with a quote, and what was dropped of its symbol, without its
     * end. */
    int (*quote)(void *arg, const char *names, const char *symbol,
                 struct buf *out, struct err *err);
    int minutes; /* of bars, at most */
    void *arg;   /* of all of these */
};
