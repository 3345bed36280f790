#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/log/event.h"
#include "store/db.h"
/*
 * Positions of streams, and what a client that comes back is given from the
 * database. Owner 0 is the stream of all, whose position is an event's id.
 * Thread: the caller's. Blocks on the database.
 */
#define STREAM_CHUNK_ITEMS 500
#define STREAM_CHUNK_BYTES 65000

/* The committed position; 0 where nothing has happened yet. order_count may be
 * NULL. */
int stream_position(struct db *db, int64_t owner, int64_t *position,
                    int64_t *order_count, struct err *err);
/* The same two as a part of other statements, a row in any case, by the names
 * position and order_count, NULL where nothing has happened yet; the owner is
 * ?1. stream_from_row() reads them from column first on. */
const char *stream_select(int64_t owner);
int stream_from_row(const struct db_stmt *stmt, int first, int64_t owner,
                    int64_t *position, int64_t *order_count, struct err *err);
/* One frame body of missed events {"events":[...]} with position > after, at
 * most STREAM_CHUNK_*; label: the stream's name in frames. *to: the last one's
 * position (after, when there is none and out stays empty). ERR_MISSING when
 * the first event found is not after + 1 (the log no longer reaches back). */
int stream_replay(struct db *db, int64_t owner, const char *label,
                  int64_t after, struct buf *out, int64_t *to, struct err *err);
/* One frame of the folded difference since after, per design: orders changed
 * since in their last state and ids that left, merged by position, at most
 * STREAM_CHUNK_*; *to may be resumed from; *more: not yet at the end. Always
 * writes a frame. */
int stream_fold(struct db *db, int64_t owner, const char *label, int64_t after,
                struct buf *out, int64_t *to, bool *more, struct err *err);
