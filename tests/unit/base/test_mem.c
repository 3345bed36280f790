#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static void size_zero_gives_a_pointer(void **state)
{
    void *a = mem_alloc(0);
    void *b = mem_zalloc(0);
    void *c = mem_realloc(NULL, 0);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
}

static void copies_end_in_a_nul(void **state)
{
    char *whole = mem_strdup("EDF01");
    char *part = mem_strndup("EDF01", 3);

    (void)state;
    assert_string_equal(whole, "EDF01");
    assert_string_equal(part, "EDF");
    mem_free(whole);
    mem_free(part);
}

static void the_nth_allocation_fails_once(void **state)
{
    void *first;
    void *third;

    (void)state;
    mem_fail_after(2);
    first = mem_alloc(1);
    assert_non_null(first);
    assert_null(mem_zalloc(1));
    third = mem_alloc(1);
    assert_non_null(third);
    mem_free(first);
    mem_free(third);
}

static void a_failed_realloc_keeps_the_old(void **state)
{
    char *text = mem_strdup("kept");

    (void)state;
    mem_fail_after(1);
    assert_null(mem_realloc(text, 1000));
    assert_string_equal(text, "kept");
    mem_free(text);
}

static void zero_switches_failing_off(void **state)
{
    char *text;

    (void)state;
    mem_fail_after(1);
    mem_fail_after(0);
    text = mem_strdup("x");
    assert_non_null(text);
    mem_free(text);
}

SUITE(mem)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_gives_a_pointer),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(a_failed_realloc_keeps_the_old),
        cmocka_unit_test(zero_switches_failing_off),
    };

    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
