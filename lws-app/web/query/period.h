#pragma once
#include "base/err.h"
#include "base/zone.h"
#include "view/order_filter.h"
#include "web/http/params.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Times as people state them: a day of the calendar, or a minute or second of
 * it, is all of it, in whichever zone its clocks are; only RFC 3339 with its
 * offset is one moment.
 * Thread: any. zone_find() may read a file.
 */
struct period {
    int64_t from_us;
    int64_t until_us; /* it is not in it */
};

/* The zone that the parameter tz names; UTC where there is none. ERR_INVALID
 * under "tz". */
int period_zone(const struct params *params, const struct zone **zone,
                struct err *err);
/* False: it is no time. */
bool period_read(const struct zone *zone, const char *text, size_t len,
                 struct period *period);
/* The day whose first moment text names by its clock (2026-01-31, or that with
 * 00:00:00 and whatever follows), which is how some clients state a day; else
 * as period_read(). */
bool period_read_day(const struct zone *zone, const char *text, size_t len,
                     struct period *period);
/* op: of values. A column's times are in it (QUERY_EQUAL), at its beginning or
 * later, ... */
int period_add(struct order_filter *filter, enum query_op op,
               unsigned long column, const struct period *period,
               const char *field, struct err *err);
