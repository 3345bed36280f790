#pragma once
#include "base/buf.h"
#include "metrics/figures.h"
/*
 * Measured values, as the API gives them. Thread: any.
 */
void spread_put_number(struct buf *body, const char *key, int decimals,
                       double value);
/* {"p50":..,"p99":..} in milliseconds; null, where nothing was measured. */
void spread_put(struct buf *body, const char *key,
                const struct figures_spread *spread);
