#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/order.h"
#include "model/order_cache.h"
#include "model/order_column.h"
#include "store/db.h"
/*
 * The list of orders: what a list, a search, a DataTables draw and an export
 * ask for, as one value, and its answer with exact totals and the stream's
 * position from one read transaction.
 * Text search is "contains" over the canonical text of a column (10.5; RFC 3339
 * times), folded by base/text; a pattern is a PCRE2 regular expression.
 * Numbers and times are ordered as such, text by its fold and then by itself,
 * choices as text; null comes before everything, ties go the way of the first
 * order.
 * Thread: the caller's. Blocks on the database.
 */
#define QUERY_TERMS 64     /* search terms and filters at most */
#define QUERY_ORDERS 8     /* sort terms at most */
#define QUERY_TEXT_MAX 257 /* bytes of a needle or pattern, NUL included */

enum query_op {
    QUERY_CONTAINS, /* folded */
    QUERY_MATCHES,  /* regular expression */
    QUERY_EQUAL,    /* typed: numbers as numbers, text exactly */
    QUERY_AT_LEAST,
    QUERY_AT_MOST,
};
struct query_term {
    enum query_op op;
    unsigned long columns; /* bit i: order_columns[i]; ORed together */
    char text[QUERY_TEXT_MAX];
    size_t text_len;
};
struct query_order {
    size_t column; /* index in order_columns */
    bool descending;
};
struct order_query {
    int64_t owner;     /* whose; STREAM_ALL: everybody's (the caller checked) */
    size_t term_count; /* ANDed */
    struct query_term terms[QUERY_TERMS];
    size_t order_count; /* ties, and none at all: id, newest first */
    struct query_order orders[QUERY_ORDERS];
    int64_t offset;
    int64_t limit;
    /* Cursor: only ids below it; goes with the order by id alone. 0: none. */
    int64_t before_id;
    bool totals; /* count what matches; else -1 */
};
struct order_list {
    int64_t total;    /* all rows of the owner */
    int64_t matching; /* of these, those that the terms match */
    int64_t position; /* the stream's, same snapshot */
    int64_t returned;
    int64_t last_id; /* of the last row; 0: none */
};
/* Called per row; borrowed. */
typedef int order_row_fn(void *arg, const struct order *order, struct err *err);

/* Adds a term; ERR_INVALID under field for a value that is not of the column's
 * type (QUERY_EQUAL and ranges), too long, or one term too many. */
int order_query_add(struct order_query *query, enum query_op op,
                    unsigned long columns, const char *text, size_t len,
                    const char *field, struct err *err);
/* Whether it may have to look at many rows: no index gives its page. */
bool order_query_is_long(const struct order_query *query);
/* cache: to answer from where it can; NULL: none. totals come first: fn is
 * called after *list has total, matching and position. ERR_INVALID (field
 * "search") for a bad or too costly pattern, ERR_BUDGET. */
int order_query_run(struct db *db, struct order_cache *cache,
                    const struct order_query *query, struct order_list *list,
                    order_row_fn *fn, void *arg, struct err *err);
