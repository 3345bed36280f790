#include "base/clock.h"
#include "support/suite.h"
#include "web/access/quota.h"

#include "base/banned.h"

static struct quota *quota_of(int64_t rows, int64_t bytes)
{
    struct quota *quota;
    struct err err = ERR_INIT;

    assert_int_equal(quota_new(&quota,
                               (struct quota_use){.rows = rows, .bytes = bytes},
                               &err),
                     0);
    return quota;
}

static int take(struct quota *quota, int64_t user, int64_t rows, int64_t bytes)
{
    struct err err = ERR_INIT;
    int rc = quota_take(quota, user,
                        (struct quota_use){.rows = rows, .bytes = bytes}, &err);

    if (rc < 0) {
        assert_int_equal(err.code, ERR_THROTTLED);
        assert_in_range(err.retry_after_s, 1, 86400);
    }
    return rc;
}

static void all_that_may_be_can_be_used_and_no_more(void **state)
{
    struct quota *quota = quota_of(10, 1000);

    (void)state;
    assert_int_equal(take(quota, 1, 0, 0), 0);
    assert_int_equal(take(quota, 1, 9, 10), 0);
    /* What is refused is not counted, and what fits still can be used. */
    assert_int_equal(take(quota, 1, 2, 10), -1);
    assert_int_equal(take(quota, 1, 0, 0), 0);
    assert_int_equal(take(quota, 1, 1, 10), 0);
    assert_int_equal(take(quota, 1, 0, 0), -1);
    assert_int_equal(take(quota, 1, 1, 0), -1);
    assert_int_equal(quota_used(quota, 1).rows, 10);
    assert_int_equal(quota_used(quota, 1).bytes, 20);
    /* Nor is it another's. */
    assert_int_equal(quota_used(quota, 2).rows, 0);
    assert_int_equal(take(quota, 2, 1, 1000), 0);
    assert_int_equal(take(quota, 2, 1, 1), -1);
    assert_int_equal(take(quota, 2, 0, 0), -1);
    quota_free(quota);
}

static void add_unwritten(struct quota *quota, int64_t user, int64_t rows,
                          int64_t bytes)
{
    quota_add_unwritten(quota, user,
                        (struct quota_use){.rows = rows, .bytes = bytes});
}

static void what_is_not_written_counts_apart_and_as_much(void **state)
{
    struct quota *quota = quota_of(10, 1000);

    (void)state;
    add_unwritten(quota, 1, 9, 999);
    assert_int_equal(take(quota, 1, 0, 0), 0);
    assert_int_equal(take(quota, 1, 9, 999), 0);
    assert_int_equal(take(quota, 1, 0, 0), 0);
    add_unwritten(quota, 1, 1000, 0);
    assert_int_equal(take(quota, 1, 0, 0), -1);
    assert_int_equal(quota_unwritten(quota, 1).rows, 1009);
    assert_int_equal(quota_unwritten(quota, 1).bytes, 999);
    assert_int_equal(quota_used(quota, 1).rows, 9);
    add_unwritten(quota, 2, 1, 1000);
    assert_int_equal(take(quota, 2, 0, 0), -1);
    assert_int_equal(take(quota, 3, 0, 0), 0);
    clock_shift_us(quota_until_us() - clock_now_us());
    assert_int_equal(take(quota, 1, 0, 0), 0);
    assert_int_equal(quota_unwritten(quota, 1).rows, 0);
    quota_free(quota);
    quota = quota_of(0, 0);
    add_unwritten(quota, 1, INT64_C(1) << 40, INT64_C(1) << 50);
    assert_int_equal(take(quota, 1, 0, 0), 0);
    add_unwritten(NULL, 1, 1, 1);
    assert_int_equal(quota_unwritten(NULL, 1).rows, 0);
    quota_free(quota);
}

static void a_new_day_begins_at_nothing(void **state)
{
    struct quota *quota = quota_of(1, 0);
    int64_t rest_us;

    (void)state;
    assert_int_equal(take(quota, 1, 1, 1000000), 0);
    assert_int_equal(take(quota, 1, 1, 1), -1);
    rest_us = quota_until_us() - clock_now_us();
    assert_in_range(rest_us, 1, 86400 * CLOCK_S);
    clock_shift_us(rest_us);
    assert_int_equal(quota_used(quota, 1).rows, 0);
    assert_int_equal(take(quota, 1, 1, 1), 0);
    quota_free(quota);
}

static void none_limits_nobody(void **state)
{
    struct quota *quota = quota_of(0, 0);

    (void)state;
    assert_int_equal(take(quota, 1, INT64_C(1) << 40, INT64_C(1) << 50), 0);
    assert_int_equal(take(quota, 1, 0, 0), 0);
    assert_int_equal(quota_used(quota, 1).rows, INT64_C(1) << 40);
    quota_free(quota);
    assert_int_equal(take(NULL, 1, 1, 1), 0);
    assert_int_equal(quota_used(NULL, 1).rows, 0);
    assert_int_equal(quota_most(NULL).rows, 0);
    quota_free(NULL);
}

SUITE(quota)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_may_be_can_be_used_and_no_more),
        cmocka_unit_test(what_is_not_written_counts_apart_and_as_much),
        cmocka_unit_test(a_new_day_begins_at_nothing),
        cmocka_unit_test(none_limits_nobody),
    };

    return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
