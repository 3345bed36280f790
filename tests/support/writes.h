#pragma once
#include "support/world.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * Random writes by the model: orders of few values, so that many are alike, are
 * placed, changed, moved and removed.
 */
enum phase { MIXED, GROWS, SHRINKS };

extern enum phase phase; /* which kinds of writes there are most of */
extern long refused;     /* writes that broke a rule, and did nothing */

bool chance(size_t percent);
void write_one(struct world *w);
/* None to many, committed; once in a while a part of the log is purged. */
void write_some(struct world *w);
