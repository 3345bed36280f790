#pragma once
#include "base/err.h"
#include "store/db.h"
#include "view/order_page.h"
#include "view/order_view.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Brings live views forward: reads the log from where it stands, in one
 * snapshot, gives each event to the views of its stream, and tells what they
 * show then. Rows that a view has to have and no event brought are read in that
 * same snapshot; what must be loaded is only named here, and comes back later.
 * A view that takes more than ENGINE_VIEW_MAX_US of one batch ends with
 * ERR_BUDGET.
 * Thread: one at a time, that of whoever runs a batch. Blocks on the database.
 */
#define ENGINE_VIEW_MAX_US 50000
struct engine;
struct engine_stream;

/* What came of it. */
enum engine_outcome {
    ENGINE_SHOWS,  /* page, held once: other than before, or the first */
    ENGINE_STANDS, /* nothing that it shows has changed */
    ENGINE_LOADS,  /* load is to be run, and to come back as ENGINE_LOADED */
    ENGINE_ENDS,   /* code and text: why */
};
struct engine_result {
    enum engine_outcome outcome;
    int64_t position; /* of the view's stream, that it has been brought to */
    int64_t cost_us;  /* as far as it is worth measuring: the time that passed,
                         and no more than the batch took of a processor */
    size_t bytes;     /* that the view takes */
    struct order_page *page;
    struct order_load load;
    enum err_code code;
    char text[240];
};
/* One view, as the engine knows it. In the memory of whoever made it. */
struct engine_view {
    struct engine_view *next, *prev; /* of the same stream */
    struct engine_stream *stream;    /* NULL: the engine has not got it */
    struct order_view *view;
    struct order_page *page; /* shown last; NULL: none yet */
    bool is_behind;          /* a load is awaited */
    bool is_fresh;           /* loaded, and not caught up yet */
    bool is_dear;    /* it has a pattern: each event's cost is measured */
    int64_t cost_us; /* so far, of this batch */
    int far_loads;   /* in a row, for being too far behind */
    /* Of the batch: at most one for each view. */
    struct engine_result result;
    struct engine_view *next_result;
};

/* What is to be done before the log is read. */
enum engine_op_kind {
    ENGINE_LOADED, /* take the load, and the view too if it is new */
    ENGINE_REMOVE,
};
struct engine_op {
    enum engine_op_kind kind;
    struct engine_view *view;
    struct order_load load;
};
struct engine_batch {
    struct engine_op *ops; /* the caller's; their loads are taken */
    size_t op_count;
    struct engine_view *results; /* out, linked by next_result */
    int64_t events;              /* read */
};

struct engine *engine_new(void);         /* NULL: no memory */
void engine_free(struct engine *engine); /* not its views; NULL is fine */
/* After a failure the views are as far as they got, and the next one goes on.
 * The operations are done in both cases. */
int engine_run(struct engine *engine, struct db *db, struct engine_batch *batch,
               struct err *err);
/* Gives back the pages and loads that were not taken out of the results. */
void engine_batch_release(struct engine_batch *batch);
