#include "support/suite.h"
#include "web/access/proxies.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void the_rightmost_stranger_is_the_client(void **state)
{
    static const struct {
        const char *trusted;
        const char *peer;
        const char *forwarded;
        const char *client;
        bool is_trusted;
    } cases[] = {
        /* Nobody is trusted: nothing is believed. */
        {"", "192.0.2.1", "203.0.113.9", "192.0.2.1", false},
        {"10.0.0.0/8", "192.0.2.1", "203.0.113.9", "192.0.2.1", false},
        /* One proxy, one client; and what that client claims of itself. */
        {"10.0.0.1", "10.0.0.1", "203.0.113.9", "203.0.113.9", true},
        {"10.0.0.1", "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9", true},
        {"10.0.0.1", "10.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9", true},
        {"10.0.0.1", "10.0.0.1", "203.0.113.9, 10.0.0.1", "203.0.113.9", true},
        {"10.0.0.1", "10.0.0.1", " 1.1.1.1 ,203.0.113.9:99 ", "203.0.113.9",
         true},
        /* A chain, to its end. */
        {"10.0.0.0/8 2001:db8::/32", "10.0.0.1",
         "9.9.9.9, 203.0.113.9, 2001:db8::7,10.0.0.2", "203.0.113.9", true},
        {"10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", true},
        /* What is no address ends it. */
        {"10.0.0.0/8", "10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2",
         true},
        {"10.0.0.0/8", "10.0.0.1", "unknown", "10.0.0.1", true},
        {"10.0.0.0/8", "10.0.0.1", "203.0.113.9,", "10.0.0.1", true},
        {"10.0.0.0/8", "10.0.0.1", ",, ,", "10.0.0.1", true},
        {"10.0.0.0/8", "10.0.0.1", "203.0.113.9\nx", "10.0.0.1", true},
        {"10.0.0.0/8", "10.0.0.1", "", "10.0.0.1", true},
        {"10.0.0.0/8", "10.0.0.1", NULL, "10.0.0.1", true},
        {"::1", "::1", "2001:DB8::0:9", "2001:db8::9", true},
        {"127.0.0.1", "::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct proxies proxies;
        struct err err = ERR_INIT;
        char address[ADDRESS_TEXT_MAX];

        assert_int_equal(proxies_read(&proxies, cases[i].trusted, &err), 0);
        snprintf(address, sizeof(address), "%s", cases[i].peer);
        assert_int_equal(
            proxies_resolve(&proxies, false, cases[i].forwarded, address),
            cases[i].is_trusted);
        assert_string_equal(address, cases[i].client);
    }
}

static void the_last_word_on_the_protocol_counts(void **state)
{
    (void)state;
    assert_true(proxies_say_https("https"));
    assert_true(proxies_say_https("http, HTTPS "));
    assert_false(proxies_say_https("https, http"));
    assert_false(proxies_say_https("https,"));
    assert_false(proxies_say_https("httpsx"));
    assert_false(proxies_say_https(""));
    assert_false(proxies_say_https(NULL));
}

static void a_bad_list_is_named(void **state)
{
    static const char *const bad[] = {"x", "10.0.0.0/8,x", "10.0.0.0/99",
                                      "10.0.0.0 /8", "10.0.0.0;10.0.0.1"};
    char many[2048] = "";

    (void)state;
    for (size_t i = 0; i <= PROXIES_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many),
                 "10.0.0.%zu,", i);
    for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
        struct proxies proxies;
        struct err err = ERR_INIT;

        assert_int_equal(
            proxies_read(&proxies, i < ARRAY_LEN(bad) ? bad[i] : many, &err),
            -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.fields[0].name, "trusted_proxy");
    }
}

SUITE(proxies)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rightmost_stranger_is_the_client),
        cmocka_unit_test(the_last_word_on_the_protocol_counts),
        cmocka_unit_test(a_bad_list_is_named),
    };

    return cmocka_run_group_tests_name("proxies", tests, NULL, NULL);
}
