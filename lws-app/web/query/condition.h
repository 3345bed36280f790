#pragma once
#include "base/err.h"
#include "base/zone.h"
#include "model/orders/order_column.h"
#include "view/order_filter.h"
#include "web/query/draw.h"
#include <stddef.h>
/*
 * One condition on a column, as SearchBuilder and ColumnControl name it. What
 * it compares is the column's to say, not the client's guess of its type:
 * numbers as numbers, times as days (period_read_day()), texts regardless of
 * case.
 * Thread: any. zone_find() may read a file; nothing else blocks.
 */
struct condition;

/* NULL: there is no such one. By SearchBuilder's name (!contains), and by
 * ColumnControl's (notContains). */
const struct condition *condition_of_builder(struct draw_text name);
const struct condition *condition_of_control(struct draw_text name);
/* How many values it takes. */
size_t condition_values(const struct condition *condition);
/* ERR_INVALID under field: a value that is not of the column's type, a range of
 * texts, too many conditions. */
int condition_add(struct order_filter *filter,
                  const struct condition *condition, size_t column,
                  const struct draw_text values[2], const struct zone *zone,
                  const char *field, struct err *err);
