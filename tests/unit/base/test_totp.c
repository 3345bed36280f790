#include "base/base32.h"
#include "base/clock.h"
#include "base/totp.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static const char key[] = "12345678901234567890";

static int64_t step_at(int64_t seconds)
{
    return totp_step(seconds * CLOCK_S);
}

/* RFC 6238, appendix B: the last six of its eight digits. */
static void the_codes_are_the_published_ones(void **state)
{
    static const struct {
        int64_t seconds;
        const char *code;
    } published[] = {
        {59, "287082"},         {1111111109, "081804"},
        {1111111111, "050471"}, {1234567890, "005924"},
        {2000000000, "279037"}, {INT64_C(20000000000), "353130"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        char code[TOTP_DIGITS + 1];

        totp_code(key, strlen(key), step_at(published[i].seconds), code);
        assert_string_equal(code, published[i].code);
    }
}

static void a_step_lasts_thirty_seconds(void **state)
{
    (void)state;
    assert_int_equal(step_at(0), 0);
    assert_int_equal(step_at(29), 0);
    assert_int_equal(step_at(30), 1);
    assert_int_equal(step_at(59), 1);
    assert_int_equal(step_at(INT64_C(20000000000)), 666666666);
}

/* 287082 is of step 1. */
static void a_code_fits_a_step_early_and_late_and_no_more(void **state)
{
    static const struct {
        int64_t now, after, found;
    } cases[] = {
        {1, -1, 1}, {0, -1, 1}, {2, -1, 1}, {3, -1, -1},
        {1, 0, 1},  {2, 0, 1},  {1, 1, -1}, {2, 1, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(totp_match(key, strlen(key), cases[i].now,
                                    cases[i].after, "287082"),
                         cases[i].found);
    assert_int_equal(totp_match(key, strlen(key), 1, -1, "287083"), -1);
    assert_int_equal(totp_match(key, strlen(key) - 1, 1, -1, "287082"), -1);
}

/* RFC 4648, section 10, without its padding. */
static void base32_is_the_published_one(void **state)
{
    static const char *const published[][2] = {
        {"", ""},
        {"f", "MY"},
        {"fo", "MZXQ"},
        {"foo", "MZXW6"},
        {"foob", "MZXW6YQ"},
        {"fooba", "MZXW6YTB"},
        {"foobar", "MZXW6YTBOI"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        const char *bytes = published[i][0];
        char text[BASE32_TEXT(6)];

        assert_int_equal(base32_encode(bytes, strlen(bytes), text),
                         strlen(published[i][1]));
        assert_string_equal(text, published[i][1]);
        assert_true(strlen(text) < BASE32_TEXT(strlen(bytes)));
    }
}

SUITE(totp)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codes_are_the_published_ones),
        cmocka_unit_test(a_step_lasts_thirty_seconds),
        cmocka_unit_test(a_code_fits_a_step_early_and_late_and_no_more),
        cmocka_unit_test(base32_is_the_published_one),
    };

    return cmocka_run_group_tests_name("totp", tests, NULL, NULL);
}
