#pragma once
#include "base/err.h"
#include "view/order_query.h"
#include "web/http/params.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
/*
 * What a DataTables draw asks for, as a query of orders.
 * Thread: any. Never blocks.
 */
struct datatables {
    int64_t draw; /* to be echoed, also with an error; 0 when unreadable */
    bool is_all;  /* no page was asked for, but all there is */
    struct order_query query; /* its owner is the caller's to set */
};

void datatables_release(struct datatables *table); /* safe twice */
/* table: is overwritten; the caller's to release, also where it fails.
 * params: the query string or the form; body: the JSON body in their place, or
 * NULL. A column is one of ours by its data, else by its name; one that is not
 * matters only where it is searched in or ordered by. Filters of the plain list
 * count beside it. ERR_INVALID under the names of the parameters at fault;
 * ERR_MALFORMED, ERR_NOMEM. */
int datatables_read(const struct params *params, const cJSON *body,
                    struct datatables *table, struct err *err);
/* Of a POST: the filters in its address, which count too. */
int datatables_add_filters(const struct params *args, struct datatables *table,
                           struct err *err);
