#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "view/order_query.h"
/*
 * A query as one line, so that a case is an input and a line:
 * "0+10 contains(instrument,side: edf) order(-price, id)".
 */
#define SHOWN_MAX 4096

void shown_query(struct buf *out, const struct order_query *query);
/* "error page, cursor": the fields at fault; "error malformed" and the like
 * where there are none. */
void shown_error(struct buf *out, const struct err *err);
