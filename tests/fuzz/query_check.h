#pragma once
#include "view/order_query.h"
#include "web/http/params.h"
/*
 * What must hold of anything that was read from a client.
 */
/* The ceilings, then a run over a small database: nothing but a bad pattern may
 * go wrong. */
void query_check(const struct order_query *query);
/* Plain text, and the same again after it was encoded and read. */
void query_check_params(const struct params *params);
