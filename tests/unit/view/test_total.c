#include "base/json.h"
#include "base/mem.h"
#include "support/suite.h"
#include "view/order_total.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Worked out elsewhere. */
static void sums_are_exact(void **state)
{
    static const struct {
        int64_t a, b;
        int times;
        int scale;
        const char *text;
    } cases[] = {
        {0, 1, 1, 16, "0"},
        {1, 1, 1, 16, "0.0000000000000001"},
        {1, -1, 3, 16, "-0.0000000000000003"},
        {100000000, 100000000, 1, 16, "1"},
        {100000000, -100000000, 2, 16, "-2"},
        {123456789, 1, 1, 8, "1.23456789"},
        {1000000000, 1, 1, 8, "10"},
        {INT64_MAX, INT64_MAX, 1, 16,
         "8507059173023461584739.6907784232501249"},
        {INT64_MAX, -INT64_MAX, 1, 16,
         "-8507059173023461584739.6907784232501249"},
        {INT64_MAX, INT64_MAX, 1000, 16,
         "8507059173023461584739690.7784232501249"},
        {INT64_MAX, -INT64_MAX, 1000, 16,
         "-8507059173023461584739690.7784232501249"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        __int128 value = (__int128)cases[i].a * cases[i].b;
        struct order_sum sum = {.high = 0};
        char text[TOTAL_TEXT_MAX];

        for (int k = 0; k < cases[i].times; k++)
            order_sum_add(&sum, value);
        order_sum_format(&sum, cases[i].scale, text);
        assert_string_equal(text, cases[i].text);
        for (int k = 0; k < cases[i].times; k++)
            order_sum_add(&sum, -value);
        order_sum_format(&sum, cases[i].scale, text);
        assert_string_equal(text, "0");
    }
}

static void put(struct order_tally *tally, size_t instrument, int sign)
{
    struct order order = {.id = 1,
                          .side = (enum order_side)(instrument % 2),
                          .quantity = 100000000,
                          .price = 250000000};

    snprintf(order.instrument, sizeof(order.instrument), "\"I%zu",
             instrument / 2);
    assert_true(order_tally_add(tally, &order, sign));
}

static void assert_json(const struct order_totals *to,
                        const struct order_totals *from, unsigned kinds,
                        const char *wanted)
{
    struct buf json;

    buf_init(&json, 65536);
    json_open(&json);
    order_totals_put(&json, to, from, kinds);
    json_close(&json);
    assert_string_equal(buf_text(&json), wanted);
    buf_release(&json);
}

static void only_what_differs_is_told(void **state)
{
    struct order_tally tally;
    struct order_totals *totals[4];
    unsigned kinds = TOTAL_BIT(TOTAL_SIDE) | TOTAL_BIT(TOTAL_INSTRUMENT);

    (void)state;
    order_tally_init(&tally, kinds);
    totals[0] = order_tally_show(&tally);
    assert_json(totals[0], NULL, kinds,
                "{\"totals\":{\"side\":{},\"instrument\":{}}}");
    put(&tally, 0, 1);
    put(&tally, 2, 1);
    totals[1] = order_tally_show(&tally);
    assert_json(
        totals[1], totals[0], kinds,
        "{\"totals\":{\"side\":{\"buy\":{\"count\":2,\"quantity\":\"2\","
        "\"notional\":\"5\"}},\"instrument\":{\"\\\"I0\":{\"buy\":"
        "{\"count\":1,\"quantity\":\"1\",\"notional\":\"2.5\"}},"
        "\"\\\"I1\":{\"buy\":{\"count\":1,\"quantity\":\"1\","
        "\"notional\":\"2.5\"}}}}}");
    put(&tally, 0, -1);
    put(&tally, 3, 1);
    totals[2] = order_tally_show(&tally);
    assert_json(
        totals[2], totals[1], kinds,
        "{\"totals\":{\"side\":{\"buy\":{\"count\":1,\"quantity\":\"1\","
        "\"notional\":\"2.5\"},\"sell\":{\"count\":1,\"quantity\":\"1\","
        "\"notional\":\"2.5\"}},\"instrument\":{\"\\\"I0\":{\"buy\":"
        "null},\"\\\"I1\":{\"sell\":{\"count\":1,\"quantity\":\"1\","
        "\"notional\":\"2.5\"}}}}}");
    totals[3] = order_tally_show(&tally);
    assert_true(order_totals_equal(totals[2], totals[3]));
    assert_false(order_totals_equal(totals[1], totals[3]));
    for (size_t i = 0; i < ARRAY_LEN(totals); i++)
        order_totals_unref(totals[i]);
    order_tally_release(&tally);
}

static void states_are_told_by_side(void **state)
{
    struct order_tally tally;
    struct order_totals *totals[2];
    unsigned kinds = TOTAL_BIT(TOTAL_STATUS) | TOTAL_BIT(TOTAL_STATUS_SIDE);

    (void)state;
    order_tally_init(&tally, kinds);
    put(&tally, 0, 1);
    put(&tally, 1, 1);
    put(&tally, 3, 1);
    totals[0] = order_tally_show(&tally);
    assert_json(
        totals[0], NULL, kinds,
        "{\"totals\":{\"status\":{\"new\":{\"count\":3,\"quantity\":\"3\","
        "\"notional\":\"7.5\"}},\"status_side\":{\"new\":{\"buy\":"
        "{\"count\":1,\"quantity\":\"1\",\"notional\":\"2.5\"},\"sell\":"
        "{\"count\":2,\"quantity\":\"2\",\"notional\":\"5\"}}}}}");
    put(&tally, 0, -1);
    totals[1] = order_tally_show(&tally);
    assert_json(totals[1], totals[0], kinds,
                "{\"totals\":{\"status\":{\"new\":{\"count\":2,\"quantity\":"
                "\"2\",\"notional\":\"5\"}},\"status_side\":{\"new\":"
                "{\"buy\":null}}}}");
    for (size_t i = 0; i < ARRAY_LEN(totals); i++)
        order_totals_unref(totals[i]);
    order_tally_release(&tally);
}

static void instruments_are_counted_up_to_a_bound(void **state)
{
    struct order_tally tally;
    struct order_totals *totals;
    unsigned kinds = TOTAL_BIT(TOTAL_INSTRUMENT);

    (void)state;
    order_tally_init(&tally, kinds);
    /* Both sides of one count once. */
    for (size_t i = 0; i < 2 * TOTAL_INSTRUMENTS_MAX; i++)
        put(&tally, i, 1);
    assert_false(tally.is_too_many);
    put(&tally, 0, -1);
    put(&tally, 1, -1);
    put(&tally, 2 * TOTAL_INSTRUMENTS_MAX, 1);
    assert_false(tally.is_too_many);
    put(&tally, 0, 1);
    assert_true(tally.is_too_many);
    totals = order_tally_show(&tally);
    assert_json(totals, NULL, kinds, "{\"totals\":{\"error\":\"too_many\"}}");
    order_totals_unref(totals);
    order_tally_release(&tally);
}

SUITE(total)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(only_what_differs_is_told),
        cmocka_unit_test(states_are_told_by_side),
        cmocka_unit_test(instruments_are_counted_up_to_a_bound),
    };

    return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
