#include "support/suite.h"
#include "web/access/host.h"

#include <string.h>

#include "base/banned.h"

#define LABEL63                                                                \
    "a23456789012345678901234567890123456789012345678901234567890123"

static void a_host_has_one_form(void **state)
{
    static const struct {
        const char *text, *name; /* name NULL: it is none */
        int port;
    } cases[] = {
        {"desk.example", "desk.example", 0},
        {"Desk.EXAMPLE:8443", "desk.example", 8443},
        {"desk.example.", "desk.example", 0},
        {"desk.example.:1", "desk.example", 1},
        {"desk.example:", "desk.example", 0},
        {"desk_1-a", "desk_1-a", 0},
        {"192.0.2.1:80", "192.0.2.1", 80},
        {"[::1]", "[::1]", 0},
        {"[0:0::1]:443", "[::1]", 443},
        {"[2001:DB8::A]", "[2001:db8::a]", 0},
        {LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, NULL, 0},
        {"192.0.2.1.", NULL, 0},
        {"", NULL, 0},
        {".", NULL, 0},
        {":80", NULL, 0},
        {".desk", NULL, 0},
        {"desk..example", NULL, 0},
        {"desk.example..", NULL, 0},
        {"desk:65536", NULL, 0},
        {"desk:000080", NULL, 0},
        {"desk:8x", NULL, 0},
        {"desk:-1", NULL, 0},
        {"desk:80:80", NULL, 0},
        {"desk example", NULL, 0},
        {"desk,example", NULL, 0},
        {"user@desk", NULL, 0},
        {"desk/x", NULL, 0},
        {"b\xC3\xBC"
         "cher.example",
         NULL, 0},
        {"::1", NULL, 0},
        {"[::1", NULL, 0},
        {"[]", NULL, 0},
        {"[::1]x", NULL, 0},
        {"[::1%eth0]", NULL, 0},
        {"[192.0.2.1]", NULL, 0},
        {"*", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *text = cases[i].text;
        struct host host;
        bool is_host = host_parse(text, strlen(text), &host);

        if (is_host != (cases[i].name != NULL))
            fail_msg("%s", text);
        if (!is_host)
            continue;
        assert_string_equal(host.name, cases[i].name);
        assert_int_equal(host.port, cases[i].port);
    }
}

static void an_origin_has_one_form(void **state)
{
    static const struct {
        const char *text, *origin; /* origin NULL: it is none */
    } cases[] = {
        {"https://desk.example", "https://desk.example"},
        {"HTTPS://Desk.Example:443", "https://desk.example"},
        {"http://desk.example.:80", "http://desk.example"},
        {"http://desk.example:443", "http://desk.example:443"},
        {"https://[::1]:8443", "https://[::1]:8443"},
        {"null", NULL},
        {"", NULL},
        {"https://", NULL},
        {"https:desk.example", NULL},
        {"https://desk.example/", NULL},
        {"https://desk.example?", NULL},
        {"https://a@desk.example", NULL},
        {"wss://desk.example", NULL},
        {"https://desk.example https://evil.example", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *text = cases[i].text;
        char origin[ORIGIN_MAX];
        struct host host;
        bool is_origin = origin_parse(text, strlen(text), origin, &host, NULL);

        if (is_origin != (cases[i].origin != NULL))
            fail_msg("%s", text);
        if (is_origin)
            assert_string_equal(origin, cases[i].origin);
    }
}

SUITE(host)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_has_one_form),
        cmocka_unit_test(an_origin_has_one_form),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
