#include "support/suite.h"
#include "web/http/accept.h"

#include <stdio.h>

#include "base/banned.h"

static void the_most_exact_range_counts(void **state)
{
    static const struct {
        const char *header;
        int html;
        int json;
    } cases[] = {
        {NULL, 1000, 1000},
        {"", 1000, 1000},
        {"  ", 1000, 1000},
        {"*/*", 1000, 1000},
        {"text/html", 1000, 0},
        {"TEXT/HTML", 1000, 0},
        {"text/*", 1000, 0},
        {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", 700, 500},
        {"text/html;q=0, */*", 0, 1000},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
         1000, 800},
        {"application/json, text/html;q=0.9", 900, 1000},
        {"text/html; charset=utf-8 ; q=0.25", 250, 0},
        {"text/html;Q=0.123", 123, 0},
        {"text/html;q=1.000", 1000, 0},
        {"text/html;q=1.", 1000, 0},
        {"text/html;a=\",;q=0\";q=0.5, application/json;q=0.1", 500, 100},
        {"text/html;a=\"\\\",\";q=0.5", 500, 0},
        {" , ,text/html;q=0.5,,", 500, 0},
        {"text/html;q=0.5, text/html;q=0.6, text/html;q=0.4", 600, 0},
        /* Not to be read: left out. */
        {"text/html;q=2, application/json", 0, 1000},
        {"text/html;q=1.001", 0, 0},
        {"text/html;q=0.1234", 0, 0},
        {"text/html;q=-1", 0, 0},
        {"text/html;q=", 0, 0},
        {"text/html;q=x", 0, 0},
        {"text/html;a=\"q=0.5", 1000, 0},
        {"text", 0, 0},
        {"text/htm", 0, 0},
        {"text/html5", 0, 0},
        {"/", 0, 0},
        {"*", 0, 0},
        {";q=0.5", 0, 0},
        {"te*/*", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int html = accept_quality(cases[i].header, "text/html");
        int json = accept_quality(cases[i].header, "application/json");

        if (html != cases[i].html || json != cases[i].json)
            fail_msg("%s: %d %d", cases[i].header ? cases[i].header : "-", html,
                     json);
    }
}

static void json_is_for_all_that_do_not_want_a_page_more(void **state)
{
    static const struct {
        const char *header;
        bool html;
    } cases[] = {
        {NULL, false},
        {"*/*", false},
        {"text/html", true},
        {"text/html, application/json", false},
        {"text/html, application/json;q=0.9", true},
        {"text/html;q=0.8, application/json", false},
        {"application/json", false},
        {"text/csv", false},
        {"text/html;q=0", false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
         "image/webp,*/*;q=0.8",
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(accept_prefers_html(cases[i].header), cases[i].html);
}

SUITE(accept)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_exact_range_counts),
        cmocka_unit_test(json_is_for_all_that_do_not_want_a_page_more),
    };

    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
