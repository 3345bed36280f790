#pragma once
#include "base/err.h"
#include "view/order_query.h"
#include "web/http/params.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
/*
 * What a DataTables draw asks for, as a query of orders.
 * Thread: any. zone_find() may read a file.
 */
struct datatables_list {
    size_t column; /* index in order_columns */
    char key[64];  /* what the client calls it */
    bool is_named; /* it was asked for; else it may be left out */
};
struct datatables {
    int64_t draw; /* to be echoed, also with an error; 0 when unreadable */
    bool is_all;  /* no page was asked for, but all there is */
    struct order_query query; /* its owner is the caller's to set */
    /* Columns whose values are to be told, and how many orders have each. */
    size_t list_count;
    struct datatables_list lists[ORDER_COLUMNS_MAX];
    bool has_panes;          /* told as SearchPanes wants them, too */
    bool has_builder;        /* and as SearchBuilder does */
    struct order_filter all; /* what a value is counted among */
    size_t last;             /* the column that was picked from last; SIZE_MAX:
                                that does not matter */
    struct order_filter but_last; /* the query's, without what was picked */
};

void datatables_release(struct datatables *table); /* safe twice */
/* table: is overwritten; the caller's to release, also where it fails.
 * params: the query string or the form; body: the JSON body in their place, or
 * NULL; address: the query string beside a form or a body, or NULL. A column is
 * one of ours by its data, else by its name; one that is not matters only where
 * it is searched in or ordered by. Filters of the plain list count beside it,
 * wherever they stand. ERR_INVALID under the names of the parameters at fault;
 * ERR_MALFORMED, ERR_NOMEM. */
int datatables_read(const struct params *params, const cJSON *body,
                    const struct params *address, struct datatables *table,
                    struct err *err);
