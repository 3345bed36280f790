#include "base/mem.h"
#include "fanout/relay.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define E1 "E 1 7 1 new 5 {\"a\":1}\n"
#define E2 "E 2 8 1 new 5 {\"a\":2}\n"
#define E3 "E 3 7 2 update 5 {\"a\":3}\n"
#define E4 "E 4 7 3 delete 5 {\"a\":4}\n"
#define C1 "C 1 7 session_ended 4 5\n"
#define C2 "C 2 8 rights 0 5\n"

struct heard {
    char text[1024];
    int most;
};

static int hear(void *arg, const char *channel, const char *bytes, size_t len)
{
    struct heard *heard = arg;
    size_t at = strlen(heard->text);

    snprintf(heard->text + at, sizeof heard->text - at, "[%s]%.*s", channel,
             (int)len, bytes);
    return heard->most-- > 0 ? 0 : -1;
}

static void one_message_per_channel(void **state)
{
    static const struct {
        const char *outbox;
        const char *messages;
    } cases[] = {
        {"", ""},
        {E1, "[lws-app:e:owner:7]" E1 "[lws-app:e:all]" E1},
        {C1, "[lws-app:e:control]" C1},
        {E1 E3 E4, "[lws-app:e:owner:7]" E1 E3 E4 "[lws-app:e:all]" E1 E3 E4},
        {E1 C1 E2 E3 C2 E4,
         "[lws-app:e:control]" C1 C2 "[lws-app:e:owner:7]" E1 E3 E4
         "[lws-app:e:owner:8]" E2 "[lws-app:e:all]" E1 E2 E3 E4},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct heard heard = {.most = 100};
        struct err err = ERR_INIT;

        assert_int_equal(relay_split("e", cases[i].outbox,
                                     strlen(cases[i].outbox), hear, &heard,
                                     &err),
                         0);
        assert_string_equal(heard.text, cases[i].messages);
    }
}

static void what_cannot_be_read_is_refused_whole(void **state)
{
    static const char *const bad[] = {"garbage", E1 "x\n", E1 C1 "E 1 7",
                                      "E 1 7 1 new 5 {\"a\":1}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct heard heard = {.most = 100};
        struct err err = ERR_INIT;

        assert_int_equal(
            relay_split("e", bad[i], strlen(bad[i]), hear, &heard, &err), -1);
        assert_int_equal(err.code, ERR_INTERNAL);
        assert_string_equal(heard.text, "");
    }
}

static void a_refused_message_or_no_memory_ends_it(void **state)
{
    struct heard heard = {.most = 0};
    struct err err = ERR_INIT;
    unsigned n = 1;
    int rc = -1;

    (void)state;
    assert_int_equal(relay_split("e", E1, strlen(E1), hear, &heard, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_string_equal(heard.text, "[lws-app:e:owner:7]" E1);
    while (rc < 0) {
        heard = (struct heard){.most = 100};
        err_clear(&err);
        mem_fail_after(n++);
        rc = relay_split("e", E1 E2, strlen(E1 E2), hear, &heard, &err);
        mem_fail_after(0);
        assert_int_equal(err.code, rc < 0 ? ERR_NOMEM : ERR_NONE);
    }
    assert_true(n > 4);
    assert_int_equal(relay_split("e", NULL, 0, hear, &heard, &err), 0);
}

SUITE(split)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_message_per_channel),
        cmocka_unit_test(what_cannot_be_read_is_refused_whole),
        cmocka_unit_test(a_refused_message_or_no_memory_ends_it),
    };

    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
