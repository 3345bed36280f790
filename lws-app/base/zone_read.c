#include "base/zone_read.h"
#include "base/mem.h"

#include <string.h>

#include "base/banned.h"

#define HEAD 44 /* bytes before the tables */
#define TYPE 6  /* bytes of a kind of local time */
#define COUNT_MAX 100000
#define TIME_BYTES 8 /* of a time, in the tables of version 2 */
#define AHEAD_MAX (26 * 3600)
#define HOURS_MAX 167 /* of a rule's time */

/* What is still to be read. Once bad, it stays so. */
struct reader {
    const unsigned char *at;
    const unsigned char *end;
    bool is_bad;
};
struct counts {
    size_t is_ut;
    size_t is_std;
    size_t leap;
    size_t time;
    size_t type;
    size_t name; /* bytes */
};

static const unsigned char *take(struct reader *in, size_t len)
{
    const unsigned char *at = in->at;

    if (in->is_bad || (size_t)(in->end - in->at) < len) {
        in->is_bad = true;
        return NULL;
    }
    in->at += len;
    return at;
}

static int64_t number_of(const unsigned char *at, size_t len)
{
    uint64_t value = at[0] & 0x80 ? UINT64_MAX : 0;

    for (size_t i = 0; i < len; i++)
        value = value << 8 | at[i];
    return (int64_t)value;
}

static size_t take_count(struct reader *in)
{
    const unsigned char *at = take(in, 4);
    int64_t count = at ? number_of(at, 4) : 0;

    if (count < 0 || count > COUNT_MAX)
        in->is_bad = true;
    return in->is_bad ? 0 : (size_t)count;
}

static void take_head(struct reader *in, struct counts *counts)
{
    const unsigned char *magic = take(in, 5);

    if (magic && (memcmp(magic, "TZif", 4) != 0 || magic[4] < '2'))
        in->is_bad = true;
    take(in, HEAD - 5 - 6 * 4);
    counts->is_ut = take_count(in);
    counts->is_std = take_count(in);
    counts->leap = take_count(in);
    counts->time = take_count(in);
    counts->type = take_count(in);
    counts->name = take_count(in);
}

/* The tables of version 1, which say less than those behind them. */
static void skip_tables(struct reader *in, const struct counts *counts)
{
    take(in, counts->time * 5 + counts->type * TYPE + counts->name +
                 counts->leap * 8 + counts->is_std + counts->is_ut);
}

static int64_t ahead_of(struct reader *in, const unsigned char *types, size_t i)
{
    int64_t ahead = number_of(types + i * TYPE, 4);

    if (ahead < -AHEAD_MAX || ahead > AHEAD_MAX)
        in->is_bad = true;
    return ahead;
}

static void fill(struct zone_table *table, struct reader *in,
                 const struct counts *counts, const unsigned char *times,
                 const unsigned char *kinds, const unsigned char *types)
{
    table->first_s = ahead_of(in, types, 0);
    for (size_t i = 0; i < counts->time && !in->is_bad; i++) {
        struct zone_change *change = &table->changes[i];

        change->at_s = number_of(times + i * TIME_BYTES, TIME_BYTES);
        if (kinds[i] >= counts->type ||
            (i > 0 && change->at_s <= change[-1].at_s)) {
            in->is_bad = true;
            return;
        }
        change->ahead_s = ahead_of(in, types, kinds[i]);
        table->change_count++;
    }
}

/* Those that count leap seconds are no calendar's. */
static void take_tables(struct zone_table *table, struct reader *in)
{
    struct counts counts;
    const unsigned char *times;
    const unsigned char *kinds;
    const unsigned char *types;

    take_head(in, &counts);
    times = take(in, counts.time * TIME_BYTES);
    kinds = take(in, counts.time);
    types = take(in, counts.type * TYPE);
    take(in, counts.name + counts.is_std + counts.is_ut);
    if (in->is_bad || counts.leap > 0 || counts.type == 0) {
        in->is_bad = true;
        return;
    }
    table->changes = mem_alloc(counts.time * sizeof(*table->changes));
    if (table->changes)
        fill(table, in, &counts, times, kinds, types);
    else
        in->is_bad = true;
}

static bool has(const struct reader *in, char c)
{
    return !in->is_bad && in->at < in->end && *in->at == (unsigned char)c;
}

static bool skip(struct reader *in, char c)
{
    if (!has(in, c))
        return false;
    in->at++;
    return true;
}

static int take_digits(struct reader *in, int low, int high)
{
    int value = 0;
    size_t count = 0;

    for (; !in->is_bad && in->at < in->end && *in->at >= '0' &&
           *in->at <= '9' && count < 4;
         count++)
        value = value * 10 + (*in->at++ - '0');
    if (count == 0 || value < low || value > high)
        in->is_bad = true;
    return in->is_bad ? low : value;
}

/* [+-]hh[:mm[:ss]] */
static int64_t take_time(struct reader *in)
{
    bool is_negative = skip(in, '-');
    int64_t seconds;

    if (!is_negative)
        skip(in, '+');
    seconds = take_digits(in, 0, HOURS_MAX) * INT64_C(3600);
    if (skip(in, ':'))
        seconds += take_digits(in, 0, 59) * INT64_C(60);
    if (skip(in, ':'))
        seconds += take_digits(in, 0, 59);
    return is_negative ? -seconds : seconds;
}

static bool is_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* CET, or <+0330>: not needed. */
static void skip_name(struct reader *in)
{
    size_t len = 0;
    bool is_quoted = skip(in, '<');

    while (in->at < in->end &&
           (is_quoted ? *in->at != '>' : is_letter(*in->at))) {
        in->at++;
        len++;
    }
    if ((is_quoted && !skip(in, '>')) || len == 0)
        in->is_bad = true;
}

static void take_date(struct reader *in, struct zone_date *date)
{
    if (!skip(in, ','))
        in->is_bad = true;
    if (skip(in, 'M')) {
        date->kind = ZONE_WEEKDAY;
        date->month = take_digits(in, 1, 12);
        date->week = skip(in, '.') ? take_digits(in, 1, 5) : 0;
        date->day = skip(in, '.') ? take_digits(in, 0, 6) : 0;
        if (date->week == 0)
            in->is_bad = true;
    } else if (skip(in, 'J')) {
        date->kind = ZONE_NO_LEAP;
        date->day = take_digits(in, 1, 365);
    } else {
        date->kind = ZONE_DAY;
        date->day = take_digits(in, 0, 365);
    }
    date->time_s = skip(in, '/') ? take_time(in) : 2 * 3600;
}

/* As in the variable TZ, where what is west of Greenwich is positive. */
static void take_rule(struct zone_table *table, struct reader *in)
{
    struct zone_rule *rule = &table->rule;

    if (has(in, '\n')) /* nothing is said */
        return;
    table->has_rule = true;
    skip_name(in);
    rule->usual_s = -take_time(in);
    if (has(in, '\n'))
        return;
    rule->has_summer = true;
    skip_name(in);
    rule->summer_s = has(in, ',') ? rule->usual_s + 3600 : -take_time(in);
    take_date(in, &rule->begin);
    take_date(in, &rule->end);
}

bool zone_table_read(struct zone_table *table, const void *bytes, size_t len)
{
    struct reader in = {bytes, (const unsigned char *)bytes + len, false};
    struct counts counts;

    memset(table, 0, sizeof(*table));
    take_head(&in, &counts);
    skip_tables(&in, &counts);
    take_tables(table, &in);
    if (!skip(&in, '\n'))
        in.is_bad = true;
    if (!in.is_bad)
        take_rule(table, &in);
    return skip(&in, '\n') && !in.is_bad;
}

void zone_table_release(struct zone_table *table)
{
    mem_free(table->changes);
    memset(table, 0, sizeof(*table));
}
