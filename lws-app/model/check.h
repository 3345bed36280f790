#pragma once
#include "base/err.h"
#include "store/db.h"
#include <stdint.h>
/*
 * Whether the database keeps its promises: the file itself, positions without
 * holes, counts equal to rows, each order as its newest event says and not
 * filled beyond its quantity, tombstones for what left, the audit's chain.
 * Reads one snapshot and may run beside a server. Thread: the caller's. Blocks
 * on the database, for long.
 */
#define CHECK_SHOWN_MAX 20 /* faults told of each kind */

typedef void check_fn(void *arg, const char *fault);
/* Calls fn with each fault. Returns how many were told, or -1. */
int check_run(struct db *db, check_fn *fn, void *arg, struct err *err);
