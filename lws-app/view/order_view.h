#pragma once
#include "base/err.h"
#include "store/db.h"
#include "view/order_cache.h"
#include "view/order_page.h"
#include "view/order_query.h"
#include "view/order_ready.h"
#include "view/order_total.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A live view: what a query shows, brought forward by the events of its stream
 * instead of being asked for again. It keeps a band: the sort keys of the rows
 * of its window and of some above and below. Of what happens outside the band
 * it keeps only how many rows stand before it, so that an event costs it the
 * same however many rows there are. Where the band is used up, or nothing is
 * known, it has to be loaded; a load is a draw, and may take as long as it
 * likes: the events since are applied afterwards.
 * The window begins at the query's offset. An anchored one begins at a row:
 * rows that come above it leave it where it is, and where the row goes, the
 * next one takes its place.
 * Thread: its owner's; a load, that of whoever runs it. Only order_load_run()
 * blocks, on the database.
 */
struct order_view;

#define ORDER_VIEW_MARGIN 32       /* rows kept above and below, at first */
#define ORDER_VIEW_MARGIN_MAX 1024 /* doubled up to it by every load */

struct order_view_options {
    bool is_anchored;
    const char *anchor; /* the first row's key, copied; NULL: whichever is the
                           first when it is shown for the first time */
    size_t anchor_len;
    unsigned totals; /* TOTAL_BIT of each kind */
};

/* query: taken, also where it fails. ERR_INVALID (field "search"),
 * ERR_NOMEM. */
int order_view_new(struct order_view **view, struct order_query *query,
                   const struct order_view_options *options, struct err *err);
void order_view_free(struct order_view *view); /* NULL is fine */
const struct order_query *order_view_query(const struct order_view *view);
/* Tests only: how many rows are kept above and below the window. */
void order_view_set_margin(struct order_view *view, int64_t margin,
                           int64_t margin_max);

/* A draw on its way into a view. */
struct order_load {
    struct order_query query; /* of the band */
    int64_t start;            /* of the window; out, where it is anchored */
    int64_t length;
    int64_t margin;
    char *anchor; /* NULL: none */
    size_t anchor_len;
    struct order_tally tally; /* out: of all that match */
    /* Out: */
    int64_t position;
    int64_t time_us; /* of the event there; 0: none, or purged */
    int64_t total;
    int64_t matching;
    int64_t lo;
    size_t count;
    size_t cap;
    struct order_view_entry *entries;
};
/* ERR_NOMEM. */
int order_view_begin_load(struct order_view *view, struct order_load *load,
                          struct err *err);
/* Whether it may take long: order_list_is_long(). */
bool order_load_is_long(const struct order_load *load);
/* cache may be NULL. As order_list_run(). */
int order_load_run(struct db *db, struct order_cache *cache,
                   struct order_load *load, struct err *err);
void order_load_release(struct order_load *load); /* safe twice */
/* What was loaded is what the view shows: it stands at the load's position. */
void order_view_load(struct order_view *view, struct order_load *load);

/* One event of its stream, at its position there. */
struct order_view_event {
    int64_t position;
    int64_t time_us;
    int64_t order_id;
    bool is_new;                /* the order comes to the stream */
    bool is_delete;             /* it leaves it */
    struct order_ready *before; /* NULL: it came, or it is not known */
    struct order_ready *after;  /* NULL: it left */
    unsigned long changed;      /* of both: order_columns_changed() */
    struct order_page_row *row; /* as it is after; NULL: not made */
};
/* Nothing where the view is beyond it already. ERR_MISSING: an event before it
 * was left out, or what the order was is needed and not known: the view must be
 * loaded. ERR_INVALID
 * (field "search"): a pattern takes too long. ERR_NOMEM. After any of these it
 * shows nothing until it is loaded. */
int order_view_apply(struct order_view *view,
                     const struct order_view_event *event, struct err *err);

int64_t order_view_position(const struct order_view *view); /* -1: none yet */
/* Whether the rows of its window are known; else it must be loaded. */
bool order_view_is_covered(const struct order_view *view);
/* The row of an order that is there at the view's position, held once for the
 * caller; NULL with err. */
typedef struct order_page_row *order_view_row_fn(void *arg, int64_t id,
                                                 struct err *err);
/* What it shows, held once; it must be covered. ERR_NOMEM, or fn's. */
int order_view_page(struct order_view *view, order_view_row_fn *fn, void *arg,
                    struct order_page **page, struct err *err);
size_t order_view_bytes(const struct order_view *view);
