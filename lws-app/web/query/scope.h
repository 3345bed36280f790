#pragma once
#include "view/order_query.h"
#include "web/access/call.h"
/*
 * Whose orders a request asks for: the caller's own; for staff also
 * ?owner=NAME or ?scope=all.
 * Thread: the job's. Blocks on the database.
 */
/* ERR_INVALID by the argument's name, ERR_FORBIDDEN. */
int scope_read(struct call *call, struct order_query *query, struct err *err);
