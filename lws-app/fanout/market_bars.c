#include "fanout/market_bars.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

#define BARS_FIRST 16

/* A ring that grows until it holds every second of its minutes. */
struct market_bars {
    size_t count, first, cap;
    struct market_bar ring[];
};

static size_t place(const struct market_bars *bars, size_t i)
{
    return (bars->first + i) % bars->cap;
}

static struct market_bar *at(struct market_bars *bars, size_t i)
{
    return &bars->ring[place(bars, i)];
}

static struct market_bars *grow(struct market_bars *bars, size_t cap)
{
    struct market_bars *more =
        mem_zalloc(sizeof(*more) + cap * sizeof(more->ring[0]));

    if (!more)
        return NULL;
    more->cap = cap;
    if (bars) {
        for (; more->count < bars->count; more->count++)
            more->ring[more->count] = *at(bars, more->count);
        mem_free(bars);
    }
    return more;
}

/* Room for one bar more, at the cost of the oldest where it is full. */
static int make_room(struct market_bars **bars, int minutes)
{
    size_t most = (size_t)minutes * 60;
    struct market_bars *old = *bars;
    struct market_bars *more;

    if (old && old->count < old->cap)
        return 0;
    if (old && old->cap >= most) {
        old->first = place(old, 1);
        old->count--;
        return 0;
    }
    more = old ? old : NULL;
    more = grow(more, old && old->cap * 2 < most ? old->cap * 2
                      : old                      ? most
                      : BARS_FIRST < most        ? BARS_FIRST
                                                 : most);
    if (!more)
        return -1;
    *bars = more;
    return 0;
}

static int64_t add_up(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static void join(struct market_bar *bar, const struct market_bar *other)
{
    if (other->high > bar->high)
        bar->high = other->high;
    if (other->low < bar->low)
        bar->low = other->low;
    bar->close = other->close;
    bar->volume = add_up(bar->volume, other->volume);
    bar->count = add_up(bar->count, other->count);
}

/* The bar of a second; NULL: none. The newest are looked at first. */
static struct market_bar *find(struct market_bars *bars, int64_t second)
{
    for (size_t i = bars->count; i-- > 0;) {
        struct market_bar *bar = at(bars, i);

        if (bar->second <= second)
            return bar->second == second ? bar : NULL;
    }
    return NULL;
}

/* Rounded down, before 1970 too. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int market_bars_add(struct market_bars **bars, int minutes, int64_t time_us,
                    int64_t price, int64_t volume)
{
    struct market_bar one = {
        .second = floor_div(time_us, CLOCK_S),
        .open = price,
        .high = price,
        .low = price,
        .close = price,
        .volume = volume,
        .count = 1,
    };
    struct market_bar *same = *bars ? find(*bars, one.second) : NULL;

    if (same) {
        join(same, &one);
        return 0;
    }
    if (*bars && (*bars)->count &&
        at(*bars, (*bars)->count - 1)->second > one.second)
        return 0;
    if (make_room(bars, minutes) < 0)
        return -1;
    *at(*bars, (*bars)->count++) = one;
    while (at(*bars, 0)->second <= one.second - (int64_t)minutes * 60) {
        (*bars)->first = place(*bars, 1);
        (*bars)->count--;
    }
    return 0;
}

void market_bars_free(struct market_bars *bars)
{
    mem_free(bars);
}

void market_bars_each(const struct market_bars *bars, int64_t from, int span,
                      void (*fn)(void *arg, const struct market_bar *bar),
                      void *arg)
{
    struct market_bar sum = {.count = 0};

    for (size_t i = 0; bars && i < bars->count; i++) {
        struct market_bar bar = bars->ring[place(bars, i)];

        bar.second = floor_div(bar.second, span) * span;
        if (bar.second < from)
            continue;
        if (sum.count && sum.second == bar.second) {
            join(&sum, &bar);
            continue;
        }
        if (sum.count)
            fn(arg, &sum);
        sum = bar;
    }
    if (sum.count)
        fn(arg, &sum);
}
