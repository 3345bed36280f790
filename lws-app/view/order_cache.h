#pragma once
#include "base/err.h"
#include "store/db.h"
#include "view/order_rows.h"
#include <stddef.h>
#include <stdint.h>
/*
 * The orders of some streams in memory, for the queries that must look at every
 * row. A stream's rows are those of one position of its log. Each use compares
 * that with the position in its own snapshot and first brings the rows forward:
 * what changed since is found by its position, as for a client that comes back.
 * So an answer from here is as fresh as one from the database, and a change
 * costs its writer nothing.
 * Bounded: beyond bytes_max the stream that was not asked for the longest is
 * forgotten. A stream too large for that is never kept.
 * Thread: any; a stream serves one query at a time. order_cache_rows() blocks
 * on the database, order_cache_lock() on another's use of the same stream.
 */
struct order_cache;
struct order_cached; /* one stream, locked */

/* rows_min: streams with fewer orders are not kept: the database is as fast.
 * NULL: no memory. */
struct order_cache *order_cache_new(size_t bytes_max, int64_t rows_min);
void order_cache_free(struct order_cache *cache); /* NULL is fine */
/* Before the snapshot begins, so that no other use has gone beyond it. owner:
 * or STREAM_ALL. NULL: no memory, or cache is NULL. */
struct order_cached *order_cache_lock(struct order_cache *cache, int64_t owner);
void order_cache_unlock(struct order_cached *cached); /* NULL is fine */
/* Inside a read transaction, in which the stream has these position and count.
 * *rows is NULL where the stream is not kept, or its rows are not all here yet:
 * a first use reads only so many, and the next ones go on. */
int order_cache_rows(struct order_cached *cached, struct db *db,
                     int64_t position, int64_t count,
                     const struct order_rows **rows, struct err *err);
size_t order_cache_bytes(struct order_cache *cache);
