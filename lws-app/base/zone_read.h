#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A table of a time zone: TZif of version 2 and later (RFC 9636).
 * Thread: the caller's. Never blocks.
 */
struct zone_date {
    enum {
        ZONE_WEEKDAY, /* M3.5.0 */
        ZONE_NO_LEAP, /* J60: the 29th of February is never counted */
        ZONE_DAY,     /* 59: from 0, it is */
    } kind;
    int month; /* 1-12 */
    int week;  /* 1-5; 5: the last */
    int day;   /* of the week, 0: Sunday; or of the year */
    int64_t time_s;
};
/* What holds behind the last change of the table. */
struct zone_rule {
    int64_t usual_s; /* ahead of UTC */
    int64_t summer_s;
    bool has_summer;
    struct zone_date begin; /* by the usual clocks */
    struct zone_date end;   /* by those of summer */
};
struct zone_change {
    int64_t at_s; /* UTC */
    int64_t ahead_s;
};
struct zone_table {
    int64_t first_s; /* ahead of UTC, before the first change */
    struct zone_change *changes;
    size_t change_count;
    bool has_rule;
    struct zone_rule rule;
};

/* table: is overwritten; zone_table_release() also where it fails. False: no
 * such table, or no memory. */
bool zone_table_read(struct zone_table *table, const void *bytes, size_t len);
void zone_table_release(struct zone_table *table);
