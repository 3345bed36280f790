#pragma once
#include "base/err.h"
#include "base/zone.h"
#include "view/order_query.h"
#include "web/http/params.h"
#include "web/query/shape.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * What the plain list of orders is asked for in a query string: page,
 * page_size, cursor, search, ordering, and filters by column: <column>=,
 * <column>__in= (also <column>__in[]= for each value), <column>__gte=,
 * <column>__lte=, <column>__contains=; tz= says whose days are meant.
 * Thread: any. zone_find() may read a file; nothing else blocks.
 */
#define LIST_PAGE_SIZE 20
#define LIST_PAGE_SIZE_MAX 1000
#define LIST_CURSOR_MAX 12 /* 8 bytes as base64url, and NUL */

/* query: is overwritten; the caller's to release, also where it fails. Leaves
 * format, owner, scope and _ to others. ERR_INVALID: every parameter at fault
 * by its name, unknown ones too. */
int list_query_read(const struct params *params, struct order_query *query,
                    struct err *err);
/* The filters and the search alone, of parameters among which are those of
 * something else.
 * zone: of days. ERR_INVALID as above. */
int list_filters_read(const struct params *params,
                      bool (*is_others)(const struct param *param),
                      const struct zone *zone, struct order_filter *filter,
                      struct err *err);
/* What ?cursor= takes for the page that follows the order last_id. An empty
 * cursor is the first page. */
void list_cursor(int64_t last_id, char text[LIST_CURSOR_MAX]);
/* The parameters, for the API's description: all, and those that count where
 * something else pages and sorts. */
shape_field_fn list_query_field, list_scope_field;
