#include "base/buf.h"
#include "base/mem.h"
#include "market_scene.h"

#include <string.h>

#include "base/banned.h"

#define DAYS_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

/* What is to be removed at T0 + ms, as lines. */
static const char *removals(struct market_scene *s, int64_t ms)
{
    buf_clear(&s->out);
    market_put_removals(s->market, (T0 + ms) * MS, &s->out);
    return buf_text(&s->out);
}

/* They come back by the feed. */
static void take_lines(struct market_scene *s, const char *lines)
{
    while (*lines) {
        size_t len = strcspn(lines, "\n");
        char *line = mem_strndup(lines, len);

        assert_int_equal(market_line(s, line), MARKET_REMOVED);
        mem_free(line);
        lines += len + 1;
    }
}

static int64_t symbols(const struct market_scene *s)
{
    struct market_stats stats;

    market_get_stats(s->market, &stats);
    return stats.symbols;
}

static void what_is_not_heard_of_for_7_days_is_gone(void **state)
{
    static const char *const names[] = {"A"};
    static const char *const prefix[] = {"*"};
    struct market_session *named, *all;
    struct market_scene s;
    struct buf lines;

    (void)state;
    buf_init(&lines, 65536);
    market_open(&s, 9);
    named = market_join(&s, names, 1, 60);
    all = market_join(&s, prefix, 1, 60);
    market_line_at(&s, "A", 0, ",\"seq\":5,\"session\":\"x\",\"last\":7");
    market_line_at(&s, "B", 0, ",\"last\":8");
    market_frames(&s);
    assert_string_equal(removals(&s, DAYS_MS), "");
    removals(&s, DAYS_MS + 1);
    text_has(buf_text(&s.out), "{\"symbol\":\"A\",\"time\":\"2025-12-06T10:00:"
                               "00.001000Z\",\"removed\":\"1764410400000-1.0\"}"
                               "\n");
    text_has(buf_text(&s.out), "\"B\"");
    buf_put(&lines, s.out.data, s.out.len);
    /* Of what has been heard of meanwhile it comes to nothing. */
    market_line_at(&s, "B", 1, ",\"last\":9");
    take_lines(&s, buf_text(&lines));
    assert_int_equal(symbols(&s), 1);
    assert_int_equal(market_session_symbols(named), 1);
    assert_int_equal(market_session_symbols(all), 1);
    /* A second time, too. */
    take_lines(&s, buf_text(&lines));
    text_lacks(market_frames(&s), "\"A\"");
    /* Heard of again it is another one: any session, any seq, nothing skipped,
     * and what it was is not there. */
    s.now_us += 1000 * MS;
    assert_int_equal(market_line_at(&s, "A", 2, ",\"seq\":1,\"bid\":3"),
                     MARKET_TAKEN);
    market_frames(&s);
    text_has(buf_text(&s.out), "\"seq\":1,");
    text_has(buf_text(&s.out), "\"last\":null");
    text_lacks(buf_text(&s.out), "skipped");
    assert_int_equal(market_session_symbols(all), 2);
    market_session_free(named);
    market_session_free(all);
    market_close(&s);
    buf_release(&lines);
}

static void trades_outlive_their_symbol(void **state)
{
    static const char *const names[] = {"A", "B"};
    static const struct market_at start = {.ms = 1};
    struct market_want want = {
        .names = names, .count = 2, .kinds = MARKET_TRADES, .after = &start};
    struct market_session *session;
    struct market_scene s;
    struct err err = ERR_INIT;
    char *lines;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, TRADE(1));
    market_line_at(&s, "B", 0, TRADE(2));
    lines = mem_strdup(removals(&s, DAYS_MS + 1));
    take_lines(&s, lines);
    assert_int_equal(symbols(&s), 0);
    removals(&s, 0); /* looks at what is left of them */
    market_line_at(&s, "B", 1, TRADE(3));
    session = market_session_new(s.market, &s, "*");
    buf_clear(&s.out);
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    assert_string_equal(buf_text(&s.out), "\"A\"");
    text_has(market_frames(&s), "\"symbol\":\"A\",\"seq\":1,");
    text_has(buf_text(&s.out), "\"symbol\":\"B\",\"seq\":2,");
    text_has(buf_text(&s.out), "\"symbol\":\"B\",\"seq\":3,");
    market_session_free(session);
    /* Until the ring has lost them. */
    for (int i = 0; i < 1000; i++)
        market_line_at(&s, "C", i, TRADE(4));
    removals(&s, 0);
    market_line_at(&s, "A", 9, TRADE(5));
    assert_int_equal(symbols(&s), 3);
    market_close(&s);
    mem_free(lines);
}

static void what_is_gone_is_saved_as_such(void **state)
{
    struct market_scene s;
    struct buf name, value;
    char *lines;

    (void)state;
    buf_init(&name, 4096);
    buf_init(&value, 4096);
    market_open(&s, 9);
    market_line_at(&s, "A", 0, "");
    market_line_at(&s, "B", 0, "");
    lines = mem_strdup(removals(&s, DAYS_MS + 1));
    take_lines(&s, lines);
    market_line_at(&s, "B", 1, "");
    for (int i = 0; i < 2; i++) {
        buf_clear(&name);
        buf_clear(&value);
        assert_true(market_next_unsaved(s.market, &name, &value));
        assert_string_equal(buf_text(&name), "A");
        assert_int_equal(value.len, 0);
        buf_clear(&name);
        assert_true(market_next_unsaved(s.market, &name, &value));
        assert_string_equal(buf_text(&name), "B");
        assert_true(value.len > 0);
        assert_false(market_next_unsaved(s.market, &name, &value));
        market_unsave(s.market);
    }
    market_close(&s);
    buf_release(&name);
    buf_release(&value);
    mem_free(lines);
}

static void a_line_that_names_no_place_removes_nothing(void **state)
{
    static const char *const places[] = {"x", "1-2", "1764410400000-2.0",
                                         "1764410400000-1.1", "0-0.0"};
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, "");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        buf_clear(&s.out);
        buf_printf(&s.out,
                   "{\"symbol\":\"A\",\"time\":\"2026-01-01\",\"removed\":"
                   "\"%s\"}",
                   places[i]);
        assert_int_equal(market_line(&s, buf_text(&s.out)), MARKET_REMOVED);
        assert_int_equal(symbols(&s), 1);
    }
    market_close(&s);
}

SUITE(market_remove)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_heard_of_for_7_days_is_gone),
        cmocka_unit_test(trades_outlive_their_symbol),
        cmocka_unit_test(what_is_gone_is_saved_as_such),
        cmocka_unit_test(a_line_that_names_no_place_removes_nothing),
    };

    return cmocka_run_group_tests_name("market_remove", tests, NULL, NULL);
}
