#include "web/query/period.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define DAY_LEN 10 /* 2026-01-31 */
#define DAY_US (24 * 3600 * CLOCK_S)

int period_zone(const struct params *params, const struct zone **zone,
                struct err *err)
{
    const char *name = params_get(params, "tz");

    *zone = NULL;
    if (!name)
        return 0;
    if (params_repeats(params, "tz"))
        return err_field(err, "tz", "is given more than once");
    return zone_find(name, strlen(name), zone, "tz", err);
}

static bool read_day(const struct zone *zone, const char *text,
                     struct period *period)
{
    int64_t local;

    if (clock_parse(text, DAY_LEN, &local) < 0)
        return false;
    period->from_us = zone_first_us(zone, local);
    period->until_us = zone_first_us(zone, local + DAY_US);
    return true;
}

/* A clock's time without its offset: to the minute, or to the second. */
static bool read_local(const struct zone *zone, const char *text, size_t len,
                       struct period *period)
{
    static const char zero[] = "0000-00-00T00:00:00";
    bool is_minute = len + 3 == strlen(zero);
    char whole[CLOCK_TEXT_MAX];
    int64_t local;

    if (!is_minute && len != strlen(zero))
        return false;
    snprintf(whole, sizeof(whole), "%.*s%sZ", (int)len, text,
             is_minute ? ":00" : "");
    if (clock_parse(whole, strlen(whole), &local) < 0)
        return false;
    period->from_us = zone_first_us(zone, local);
    period->until_us = period->from_us + (is_minute ? 60 : 1) * CLOCK_S;
    return true;
}

bool period_read(const struct zone *zone, const char *text, size_t len,
                 struct period *period)
{
    if (len == DAY_LEN)
        return read_day(zone, text, period);
    if (read_local(zone, text, len, period))
        return true;
    if (clock_parse(text, len, &period->from_us) < 0)
        return false;
    period->until_us = period->from_us + 1;
    return true;
}

bool period_read_day(const struct zone *zone, const char *text, size_t len,
                     struct period *period)
{
    static const char midnight[] = "00:00:00";

    if (len > DAY_LEN + strlen(midnight) &&
        !memcmp(text + DAY_LEN + 1, midnight, strlen(midnight)) &&
        period_read(zone, text, len, period))
        return read_day(zone, text, period);
    return period_read(zone, text, len, period);
}

static int add_within(struct order_filter *filter, unsigned long column,
                      const struct period *period, const char *field,
                      struct err *err)
{
    if (period->until_us == period->from_us + 1)
        return order_filter_add_number(filter, QUERY_EQUAL, column,
                                       period->from_us, field, err);
    if (order_filter_open(filter, FILTER_AND, field, err) < 0 ||
        order_filter_add_number(filter, QUERY_AT_LEAST, column, period->from_us,
                                field, err) < 0 ||
        order_filter_add_number(filter, QUERY_BELOW, column, period->until_us,
                                field, err) < 0)
        return -1;
    order_filter_close(filter);
    return 0;
}

int period_add(struct order_filter *filter, enum query_op op,
               unsigned long column, const struct period *period,
               const char *field, struct err *err)
{
    bool is_behind = op == QUERY_ABOVE || op == QUERY_AT_MOST;

    if (op == QUERY_EQUAL)
        return add_within(filter, column, period, field, err);
    if (op == QUERY_ABOVE)
        op = QUERY_AT_LEAST;
    else if (op == QUERY_AT_MOST)
        op = QUERY_BELOW;
    return order_filter_add_number(
        filter, op, column, is_behind ? period->until_us : period->from_us,
        field, err);
}
