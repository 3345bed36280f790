#pragma once
#include "base/err.h"
#include "model/desk/instrument_query.h"
#include "web/http/params.h"
#include "web/query/shape.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * What the list of instruments is asked for: by its own arguments, or as
 * DataTables asks. What *query borrows is of args.
 * Thread: any. Never blocks.
 */
/* ERR_INVALID: every argument at fault by its name. */
int instrument_list_read(const struct params *args,
                         struct instrument_query *query, struct err *err);

struct instrument_table {
    int64_t draw; /* to be echoed, also with an error; 0 when unreadable */
    bool is_all;  /* no page was asked for, but all there is */
    struct instrument_query query;
};
/* Words, of all columns and of one, orders and pages; the filters of the list
 * count beside them. Regular expressions and what extensions send are refused.
 * ERR_INVALID as above. */
int instrument_table_read(const struct params *args,
                          struct instrument_table *table, struct err *err);
/* The filters, for the API's description. */
shape_field_fn instrument_filter_field;
/* Those, and what DataTables sends. */
shape_field_fn instrument_table_field;
