#include "base/mem.h"
#include "shelf.h"
#include "view/order_match.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Rows that differ where a condition meets nothing at all. */
static int open_three(void **state)
{
    static const char *const rows[] = {
        "'EDF01', 'buy', 100, 1000000000, 'new', 0, NULL, NULL",
        "'AXA02', 'sell', 100, -1, 'filled', 100, 900000000, 'a'",
        "'edf01', 'buy', 100, 0, 'canceled', 0, 100000000, 'A'",
    };

    shelf_open(state);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        shelf_put(*state, ANN, rows[i], 1767225600);
    return 0;
}

#define THREE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, open_three, shelf_close)

struct found {
    const struct order_query *query;
    char ids[64];
    char one_by_one[64];
};

static void note_id(char *ids, int64_t id)
{
    size_t len = strlen(ids);

    snprintf(ids + len, 64 - len, "%s%lld", len ? " " : "", (long long)id);
}

static int take(void *arg, const struct order *order, struct err *err)
{
    struct found *found = arg;

    (void)err;
    note_id(found->ids, order->id);
    return 0;
}

static int ask_one(void *arg, const struct order *order, struct err *err)
{
    struct found *found = arg;
    struct order_match *match = NULL;
    struct order_ready ready;
    bool is_met = false;
    int rc = -1;

    order_ready_init(&ready);
    if (!order_ready_set(&ready, order))
        err_set(err, ERR_NOMEM, "no memory");
    else if (order_match_new(found->query, &match, err) == 0)
        rc = order_match_test(match, &ready, &is_met, err);
    if (is_met)
        note_id(found->one_by_one, order->id);
    order_match_free(match);
    order_ready_release(&ready);
    return rc;
}

/* The database, memory, and each row by itself: by id. */
static void check(struct db *db, struct order_query *query, const char *ids)
{
    struct order_query all = {.owner = query->owner, .limit = 10};
    struct found found = {.query = query};
    struct order_list list;
    struct err err = ERR_INIT;

    query->limit = 10;
    query->order_count = all.order_count = 1; /* by id, ascending */
    for (int i = 0; i < 2; i++) {
        struct order_cache *cache = i ? order_cache_new(1 << 20, 0) : NULL;

        found.ids[0] = '\0';
        if (order_list_run(db, cache, query, &list, take, &found, &err) < 0)
            fail_msg("%s", err.text);
        assert_string_equal(found.ids, ids);
        order_cache_free(cache);
    }
    if (order_list_run(db, NULL, &all, &list, ask_one, &found, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(found.one_by_one, ids);
}

static void not_is_met_by_what_is_not_there(void **state)
{
    static const struct {
        enum query_op op;
        const char *column;
        const char *text;
        const char *ids;
        const char *others;
    } cases[] = {
        {QUERY_AT_LEAST, "average_price", "5", "2", "1 3"},
        {QUERY_AT_MOST, "average_price", "5", "3", "1 2"},
        {QUERY_EQUAL, "average_price", "9.0", "2", "1 3"},
        {QUERY_EQUAL, "average_price", "", "1", "2 3"},
        {QUERY_CONTAINS, "average_price", "9", "2", "1 3"},
        {QUERY_CONTAINS, "average_price", "", "2 3", "1"},
        {QUERY_CONTAINS, "client_order_id", "A", "2 3", "1"},
        {QUERY_EQUAL, "client_order_id", "A", "3", "1 2"},
        {QUERY_EQUAL, "client_order_id", "", "1", "2 3"},
        {QUERY_MATCHES, "client_order_id", "", "2 3", "1"},
        {QUERY_CONTAINS, "instrument", "edf", "1 3", "2"},
        {QUERY_EQUAL, "owner", "ann", "1 2 3", ""},
        /* No status holds it, so that no row is looked at. */
        {QUERY_CONTAINS, "status", "zzz", "", "1 2 3"},
        {QUERY_CONTAINS, "created", "zzz", "", "1 2 3"},
        {QUERY_CONTAINS, "instrument", "\xC2\xAD", "", "1 2 3"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        unsigned long column = shelf_column(cases[i].column);

        for (int is_not = 0; is_not < 2; is_not++) {
            struct order_query query = {.owner = ANN, .totals = true};
            struct err err = ERR_INIT;

            if (is_not)
                order_filter_open(&query.filter, FILTER_NOT, "a", &err);
            order_filter_add(&query.filter, cases[i].op, column, cases[i].text,
                             strlen(cases[i].text), "a", &err);
            if (is_not)
                order_filter_close(&query.filter);
            check(*state, &query, is_not ? cases[i].others : cases[i].ids);
            order_query_release(&query);
        }
    }
}

static void a_group_of_none_is_met_or_not_by_its_kind(void **state)
{
    struct order_query query = {.owner = ANN, .totals = true};
    struct err err = ERR_INIT;

    order_filter_open(&query.filter, FILTER_AND, "a", &err);
    order_filter_close(&query.filter);
    check(*state, &query, "1 2 3");
    order_filter_open(&query.filter, FILTER_NOT, "a", &err);
    order_filter_open(&query.filter, FILTER_OR, "a", &err);
    order_filter_close(&query.filter);
    order_filter_close(&query.filter);
    check(*state, &query, "1 2 3");
    order_filter_open(&query.filter, FILTER_OR, "a", &err);
    order_filter_close(&query.filter);
    check(*state, &query, "");
    order_query_release(&query);
}

static void another_s_order_is_never_meant(void **state)
{
    struct order_query query = {.owner = BOB, .totals = true};
    struct order_match *match = NULL;
    struct order order = {.id = 1, .owner = ANN, .owner_name = "ann"};
    struct order_ready ready;
    struct err err = ERR_INIT;
    bool is_met;

    (void)state;
    order_ready_init(&ready);
    assert_true(order_ready_set(&ready, &order));
    for (int i = 0; i < 2; i++) {
        query.owner = i ? 0 : BOB; /* of all */
        assert_int_equal(order_match_new(&query, &match, &err), 0);
        assert_int_equal(order_match_test(match, &ready, &is_met, &err), 0);
        assert_int_equal(is_met, i);
        order_match_free(match);
    }
    order_ready_release(&ready);
}

static void a_bad_pattern_is_the_search_s_fault(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
    } cases[] = {
        {"ab(", "at byte 3: missing closing parenthesis"},
        {"(a+)+$", "takes too long: make it simpler"},
    };
    struct order order = {.id = 1, .owner = ANN};
    struct order_ready ready;

    (void)state;
    memset(order.instrument, 'a', 60);
    order.instrument[60] = '!';
    order_ready_init(&ready);
    assert_true(order_ready_set(&ready, &order));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_query query = {.owner = ANN};
        struct order_match *match = NULL;
        struct err err = ERR_INIT;
        bool is_met;
        int rc;

        order_filter_open(&query.filter, FILTER_NOT, "a", &err);
        order_filter_add(&query.filter, QUERY_MATCHES,
                         shelf_column("instrument"), cases[i].pattern,
                         strlen(cases[i].pattern), "a", &err);
        order_filter_close(&query.filter);
        rc = order_match_new(&query, &match, &err);
        if (rc == 0)
            rc = order_match_test(match, &ready, &is_met, &err);
        assert_int_equal(rc, -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.fields[0].name, "search");
        assert_string_equal(err.fields[0].text, cases[i].text);
        order_match_free(match);
        order_query_release(&query);
    }
    order_ready_release(&ready);
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    struct order_query query = {.owner = ANN};
    struct order order = {.id = 1, .owner = ANN, .instrument = "EDF01"};
    struct err err = ERR_INIT;
    bool has_failed = true;

    (void)state;
    order_filter_add(&query.filter, QUERY_MATCHES, shelf_column("instrument"),
                     "^edf", 4, "a", &err);
    for (unsigned n = 1; has_failed; n++) {
        struct order_match *match = NULL;
        struct order_ready ready;
        bool is_ready;
        bool is_met;

        err_clear(&err);
        order_ready_init(&ready);
        mem_fail_after(n);
        is_ready = order_ready_set(&ready, &order);
        has_failed = order_match_new(&query, &match, &err) < 0;
        mem_fail_after(0);
        if (has_failed)
            assert_int_equal(err.code, ERR_NOMEM);
        if (is_ready && !has_failed) {
            assert_int_equal(order_match_test(match, &ready, &is_met, &err), 0);
            assert_true(is_met);
        }
        has_failed = has_failed || !is_ready;
        order_match_free(match);
        order_ready_release(&ready);
    }
    order_query_release(&query);
}

SUITE(query_match)
{
    static const struct CMUnitTest tests[] = {
        THREE(not_is_met_by_what_is_not_there),
        THREE(a_group_of_none_is_met_or_not_by_its_kind),
        cmocka_unit_test(another_s_order_is_never_meant),
        cmocka_unit_test(a_bad_pattern_is_the_search_s_fault),
        cmocka_unit_test(want_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests_name("what a query means", tests, NULL, NULL);
}
