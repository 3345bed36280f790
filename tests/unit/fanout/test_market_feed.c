#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "fanout/market_feed.h"
#include "fanout/market_sim.h"
#include "market_scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TIME "2025-11-29T10:00:00Z"

struct feed_scene {
    struct market_scene scene;
    struct market_feed *feed;
    int woken;
};

static void on_wake(void *arg)
{
    ((struct feed_scene *)arg)->woken++;
}

static void feed_open(struct feed_scene *s)
{
    struct market_feed_config config = {.wake = on_wake, .arg = s};
    struct err err = ERR_INIT;

    market_open(&s->scene, 10000);
    config.market = s->scene.market;
    s->woken = 0;
    assert_int_equal(market_feed_new(&s->feed, &config, &err), 0);
    assert_true(market_feed_is_keeper(s->feed));
    assert_true(strlen(market_feed_epoch(s->feed)) > 10);
}

static void feed_close(struct feed_scene *s)
{
    market_feed_free(s->feed);
    market_close(&s->scene);
}

static int put(struct feed_scene *s, const char *lines)
{
    struct err err = ERR_INIT;

    return market_feed_put(s->feed, lines, strlen(lines), &err);
}

static void lines_are_taken_in_order_each_with_a_place(void **state)
{
    struct market_at at, before;
    struct feed_scene s;
    struct market_stats stats;
    struct market_feed_stats fed;

    (void)state;
    feed_open(&s);
    assert_false(market_feed_turn(s.feed));
    assert_int_equal(put(&s,
                         "{\"symbol\":\"A\",\"seq\":1,\"time\":\"" TIME "\"}\n"
                         "{\"symbol\":\"A\",\"seq\":2,\"time\":\"" TIME
                         "\"}\nno line\n"),
                     0);
    assert_int_equal(
        put(&s, "{\"symbol\":\"A\",\"seq\":3,\"time\":\"" TIME "\"}"), 0);
    assert_int_equal(s.woken, 1); /* nothing waited before the first alone */
    assert_false(market_feed_turn(s.feed));
    market_get_stats(s.scene.market, &stats);
    assert_int_equal(stats.verdicts[MARKET_TAKEN], 3);
    market_feed_get_stats(s.feed, &fed);
    assert_int_equal(fed.entries, 2);
    assert_int_equal(fed.unreadable, 1);
    assert_int_equal(fed.waiting, 0);
    before = market_position(s.scene.market);
    assert_int_equal(before.line, 0);
    /* The clock goes back: places do not. */
    clock_shift_us(-3600 * CLOCK_S);
    put(&s, "{\"heartbeat\":true,\"time\":\"" TIME "\"}\n");
    assert_int_equal(s.woken, 2);
    market_feed_turn(s.feed);
    clock_shift_us(3600 * CLOCK_S);
    at = market_position(s.scene.market);
    assert_int_equal(market_at_compare(&at, &before), 1);
    feed_close(&s);
}

/* So that an order never waits for more than that. */
static void a_turn_takes_no_more_than_it_may(void **state)
{
    static const char line[] = "{\"symbol\":\"A\",\"time\":\"" TIME "\"}\n";
    struct market_feed_stats fed;
    struct feed_scene s;
    struct buf lines;
    struct err err = ERR_INIT;
    int turns = 1;

    (void)state;
    feed_open(&s);
    buf_init(&lines, 1 << 20);
    while (lines.len < 400000)
        buf_put_text(&lines, line);
    assert_int_equal(market_feed_put(s.feed, lines.data, lines.len, &err), 0);
    while (market_feed_turn(s.feed))
        turns++;
    assert_true(turns >= 6);
    market_feed_get_stats(s.feed, &fed);
    assert_int_equal(fed.bytes, lines.len);
    assert_true(fed.entries >= 25 && fed.entries <= 26);
    assert_int_equal(fed.unreadable, 0);
    buf_release(&lines);
    feed_close(&s);
}

static void too_much_is_refused_whole(void **state)
{
    struct market_feed_stats fed;
    struct feed_scene s;
    struct buf lines;
    int taken = 0;
    struct err err = ERR_INIT;

    (void)state;
    feed_open(&s);
    buf_init(&lines, 1 << 20);
    while (lines.len < 1000000)
        buf_put_text(&lines, "{\"heartbeat\":true,\"time\":\"" TIME "\"}\n");
    while (market_feed_put(s.feed, lines.data, lines.len, &err) == 0)
        taken++;
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(err.retry_after_s, 1);
    assert_int_equal(taken, 16);
    market_feed_get_stats(s.feed, &fed);
    assert_int_equal(fed.refused, 1);
    assert_int_equal(fed.waiting, 16 * (int64_t)lines.len);
    err_clear(&err);
    mem_fail_after(3);
    assert_int_equal(market_feed_put(s.feed, lines.data, lines.len, &err), -1);
    assert_int_equal(err.code, ERR_NOMEM);
    mem_fail_after(0);
    buf_release(&lines);
    feed_close(&s);
}

#define PUTS 500

static void *put_many(void *arg)
{
    for (int i = 0; i < PUTS; i++)
        put(arg, "{\"heartbeat\":true,\"time\":\"" TIME "\"}\n");
    return NULL;
}

static void any_thread_may_put(void **state)
{
    struct market_stats stats = {.sessions = 0};
    struct feed_scene s;
    pthread_t threads[3];

    (void)state;
    feed_open(&s);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_create(&threads[i], NULL, put_many, &s);
    while (stats.verdicts[MARKET_HEARTBEAT] < PUTS * 3) {
        market_feed_turn(s.feed);
        market_get_stats(s.scene.market, &stats);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    feed_close(&s);
}

/* Up to the quote behind it. */
static void blank(struct buf *out, const char *before)
{
    for (char *at = out->data; (at = strstr(at, before)); at++) {
        at += strlen(before);
        memset(at, '0', strcspn(at, "\""));
    }
}

/* Simulated lines, without what the time of a start brings. */
static void simulate(const char *spec, int64_t us, struct buf *out)
{
    struct market_sim *sim;
    struct err err = ERR_INIT;

    assert_int_equal(market_sim_new(&sim, spec, &err), 0);
    market_sim_make(sim, 1000, out);
    assert_int_equal(out->len, 0);
    for (int64_t t = 0; t < us; t += 10000)
        market_sim_make(sim, 1000 + t + 10000, out);
    market_sim_free(sim);
    blank(out, "\"time\":\"");
    blank(out, "\"session\":\"");
}

static void the_same_seed_gives_the_same_lines(void **state)
{
    struct buf first, same, other;
    const char *line;
    int64_t bids[2] = {0};
    struct tick tick;
    struct err err = ERR_INIT;
    int lines = 0;
    int trades = 0;

    (void)state;
    buf_init(&first, 1 << 20);
    buf_init(&same, 1 << 20);
    buf_init(&other, 1 << 20);
    simulate("A,B@1000:7", 2 * CLOCK_S, &first);
    simulate("A,B@1000:7", 2 * CLOCK_S, &same);
    simulate("A,B@1000:8", 2 * CLOCK_S, &other);
    assert_string_equal(buf_text(&first), buf_text(&same));
    assert_string_not_equal(buf_text(&first), buf_text(&other));
    for (line = buf_text(&first); *line; line = strchr(line, '\n') + 1) {
        char copy[TICK_LINE_MAX];
        size_t len = strcspn(line, "\n");
        char *time;

        memcpy(copy, line, len);
        copy[len] = '\0';
        time = strstr(copy, "\"time\":\"") + 8;
        memcpy(time, "2025-11-29T10:00:00.000000Z", CLOCK_TEXT_MAX - 1);
        assert_int_equal(tick_read_line(copy, len, &tick, &err), 0);
        assert_true(tick.numbers[TICK_BID] < tick.numbers[TICK_ASK]);
        assert_true(tick.numbers[TICK_BID] > 0);
        bids[tick.symbol[0] == 'B'] = tick.numbers[TICK_BID];
        trades += tick.has_trade;
        lines++;
    }
    assert_int_equal(lines, 2000);
    assert_true(trades > 200 && bids[0] > 0 && bids[1] > 0);
    buf_release(&first);
    buf_release(&same);
    buf_release(&other);
}

/* It stays near where it starts, in steps as fine as that is written. */
static void a_price_to_start_from_is_kept_to(void **state)
{
    static const struct {
        const char *spec, *symbol;
        int64_t start, step, reach;
    } cases[] = {
        {"EUR=1.0872@1000:7", "EUR", 108720000, 10000, 12000000},
        {"A=B=-0.425@1000", "A=B", -42500000, 100000, 7000000},
        {"TTE=60@1000", "TTE", 60 * DECIMAL_ONE, DECIMAL_ONE / 100,
         7 * DECIMAL_ONE},
        {"X=0.00000001@1000", "X", 1, 1, 30},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;
        struct tick tick;
        struct err err = ERR_INIT;

        buf_init(&out, 1 << 22);
        simulate(cases[i].spec, 4 * CLOCK_S, &out);
        assert_true(out.len > 0);
        for (const char *line = buf_text(&out); *line;
             line = strchr(line, '\n') + 1) {
            char copy[TICK_LINE_MAX];
            size_t len = strcspn(line, "\n");

            memcpy(copy, line, len);
            copy[len] = '\0';
            memcpy(strstr(copy, "\"time\":\"") + 8,
                   "2025-11-29T10:00:00.000000Z", CLOCK_TEXT_MAX - 1);
            assert_int_equal(tick_read_line(copy, len, &tick, &err), 0);
            assert_string_equal(tick.symbol, cases[i].symbol);
            assert_int_equal(tick.numbers[TICK_BID] % cases[i].step, 0);
            assert_true(llabs(tick.numbers[TICK_BID] - cases[i].start) <=
                        cases[i].reach);
            assert_true(tick.numbers[TICK_BID] < tick.numbers[TICK_ASK]);
        }
        buf_release(&out);
    }
}

/* What follows an "=" and is no price belongs to the name. */
static void a_name_may_have_an_equals_sign(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    simulate("EUR=,=7@100", CLOCK_S, &out);
    assert_non_null(strstr(buf_text(&out), "\"symbol\":\"EUR=\""));
    assert_non_null(strstr(buf_text(&out), "\"symbol\":\"=7\""));
    buf_release(&out);
}

static void a_spec_that_is_none_is_refused(void **state)
{
    static const char *const specs[] = {"",
                                        "A",
                                        "@5",
                                        "A@",
                                        "A@0",
                                        "A@1000001",
                                        "A@x",
                                        "A@5:",
                                        "A@5:x",
                                        "A@5:1x",
                                        "A*@5",
                                        ",@5",
                                        "A@5 ",
                                        "A@-5",
                                        "A@5:-1",
                                        "A*=1@5",
                                        "A=1000000000.01@5"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        struct market_sim *sim;
        struct err err = ERR_INIT;

        assert_int_equal(market_sim_new(&sim, specs[i], &err), -1);
        assert_null(sim);
        assert_string_equal(err.fields[0].name, "market_sim");
    }
}

SUITE(market_feed)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_in_order_each_with_a_place),
        cmocka_unit_test(a_turn_takes_no_more_than_it_may),
        cmocka_unit_test(too_much_is_refused_whole),
        cmocka_unit_test(any_thread_may_put),
        cmocka_unit_test(the_same_seed_gives_the_same_lines),
        cmocka_unit_test(a_price_to_start_from_is_kept_to),
        cmocka_unit_test(a_name_may_have_an_equals_sign),
        cmocka_unit_test(a_spec_that_is_none_is_refused),
    };

    return cmocka_run_group_tests_name("market_feed", tests, NULL, NULL);
}
