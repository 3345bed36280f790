#include "base/clock.h"
#include "support/suite.h"

#include <string.h>
#include <time.h>

#include "base/banned.h"

static void every_day_agrees_with_the_system(void **state)
{
    (void)state;
    /* 0000-01-01 to 9999-12-31. */
    for (int64_t day = -719528; day < 2932897; day += 1) {
        char text[CLOCK_TEXT_MAX];
        time_t seconds = (time_t)(day * 86400 + 86399);
        struct tm tm;
        int64_t us = -1;

        if (day % 7 != 0 && day % 365 > 3)
            continue;
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_equal(clock_format(seconds * CLOCK_S + 999999, text), 27);
        assert_int_equal((text[0] - '0') * 1000 + (text[1] - '0') * 100 +
                             (text[2] - '0') * 10 + text[3] - '0',
                         tm.tm_year + 1900);
        assert_int_equal((text[5] - '0') * 10 + text[6] - '0', tm.tm_mon + 1);
        assert_int_equal((text[8] - '0') * 10 + text[9] - '0', tm.tm_mday);
        assert_string_equal(text + 10, "T23:59:59.999999Z");
        assert_int_equal(clock_parse(text, 27, &us), 0);
        assert_true(us == seconds * CLOCK_S + 999999);
    }
}

static void years_beyond_are_clamped(void **state)
{
    char text[CLOCK_TEXT_MAX];

    (void)state;
    clock_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000000Z");
    clock_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999999Z");
    clock_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

static void reads_what_rfc_3339_allows(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"2026-01-31", "2026-01-31T00:00:00.000000Z"},
        {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000000Z"},
        {"2026-01-31 23:59:59.5z", "2026-01-31T23:59:59.500000Z"},
        {"2026-01-31t00:00:00.123456789Z", "2026-01-31T00:00:00.123456Z"},
        {"2026-01-31T01:30:00+02:00", "2026-01-30T23:30:00.000000Z"},
        {"2026-01-31T23:30:00-02:30", "2026-02-01T02:00:00.000000Z"},
        {"2026-01-31T00:00:00-00:00", "2026-01-31T00:00:00.000000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
        {"2024-02-29", "2024-02-29T00:00:00.000000Z"},
        {"0000-02-29", "0000-02-29T00:00:00.000000Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[CLOCK_TEXT_MAX];
        int64_t us = -1;

        assert_int_equal(clock_parse(cases[i].in, strlen(cases[i].in), &us), 0);
        clock_format(us, text);
        assert_string_equal(text, cases[i].out);
    }
}

static void refuses_other_texts(void **state)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-1-31",
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-01-31T",
        "2026-01-31T23:59Z",
        "2026-01-31T23:59:59",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z",
        "2026-01-31T23:58:60Z",
        "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59:59.1234567890Z",
        "2026-01-31T23:59:59+0200",
        "2026-01-31T23:59:59+24:00",
        "2026-01-31T23:59:59ZZ",
        "2026-01-31_23:59:59Z",
        "26-01-31",
        "+026-01-31",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t us = 42;

        assert_int_equal(clock_parse(cases[i], strlen(cases[i]), &us), -1);
        assert_int_equal(us, 42);
    }
    assert_int_equal(clock_parse("2026\00001-31", 10, &(int64_t){0}), -1);
}

static void a_shift_moves_both_clocks(void **state)
{
    int64_t now = clock_now_us();
    int64_t mono = clock_mono_us();

    (void)state;
    clock_shift_us(3600 * CLOCK_S);
    assert_true(clock_now_us() - now >= 3600 * CLOCK_S);
    assert_true(clock_mono_us() - mono >= 3600 * CLOCK_S);
    clock_shift_us(-3600 * CLOCK_S);
    assert_true(clock_mono_us() - mono < 3600 * CLOCK_S);
}

SUITE(clock)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_agrees_with_the_system),
        cmocka_unit_test(years_beyond_are_clamped),
        cmocka_unit_test(reads_what_rfc_3339_allows),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test(a_shift_moves_both_clocks),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
