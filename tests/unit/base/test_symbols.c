#include "base/symbols.h"
#include "support/suite.h"

#include <string.h>

#include "base/banned.h"

static void a_list_has_symbols_and_prefixes(void **state)
{
    static const struct {
        const char *list;
        const char *symbol;
        bool has;
    } cases[] = {
        {"*", "A", true},       {"", "A", false},     {",,", "A", false},
        {"A", "A", true},       {"A", "AB", false},   {"AB", "A", false},
        {"A*", "A", true},      {"A*", "AB", true},   {"AB*", "A", false},
        {"B,A*,C", "AX", true}, {"B,,C", "C", true},  {"B,A", "a", false},
        {"A**", "A*x", true},   {"A**", "Ax", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(symbols_has(cases[i].list, cases[i].symbol,
                                     strlen(cases[i].symbol)),
                         cases[i].has);
}

static void names_come_one_by_one(void **state)
{
    const char *at = ",AB,,C*,";
    size_t len;

    (void)state;
    assert_memory_equal(symbols_next(&at, &len), "AB", 2);
    assert_int_equal(len, 2);
    assert_memory_equal(symbols_next(&at, &len), "C*", 2);
    assert_int_equal(len, 2);
    assert_null(symbols_next(&at, &len));
    assert_null(symbols_next(&at, &len));
}

SUITE(symbols)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_symbols_and_prefixes),
        cmocka_unit_test(names_come_one_by_one),
    };

    return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
