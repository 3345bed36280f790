#include "base/clock.h"
#include "base/mem.h"
#include "market_scene.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void the_first_is_given_at_once_and_then_the_newest(void **state)
{
    static const char *const names[] = {"A"};
    struct market_session *session;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, ",\"last\":1");
    session = market_join(&s, names, 1, 10);
    text_has(market_frames(&s),
             "\"snapshot\":true,\"quotes\":[{\"symbol\":\"A\"");
    assert_string_equal(market_frames(&s), "");
    market_line_at(&s, "A", 1, ",\"last\":2");
    assert_true(s.woken > 0);
    text_has(market_frames(&s), "\"last\":\"2\"");
    text_lacks(buf_text(&s.out), "snapshot");
    text_lacks(buf_text(&s.out), "skipped");
    market_line_at(&s, "A", 2, ",\"last\":3");
    market_line_at(&s, "A", 2, ",\"last\":4");
    market_line_at(&s, "A", 1, ",\"last\":5"); /* stale: it is no part of it */
    s.now_us = 99 * MS;
    assert_string_equal(market_frames(&s), "");
    assert_int_equal(market_next_us(s.market, s.now_us), 100 * MS);
    s.now_us = 100 * MS;
    text_has(market_frames(&s), "\"last\":\"4\"");
    text_has(buf_text(&s.out), "\"skipped\":1}");
    assert_string_equal(market_frames(&s), "");
    market_session_free(session);
    market_close(&s);
}

static void what_does_not_fit_one_frame_follows_in_the_next(void **state)
{
    static const char *const all[] = {"*"};
    struct market_session *session;
    struct market_stats stats;
    struct market_scene s;
    int lines = 0;

    (void)state;
    market_open(&s, 500);
    for (int i = 0; i < 400; i++) {
        char symbol[8];

        snprintf(symbol, sizeof(symbol), "S%03d", i);
        market_line_at(&s, symbol, 0, ",\"last\":1");
    }
    session = market_join(&s, all, 1, 1);
    s.max = 16 * 1024;
    for (const char *at = market_frames(&s); *at;
         at = strchr(at, '\n') + 1, lines++)
        assert_true(strchr(at, '\n') - at <= 16 * 1024);
    assert_true(lines > 5);
    market_get_stats(s.market, &stats);
    assert_int_equal(stats.quotes_sent, 400);
    assert_int_equal(stats.followed, 400);
    market_session_free(session);
    market_close(&s);
}

/* A round is what there was when it began: a socket that takes little by
 * little gets no more than its rate. */
static void what_comes_within_a_round_waits_for_the_next(void **state)
{
    static const char *const names[] = {"A", "B"};
    struct market_session *session;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line(&s, HEARTBEAT);
    session = market_join(&s, names, 2, 1);
    market_line_at(&s, "A", 0, ",\"last\":1");
    market_line_at(&s, "B", 0, ",\"last\":1");
    assert_ptr_equal(market_next_session(s.market, 0), session);
    buf_clear(&s.out);
    assert_int_equal(market_session_frame(session, 1, 0, &s.out), 1);
    text_has(buf_text(&s.out), "\"A\"");
    market_line_at(&s, "A", 1, ",\"last\":2");
    buf_clear(&s.out);
    assert_int_equal(market_session_frame(session, 1, 0, &s.out), 1);
    text_has(buf_text(&s.out), "\"B\"");
    assert_true(market_session_is_due(session));
    assert_int_equal(market_session_frame(session, 1, 0, &s.out), 0);
    assert_false(market_session_is_due(session));
    s.now_us = CLOCK_S - 1;
    assert_string_equal(market_frames(&s), "");
    s.now_us = CLOCK_S;
    text_has(market_frames(&s), "\"last\":\"2\"");
    market_session_free(session);
    market_close(&s);
}

static void prefixes_take_in_what_comes_later(void **state)
{
    static const char *const names[] = {"TT*", "TTE", "X"};
    static const char *const prefix[] = {"TT*"};
    struct market_session *session;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    session = market_join(&s, names, 3, 60);
    assert_string_equal(buf_text(&s.out), "\"TTE\",\"X\"");
    assert_int_equal(market_session_symbols(session), 2);
    market_line_at(&s, "TTF", 0, "");
    market_line_at(&s, "TT", 0, "");
    market_line_at(&s, "T", 0, "");
    market_line_at(&s, "TTE", 0, "");
    assert_int_equal(market_session_symbols(session), 4);
    market_frames(&s);
    text_has(buf_text(&s.out), "\"TTF\"");
    text_has(buf_text(&s.out), "\"TTE\"");
    text_lacks(buf_text(&s.out), "\"T\"");
    text_lacks(buf_text(&s.out), "snapshot");
    market_unfollow(session, prefix, 1);
    assert_int_equal(market_session_symbols(session), 2); /* those named */
    market_unfollow(session, NULL, 0);
    assert_int_equal(market_session_symbols(session), 0);
    market_line_at(&s, "TTE", 1, "");
    s.now_us = CLOCK_S;
    assert_string_equal(market_frames(&s), "");
    market_session_free(session);
    market_close(&s);
}

static void too_many_change_nothing(void **state)
{
    static char texts[1001][16];
    static const char *names[1001];
    static const char *const more[] = {"Z*", "S*"};
    struct market_want want = {.names = names, .count = 1001};
    struct market_session *session;
    struct err err = ERR_INIT;
    struct market_scene s;
    char symbol[16];

    (void)state;
    market_open(&s, 3000);
    for (int i = 0; i <= 1000; i++) {
        snprintf(texts[i], sizeof(texts[i]), "S%04d", i);
        names[i] = texts[i];
        snprintf(symbol, sizeof(symbol), "Z%04d", i);
        market_line_at(&s, symbol, 0, "");
    }
    session = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(session, &want, &s.out, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_int_equal(market_session_symbols(session), 0);
    want.count = 999;
    err_clear(&err);
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    assert_int_equal(market_session_symbols(session), 999);
    want = (struct market_want){.names = more, .count = 1};
    assert_int_equal(market_follow(session, &want, &s.out, &err), -1);
    assert_int_equal(market_session_symbols(session), 999);
    market_line_at(&s, "Z5", 0, "");
    assert_int_equal(market_session_symbols(session), 999); /* no prefix */
    /* A prefix that still has room: those beyond it are told of once. */
    want = (struct market_want){.names = more + 1, .count = 1};
    err_clear(&err);
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    market_line_at(&s, "S0A", 0, "");
    assert_int_equal(market_session_symbols(session), 1000);
    market_frames(&s);
    market_line_at(&s, "S0B", 0, "");
    market_line_at(&s, "S0C", 0, "");
    assert_int_equal(market_session_symbols(session), 1000);
    assert_string_equal(market_frames(&s),
                        "{\"type\":\"market\",\"too_many\":\"S*\"}\n");
    market_line_at(&s, "S0D", 0, "");
    assert_string_equal(market_frames(&s), "");
    market_session_free(session);
    market_close(&s);
}

static void more_than_32_prefixes_change_nothing(void **state)
{
    static char texts[33][16];
    static const char *names[33];
    struct market_want want = {.names = names, .count = 33};
    struct market_session *session;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    for (int i = 0; i < 33; i++) {
        snprintf(texts[i], sizeof(texts[i]), "S%d*", i);
        names[i] = texts[i];
    }
    session = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(session, &want, &s.out, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    market_line_at(&s, "S0", 0, "");
    assert_int_equal(market_session_symbols(session), 0);
    market_session_free(session);
    market_close(&s);
}

static void names_that_cannot_be_are_refused_by_their_place(void **state)
{
    static const char *const cases[] = {"", "A\x01"};
    struct market_session *session;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    session = market_session_new(s.market, &s, "EDF*");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *names[] = {"EDF1", cases[i]};
        struct market_want want = {.names = names, .count = 2};
        struct err err = ERR_INIT;

        assert_int_equal(market_follow(session, &want, &s.out, &err), -1);
        assert_string_equal(err.fields[0].name, "symbols.1");
        assert_int_equal(market_session_symbols(session), 0);
    }
    market_session_free(session);
    market_close(&s);
}

static void trades_come_in_the_order_of_the_feed(void **state)
{
    static const char *const names[] = {"A", "B"};
    struct market_want want = {
        .names = names, .count = 2, .kinds = MARKET_TRADES};
    struct market_session *session;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, TRADE(1));
    session = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    assert_string_equal(market_frames(&s), "");
    market_line_at(&s, "B", 0, TRADE(2));
    market_line_at(&s, "C", 0, TRADE(3));
    market_line_at(&s, "A", 0, TRADE(4));
    market_line_at(&s, "B", 0, TRADE(5));
    assert_string_equal(
        market_frames(&s),
        "{\"type\":\"trades\",\"stream\":\"market\",\"trades\":["
        "{\"symbol\":\"B\",\"seq\":2,\"time\":\"2025-11-29T10:00:00.000000Z\","
        "\"price\":\"1.5\",\"size\":\"2\",\"side\":\"buy\"},"
        "{\"symbol\":\"A\",\"seq\":4,\"time\":\"2025-11-29T10:00:00.000000Z\","
        "\"price\":\"1.5\",\"size\":\"2\",\"side\":\"buy\"},"
        "{\"symbol\":\"B\",\"seq\":5,\"time\":\"2025-11-29T10:00:00.000000Z\","
        "\"price\":\"1.5\",\"size\":\"2\",\"side\":\"buy\"}],"
        "\"at\":\"1764410400000-5.0\"}\n");
    market_session_free(session);
    market_close(&s);
}

static void trades_go_on_behind_a_position(void **state)
{
    static const char *const names[] = {"A"};
    struct market_at after = {.ms = (uint64_t)T0, .n = 1};
    struct market_want want = {
        .names = names, .count = 1, .kinds = MARKET_TRADES, .after = &after};
    struct market_session *session;
    struct err err = ERR_INIT;
    struct market_scene s;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, TRADE(1));
    market_line_at(&s, "A", 0, TRADE(2));
    market_line_at(&s, "B", 0, TRADE(3));
    market_line_at(&s, "A", 0, TRADE(4));
    session = market_session_new(s.market, &s, "*");
    assert_false(market_session_has_trades(session));
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    assert_true(market_session_has_trades(session));
    market_frames(&s);
    text_lacks(buf_text(&s.out), "\"seq\":1,");
    text_has(buf_text(&s.out), "\"seq\":2,");
    text_has(buf_text(&s.out), "\"seq\":4,");
    market_session_free(session);
    /* All of the ring has been overwritten since. */
    for (int i = 5; i < 1000; i++)
        market_line_at(&s, "A", 0, TRADE(9));
    session = market_session_new(s.market, &s, "*");
    assert_int_equal(market_follow(session, &want, &s.out, &err), 0);
    market_frames(&s);
    text_has(buf_text(&s.out), "{\"type\":\"trades_gap\",\"stream\":\"market\","
                               "\"from\":\"1764410400000-1.1\",\"to\":\"");
    text_has(buf_text(&s.out), "\"at\":\"1764410400000-999.0\"");
    market_session_free(session);
    market_close(&s);
}

static void without_memory_nothing_changes(void **state)
{
    static const char *const names[] = {"A", "B", "C*"};
    struct market_want want = {
        .names = names, .count = 3, .kinds = MARKET_QUOTES | MARKET_TRADES};
    struct market_session *session;
    struct market_stats stats;
    struct market_scene s;
    int fails = 0;

    (void)state;
    market_open(&s, 9);
    market_line_at(&s, "A", 0, "");
    market_line_at(&s, "C1", 0, "");
    session = market_session_new(s.market, &s, "*");
    for (unsigned n = 1;; n++) {
        struct err err = ERR_INIT;
        int rc;

        mem_fail_after(n);
        rc = market_follow(session, &want, &s.out, &err);
        mem_fail_after(0);
        if (rc == 0)
            break;
        fails++;
        assert_int_equal(err.code, ERR_NOMEM);
        assert_int_equal(market_session_symbols(session), 0);
        assert_string_equal(market_frames(&s), "");
    }
    assert_true(fails >= 8);
    market_get_stats(s.market, &stats);
    assert_int_equal(stats.followed, 3);
    text_has(market_frames(&s), "\"C1\"");
    mem_fail_after(1);
    assert_int_equal(market_line_at(&s, "D", 0, ""), MARKET_NOMEM);
    mem_fail_after(0);
    assert_int_equal(market_line_at(&s, "D", 0, ""), MARKET_TAKEN);
    market_session_free(session);
    market_close(&s);
}

SUITE(market_session)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_given_at_once_and_then_the_newest),
        cmocka_unit_test(what_does_not_fit_one_frame_follows_in_the_next),
        cmocka_unit_test(what_comes_within_a_round_waits_for_the_next),
        cmocka_unit_test(prefixes_take_in_what_comes_later),
        cmocka_unit_test(too_many_change_nothing),
        cmocka_unit_test(more_than_32_prefixes_change_nothing),
        cmocka_unit_test(names_that_cannot_be_are_refused_by_their_place),
        cmocka_unit_test(trades_come_in_the_order_of_the_feed),
        cmocka_unit_test(trades_go_on_behind_a_position),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests_name("market_session", tests, NULL, NULL);
}
