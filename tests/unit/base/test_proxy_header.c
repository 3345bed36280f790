#include "base/proxy_header.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\xc0\x00\x02\x01\x0a\x00\x00\x01\x30\x39\x01\xbb"
#define V6                                                                     \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"                               \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x30\x39\x01\xbb"

#define CASE(text, length, client, is_https)                                   \
    {                                                                          \
        text, sizeof(text) - 1, length, client, is_https                       \
    }
#define REST "GET / HTTP/1.1\r\n"

static const struct {
    const char *bytes;
    size_t len;
    ssize_t used;
    const char *client; /* NULL: the proxy itself */
    bool is_https;
} cases[] = {
    CASE("PROXY TCP4 192.0.2.1 10.0.0.1 12345 443\r\n" REST, 41, "192.0.2.1",
         false),
    CASE("PROXY TCP6 2001:db8::7 ::1 1 65535\r\n", 36, "2001:db8::7", false),
    CASE("PROXY UNKNOWN\r\n" REST, 15, NULL, false),
    CASE("PROXY UNKNOWN ffff::1 ::1 1 2\r\n", 31, NULL, false),
    CASE(SIGNATURE "\x21\x11\0\x0c" V4 REST, 28, "192.0.2.1", false),
    CASE(SIGNATURE "\x21\x21\0\x24" V6 REST, 52, "2001:db8::7", false),
    /* LOCAL, a family of no addresses, and one of paths. */
    CASE(SIGNATURE "\x20\0\0\0" REST, 16, NULL, false),
    CASE(SIGNATURE "\x20\x11\0\x0c" V4, 28, NULL, false),
    CASE(SIGNATURE "\x21\0\0\0", 16, NULL, false),
    CASE(SIGNATURE "\x21\x31\0\x02"
                   "ab",
         18, NULL, false),
    /* What is said besides: by TLS, in the clear, cut off. */
    CASE(SIGNATURE "\x21\x11\0\x17" V4 "\x20\0\x05\x01\0\0\0\0"
                   "\x04\0\0",
         39, "192.0.2.1", true),
    CASE(SIGNATURE "\x21\x11\0\x17" V4 "\x04\0\0\x20\0\x05\x01\0\0\0\0", 39,
         "192.0.2.1", true),
    CASE(SIGNATURE "\x21\x11\0\x14" V4 "\x20\0\x05\x00\0\0\0\0", 36,
         "192.0.2.1", false),
    CASE(SIGNATURE "\x21\x11\0\x12" V4 "\x20\0\x05\x01\0\0", 34, "192.0.2.1",
         false),
};

static const struct {
    const char *bytes;
    size_t len;
} bad[] = {
#define BAD(text)                                                              \
    {                                                                          \
        text, sizeof(text) - 1                                                 \
    }
    BAD(REST),
    BAD("PROXY\r\n"),
    BAD("PROXY TCP4\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 1 123456\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 70000 1\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n"),
    BAD("PROXY TCP4 2001:db8::7 ::1 1 2\r\n"),
    BAD("PROXY TCP4 evil 10.0.0.1 1 2\r\n"),
    BAD("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n"),
    BAD("PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n"),
    BAD("PROXY UNKNOWN "
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
    BAD(SIGNATURE "\x31\x11\0\x0c" V4),
    BAD(SIGNATURE "\x22\x11\0\x0c" V4),
    BAD(SIGNATURE "\x21\x11\0\x0b" V4),
    BAD(SIGNATURE "\x21\x11\xff\xff"),
};

/* Each in pieces, too: until it is whole, more is asked for. */
static void headers_of_both_versions_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct proxy_header header;
        char text[ADDRESS_TEXT_MAX];

        for (size_t len = 0; len < (size_t)cases[i].used; len++)
            assert_int_equal(proxy_header_read(cases[i].bytes, len, &header),
                             0);
        assert_int_equal(
            proxy_header_read(cases[i].bytes, cases[i].len, &header),
            cases[i].used);
        assert_int_equal(header.has_client, cases[i].client != NULL);
        assert_int_equal(header.is_https, cases[i].is_https);
        if (!cases[i].client)
            continue;
        address_format(&header.client, text);
        assert_string_equal(text, cases[i].client);
    }
}

static void whatever_else_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct proxy_header header;

        assert_int_equal(proxy_header_read(bad[i].bytes, bad[i].len, &header),
                         -1);
    }
}

SUITE(proxy_header)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_both_versions_are_read),
        cmocka_unit_test(whatever_else_is_none),
    };

    return cmocka_run_group_tests_name("proxy_header", tests, NULL, NULL);
}
