#pragma once
#include <stddef.h>
#include <stdint.h>
/*
 * What a symbol was worth, second by second, for some minutes back. Only
 * seconds in which there was a price have a bar.
 * Thread: loop thread only. Never blocks.
 */
struct market_bar {
    int64_t second;                 /* since 1970, UTC */
    int64_t open, high, low, close; /* decimals */
    int64_t volume;                 /* of its trades; INT64_MAX: or more */
    int64_t count;                  /* of prices in it */
};

struct market_bars; /* NULL: there are none */

/* A price at a time; volume: 0 where it is no trade. One from before the newest
 * bar joins the bar of its second if there is one. minutes: how far back is
 * kept. Makes *bars where there is none; without memory the price is left out:
 * -1. */
int market_bars_add(struct market_bars **bars, int minutes, int64_t time_us,
                    int64_t price, int64_t volume);
void market_bars_free(struct market_bars *bars); /* NULL is fine */
/* The bars of span seconds each (which begin at whole ones of these), oldest
 * first, that begin at `from` or later. fn is given each. */
void market_bars_each(const struct market_bars *bars, int64_t from, int span,
                      void (*fn)(void *arg, const struct market_bar *bar),
                      void *arg);
