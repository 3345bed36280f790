#include "base/mem.h"
#include "shelf.h"

#include <string.h>

#include "base/banned.h"

/* "price=10": the value of an equal; "price>10", "price<10": ranges;
 * "price~10": contains. Between "(" and ")" an or, "!(" and ")" a not. */
static void add_words(struct order_filter *filter, const char *words)
{
    struct err err = ERR_INIT;

    while (*words) {
        size_t len = strcspn(words, " ");
        size_t name = strcspn(words, "=<>~ ");
        enum query_op op = words[name] == '='   ? QUERY_EQUAL
                           : words[name] == '>' ? QUERY_AT_LEAST
                           : words[name] == '<' ? QUERY_AT_MOST
                                                : QUERY_CONTAINS;
        const struct order_column *column = order_column_find(words, name);

        if (*words == ')')
            order_filter_close(filter);
        else if (*words == '(' || *words == '!')
            assert_int_equal(
                order_filter_open(
                    filter, *words == '(' ? FILTER_OR : FILTER_NOT, "a", &err),
                0);
        else
            assert_int_equal(
                order_filter_add(filter, op, 1UL << (column - order_columns),
                                 words + name + 1, len - name - 1, "a", &err),
                0);
        words += len;
        words += *words == ' ';
    }
}

static void make(struct order_query *query, const char *words)
{
    *query = (struct order_query){.owner = ANN, .limit = 10, .totals = true};
    add_words(&query->filter, words);
}

static void the_same_question_is_an_equal_value(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool are_equal;
    } cases[] = {
        {"", "", true},
        {"price=10", "price=10.00", true},
        {"price=10", "price=10.01", false},
        {"price=10", "price>10", false},
        {"price=10", "quantity=10", false},
        {"created>2026-01-01", "created>2026-01-01T01:00:00+01:00", true},
        {"instrument~EDF", "instrument~edf", true},
        {"instrument=EDF", "instrument=edf", false},
        {"side=buy", "side=sell", false},
        {"average_price=", "average_price=0", false},
        {"client_order_id=", "client_order_id=", true},
        {"side=buy price=1", "side=buy price=1", true},
        {"side=buy price=1", "( side=buy price=1 )", false},
        {"side=buy", "! side=buy )", false},
        {"( side=buy ) price=1", "( side=buy price=1 )", false},
        {"( side=buy price=1 )", "( side=buy price=1 )", true},
        {"instrument~a instrument~bc", "instrument~ab instrument~c", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_query a;
        struct order_query b;

        make(&a, cases[i].a);
        make(&b, cases[i].b);
        if (order_query_equal(&a, &b) != cases[i].are_equal)
            fail_msg("%s, %s", cases[i].a, cases[i].b);
        assert_int_equal(order_query_hash(&a) == order_query_hash(&b),
                         cases[i].are_equal);
        order_query_release(&a);
        order_query_release(&b);
    }
}

static struct query_order by(const char *name, bool is_down)
{
    return (struct query_order){
        .column =
            (size_t)(order_column_find(name, strlen(name)) - order_columns),
        .descending = is_down};
}

/* Changes one thing at a time, and what changes says whether it counts. */
static void all_of_a_query_counts_but_orders_that_say_nothing(void **state)
{
    struct order_query a;

    (void)state;
    make(&a, "side=buy");
    a.order_count = 1;
    a.orders[0] = by("price", true);
    for (int i = 0; i < 12; i++) {
        struct order_query b = a;
        bool are_equal = i >= 9;

        switch (i) {
        case 0: b.owner = BOB; break;
        case 1: b.offset = 1; break;
        case 2: b.limit = 11; break;
        case 3: b.before_id = 7; break;
        case 4: b.totals = false; break;
        case 5: b.orders[0].descending = false; break;
        case 6: b.orders[0] = by("quantity", true); break;
        case 7: b.order_count = 0; break;
        case 8: b.orders[b.order_count++] = by("side", true); break;
        case 9: b.orders[b.order_count++] = by("price", false); break;
        case 10: b.orders[b.order_count++] = by("id", true); break;
        case 11: b.orders[b.order_count++] = by("owner", true); break;
        }
        if (order_query_equal(&a, &b) != are_equal ||
            order_query_equal(&b, &a) != are_equal ||
            (order_query_hash(&a) == order_query_hash(&b)) != are_equal)
            fail_msg("change %d", i);
    }
    order_query_release(&a);
}

static void a_copy_is_a_value_of_its_own(void **state)
{
    struct order_query query;
    struct order_query copy;
    struct err err = ERR_INIT;

    (void)state;
    make(&query, "( side=buy ! instrument~EDF01 ) ) price>10");
    assert_int_equal(order_query_copy(&copy, &query, &err), 0);
    assert_true(order_query_equal(&query, &copy));
    /* Either may change, and goes by itself. */
    add_words(&copy.filter, "client_order_id=x");
    assert_false(order_query_equal(&query, &copy));
    add_words(&query.filter, "client_order_id=x");
    assert_true(order_query_equal(&query, &copy));
    order_query_release(&query);
    assert_true(order_filter_is_empty(&query.filter));
    assert_string_equal(order_filter_text(&copy.filter, &copy.filter.nodes[3]),
                        "edf01");
    order_query_release(&copy);
    order_query_release(&copy);
    assert_int_equal(order_query_copy(&copy, &query, &err), 0);
    assert_true(order_query_equal(&copy, &query));
}

static void groups_have_ceilings(void **state)
{
    struct order_filter filter = {.node_count = 0};
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < QUERY_DEPTH; i++)
        assert_int_equal(order_filter_open(&filter, FILTER_AND, "deep", &err),
                         0);
    assert_int_equal(order_filter_open(&filter, FILTER_OR, "deep", &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.fields[0].name, "deep");
    assert_string_equal(err.fields[0].text, "groups more than 8 deep");
    for (int i = 0; i < QUERY_DEPTH; i++)
        order_filter_close(&filter);
    assert_int_equal(filter.nodes[0].span, QUERY_DEPTH);
    err_clear(&err);
    for (int i = QUERY_DEPTH; i < QUERY_GROUPS; i++) {
        assert_int_equal(order_filter_open(&filter, FILTER_AND, "many", &err),
                         0);
        order_filter_close(&filter);
    }
    assert_int_equal(order_filter_open(&filter, FILTER_OR, "many", &err), -1);
    assert_string_equal(err.fields[0].name, "many");
    assert_string_equal(err.fields[0].text,
                        "more than 128 groups of conditions");
    assert_int_equal(filter.depth, 0);
    assert_int_equal(filter.node_count, QUERY_GROUPS);
    order_filter_release(&filter);
}

static void want_of_memory_for_a_copy_leaves_nothing(void **state)
{
    struct order_query query;
    int failed = 0;

    (void)state;
    make(&query, "( side=buy price=1 )");
    for (unsigned n = 1; n < 5; n++) {
        struct order_query copy;
        struct err err = ERR_INIT;
        int rc;

        mem_fail_after(n);
        rc = order_query_copy(&copy, &query, &err);
        mem_fail_after(0);
        failed += rc < 0;
        if (rc < 0) {
            assert_int_equal(err.code, ERR_NOMEM);
            assert_true(order_filter_is_empty(&copy.filter));
        }
        order_query_release(&copy);
    }
    assert_int_equal(failed, 2);
    order_query_release(&query);
}

SUITE(query_value)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_question_is_an_equal_value),
        cmocka_unit_test(all_of_a_query_counts_but_orders_that_say_nothing),
        cmocka_unit_test(a_copy_is_a_value_of_its_own),
        cmocka_unit_test(groups_have_ceilings),
        cmocka_unit_test(want_of_memory_for_a_copy_leaves_nothing),
    };

    return cmocka_run_group_tests_name("queries as values", tests, NULL, NULL);
}
