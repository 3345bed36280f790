#include "base/address.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static struct address parse(const char *text)
{
    struct address address;

    assert_true(address_parse(text, strlen(text), &address));
    return address;
}

static void addresses_are_read_as_proxies_write_them(void **state)
{
    static const struct {
        const char *in;
        const char *out; /* NULL: none */
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:8080", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"::1", "::1"},
        {"::", "::"},
        {"", NULL},
        {"unknown", NULL},
        {"_hidden", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.01", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:x", NULL},
        {"192.0.2.1:123456", NULL},
        {"192.0.2.1 ", NULL},
        {"[192.0.2.1]", NULL},
        {"[::1", NULL},
        {"[::1]x", NULL},
        {"[::1]:", NULL},
        {"[]", NULL},
        {"::1%lo", NULL},
        {"1::2::3", NULL},
        {"fe80:0000:0000:0000:0000:0000:0000:00000000000000000000001", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[ADDRESS_TEXT_MAX];
        struct address address;
        bool ok = address_parse(cases[i].in, strlen(cases[i].in), &address);

        assert_int_equal(ok, cases[i].out != NULL);
        if (!ok)
            continue;
        address_format(&address, text);
        assert_string_equal(text, cases[i].out);
    }
}

static void a_prefix_holds_what_it_says(void **state)
{
    static const struct {
        const char *cidr;
        const char *address;
        bool holds;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.1.2.3/8", "10.9.9.9", true},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.128", true},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"192.0.2.7/32", "192.0.2.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1/128", "::2", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address address = parse(cases[i].address);
        struct cidr cidr;

        assert_true(cidr_parse(cases[i].cidr, strlen(cases[i].cidr), &cidr));
        assert_int_equal(cidr_holds(&cidr, &address), cases[i].holds);
    }
}

static void what_is_no_prefix_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "10.0.0.0/8x",
        "::/129",
        "::/1000",
        "10.0.0.0/+8",
        "localhost",
        "[::1]",
        "10.0.0.0:80",
        "10.0.0.0/0x8",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct cidr cidr;

        assert_false(cidr_parse(bad[i], strlen(bad[i]), &cidr));
    }
}

static void a_site_is_what_one_client_holds(void **state)
{
    static const struct {
        const char *address;
        const char *site;
        bool loopback;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", false},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false},
        {"2001:db8:1:2:ffff::", "2001:db8:1:2::/64", false},
        {"127.9.9.9", "127.9.9.9", true},
        {"::1", "::/64", true},
        {"::ffff:127.0.0.1", "::ffff:127.0.0.1", true},
        {"128.0.0.1", "128.0.0.1", false},
    };
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct address address = parse(cases[i].address);

        address_site_text(cases[i].address, text);
        assert_string_equal(text, cases[i].site);
        assert_int_equal(address_is_loopback(&address), cases[i].loopback);
    }
    address_site_text("command", text);
    assert_string_equal(text, "command");
}

SUITE(address)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_as_proxies_write_them),
        cmocka_unit_test(a_prefix_holds_what_it_says),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(a_site_is_what_one_client_holds),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
