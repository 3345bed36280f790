#include "base/decimal.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void reads_and_writes_the_canonical_text(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"338.67", "338.67"},
        {"100", "100"},
        {"-0.5", "-0.5"},
        {"+7", "7"},
        {"-0", "0"},
        {"-0.000", "0"},
        {"0e999999999999999999999", "0"},
        {"007.10", "7.1"},
        {"10.50000000000000000000000", "10.5"},
        {"0.00000001", "0.00000001"},
        {"1e2", "100"},
        {"1.5E+3", "1500"},
        {"250e-2", "2.5"},
        {"1e-8", "0.00000001"},
        {"100e-10", "0.00000001"},
        {"0.0000000000000000001e11", "0.00000001"},
        {"1e10", "10000000000"},
        {"92233720368.54775807", "92233720368.54775807"},
        {"-92233720368.54775807", "-92233720368.54775807"},
        {"9223372036854775807e-8", "92233720368.54775807"},
        {"00000000000000000000000000000001", "1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[DECIMAL_TEXT_MAX];
        int64_t value = -1;

        assert_int_equal(
            decimal_parse(cases[i].in, strlen(cases[i].in), &value),
            DECIMAL_OK);
        assert_int_equal(decimal_format(value, text), strlen(cases[i].out));
        assert_string_equal(text, cases[i].out);
    }
}

static void refuses_what_it_cannot_keep(void **state)
{
    static const struct {
        const char *in;
        enum decimal_fault fault;
    } cases[] = {
        {"", DECIMAL_SYNTAX},
        {"-", DECIMAL_SYNTAX},
        {"+-1", DECIMAL_SYNTAX},
        {".5", DECIMAL_SYNTAX},
        {"5.", DECIMAL_SYNTAX},
        {"1.2.3", DECIMAL_SYNTAX},
        {"1,5", DECIMAL_SYNTAX},
        {" 1", DECIMAL_SYNTAX},
        {"1 ", DECIMAL_SYNTAX},
        {"0x10", DECIMAL_SYNTAX},
        {"1e", DECIMAL_SYNTAX},
        {"1e+", DECIMAL_SYNTAX},
        {"1e1.5", DECIMAL_SYNTAX},
        {"e5", DECIMAL_SYNTAX},
        {"nan", DECIMAL_SYNTAX},
        {"inf", DECIMAL_SYNTAX},
        {"0.000000001", DECIMAL_FINE},
        {"1.123456789", DECIMAL_FINE},
        {"1e-9", DECIMAL_FINE},
        {"1e-99999999999999999999999999", DECIMAL_FINE},
        {"92233720368.54775808", DECIMAL_RANGE},
        {"-92233720368.54775808", DECIMAL_RANGE},
        {"99999999999", DECIMAL_RANGE},
        {"100000000000", DECIMAL_RANGE},
        {"1e11", DECIMAL_RANGE},
        {"1e99999999999999999999999999", DECIMAL_RANGE},
        {"340282366920938463463374607431768211456", DECIMAL_RANGE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t value = 42;

        assert_int_equal(
            decimal_parse(cases[i].in, strlen(cases[i].in), &value),
            cases[i].fault);
        assert_int_equal(value, 42);
        assert_true(strlen(decimal_fault_text(cases[i].fault)) > 0);
    }
}

static void stops_at_the_length_given(void **state)
{
    int64_t value;

    (void)state;
    assert_int_equal(decimal_parse("12345", 2, &value), DECIMAL_OK);
    assert_int_equal(value, 12 * DECIMAL_ONE);
    assert_int_equal(decimal_parse("1\0002", 3, &value), DECIMAL_SYNTAX);
}

static void the_longest_text_fits(void **state)
{
    char text[DECIMAL_TEXT_MAX];

    (void)state;
    assert_int_equal(decimal_format(INT64_MIN, text), 21);
    assert_string_equal(text, "-92233720368.54775808");
    assert_int_equal(decimal_format(-1, text), 11);
    assert_string_equal(text, "-0.00000001");
}

static void a_product_is_compared_exactly(void **state)
{
    static const int64_t one = DECIMAL_ONE;
    static const struct {
        int64_t a, b, c, limit;
        bool exceeds;
    } cases[] = {
        {0, 0, 0, 0, false},
        {one, one, one, one, false},
        {one, -one, one, one, false},
        {-one, one + 1, one, one, true},
        {1, 1, 1, 0, true},
        {1, 1, 1, 1, false},
        {1, one + 1, one, 1, true},
        {1, one, one + 1, 1, true},
        {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, true},
        {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MAX, true},
        {INT64_MAX, INT64_MAX, 1, INT64_MAX, true},
        {INT64_MAX, one, one, INT64_MAX, false},
        {INT64_MAX, one + 1, one, INT64_MAX, true},
        {INT64_MAX, one, one + 1, INT64_MAX, true},
        {INT64_C(1) << 32, INT64_C(1) << 32, one, INT64_MAX, false},
        /* Its lower part overflows into the upper one. */
        {INT64_MAX, 10 * one, one / 10, INT64_MAX, false},
        {INT64_MAX, 10 * one, one / 10 + 1, INT64_MAX, true},
        {one * 1000, one * 1000, one / 1000, one * 1000, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(decimal_product_exceeds(cases[i].a, cases[i].b,
                                                 cases[i].c, cases[i].limit),
                         cases[i].exceeds);
}

static void fifteen_digits_come_back_from_a_double(void **state)
{
    static const char *const cases[] = {
        "338.67",          "0.1",         "99999999999.9999", "1234567.891234",
        "0.00000001",      "-0.00000003", "92233720368.54",   "10000000000",
        "-99999.99999999", "0.3",         "4503599627.37",    "12345678.90123",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[32];
        double bent;
        int64_t direct = 0;
        int64_t by_double = 1;
        enum decimal_fault fault =
            decimal_parse(cases[i], strlen(cases[i]), &direct);

        assert_int_equal(sscanf(cases[i], "%lf", &bent), 1);
        snprintf(text, sizeof(text), "%.15g", bent);
        assert_int_equal(decimal_parse(text, strlen(text), &by_double), fault);
        if (fault == DECIMAL_OK)
            assert_int_equal(direct, by_double);
    }
}

static void a_double_is_what_its_shortest_text_says(void **state)
{
    static const struct {
        double number;
        const char *text;
        bool is_rounded;
    } cases[] = {
        {338.67, "338.67", false},
        {0.1, "0.1", false},
        {0.1 + 0.2, "0.3", true}, /* 0.30000000000000004 */
        {100, "100", false},
        {-0.0, "0", false},
        {-2.5, "-2.5", false},
        {1e10, "10000000000", false},
        {92233720368.5, "92233720368.5", false},
        {1e-8, "0.00000001", false},
        {0.000000005, "0", true}, /* half: to the even neighbour */
        {0.000000015, "0.00000002", true},
        {0.000000025, "0.00000002", true},
        {-0.000000025, "-0.00000002", true},
        {0.0000000251, "0.00000003", true},
        {1.123456789, "1.12345679", true},
        {1e-30, "0", true},
        {5e-324, "0", true},
        {1234567.1234567891, "1234567.12345679", true},
    };
    static const double none[] = {NAN, INFINITY, -INFINITY};
    int64_t value;
    bool is_rounded;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[DECIMAL_TEXT_MAX];

        assert_int_equal(
            decimal_from_double(cases[i].number, &value, &is_rounded),
            DECIMAL_OK);
        decimal_format(value, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(is_rounded, cases[i].is_rounded);
    }
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_int_equal(decimal_from_double(none[i], &value, &is_rounded),
                         DECIMAL_SYNTAX);
    assert_int_equal(decimal_from_double(1e11, &value, &is_rounded),
                     DECIMAL_RANGE);
    assert_int_equal(decimal_from_double(-1e300, &value, &is_rounded),
                     DECIMAL_RANGE);
}

SUITE(decimal)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_the_canonical_text),
        cmocka_unit_test(refuses_what_it_cannot_keep),
        cmocka_unit_test(stops_at_the_length_given),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(a_product_is_compared_exactly),
        cmocka_unit_test(a_double_is_what_its_shortest_text_says),
        cmocka_unit_test(fifteen_digits_come_back_from_a_double),
    };

    return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
