#include "base/clock.h"
#include "market_scene.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void lines_are_held_against_the_rules(void **state)
{
    static const struct {
        const char *symbol;
        int ms;
        const char *rest;
        enum market_verdict verdict;
    } cases[] = {
        {"A", 0, ",\"seq\":5", MARKET_TAKEN},
        {"A", 0, ",\"seq\":5", MARKET_OUT_OF_ORDER},
        {"A", 0, ",\"seq\":4", MARKET_OUT_OF_ORDER},
        /* Its seq alone counts. */
        {"A", -9000, ",\"seq\":6", MARKET_TAKEN},
        {"A", 0, ",\"seq\":9", MARKET_TAKEN},
        {"A", 5000, ",\"seq\":10", MARKET_TAKEN},
        {"A", 5001, ",\"seq\":11", MARKET_FUTURE},
        /* Another session begins anew; the one before does not come back. */
        {"A", 0, ",\"seq\":1,\"session\":\"x\"", MARKET_TAKEN},
        {"A", 0, ",\"seq\":1,\"session\":\"x\"", MARKET_OUT_OF_ORDER},
        {"A", 0, ",\"seq\":1,\"session\":\"y\"", MARKET_TAKEN},
        {"A", 0, ",\"seq\":99,\"session\":\"x\"", MARKET_OLD_SESSION},
        {"A", 0, ",\"seq\":2", MARKET_TAKEN},
        /* Without seq, by time. */
        {"B", 10, "", MARKET_TAKEN},
        {"B", 10, "", MARKET_TAKEN},
        {"B", 9, "", MARKET_STALE},
        {"C", 0, "", MARKET_TOO_MANY_SYMBOLS},
        {"B", 11, ",\"bid\":\"2\",\"ask\":\"1\"", MARKET_TAKEN},
    };
    struct market_stats stats;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 2);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum market_verdict verdict =
            market_line_at(&s, cases[i].symbol, cases[i].ms, cases[i].rest);

        if (verdict != cases[i].verdict)
            fail_msg("%zu: %s", i, market_verdict_names[verdict]);
    }
    market_get_stats(s.market, &stats);
    assert_int_equal(stats.symbols, 2);
    assert_int_equal(stats.gaps, 1);
    assert_int_equal(stats.crossed, 1);
    assert_int_equal(stats.verdicts[MARKET_OUT_OF_ORDER], 3);
    assert_int_equal(stats.verdicts[MARKET_TAKEN], 10);
    assert_int_equal(market_open_quote(s.market, "*", "A", &s.out, &err), 0);
    text_has(buf_text(&s.out), "\"accepted\":7,\"dropped\":{\"out_of_order\":3,"
                               "\"old_session\":1,\"stale\":0,\"future\":1},"
                               "\"gaps\":1,\"crossed\":0");
    market_close(&s);
}

static void a_new_session_begins_the_day_anew(void **state)
{
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(
        &s, "A", 0,
        ",\"session\":\"x\",\"seq\":8,\"open\":1,\"high\":2,\"low\":3,"
        "\"volume\":4,\"last\":5,\"bid\":6,\"status\":\"open\"");
    market_line_at(&s, "A", 1, ",\"seq\":9,\"bid\":null");
    market_put_quotes(s.market, "*", "A", &s.out, &err);
    assert_string_equal(
        buf_text(&s.out),
        "{\"symbol\":\"A\",\"seq\":9,\"time\":\"2025-11-29T10:00:00.001000Z\","
        "\"bid\":null,\"bid_size\":null,\"ask\":null,\"ask_size\":null,"
        "\"last\":\"5\",\"last_size\":null,\"open\":\"1\",\"high\":\"2\","
        "\"low\":\"3\",\"volume\":\"4\",\"status\":\"open\"}");
    market_line_at(&s, "A", 2, ",\"session\":\"y\"");
    buf_clear(&s.out);
    market_put_quotes(s.market, "*", "A", &s.out, &err);
    text_has(buf_text(&s.out), "\"seq\":null,");
    text_has(buf_text(&s.out),
             "\"last\":\"5\",\"last_size\":null,\"open\":null,"
             "\"high\":null,\"low\":null,\"volume\":null,"
             "\"status\":\"open\"");
    market_close(&s);
}

static void nobody_sees_what_he_may_not(void **state)
{
    static const char *const all[] = {"*"};
    static const char *const other[] = {"TTE"};
    struct market_session *session;
    struct market_want want = {.names = other, .count = 1};
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "EDF1", 0, "");
    market_line_at(&s, "TTE", 0, "");
    session = market_session_new(s.market, &s, "EDF*,AXA");
    assert_int_equal(market_follow(session, &want, &s.out, &err), -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    want.names = all;
    err_clear(&err);
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    market_line_at(&s, "AXA", 0, "");
    market_line_at(&s, "AXB", 0, "");
    market_frames(&s);
    text_has(buf_text(&s.out), "\"EDF1\"");
    text_has(buf_text(&s.out), "\"AXA\"");
    text_lacks(buf_text(&s.out), "TTE");
    text_lacks(buf_text(&s.out), "AXB");
    buf_clear(&s.out);
    assert_int_equal(
        market_put_quotes(s.market, "EDF*,AXA", "*,TTE", &s.out, &err), 0);
    text_lacks(buf_text(&s.out), "TTE");
    assert_int_equal(market_open_quote(s.market, "EDF*", "TTE", &s.out, &err),
                     -1);
    assert_int_equal(err.code, ERR_MISSING);
    market_session_free(session);
    market_close(&s);
}

static void each_quote_is_listed_once(void **state)
{
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9000);
    market_line_at(&s, "AB", 0, "");
    market_line_at(&s, "A", 0, "");
    assert_int_equal(
        market_put_quotes(s.market, "*", "AB,A*,,B,*", &s.out, &err), 0);
    text_has(buf_text(&s.out), "{\"symbol\":\"AB\"");
    text_has(strstr(buf_text(&s.out), "AB"), "{\"symbol\":\"A\"");
    text_lacks(strstr(buf_text(&s.out), "\"A\""), "AB");
    for (int i = 0; i < 999; i++) {
        char symbol[8];

        snprintf(symbol, sizeof(symbol), "Q%03d", i);
        market_line_at(&s, symbol, 0, "");
    }
    assert_int_equal(market_put_quotes(s.market, "*", "*", &s.out, &err), -1);
    assert_string_equal(err.fields[0].name, "symbols");
    market_close(&s);
}

static void the_feed_is_live_until_it_is_quiet(void **state)
{
    static const char *const names[] = {"A"};
    struct market_session *session;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    session = market_join(&s, names, 1, 1);
    market_put_beat(s.market, &s.out);
    text_has(buf_text(&s.out), "\"feed\":\"stale\",\"tick\":null");
    market_line(&s, HEARTBEAT);
    text_has(market_frames(&s),
             "{\"type\":\"market\",\"feed\":\"live\",\"since\":");
    s.now_us = 10 * CLOCK_S;
    market_look(s.market, s.now_us);
    assert_string_equal(market_frames(&s), "");
    market_look(s.market, s.now_us + 1);
    text_has(market_frames(&s), "\"feed\":\"stale\"");
    /* A line of any kind, also one that is dropped. */
    assert_int_equal(market_line_at(&s, "A", 6000, ""), MARKET_FUTURE);
    text_has(market_frames(&s), "\"feed\":\"live\"");
    market_session_free(session);
    market_close(&s);
}

static void bars_are_of_trades_else_of_the_last_else_of_the_middle(void **state)
{
    struct err err = ERR_INIT;
    int64_t shift = T0 * MS - clock_now_us();
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    clock_shift_us(shift);
    market_line_at(&s, "M", 0, ",\"bid\":\"1\",\"ask\":\"2\"");
    market_line_at(&s, "M", 1000, ",\"last\":\"7\"");
    market_line_at(&s, "M", 2000, ",\"bid\":\"3\"");
    market_line_at(&s, "M", 3000, TRADE(1));
    assert_int_equal(market_put_bars(s.market, "*", "M", 1, 5, &s.out, &err),
                     0);
    assert_string_equal(
        buf_text(&s.out),
        "[\"2025-11-29T10:00:00.000000Z\",\"1.5\",\"1.5\",\"1.5\",\"1.5\","
        "\"0\",1],"
        "[\"2025-11-29T10:00:01.000000Z\",\"7\",\"7\",\"7\",\"7\",\"0\",1],"
        "[\"2025-11-29T10:00:03.000000Z\",\"1.5\",\"1.5\",\"1.5\",\"1.5\","
        "\"2\",1]");
    clock_shift_us(-shift);
    market_close(&s);
}

SUITE(market)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_held_against_the_rules),
        cmocka_unit_test(a_new_session_begins_the_day_anew),
        cmocka_unit_test(nobody_sees_what_he_may_not),
        cmocka_unit_test(each_quote_is_listed_once),
        cmocka_unit_test(the_feed_is_live_until_it_is_quiet),
        cmocka_unit_test(
            bars_are_of_trades_else_of_the_last_else_of_the_middle),
    };

    return cmocka_run_group_tests_name("market", tests, NULL, NULL);
}
