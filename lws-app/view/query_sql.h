#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"
#include "view/order_query.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The SQL of a list of orders. Its text comes from our own column table alone
 * and depends only on which columns, operations and kinds of needles a query
 * has and how they are joined, so that the same kinds of query share a prepared
 * statement; values are bound.
 * Thread: any. query_sql_prepare() uses the database.
 */
#define QUERY_SQL_BINDS (QUERY_TERMS + 8)

enum query_sql_shape {
    QUERY_PAGE, /* the ids of the page */
    QUERY_ROWS, /* ORDER_FIELDS of the page, for an order by id alone, or,
                   on a server, one that an index gives */
    QUERY_STREAM_ROWS, /* the same of a server, and behind them where the stream
                          stands and how many orders it has; an empty page is
                          one row, whose order is NULL */
    QUERY_COUNT,       /* how many match */
    QUERY_PAGE_COUNT,  /* how many match (column 1) with the ids of the page, or
                          with one NULL where it is empty */
    QUERY_VALUES,      /* what they have in column, and how many have that; at
                          most so many as the query's limit */
};
struct query_sql {
    const struct order_query *query;
    struct buf text;
    size_t column;    /* of QUERY_VALUES */
    bool is_dense;    /* most rows of the table are the owner's */
    int64_t below_id; /* only ids below it; at first the query's before_id */
    int64_t above_id; /* only ids above it; 0: all */
    int64_t offset;   /* at first the query's, and so is the next */
    int64_t limit;
    bool is_from_end;      /* both of QUERY_ROWS, counted from the last row */
    const char *index_key; /* of the text: an index gives it; NULL: who knows */
    size_t bind_count;
    struct query_bind {
        const char *text; /* NULL: a number */
        size_t len;
        int64_t number;
    } binds[QUERY_SQL_BINDS];
};

void query_sql_init(struct query_sql *sql, const struct order_query *query);
void query_sql_release(struct query_sql *sql); /* safe twice */
/* The statement, with its values bound, which sql must outlive. */
int query_sql_prepare(struct query_sql *sql, enum query_sql_shape shape,
                      struct db *db, struct db_stmt **stmt, struct err *err);
/* Whether its text calls functions that a server lacks (store/db.h). */
bool query_sql_has_functions(const struct order_query *query);

/* True where an index gives the page by itself. */
bool query_sql_has_index(const struct order_query *query);
