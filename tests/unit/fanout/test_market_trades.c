#include "fanout/market_trades.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void places_are_read_as_they_are_written(void **state)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "1-2",
                                      "1-2.",
                                      "1.2-3",
                                      "-1-2.3",
                                      "1-2.3 ",
                                      "1-2.x",
                                      "1-2.-3",
                                      "1-2.4294967296",
                                      "1234567890123456789-0.0"};
    struct market_at at = {.ms = 1764410400123, .n = 5, .line = 17};
    struct market_at back;
    char text[MARKET_AT_MAX];

    (void)state;
    market_at_format(&at, text);
    assert_string_equal(text, "1764410400123-5.17");
    assert_int_equal(market_at_parse(text, &back), 0);
    assert_int_equal(market_at_compare(&at, &back), 0);
    back.line--;
    assert_int_equal(market_at_compare(&at, &back), 1);
    back.n++;
    assert_int_equal(market_at_compare(&at, &back), -1);
    back.ms--;
    assert_int_equal(market_at_compare(&at, &back), 1);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(market_at_parse(bad[i], &back), -1);
}

/* Every trade that is kept, by number, and each symbol's by its chain. */
static void check(const struct market_trades *trades,
                  const struct market_chain *chains, size_t chain_count,
                  uint64_t newest)
{
    struct market_at lost_at;
    uint64_t next = market_trades_lost(trades, &lost_at) + 1;
    size_t in_chains = 0;
    size_t kept = 0;

    assert_int_equal(lost_at.n, next - 1);
    for (uint64_t place = market_trades_first(trades); place;
         place = market_trades_after(trades, place)) {
        const struct market_trade *trade = market_trades_get(trades, place);
        char text[16];
        int len =
            snprintf(text, sizeof(text), "%llu", (unsigned long long)next);

        assert_int_equal(trade->number, next);
        assert_int_equal(trade->at.n, next);
        assert_true(trade->len >= (uint32_t)len);
        assert_memory_equal(trade->text, text, (size_t)len);
        next++;
        kept++;
    }
    assert_int_equal(next, newest + 1);
    for (size_t i = 0; i < chain_count; i++) {
        uint64_t last = 0;

        for (uint64_t place = chains[i].first; place;) {
            const struct market_trade *trade = market_trades_get(trades, place);

            assert_ptr_equal(trade->chain, &chains[i]);
            last = place;
            place = trade->next;
            in_chains++;
        }
        assert_int_equal(chains[i].last, last);
    }
    assert_int_equal(in_chains, kept);
}

static void the_oldest_make_room_for_the_newest(void **state)
{
    static struct market_chain chains[7];
    struct market_trades *trades = market_trades_new(5000);
    uint32_t seed = 1;
    char text[1024];

    (void)state;
    memset(chains, 0, sizeof(chains));
    assert_int_equal(market_trades_first(trades), 0);
    for (uint64_t number = 1; number <= 20000; number++) {
        struct market_at at = {.n = number};
        size_t len;
        uint64_t place;

        seed = seed * 1664525 + 1013904223;
        memset(text, ' ', sizeof(text));
        len = (size_t)snprintf(text, sizeof(text), "%llu",
                               (unsigned long long)number);
        text[len] = ' ';
        len += (seed >> 8) % (number % 50 ? 120 : 1000);
        place =
            market_trades_add(trades, &chains[seed >> 16 & 6], &at, text, len);
        assert_int_not_equal(place, 0);
        assert_int_equal(market_trades_get(trades, place)->len, len);
        check(trades, chains, ARRAY_LEN(chains), number);
    }
    assert_null(market_trades_get(trades, 5000));
    assert_int_equal(
        market_trades_add(trades, &chains[0], &(struct market_at){0}, text, 0),
        0);
    market_trades_free(trades);
}

static void one_that_is_too_large_is_left_out(void **state)
{
    struct market_trades *trades = market_trades_new(1000);
    struct market_chain chain = {0};
    char text[600] = {0};
    struct market_at at = {.n = 1};

    (void)state;
    assert_int_equal(market_trades_add(trades, &chain, &at, text, 600), 0);
    assert_int_equal(chain.first, 0);
    assert_int_not_equal(market_trades_add(trades, &chain, &at, text, 300), 0);
    market_trades_free(trades);
}

SUITE(market_trades)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_read_as_they_are_written),
        cmocka_unit_test(the_oldest_make_room_for_the_newest),
        cmocka_unit_test(one_that_is_too_large_is_left_out),
    };

    return cmocka_run_group_tests_name("market_trades", tests, NULL, NULL);
}
