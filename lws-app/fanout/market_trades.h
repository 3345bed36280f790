#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The newest trades of all symbols, as JSON, in the order in which they came.
 * Each knows the next one of the same symbol, so whoever follows few symbols
 * never looks at the others'. What is full loses its oldest.
 * Thread: loop thread only. Never blocks.
 */

/* Where a line stands in the order of the feed: an entry's id, and which of its
 * lines. */
struct market_at {
    uint64_t ms;
    uint64_t n;
    uint32_t line;
};
#define MARKET_AT_MAX 64 /* of its text "ms-n.line", with NUL */
int market_at_compare(const struct market_at *a, const struct market_at *b);
size_t market_at_format(const struct market_at *at, char text[MARKET_AT_MAX]);
/* -1: it is none. */
int market_at_parse(const char *text, struct market_at *at);

/* The trades of one symbol, of those that are kept. */
struct market_chain {
    uint64_t first, last; /* places; 0: none */
};

struct market_trade {
    uint64_t number; /* 1, 2, 3, .. of all */
    uint64_t next;   /* of its symbol: a place; 0: none yet */
    struct market_chain *chain;
    struct market_at at;
    uint32_t size; /* in the ring */
    uint32_t len;
    char text[]; /* {"symbol":..} */
};

struct market_trades;
struct market_trades *market_trades_new(size_t bytes); /* NULL: no memory */
void market_trades_free(struct market_trades *trades); /* NULL is fine */
/* The chain must stay where it is as long as the trades do. Returns its place,
 * which grows; 0: it is too large. */
uint64_t market_trades_add(struct market_trades *trades,
                           struct market_chain *chain,
                           const struct market_at *at, const char *text,
                           size_t len);
/* NULL: it has been overtaken, or there is none. Borrowed until the next add.
 */
const struct market_trade *market_trades_get(const struct market_trades *trades,
                                             uint64_t place);
/* The oldest that is kept, and the one behind another; 0: none. */
uint64_t market_trades_first(const struct market_trades *trades);
uint64_t market_trades_after(const struct market_trades *trades,
                             uint64_t place);
/* The newest that was lost: its number and where it stood. 0: none was. */
uint64_t market_trades_lost(const struct market_trades *trades,
                            struct market_at *at);
