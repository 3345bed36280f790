#include "base/buf.h"
#include "base/mem.h"
#include "market_scene.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What has changed, as "symbol=value" lines; it counts as saved then. */
static const char *changes(struct market_scene *s)
{
    struct buf name;
    struct buf value;

    buf_init(&name, 4096);
    buf_init(&value, 4096);
    buf_clear(&s->out);
    while (market_next_unsaved(s->market, &name, &value)) {
        buf_printf(&s->out, "%s=%s\n", buf_text(&name), buf_text(&value));
        buf_clear(&name);
        buf_clear(&value);
    }
    buf_release(&name);
    buf_release(&value);
    return buf_text(&s->out);
}

static void restore(struct market_scene *s, const char *value)
{
    market_restore(s->market, value, strlen(value), s->now_us);
}

static void only_what_has_changed_is_to_be_saved(void **state)
{
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    assert_string_equal(changes(&s), "");
    market_line_at(&s, "B", 0, ",\"seq\":3,\"session\":\"x\",\"last\":7");
    market_line_at(&s, "A", 0, "");
    changes(&s);
    text_has(buf_text(&s.out), "A=1764410400000-2.0 {\"symbol\":\"A\"");
    text_has(buf_text(&s.out),
             "B=1764410400000-1.0 {\"symbol\":\"B\",\"session\":\"x\",\"seq\":"
             "3,\"time\":\"2025-11-29T10:00:00.000000Z\",\"bid\":null,");
    assert_string_equal(changes(&s), "");
    market_line_at(&s, "A", 1, ",\"last\":8");
    text_lacks(changes(&s), "B=");
    text_lacks(buf_text(&s.out), "removed");
    text_has(buf_text(&s.out), "A=1764410400000-3.0 ");
    market_unsave(s.market);
    text_has(changes(&s), "B=");
    text_has(buf_text(&s.out), "A=");
    market_close(&s);
}

static void what_was_saved_is_the_same_quote_again(void **state)
{
    static const char *const names[] = {"A", "X*"};
    struct market_session *session;
    struct market_scene from, to;
    struct err err = ERR_INIT;
    struct buf before, after;

    (void)state;
    buf_init(&before, 65536);
    buf_init(&after, 65536);
    market_open(&from, 9);
    market_open(&to, 2);
    session = market_join(&to, names, 2, 60);
    market_line_at(&from, "A", 0,
                   ",\"seq\":3,\"session\":\"x\",\"last\":7,\"bid\":\"1.5\","
                   "\"volume\":9,\"status\":\"halted\"");
    market_line_at(&from, "X1", 0, ",\"open\":\"-1\"");
    market_put_quotes(from.market, "*", "*", &before, &err);
    for (const char *at = changes(&from); *at; at = strchr(at, '\n') + 1) {
        const char *value = strchr(at, '=') + 1;

        market_restore(to.market, value, strcspn(value, "\n"), 0);
    }
    market_put_quotes(to.market, "*", "*", &after, &err);
    assert_string_equal(buf_text(&after), buf_text(&before));
    /* Who follows it is given it. */
    market_frames(&to);
    text_has(buf_text(&to.out), "\"A\"");
    text_has(buf_text(&to.out), "\"X1\"");
    /* It need not be saved by whoever has restored it. */
    assert_string_equal(changes(&to), "");
    /* A line that it is made of, or one before, says nothing new. */
    to.at.n = 0;
    assert_int_equal(
        market_line_at(&to, "A", 0, ",\"seq\":4,\"session\":\"x\""),
        MARKET_KNOWN);
    to.at.n = 1;
    assert_int_equal(
        market_line_at(&to, "A", 0, ",\"seq\":4,\"session\":\"x\""),
        MARKET_TAKEN);
    /* Nor does a value from before what is here. */
    restore(&to, "1764410400000-1.5 {\"symbol\":\"A\",\"time\":\"2026-01-31\","
                 "\"last\":\"99\"}");
    buf_clear(&after);
    market_put_quotes(to.market, "*", "A", &after, &err);
    text_lacks(buf_text(&after), "99");
    market_session_free(session);
    market_close(&from);
    market_close(&to);
    buf_release(&before);
    buf_release(&after);
}

static void values_that_are_none_are_left_out(void **state)
{
    static const char *const values[] = {
        "",
        " ",
        "x {\"symbol\":\"A\",\"time\":\"2026-01-31\"}",
        "1-2.3",
        "1-2.3 ",
        "1-2.3 {}",
        "1-2.3 {\"heartbeat\":true,\"time\":\"2026-01-31\"}",
        "1-2.3 {\"symbol\":\"A*\",\"time\":\"2026-01-31\"}",
    };
    struct market_stats stats;
    struct market_scene s;

    (void)state;
    market_open(&s, 1);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        restore(&s, values[i]);
    mem_fail_after(1);
    restore(&s, "1-2.3 {\"symbol\":\"A\",\"time\":\"2026-01-31\"}");
    mem_fail_after(0);
    market_get_stats(s.market, &stats);
    assert_int_equal(stats.symbols, 0);
    restore(&s, "1-2.3 {\"symbol\":\"A\",\"time\":\"2026-01-31\"}");
    restore(&s, "1-2.3 {\"symbol\":\"B\",\"time\":\"2026-01-31\"}");
    market_get_stats(s.market, &stats);
    assert_int_equal(stats.symbols, 1); /* as many as there may be */
    market_close(&s);
}

static void another_stream_begins_its_places_anew(void **state)
{
    struct market_at at;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, ",\"seq\":5");
    changes(&s);
    s.at.n = 0;
    assert_int_equal(market_line_at(&s, "A", 0, ",\"seq\":6"), MARKET_KNOWN);
    market_rebase(s.market);
    at = market_position(s.market);
    assert_int_equal(at.ms, 0);
    text_has(changes(&s), "A=");
    s.at.n = 0;
    assert_int_equal(market_line_at(&s, "A", 0, ",\"seq\":6"), MARKET_TAKEN);
    market_close(&s);
}

static void who_follows_trades_is_told_what_was_lost(void **state)
{
    static const char *const names[] = {"A"};
    const struct market_at from = {.ms = 5, .n = 2};
    const struct market_at to = {.ms = 9, .n = 0};
    struct market_want want = {
        .names = names, .count = 1, .kinds = MARKET_TRADES};
    struct market_session *trades, *quotes;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    trades = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(trades, &want, &s.out, &err), 0);
    quotes = market_join(&s, names, 1, 60);
    market_lose(s.market, &from, &to, 2);
    assert_string_equal(market_frames(&s),
                        "{\"type\":\"trades_gap\",\"stream\":\"market\","
                        "\"from\":\"5-2.0\",\"to\":\"9-0.0\","
                        "\"missed\":546}\n");
    assert_string_equal(market_frames(&s), "");
    market_set_down(s.market, true);
    text_has(market_frames(&s), "\"feed\":\"down\"");
    market_look(s.market, 1000000000000);
    assert_string_equal(market_frames(&s), "");
    market_set_down(s.market, false);
    text_has(market_frames(&s), "\"feed\":\"stale\"");
    market_set_down(s.market, false);
    assert_string_equal(market_frames(&s), "");
    market_session_free(trades);
    market_session_free(quotes);
    market_close(&s);
}

/* A worker that is behind what was saved has the trades still to come. */
static void trades_of_known_lines_are_given(void **state)
{
    static const char *const names[] = {"A"};
    struct market_want want = {
        .names = names, .count = 1, .kinds = MARKET_TRADES};
    struct market_session *session;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    session = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    restore(&s, "1764410400000-9.0 {\"symbol\":\"A\",\"time\":"
                "\"2025-11-29T10:00:00Z\",\"last\":\"7\"}");
    assert_int_equal(market_line_at(&s, "A", 0, ",\"last\":3" TRADE(4)),
                     MARKET_KNOWN);
    text_has(market_frames(&s), "\"trades\":[{\"symbol\":\"A\",\"seq\":4,");
    buf_clear(&s.out);
    market_put_quotes(s.market, "*", "A", &s.out, &err);
    text_has(buf_text(&s.out), "\"last\":\"7\"");
    market_session_free(session);
    market_close(&s);
}

SUITE(market_save)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_has_changed_is_to_be_saved),
        cmocka_unit_test(what_was_saved_is_the_same_quote_again),
        cmocka_unit_test(values_that_are_none_are_left_out),
        cmocka_unit_test(another_stream_begins_its_places_anew),
        cmocka_unit_test(who_follows_trades_is_told_what_was_lost),
        cmocka_unit_test(trades_of_known_lines_are_given),
    };

    return cmocka_run_group_tests_name("market_save", tests, NULL, NULL);
}
