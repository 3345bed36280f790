#include "base/clock.h"
#include "base/decimal.h"
#include "base/tick.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TIME "\"time\":\"2026-11-29T10:00:00.5Z\""
#define LINE(rest) "{\"symbol\":\"EDF01\"," TIME rest "}"

static struct tick tick;

static void reads(const char *line)
{
    struct err err = ERR_INIT;

    if (tick_read_line(line, strlen(line), &tick, &err) < 0)
        fail_msg("%s: %s %s %s", line, err.text, err.fields[0].name,
                 err.fields[0].text);
}

static void reads_all_fields(void **state)
{
    int64_t time_us = 0;

    (void)state;
    reads("{\"symbol\":\"EDF01\",\"session\":\"day 1\",\"seq\":7," TIME
          ",\"bid\":\"338.66\",\"bid_size\":\"100\",\"ask\":338.68,"
          "\"ask_size\":5e1,\"last\":\"-0.00000001\",\"last_size\":0,"
          "\"open\":\"1\",\"high\":\"2\",\"low\":null,\"volume\":\"3\","
          "\"status\":\"halted\",\"trade\":{\"price\":\"338.67\",\"size\":10,"
          "\"side\":\"sell\",\"seq\":3}}");
    assert_string_equal(tick.symbol, "EDF01");
    assert_int_equal(tick.symbol_len, 5);
    assert_string_equal(tick.session, "day 1");
    assert_true(tick.has_seq);
    assert_int_equal(tick.seq, 7);
    clock_parse("2026-11-29T10:00:00.500000Z", 27, &time_us);
    assert_int_equal(tick.time_us, time_us);
    assert_int_equal(tick.given, (1 << TICK_NUMBERS) - 1 - (1 << TICK_LOW));
    assert_int_equal(tick.cleared, 1 << TICK_LOW);
    assert_int_equal(tick.numbers[TICK_BID], 33866000000);
    assert_int_equal(tick.numbers[TICK_ASK], 33868000000);
    assert_int_equal(tick.numbers[TICK_ASK_SIZE], 50 * DECIMAL_ONE);
    assert_int_equal(tick.numbers[TICK_LAST], -1);
    assert_int_equal(tick.status, TICK_HALTED);
    assert_true(tick.has_trade);
    assert_int_equal(tick.trade.price, 33867000000);
    assert_int_equal(tick.trade.size, 10 * DECIMAL_ONE);
    assert_int_equal(tick.trade.side, TICK_SELL);
    assert_int_equal(tick.trade.seq, 3);
}

static void what_is_left_out_is_not_given(void **state)
{
    (void)state;
    reads(LINE(",\"bid\":null,\"trade\":null,\"seq\":null,\"session\":null"));
    assert_int_equal(tick.given, 0);
    assert_int_equal(tick.cleared, 1 << TICK_BID);
    assert_false(tick.has_seq);
    assert_false(tick.has_trade);
    assert_false(tick.has_status);
    assert_int_equal(tick.session_len, 0);
    reads(LINE(",\"status\":null,\"trade\":{\"size\":1,\"price\":0}"));
    assert_true(tick.has_status);
    assert_int_equal(tick.status, TICK_UNKNOWN);
    assert_int_equal(tick.trade.seq, -1);
    assert_int_equal(tick.trade.side, TICK_NO_SIDE);
    reads("{" TIME ",\"heartbeat\":true}");
    assert_true(tick.is_heartbeat);
    assert_int_equal(tick.symbol_len, 0);
}

static void numbers_are_exact_to_their_limits(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"92233720368.54775807", INT64_MAX},
        {"-92233720368.54775807", -INT64_MAX},
        {"0.10000001", 10000001},
        {"123456789.12345678", 12345678912345678},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char line[160];

        /* As a number too: it never goes through a double. */
        snprintf(line, sizeof(line), LINE(",\"bid\":\"%s\",\"ask\":%s"),
                 cases[i].text, cases[i].text);
        reads(line);
        assert_int_equal(tick.numbers[TICK_BID], cases[i].value);
        assert_int_equal(tick.numbers[TICK_ASK], cases[i].value);
    }
}

static void texts_may_be_escaped(void **state)
{
    (void)state;
    reads(" { \"symbol\" : \"\\u00c9\\uD83D\\ude00\\\"/\\/\" ,\t" TIME " } ");
    assert_string_equal(tick.symbol, "\xC3\x89\xF0\x9F\x98\x80\"//");
    reads("{\"symb\\u006fl\":\"\xC3\x89\"," TIME "}");
    assert_string_equal(tick.symbol, "\xC3\x89");
}

static void names_each_field_at_fault(void **state)
{
    static const struct {
        const char *line;
        const char *field;
        const char *text;
    } cases[] = {
        {"{" TIME "}", "symbol", "is required"},
        {"{\"symbol\":\"A\"}", "time", "is required"},
        {"{\"symbol\":\"\"," TIME "}", "symbol",
         "must be text of at least one character"},
        {"{\"symbol\":7," TIME "}", "symbol",
         "must be text of at least one character"},
        {"{\"symbol\":\"A*\"," TIME "}", "symbol", "must not end with *"},
        {"{\"symbol\":\"A\\n\"," TIME "}", "symbol",
         "must not contain control characters"},
        {"{\"symbol\":\"A\\u007f\"," TIME "}", "symbol",
         "must not contain control characters"},
        {"{\"symbol\":\"A\",\"time\":\"now\"}", "time",
         "must be a time like 2026-01-31T23:59:59.123456Z"},
        {"{\"symbol\":\"A\",\"time\":1764410400}", "time",
         "must be a time like 2026-01-31T23:59:59.123456Z"},
        {LINE(",\"session\":\"123456789012345678901234567890123\""), "session",
         "is too long"},
        {LINE(",\"seq\":-1"), "seq",
         "must be a whole number of at most 15 digits"},
        {LINE(",\"seq\":1e3"), "seq",
         "must be a whole number of at most 15 digits"},
        {LINE(",\"seq\":1234567890123456"), "seq",
         "must be a whole number of at most 15 digits"},
        {LINE(",\"bid\":\"1,5\""), "bid", "must be a number"},
        {LINE(",\"bid\":true"), "bid", "must be a number"},
        {LINE(",\"ask\":\"0.123456789\""), "ask",
         "must have at most 8 decimals"},
        {LINE(",\"volume\":\"-1\""), "volume", "must not be negative"},
        {LINE(",\"last_size\":-0.5"), "last_size", "must not be negative"},
        {LINE(",\"status\":\"shut\""), "status",
         "must be open, closed, halted, pre, auction or unknown"},
        {LINE(",\"trade\":7"), "trade", "must be an object"},
        {LINE(",\"trade\":{\"size\":1}"), "trade.price", "is required"},
        {LINE(",\"trade\":{\"price\":1}"), "trade.size", "is required"},
        {LINE(",\"trade\":{\"price\":1,\"size\":-1}"), "trade.size",
         "must not be negative"},
        {LINE(",\"trade\":{\"price\":1,\"size\":1,\"side\":\"b\"}"),
         "trade.side", "must be buy or sell"},
        {LINE(",\"trade\":{\"price\":1,\"size\":1,\"at\":1}"), "trade.at",
         "is not a field of a line"},
        {LINE(",\"colour\":\"red\""), "colour", "is not a field of a line"},
        {"{\"heartbeat\":true," TIME ",\"symbol\":\"A\"}", "heartbeat",
         "must come alone, with time"},
        {"{\"heartbeat\":null," TIME "}", "heartbeat", "must be true"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(
            tick_read_line(cases[i].line, strlen(cases[i].line), &tick, &err),
            -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, cases[i].field);
        assert_string_equal(err.fields[0].text, cases[i].text);
    }
}

static void names_all_of_them_at_once(void **state)
{
    static const char line[] =
        LINE(",\"bid\":\"x\",\"trade\":{\"side\":\"y\"},\"ask\":\"z\"");
    static const char *const fields[] = {"bid", "trade.side", "trade.price",
                                         "trade.size", "ask"};
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(tick_read_line(line, strlen(line), &tick, &err), -1);
    assert_int_equal(err.field_count, ARRAY_LEN(fields));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        assert_string_equal(err.fields[i].name, fields[i]);
}

static void refuses_what_is_no_json(void **state)
{
    static const char *const lines[] = {
        "",
        "[]",
        "\"A\"",
        "{",
        "{\"symbol\":\"A\"," TIME,
        "{\"symbol\":\"A\"," TIME ",}",
        "{\"symbol\":\"A\"," TIME "}}",
        "{\"symbol\":\"A\"," TIME "} {",
        "{\"symbol\":\"A\",\"symbol\":\"A\"," TIME "}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":01}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":1.}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":+1}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":1e}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":nul}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":[]}",
        "{\"symbol\":\"A\"," TIME ",\"bid\":{}}",
        "{\"symbol\":\"A\"," TIME ",\"more\":{}}",
        "{\"symbol\":\"A\\u0000\"," TIME "}",
        "{\"symbol\":\"A\\uD83D\"," TIME "}",
        "{\"symbol\":\"A\\uDE00\"," TIME "}",
        "{\"symbol\":\"A\\x\"," TIME "}",
        "{\"symbol\":\"A\xC3\"," TIME "}",
        "{\"symbol\":\"A\n\"," TIME "}",
        "{symbol:\"A\"," TIME "}",
        "{'symbol':\"A\"," TIME "}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(
            tick_read_line(lines[i], strlen(lines[i]), &tick, &err), -1);
        assert_int_equal(err.code, ERR_MALFORMED);
    }
}

static void symbols_have_up_to_255_characters(void **state)
{
    char line[2048];
    struct err err = ERR_INIT;

    (void)state;
    for (size_t count = 255; count <= 256; count++) {
        size_t at = (size_t)snprintf(line, sizeof(line), "{\"symbol\":\"");

        for (size_t i = 0; i < count; i++, at += 2)
            memcpy(line + at, "\xC3\xA9", 2);
        at += (size_t)snprintf(line + at, sizeof(line) - at, "\"," TIME "}");
        assert_int_equal(tick_read_line(line, at, &tick, &err),
                         count == 255 ? 0 : -1);
    }
    assert_string_equal(err.fields[0].text, "is too long");
}

static void says_where_an_object_ends(void **state)
{
    static const char two[] = LINE("") " , " LINE("");
    struct err err = ERR_INIT;
    size_t used = 0;

    (void)state;
    assert_int_equal(tick_read(two, sizeof(two) - 1, &used, &tick, &err), 0);
    assert_int_equal(used, sizeof(LINE("")) - 1);
}

static void what_is_written_reads_as_the_same(void **state)
{
    static const char *const lines[] = {
        "{\"heartbeat\":true,\"time\":\"2026-11-29T10:00:00.000000Z\"}",
        "{\"symbol\":\"A\",\"session\":\"S\",\"seq\":1,"
        "\"time\":\"2026-11-29T10:00:00.000000Z\",\"bid\":\"1.5\","
        "\"ask\":null,\"status\":\"pre\",\"trade\":{\"price\":\"-1\","
        "\"size\":\"2\",\"side\":\"buy\",\"seq\":9}}",
    };
    struct buf out;

    (void)state;
    buf_init(&out, TICK_LINE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        reads(lines[i]);
        buf_clear(&out);
        tick_write(&out, &tick);
        assert_string_equal(buf_text(&out), lines[i]);
    }
    buf_release(&out);
}

SUITE(tick)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(what_is_left_out_is_not_given),
        cmocka_unit_test(numbers_are_exact_to_their_limits),
        cmocka_unit_test(texts_may_be_escaped),
        cmocka_unit_test(names_each_field_at_fault),
        cmocka_unit_test(names_all_of_them_at_once),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(symbols_have_up_to_255_characters),
        cmocka_unit_test(says_where_an_object_ends),
        cmocka_unit_test(what_is_written_reads_as_the_same),
    };

    return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}
