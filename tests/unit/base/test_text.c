#include "base/mem.h"
#include "base/text.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static void knows_utf8(void **state)
{
    static const struct {
        const char *text;
        int count; /* -1: not UTF-8 */
    } cases[] = {
        {"", 0},
        {"plain text, longer than a word", 30},
        {"\xc2\x80\xdf\xbf", 2},
        {"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 4},
        {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 2},
        {"12345678\xc3\xa9", 9},
        {"\x80", -1},
        {"12345678\xff", -1},
        {"\xc3", -1},
        {"\xc3(", -1},
        {"\xc1\xbf", -1},
        {"\xe0\x9f\xbf", -1},
        {"\xed\xa0\x80", -1},
        {"\xed\xbf\xbf", -1},
        {"\xf0\x8f\xbf\xbf", -1},
        {"\xf4\x90\x80\x80", -1},
        {"\xf8\x88\x80\x80\x80", -1},
        {"\xe2\x82", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = strlen(cases[i].text);

        assert_int_equal(utf8_is_valid(cases[i].text, len),
                         cases[i].count >= 0);
        if (cases[i].count >= 0)
            assert_int_equal(utf8_count(cases[i].text, len), cases[i].count);
    }
    assert_true(utf8_is_valid("a\0b", 3));
}

static void every_character_comes_back(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char utf8[4];
        uint32_t back = 0;
        size_t len;

        if (point == 0xD800)
            point = 0xE000;
        len = utf8_encode(point, utf8);
        if (utf8_char(utf8, len, &back) != len || back != point ||
            utf8_char(utf8, len - 1, &back) != 0)
            fail_msg("U+%04x", (unsigned)point);
    }
}

static void finds_control_characters(void **state)
{
    static const struct {
        const char *text;
        bool has;
    } cases[] = {
        {"", false},         {"EDF01 \xc3\xa9\xc2\xa0", false},
        {"a\n", true},       {"\x1f", true},
        {"a\x7f", true},     {"\xc2\x80", true},
        {"\xc2\x9f", true},  {"\xc3\x80\xe2\x80\xa8", false},
        {"\xc2\xa0", false}, {"\xc4\x85", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(text_has_control(cases[i].text, strlen(cases[i].text)),
                         cases[i].has);
    assert_true(text_has_control("a\0b", 3));
}

static void what_shows_nothing_is_hidden(void **state)
{
    static const char *const hidden[] = {
        "\xe2\x81\xa5",     /* U+2065, unassigned */
        "\xe2\xa0\x80",     /* U+2800 */
        "\xef\xbf\xb0",     /* U+FFF0, unassigned */
        "\xef\xbf\xbe",     /* U+FFFE */
        "\xef\xb7\x90",     /* U+FDD0 */
        "\xf3\xa0\xbf\xbf", /* U+E0FFF, unassigned */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF */
        "\xe2\x80\x8b",     "a\xe2\x80\x8e", "\xe2\x80\xae",
        "\xe2\x81\xa6x",    "\xef\xbb\xbf",  "\xc2\xad",
        "\xf3\xa0\x81\x81", "\xe3\x85\xa4",  "a\xc2\xa0x", /* U+00A0 */
        "\xe2\x80\xaf",                                    /* U+202F */
        "\xe2\x80\xa8",     "\xef\xb8\x8f",  "longer than a word: \xe2\x80\x8b",
    };
    static const char *const shown[] = {
        "",
        "EDF01",
        "\xc3\x84nne",
        "\xe6\x97\xa5\xe6\x9c\xac",
        "\xd8\xb9\xd8\xb1\xd8\xa8",
        "e\xcc\x81",
        "\xf0\x9f\x98\x80",
        "\xff",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
        assert_true(text_has_hidden(hidden[i], strlen(hidden[i])));
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        assert_false(text_has_hidden(shown[i], strlen(shown[i])));
}

static void folds_case_and_form(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"", ""},
        {"EDF01 @[`{", "edf01 @[`{"},
        {"STRASSE Stra\xc3\x9f"
         "e",
         "strasse strasse"},
        {"\xc3\x89t\xc3\x89", "\xc3\xa9t\xc3\xa9"},
        {"E\xcc\x81", "\xc3\xa9"},          /* composed */
        {"\xef\xbc\xa1\xef\xbc\xa2", "ab"}, /* full width */
        {"\xef\xac\x81", "fi"},             /* a ligature */
        {"\xce\xa3\xcf\x83\xcf\x82", "\xcf\x83\xcf\x83\xcf\x83"},
        {"a\xc2\xad"
         "b",
         "ab"}, /* a soft hyphen */
        {"\xe2\x82\xac", "\xe2\x82\xac"},
        {"BAD\xff", "BAD\xff"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out;

        buf_init(&out, 1000);
        buf_put_text(&out, ">");
        text_fold(&out, cases[i].in, strlen(cases[i].in));
        assert_string_equal(buf_text(&out) + 1, cases[i].out);
        buf_release(&out);
    }
}

static void a_fold_fails_like_any_write(void **state)
{
    struct buf out;
    struct err err = ERR_INIT;

    (void)state;
    buf_init(&out, 3);
    text_fold(&out, "\xc3\x89\xc3\x89", 4);
    assert_int_equal(buf_check(&out, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    buf_release(&out);
    mem_fail_after(1);
    text_fold(&out, "\xc3\x89", 2);
    assert_int_equal(buf_check(&out, &err), -1);
    assert_int_equal(err.code, ERR_NOMEM);
    buf_release(&out);
}

static void contains_folds_the_text(void **state)
{
    static const struct {
        const char *text;
        const char *needle;
        bool is_in;
    } cases[] = {
        {"EDF01", "", true},
        {"", "", true},
        {"", "a", false},
        {"EDF01", "df0", true},
        {"EDF01", "DF0", false}, /* a needle is folded before */
        {"EDF01", "edf012", false},
        {"Stra\xc3\x9f"
         "e",
         "strasse", true},
        {"\xc3\x89lectricit\xc3\xa9", "\xc3\xa9lec", true},
        {"EDF", "\xc3\xa9", false},
    };
    char text[2000];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(text_contains(cases[i].text, strlen(cases[i].text),
                                       cases[i].needle,
                                       strlen(cases[i].needle)),
                         cases[i].is_in);
    memset(text, 'A', sizeof(text));
    text[1999] = 'B';
    assert_true(text_contains(text, sizeof(text), "aab", 3));
    assert_false(text_contains(text, sizeof(text), "aabb", 4));
    assert_false(text_contains(text, sizeof(text) - 1, "aab", 3));
}

SUITE(text)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_utf8),
        cmocka_unit_test(every_character_comes_back),
        cmocka_unit_test(finds_control_characters),
        cmocka_unit_test(what_shows_nothing_is_hidden),
        cmocka_unit_test(folds_case_and_form),
        cmocka_unit_test(a_fold_fails_like_any_write),
        cmocka_unit_test(contains_folds_the_text),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
