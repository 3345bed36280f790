#include "base/mem.h"
#include "shelf.h"

#include <string.h>

#include "base/banned.h"

static void a_value_must_be_of_its_column(void **state)
{
    static const struct {
        const char *column;
        enum query_op op;
        const char *text;
        int rc;
    } cases[] = {
        {"price", QUERY_EQUAL, "10.50", 0},
        {"price", QUERY_AT_LEAST, "-0.00000001", 0},
        {"price", QUERY_AT_MOST, "0.000000001", -1},
        {"price", QUERY_EQUAL, "ten", -1},
        {"price", QUERY_EQUAL, "", -1},
        {"price", QUERY_EQUAL, "99999999999999", -1},
        {"average_price", QUERY_EQUAL, "", 0},
        {"average_price", QUERY_AT_LEAST, "", -1},
        {"client_order_id", QUERY_EQUAL, "", 0},
        {"id", QUERY_EQUAL, "12", 0},
        {"id", QUERY_EQUAL, "1.0", -1},
        {"id", QUERY_EQUAL, "-1", -1},
        {"id", QUERY_EQUAL, "9999999999999999999", -1},
        {"created", QUERY_AT_LEAST, "2026-01-31", 0},
        {"created", QUERY_AT_LEAST, "2026-01-31T00:00:00.5+01:00", 0},
        {"created", QUERY_AT_LEAST, "2026-02-30", -1},
        {"side", QUERY_EQUAL, "buy", 0},
        {"side", QUERY_EQUAL, "Buy", -1},
        {"side", QUERY_EQUAL, "", -1},
        {"side", QUERY_AT_LEAST, "buy", -1},
        {"instrument", QUERY_AT_MOST, "a", -1},
        {"instrument", QUERY_EQUAL, "", 0},
        {"price", QUERY_CONTAINS, "anything", 0},
        {"instrument", QUERY_CONTAINS, "\xFF", -1},
        {"instrument", QUERY_EQUAL, "\xC3", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_query query = {.owner = ANN};
        struct err err = ERR_INIT;
        int rc = order_filter_add(&query.filter, cases[i].op,
                                  shelf_column(cases[i].column), cases[i].text,
                                  strlen(cases[i].text), "field", &err);

        if (rc != cases[i].rc)
            fail_msg("%s %s", cases[i].column, cases[i].text);
        assert_int_equal(query.filter.term_count, rc == 0);
        if (rc < 0) {
            assert_int_equal(err.code, ERR_INVALID);
            assert_string_equal(err.fields[0].name, "field");
        }
        order_query_release(&query);
    }
}

static void a_needle_is_folded_and_has_a_ceiling(void **state)
{
    struct order_query query = {.owner = ANN};
    struct err err = ERR_INIT;
    char text[QUERY_TEXT_MAX];
    /* One character that folds to 18. */
    static const char wide[] = "\xEF\xB7\xBA\xEF\xB7\xBA\xEF\xB7\xBA\xEF\xB7"
                               "\xBA\xEF\xB7\xBA\xEF\xB7\xBA\xEF\xB7\xBA\xEF"
                               "\xB7\xBA\xEF\xB7\xBA\xEF\xB7\xBA";

    (void)state;
    memset(text, 'X', sizeof(text));
    assert_int_equal(order_filter_add(&query.filter, QUERY_CONTAINS, 4, text,
                                      sizeof(text) - 1, "a", &err),
                     0);
    assert_int_equal(query.filter.nodes[0].text_len, QUERY_TEXT_MAX - 1);
    assert_int_equal(order_filter_text(&query.filter,
                                       query.filter.nodes)[QUERY_TEXT_MAX - 2],
                     'x');
    assert_int_equal(order_filter_text(&query.filter,
                                       query.filter.nodes)[QUERY_TEXT_MAX - 1],
                     0);
    assert_int_equal(order_filter_add(&query.filter, QUERY_CONTAINS, 4, text,
                                      sizeof(text), "a", &err),
                     -1);
    assert_int_equal(order_filter_add(&query.filter, QUERY_MATCHES, 4, text,
                                      sizeof(text), "a", &err),
                     -1);
    assert_int_equal(order_filter_add(&query.filter, QUERY_CONTAINS, 4, wide,
                                      sizeof(wide) - 1, "a", &err),
                     -1);
    assert_int_equal(
        order_filter_add(&query.filter, QUERY_EQUAL, 4, "a\0b", 3, "a", &err),
        -1);
    assert_int_equal(err.field_count, 4);
    assert_int_equal(query.filter.term_count, 1);
    order_query_release(&query);
}

static void terms_have_a_ceiling(void **state)
{
    struct order_query query = {.owner = ANN};
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < QUERY_TERMS; i++)
        assert_int_equal(order_filter_add(&query.filter, QUERY_CONTAINS, 1, "a",
                                          1, "a", &err),
                         0);
    assert_int_equal(
        order_filter_add(&query.filter, QUERY_CONTAINS, 1, "a", 1, "a", &err),
        -1);
    assert_int_equal(err.code, ERR_INVALID);
    order_query_release(&query);
}

static void want_of_memory_is_not_the_fault_of_the_needle(void **state)
{
    struct order_query query = {.owner = ANN};
    struct err err = ERR_INIT;

    (void)state;
    mem_fail_after(1);
    assert_int_equal(
        order_filter_add(&query.filter, QUERY_CONTAINS, 1, "a", 1, "a", &err),
        -1);
    mem_fail_after(0);
    assert_int_equal(err.code, ERR_NOMEM);
    assert_int_equal(query.filter.term_count, 0);
}

SUITE(query_add)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_must_be_of_its_column),
        cmocka_unit_test(a_needle_is_folded_and_has_a_ceiling),
        cmocka_unit_test(terms_have_a_ceiling),
        cmocka_unit_test(want_of_memory_is_not_the_fault_of_the_needle),
    };

    return cmocka_run_group_tests_name("query terms", tests, NULL, NULL);
}
