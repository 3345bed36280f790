#pragma once
#include "base/err.h"
#include "base/zone.h"
#include "view/order_filter.h"
#include "web/http/params.h"
#include "web/query/draw.h"
/*
 * The conditions of SearchBuilder: searchBuilder[logic] and
 * searchBuilder[criteria][0][condition], with groups in groups. A criterion
 * that is not filled in yet (no column, condition or value) is none.
 * Thread: any. zone_find() may read a file; nothing else blocks.
 */
#define BUILDER_NODES 128 /* criteria and groups */

/* ERR_INVALID under the name of the parameter at fault; ERR_NOMEM. */
int builder_add(const struct draw *draw, const struct params *params,
                const struct zone *zone, struct order_filter *filter,
                struct err *err);
