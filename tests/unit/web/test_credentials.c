#include "support/suite.h"
#include "web/access/credentials.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void set(struct request *request, enum request_header header,
                const char *value)
{
    struct err err = ERR_INIT;

    if (value)
        assert_int_equal(
            request_set_header(request, header, value, strlen(value), &err), 0);
}

static void they_are_tried_in_their_order(void **state)
{
    static const struct {
        const char *authorization, *cookie;
        const char *wanted; /* "t:" a token, "s:" a session; NULL: refused */
    } cases[] = {
        {NULL, NULL, ""},
        {NULL, "sessionid=a", "s:a "},
        {NULL, "a=b; sessionid=a; sessionid=\"b\"", "s:a s:b "},
        {NULL, "sessionid=a; sessionid=a", "s:a "},
        {NULL, "xsessionid=a; sessionidx=b; sessionid", ""},
        {"Token t", "sessionid=a", "t:t "},
        {"token \t t ", "sessionid=a", "t:t "},
        {"Token", "sessionid=a", ""},
        {"Token a b", "sessionid=a", ""},
        {"Bearer t", "sessionid=a", "t:t s:a "},
        {"BEARER", "sessionid=a", "s:a "},
        {"Basic YTpi", "sessionid=a", "s:a "},
        {"Basic a,Basic b", "sessionid=a", "s:a "},
        {"Tokenize t", "sessionid=a", "s:a "},
        {"Digest u=\"a, Token b\", token = \"c\"", "sessionid=a", "s:a "},
        {"Digest u=\"a\\\", Token b\", n=1", "sessionid=a", "s:a "},
        {"", "sessionid=a", "s:a "},
        {"Token a,Token b", "sessionid=a", NULL},
        {"Token a,Basic b", "sessionid=a", NULL},
        {"Token a,", "sessionid=a", NULL},
        {"Basic a, token b", "sessionid=a", NULL},
        {"Basic a,Bearer", "sessionid=a", NULL},
        {"Bearer a,Bearer b", "sessionid=a", NULL},
        {"Digest u=\"a\", n=1,\tBearer b", "sessionid=a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct credentials found;
        struct request request;
        struct err err = ERR_INIT;
        char text[256] = "";
        size_t len = 0;
        int rc;

        request_init(&request);
        set(&request, HEADER_AUTHORIZATION, cases[i].authorization);
        set(&request, HEADER_COOKIE, cases[i].cookie);
        rc = credentials_read(&request, &found, &err);
        request_release(&request);
        for (size_t at = 0; rc == 0 && at < found.count; at++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%c:%s ",
                                    found.of[at].is_token ? 't' : 's',
                                    found.of[at].text);
        if ((rc < 0) != !cases[i].wanted ||
            (rc == 0 && strcmp(text, cases[i].wanted) != 0))
            fail_msg("%s: %s", cases[i].authorization, text);
        assert_int_equal(err.code, rc < 0 ? ERR_MALFORMED : ERR_NONE);
    }
}

static void what_is_too_long_is_none_and_there_is_an_end(void **state)
{
    char cookie[4096] = "sessionid=";
    struct credentials found;
    struct request request;
    struct err err = ERR_INIT;
    size_t len = strlen(cookie);

    (void)state;
    memset(cookie + len, 'x', CREDENTIAL_MAX);
    len += CREDENTIAL_MAX;
    for (int i = 0; i < 40; i++)
        len += (size_t)snprintf(cookie + len, sizeof(cookie) - len,
                                "; sessionid=%d", i);
    request_init(&request);
    set(&request, HEADER_COOKIE, cookie);
    assert_int_equal(credentials_read(&request, &found, &err), 0);
    request_release(&request);
    assert_int_equal(found.count, CREDENTIALS_MAX);
    assert_string_equal(found.of[0].text, "0");
    assert_string_equal(found.of[CREDENTIALS_MAX - 1].text, "8");
}

SUITE(credentials)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_tried_in_their_order),
        cmocka_unit_test(what_is_too_long_is_none_and_there_is_an_end),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
