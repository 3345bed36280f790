#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "view/order_total.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What a live view shows at a position of its stream: its rows, as DataTables
 * draws them, and its counts. A page never changes, and may be held by several
 * threads at once; so may each of its rows, which many pages share.
 * Thread: any. Never blocks.
 */
struct order_page_row {
    _Atomic unsigned refs;
    int64_t id;
    int64_t version;
    size_t len;
    char json[];
};
struct order_page {
    _Atomic unsigned refs;
    int64_t position; /* of the stream */
    int64_t time_us;  /* of the newest change up to it; 0: none was seen */
    int64_t total;    /* all rows of the stream */
    int64_t matching; /* of these, those that the filter means */
    int64_t start;    /* how many of them stand before the first row */
    char *key;        /* of the first row, by order_match_put_key() */
    size_t key_len;   /* 0: there is no row */
    struct order_totals *totals; /* NULL: not asked for */
    unsigned total_kinds;
    size_t count;
    struct order_page_row *rows[];
};

/* One that is held once. json: order_put_row()'s, copied. NULL: no memory. */
struct order_page_row *order_page_row_new(int64_t id, int64_t version,
                                          const char *json, size_t len);
struct order_page_row *order_page_row_ref(struct order_page_row *row);
void order_page_row_unref(struct order_page_row *row); /* NULL is fine */

/* Of count rows, which are the caller's to put there, and no key; held once.
 * NULL: no memory. */
struct order_page *order_page_new(size_t count);
struct order_page *order_page_ref(struct order_page *page);
void order_page_unref(struct order_page *page); /* NULL is fine */
size_t order_page_bytes(const struct order_page *page);

/* Whether both show the same, at whatever position. */
bool order_page_equal(const struct order_page *a, const struct order_page *b);
/* "recordsTotal", "recordsFiltered", "totals" and "data", into an open object.
 */
void order_page_put(struct buf *out, const struct order_page *page);
/* Into an open object, what brings a client that has one page of a view to
 * another: "recordsTotal", "recordsFiltered", "totals" (groups that differ),
 * "ids" (all of them) and "rows" (those that it has not got), each only where
 * it differs. */
void order_page_put_change(struct buf *out, const struct order_page *from,
                           const struct order_page *to);
