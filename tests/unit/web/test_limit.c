#include "base/clock.h"
#include "support/suite.h"
#include "web/access/limit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static struct limit *limit_of(long per_minute)
{
    struct limit *limit;
    struct err err = ERR_INIT;

    assert_int_equal(limit_new(&limit, per_minute, 60, &err), 0);
    return limit;
}

/* How many of so many get their turn. */
static int take(struct limit *limit, int key, int times)
{
    int taken = 0;

    for (int i = 0; i < times; i++)
        taken += limit_take(limit, &key, sizeof(key)) == 0;
    return taken;
}

static void so_many_a_minute_and_at_once(void **state)
{
    struct limit *limit = limit_of(6);
    int key = 1;

    (void)state;
    assert_int_equal(take(limit, key, 20), 6);
    /* The wait that is told is the wait there is. */
    assert_in_range(limit_take(limit, &key, sizeof(key)), 10, 10);
    clock_shift_us(9 * CLOCK_S);
    assert_in_range(limit_take(limit, &key, sizeof(key)), 1, 1);
    clock_shift_us(CLOCK_S);
    assert_int_equal(take(limit, key, 20), 1);
    clock_shift_us(30 * CLOCK_S);
    assert_int_equal(take(limit, key, 20), 3);
    /* Asking in vain makes it no longer, resting no more than full. */
    clock_shift_us(3600 * CLOCK_S);
    assert_int_equal(take(limit, key, 20), 6);
    assert_int_equal(take(limit, 2, 20), 6);
    limit_free(limit);
}

static void no_crowd_of_keys_gives_one_its_turns_back(void **state)
{
    struct limit *limit = limit_of(3);

    (void)state;
    assert_int_equal(take(limit, 0, 10), 3);
    for (int key = 1; key < 300000; key++)
        take(limit, key, 1);
    assert_int_equal(take(limit, 0, 10), 0);
    limit_free(limit);
}

static void a_crowd_of_the_greedy_harms_hardly_anybody(void **state)
{
    struct limit *limit = limit_of(3);
    int served = 0;

    (void)state;
    for (int key = 0; key < 1000; key++)
        take(limit, key, 10);
    for (int key = 1000; key < 3000; key++)
        served += take(limit, key, 1);
    /* Expected: 0.06 of the 2,000 are not. */
    assert_in_range(served, 1990, 2000);
    limit_free(limit);
}

static void addresses_are_taken_by_site(void **state)
{
    static const struct {
        const char *address;
        bool ok;
    } asked[] = {
        {"192.0.2.1", true},
        {"192.0.2.1", false},
        {"192.0.2.2", true},
        {"::ffff:192.0.2.2", false},
        {"2001:db8:0:1::1", true},
        {"2001:db8:0:1:9::", false},
        {"2001:db8:0:2::1", true},
        {"127.0.0.1", true},
        {"127.0.0.1", true},
        {"::1", true},
        {"::1", true},
        {"unknown", true},
        {"unknown", true},
    };
    struct limit *limit = limit_of(1);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        assert_int_equal(limit_take_address(limit, asked[i].address) == 0,
                         asked[i].ok);
    limit_free(limit);
    assert_null(limit_of(0));
    assert_int_equal(limit_take_address(NULL, "192.0.2.1"), 0);
}

SUITE(limit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_a_minute_and_at_once),
        cmocka_unit_test(no_crowd_of_keys_gives_one_its_turns_back),
        cmocka_unit_test(a_crowd_of_the_greedy_harms_hardly_anybody),
        cmocka_unit_test(addresses_are_taken_by_site),
    };

    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
