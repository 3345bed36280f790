#include "accounts.h"
#include "base/clock.h"
#include "model/accounts/throttle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct throttle_limits limits = {
    .per_account = 3, .per_address = 5, .window_s = 600};

static void fail_at(struct world *w, const char *address, const char *name,
                    int times)
{
    struct err err = ERR_INIT;

    for (int i = 0; i < times; i++)
        assert_int_equal(throttle_fail(w->db, &limits, address, name, &err), 0);
}

/* How long it has to wait; 0: it may try. */
static int wait_s(struct world *w, const char *address, const char *name)
{
    struct err err = ERR_INIT;

    if (throttle_check(w->db, &limits, address, name, &err) == 0)
        return 0;
    assert_int_equal(err.code, ERR_THROTTLED);
    assert_in_range(err.retry_after_s, 1, limits.window_s);
    return err.retry_after_s;
}

static void an_account_is_throttled_by_address(void **state)
{
    struct world *w = *state;

    fail_at(w, "10.0.0.1", "kim", 2);
    assert_int_equal(wait_s(w, "10.0.0.1", "kim"), 0);
    fail_at(w, "10.0.0.1", "kim", 1);
    assert_int_equal(wait_s(w, "10.0.0.1", "kim"), limits.window_s);
    assert_int_equal(wait_s(w, "10.0.0.1", "lea"), 0);
    assert_int_equal(wait_s(w, "10.0.0.2", "kim"), 0);
    assert_int_equal(wait_s(w, "10.0.0.", "1|kim"), 0);
}

static void an_address_is_throttled_over_all_accounts(void **state)
{
    struct world *w = *state;

    fail_at(w, "10.0.0.1", "kim", 2);
    fail_at(w, "10.0.0.1", "lea", 2);
    assert_int_equal(wait_s(w, "10.0.0.1", "max"), 0);
    fail_at(w, "10.0.0.1", "nobody", 1);
    assert_int_equal(wait_s(w, "10.0.0.1", "max"), limits.window_s);
    assert_int_equal(wait_s(w, "10.0.0.1", "kim"), limits.window_s);
    assert_int_equal(wait_s(w, "10.0.0.2", "kim"), 0);
}

static void a_name_is_one_regardless_of_case(void **state)
{
    struct world *w = *state;

    fail_at(w, "a", "j\xc3\xb6rg", 1);
    fail_at(w, "a", "J\xc3\x96RG", 1);
    fail_at(w, "a", "jo\xcc\x88rg", 1);
    assert_int_not_equal(wait_s(w, "a", "J\xc3\xb6rG"), 0);
    assert_int_equal(wait_s(w, "a", "jorg"), 0);
}

/* However long they are, and however they grow when folded. */
static void long_names_are_told_apart(void **state)
{
    struct world *w = *state;
    char first[USERNAME_MAX] = "";
    char second[USERNAME_MAX];
    static char endless[10 * USERNAME_MAX];

    for (size_t i = 0; i < 149; i++)
        memcpy(first + 3 * i, "\xef\xb7\xba", 4);
    memcpy(second, first, sizeof(second));
    first[3 * 149] = 'a';
    second[3 * 149] = 'b';
    fail_at(w, "a", first, 3);
    assert_int_not_equal(wait_s(w, "a", first), 0);
    assert_int_equal(wait_s(w, "a", second), 0);
    memset(endless, 'x', sizeof(endless) - 1);
    fail_at(w, "b", endless, 3);
    assert_int_not_equal(wait_s(w, "b", endless), 0);
    assert_int_equal(wait_s(w, "b", "x"), 0);
}

/* A password typed in the wrong place must not lie about for a day. */
static void what_was_typed_as_a_name_is_not_stored(void **state)
{
    struct world *w = *state;

    fail_at(w, "10.0.0.1", "my-password-77", 1);
    assert_int_equal(rows(w, "throttle"), 3);
    assert_not_stored(w, "my-password-77");
}

static void a_success_forgets_the_accounts_failures(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    fail_at(w, "a", "kim", 3);
    fail_at(w, "b", "kim", 3);
    assert_int_equal(throttle_forget(w->db, "a", "KIM", &err), 0);
    assert_int_equal(wait_s(w, "a", "kim"), 0);
    assert_int_not_equal(wait_s(w, "b", "kim"), 0);
    /* Not those of the address: else one's own account would clear them. */
    fail_at(w, "a", "kim", 2);
    assert_int_not_equal(wait_s(w, "a", "lea"), 0);
    assert_int_equal(throttle_forget(w->db, "a", "kim", &err), 0);
    assert_int_not_equal(wait_s(w, "a", "kim"), 0);
    assert_int_equal(throttle_forget(w->db, "c", "nobody", &err), 0);
}

/* Who holds an IPv6 address holds its whole /64. */
static void ipv6_is_counted_by_site(void **state)
{
    struct world *w = *state;

    fail_at(w, "2001:db8:0:1::1", "kim", 2);
    fail_at(w, "2001:db8:0:1:9:9:9:9", "kim", 1);
    assert_int_equal(wait_s(w, "2001:db8:0:1:ffff::7", "kim"), limits.window_s);
    assert_int_equal(wait_s(w, "2001:db8:0:2::1", "kim"), 0);
    fail_at(w, "192.0.2.1", "kim", 3);
    assert_int_equal(wait_s(w, "192.0.2.2", "kim"), 0);
}

static void a_window_begins_with_its_first_failure(void **state)
{
    struct world *w = *state;

    fail_at(w, "a", "kim", 1);
    later(w, 400);
    fail_at(w, "a", "kim", 2);
    assert_in_range(wait_s(w, "a", "kim"), 1, 200);
    /* Trying on does not make it longer. */
    fail_at(w, "a", "kim", 2);
    assert_in_range(wait_s(w, "a", "kim"), 1, 200);
    later(w, 200);
    assert_int_equal(wait_s(w, "a", "kim"), 0);
    assert_int_equal(wait_s(w, "a", "lea"), 0);
    /* And the next failure begins anew. */
    fail_at(w, "a", "kim", 2);
    assert_int_equal(wait_s(w, "a", "kim"), 0);
    fail_at(w, "a", "kim", 1);
    assert_int_equal(wait_s(w, "a", "kim"), limits.window_s);
}

static void
a_time_that_cannot_be_is_no_longer_a_wait_than_the_window(void **state)
{
    struct world *w = *state;

    fail_at(w, "10.0.0.1", "kim", limits.per_account);
    change(w, "UPDATE throttle SET since = 9223372036854775807");
    assert_int_equal(wait_s(w, "10.0.0.1", "kim"), limits.window_s);
    change(w, "UPDATE throttle SET since = -9223372036854775807 - 1");
    assert_int_equal(wait_s(w, "10.0.0.1", "kim"), 0);
}

static void the_wait_is_the_rest_of_the_window(void **state)
{
    static const struct {
        int64_t ago_us; /* the first failure */
        int wait_s;
    } cases[] = {
        {0, 600},           {1, 600},
        {CLOCK_S, 599},     {10 * CLOCK_S + CLOCK_S / 2, 590},
        {599 * CLOCK_S, 1}, {600 * CLOCK_S - 1, 1},
        {600 * CLOCK_S, 0}, {-100 * CLOCK_S, 600}, /* the clock went back */
    };
    struct world *w = *state;

    fail_at(w, "a", "kim", 3);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        change(w, "UPDATE throttle SET since = %" PRId64,
               db_time_us(w->db) - cases[i].ago_us);
        assert_int_equal(wait_s(w, "a", "kim"), cases[i].wait_s);
    }
}

static int delay_s(struct world *w, const char *name)
{
    struct err err = ERR_INIT;
    int wait;

    assert_int_equal(throttle_delay(w->db, &limits, name, &wait, &err), 0);
    return wait;
}

static void
failures_from_everywhere_delay_who_comes_from_elsewhere(void **state)
{
    static const int delays[] = {1, 2, 4, 8, 16, 30, 30};
    struct world *w = *state;
    struct err err = ERR_INIT;

    for (int i = 0; i < THROTTLE_FREE; i++) {
        char address[32];

        snprintf(address, sizeof(address), "10.0.%d.1", i);
        assert_int_equal(delay_s(w, "kim"), 0);
        fail_at(w, address, i % 2 ? "kim" : "KIM", 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
        assert_int_equal(delay_s(w, "Kim"), delays[i]);
        fail_at(w, "10.1.0.1", "kim", 1);
    }
    /* A login of whom it is gives those who guess no further tries. */
    assert_int_equal(throttle_forget(w->db, "10.1.0.1", "kim", &err), 0);
    assert_int_equal(delay_s(w, "kim"), THROTTLE_DELAY_MAX_S);
    assert_int_equal(delay_s(w, "lea"), 0);
    change(w, "UPDATE throttle SET since = %" PRId64,
           db_time_us(w->db) - limits.window_s * CLOCK_S);
    assert_int_equal(delay_s(w, "kim"), 0);
}

SUITE(throttle)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_account_is_throttled_by_address),
        WORLD_TEST(an_address_is_throttled_over_all_accounts),
        WORLD_TEST(a_name_is_one_regardless_of_case),
        WORLD_TEST(long_names_are_told_apart),
        WORLD_TEST(what_was_typed_as_a_name_is_not_stored),
        WORLD_TEST(a_success_forgets_the_accounts_failures),
        WORLD_TEST(ipv6_is_counted_by_site),
        WORLD_TEST(a_window_begins_with_its_first_failure),
        WORLD_TEST(a_time_that_cannot_be_is_no_longer_a_wait_than_the_window),
        WORLD_TEST(the_wait_is_the_rest_of_the_window),
        WORLD_TEST(failures_from_everywhere_delay_who_comes_from_elsewhere),
    };

    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
