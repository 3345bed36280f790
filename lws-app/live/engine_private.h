#pragma once
#include "base/mem.h"
#include "live/engine.h"
#include "model/orders/order.h"
#include "view/order_ready.h"

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>
/*
 * The inside of the engine.
 */
struct engine_stream {
    int64_t owner; /* STREAM_ALL: everybody's */
    struct engine_view *views;
    struct engine_stream *next_touched;
    bool is_touched; /* by this batch */
    UT_hash_handle hh;
};
/* An order before or after an event. */
struct engine_side {
    struct order order;
    struct order_ready ready;
};
struct engine {
    struct engine_stream *streams; /* those that have views, by their owner */
    struct engine_stream *touched;
    int64_t last;   /* event that every view has had; -1: not known */
    bool is_owing;  /* a batch did not say what all views show */
    bool has_fresh; /* views may be fresh */
    struct engine_side before;
    struct engine_side after;
    struct buf json;
    struct engine_batch *batch; /* under way */
};

struct engine_stream *engine_find(struct engine *engine, int64_t owner);
void engine_touch(struct engine *engine, struct engine_stream *stream);
/* The result of a view, which has one in a batch. */
struct engine_result *engine_say(struct engine *engine,
                                 struct engine_view *view,
                                 enum engine_outcome outcome);
/* It must be loaded. */
void engine_fall_behind(struct engine *engine, struct engine_view *view);
/* It is of no more use. */
void engine_end_view(struct engine *engine, struct engine_view *view,
                     const struct err *err);

/* engine_feed.c: every event behind engine->last to every view that waits for
 * no load. */
int engine_feed(struct engine *engine, struct db *db, struct err *err);
/* What one view lacks of its own stream. */
int engine_catch_up(struct engine *engine, struct db *db,
                    struct engine_view *view, struct err *err);
