#include "base/mem.h"
#include "base/smallest.h"
#include "base/sort_key.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void add_int(struct smallest *smallest, int64_t number)
{
    struct buf key;

    buf_init(&key, 64);
    sort_key_put_int(&key, number);
    assert_true(smallest_add(smallest, number, key.data, key.len));
    buf_release(&key);
}

static void so_many_are_kept_and_they_are_the_smallest(void **state)
{
    static const size_t mosts[] = {0, 1, 2, 7, 100, 1000};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(mosts); i++) {
        struct smallest smallest;

        smallest_init(&smallest, mosts[i], SIZE_MAX);
        /* Each of 0 to 100 less 50 once, in no order. */
        for (int64_t n = 0; n < 101; n++)
            add_int(&smallest, n * 37 % 101 - 50);
        smallest_sort(&smallest);
        assert_int_equal(smallest.count, mosts[i] < 101 ? mosts[i] : 101);
        for (size_t at = 0; at < smallest.count; at++)
            assert_int_equal(smallest.items[at].id, (int64_t)at - 50);
        smallest_release(&smallest);
        smallest_release(&smallest);
    }
}

static void
what_would_take_too_much_is_refused_and_changes_nothing(void **state)
{
    struct smallest smallest;

    (void)state;
    smallest_init(&smallest, 10, 2 * (sizeof(struct smallest_item) + 4));
    assert_true(smallest_add(&smallest, 1, "bbbb", 4));
    assert_true(smallest_add(&smallest, 2, "aaaa", 4));
    assert_false(smallest_add(&smallest, 3, "cccc", 4));
    mem_fail_after(1);
    smallest.bytes_max = SIZE_MAX;
    assert_false(smallest_add(&smallest, 3, "cccc", 4));
    mem_fail_after(0);
    smallest_sort(&smallest);
    assert_int_equal(smallest.count, 2);
    assert_int_equal(smallest.items[0].id, 2);
    assert_int_equal(smallest.items[1].id, 1);
    smallest_release(&smallest);
}

/* The sign of how a key of the two stands to another. */
static int compare(const char *text, int64_t number, const char *other_text,
                   int64_t other_number, bool is_turned)
{
    struct buf a;
    struct buf b;
    int sign;

    buf_init(&a, 64);
    buf_init(&b, 64);
    sort_key_put_text(&a, text, strlen(text));
    sort_key_put_int(&a, number);
    sort_key_put_text(&b, other_text, strlen(other_text));
    sort_key_put_int(&b, other_number);
    if (is_turned) {
        sort_key_turn(&a, 0);
        sort_key_turn(&b, 0);
    }
    sign = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    buf_release(&a);
    buf_release(&b);
    return (sign > 0) - (sign < 0);
}

static void keys_stand_as_their_values_do(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } rising[] = {
        {"", INT64_MIN}, {"", -1},   {"", 0},         {"", 1},
        {"", INT64_MAX}, {"a", 5},   {"a\001", -5},   {"ab", 0},
        {"b", 0},        {"b", 256}, {"\303\251", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rising); i++) {
        for (size_t k = 0; k < ARRAY_LEN(rising); k++) {
            int sign = (i > k) - (i < k);

            assert_int_equal(compare(rising[i].text, rising[i].number,
                                     rising[k].text, rising[k].number, false),
                             sign);
            assert_int_equal(compare(rising[i].text, rising[i].number,
                                     rising[k].text, rising[k].number, true),
                             -sign);
        }
    }
}

SUITE(smallest)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_are_kept_and_they_are_the_smallest),
        cmocka_unit_test(
            what_would_take_too_much_is_refused_and_changes_nothing),
        cmocka_unit_test(keys_stand_as_their_values_do),
    };

    return cmocka_run_group_tests_name("smallest", tests, NULL, NULL);
}
