#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Market data that nobody has made: prices that walk by whole steps, a spread,
 * trades, and bursts. The same spec gives the same lines, but for their times.
 * Thread: belongs to its owner. Never blocks.
 */
struct market_sim;

/* spec: "EDF01,TTE=60.24@RATE[:SEED]", RATE lines a second, 1 to 1,000,000; a
 * price to start from, in steps as fine as it is written, a cent or less. The
 * name of the field at fault is "market_sim". */
int market_sim_new(struct market_sim **sim, const char *spec, struct err *err);
void market_sim_free(struct market_sim *sim); /* NULL is fine */
/* Appends the lines of the time since the last call, each with '\n' behind it;
 * of the first call, none. mono_us: the monotonic clock. */
void market_sim_make(struct market_sim *sim, int64_t mono_us,
                     struct buf *lines);
