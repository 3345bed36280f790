#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "fanout/market_bars.h"
#include "support/suite.h"

#include "base/banned.h"

#define NOON INT64_C(1764410400) /* a whole minute */

struct seen {
    struct market_bar bars[4096];
    size_t count;
};

static void note(void *arg, const struct market_bar *bar)
{
    struct seen *seen = arg;

    seen->bars[seen->count++] = *bar;
}

static void add(struct market_bars **bars, int64_t second, int64_t price,
                int64_t volume)
{
    assert_int_equal(market_bars_add(bars, 5, second * CLOCK_S + 999999,
                                     price * DECIMAL_ONE, volume),
                     0);
}

static void expect(const struct market_bar *bar, int64_t second, int64_t open,
                   int64_t high, int64_t low, int64_t close, int64_t volume,
                   int64_t count)
{
    assert_int_equal(bar->second, second);
    assert_int_equal(bar->open, open * DECIMAL_ONE);
    assert_int_equal(bar->high, high * DECIMAL_ONE);
    assert_int_equal(bar->low, low * DECIMAL_ONE);
    assert_int_equal(bar->close, close * DECIMAL_ONE);
    assert_int_equal(bar->volume, volume);
    assert_int_equal(bar->count, count);
}

static void only_seconds_with_a_price_have_a_bar(void **state)
{
    static struct seen seen;
    struct market_bars *bars = NULL;

    (void)state;
    seen.count = 0;
    market_bars_each(NULL, 0, 1, note, &seen);
    assert_int_equal(seen.count, 0);
    add(&bars, NOON, 10, 1);
    add(&bars, NOON, 12, 2);
    add(&bars, NOON, 9, 0);
    add(&bars, NOON + 61, 11, 4);
    /* Late ones: of a second that has a bar, and of one that has none. */
    add(&bars, NOON, 13, 8);
    add(&bars, NOON + 30, 99, 99);
    market_bars_each(bars, 0, 1, note, &seen);
    assert_int_equal(seen.count, 2);
    expect(&seen.bars[0], NOON, 10, 13, 9, 13, 11, 4);
    expect(&seen.bars[1], NOON + 61, 11, 11, 11, 11, 4, 1);
    market_bars_free(bars);
}

static void minutes_are_made_of_seconds(void **state)
{
    static struct seen seen;
    struct market_bars *bars = NULL;

    (void)state;
    seen.count = 0;
    for (int64_t i = 0; i < 150; i++)
        add(&bars, NOON + i, 100 + i, 1);
    market_bars_each(bars, NOON + 60, 60, note, &seen);
    assert_int_equal(seen.count, 2);
    expect(&seen.bars[0], NOON + 60, 160, 219, 160, 219, 60, 60);
    expect(&seen.bars[1], NOON + 120, 220, 249, 220, 249, 30, 30);
    market_bars_free(bars);
}

static void what_is_older_than_its_minutes_is_gone(void **state)
{
    static struct seen seen;
    struct market_bars *bars = NULL;

    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        add(&bars, NOON + i, i, 1);
        seen.count = 0;
        market_bars_each(bars, 0, 1, note, &seen);
        assert_int_equal(seen.count, i < 299 ? i + 1 : 300);
        assert_int_equal(seen.bars[0].second, NOON + (i < 299 ? 0 : i - 299));
    }
    add(&bars, NOON + 5000, 1, 1);
    seen.count = 0;
    market_bars_each(bars, 0, 1, note, &seen);
    assert_int_equal(seen.count, 1);
    market_bars_free(bars);
}

static void volume_stops_at_its_limit(void **state)
{
    static struct seen seen;
    struct market_bars *bars = NULL;

    (void)state;
    seen.count = 0;
    add(&bars, NOON, 1, INT64_MAX - 1);
    add(&bars, NOON, 1, 5);
    market_bars_each(bars, 0, 1, note, &seen);
    assert_int_equal(seen.bars[0].volume, INT64_MAX);
    market_bars_free(bars);
}

static void without_memory_what_there_is_stays(void **state)
{
    static struct seen seen;
    struct market_bars *bars = NULL;

    (void)state;
    mem_fail_after(1);
    assert_int_equal(market_bars_add(&bars, 5, NOON * CLOCK_S, 1, 1), -1);
    assert_null(bars);
    for (int64_t i = 0; i < 16; i++)
        add(&bars, NOON + i, 1, 1);
    mem_fail_after(1);
    assert_int_equal(market_bars_add(&bars, 5, (NOON + 16) * CLOCK_S, 1, 1),
                     -1);
    mem_fail_after(0);
    seen.count = 0;
    market_bars_each(bars, 0, 1, note, &seen);
    assert_int_equal(seen.count, 16);
    market_bars_free(bars);
}

SUITE(market_bars)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_seconds_with_a_price_have_a_bar),
        cmocka_unit_test(minutes_are_made_of_seconds),
        cmocka_unit_test(what_is_older_than_its_minutes_is_gone),
        cmocka_unit_test(volume_stops_at_its_limit),
        cmocka_unit_test(without_memory_what_there_is_stays),
    };

    return cmocka_run_group_tests_name("market_bars", tests, NULL, NULL);
}
