#include "base/mem.h"
#include "model/orders/stream.h"
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ONE "00000000" /* after a number: its 8 decimals */
/* Times: seconds since 1970. */
#define YEAR_2026 1767225600

/* ids 1 to 8 are ann's, 9 and 10 Bob's. */
static int open_filled(void **state)
{
    static const struct {
        int owner;
        const char *values;
    } rows[] = {
        {ANN, "'EDF01', 'buy', 100" ONE ", 1050000000, 'new', 0, NULL, 'a-1'"},
        {ANN, "'edf02', 'sell', 20" ONE ", 9" ONE ", 'filled', 20" ONE ", 9" ONE
              ", NULL"},
        {ANN, "'Stra\xC3\x9F"
              "e', 'buy', 5" ONE ", -50000000, 'canceled', 0, NULL, 'A-1'"},
        {ANN, "'AXA01', 'buy', 100" ONE ", 100" ONE ", 'new', 0, NULL, NULL"},
        {ANN, "'\xC3\x89toile', 'sell', 7" ONE ", 0, 'partially_filled', 1" ONE
              ", 50000000, NULL"},
        {ANN, "'100%', 'buy', 1, 1, 'rejected', 0, NULL, 'x_y'"},
        {ANN,
         "'EUR/USD', 'sell', 3" ONE ", 9" ONE ", 'expired', 0, NULL, NULL"},
        {ANN, "'edf01', 'buy', 2" ONE ", 9" ONE ", 'new', 0, NULL, 'b'"},
        {BOB, "'EDF01', 'buy', 100" ONE ", 1050000000, 'new', 0, NULL, NULL"},
        {BOB, "'ANN01', 'sell', 1" ONE ", 1" ONE ", 'new', 0, NULL, 'a-1'"},
    };

    shelf_open(state);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        shelf_put(*state, rows[i].owner, rows[i].values,
                  YEAR_2026 + (int64_t)i * 3600);
    return 0;
}

#define FILLED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, open_filled, shelf_close)

struct seen {
    const struct order_list *list;
    char text[400];
    int stop_after; /* rows; 0: never */
    int rows;
};

static int see(void *arg, const struct order *order, struct err *err)
{
    struct seen *seen = arg;
    size_t len = strlen(seen->text);

    /* The totals are known before the first row. */
    assert_true(seen->list->position > 0);
    snprintf(seen->text + len, sizeof(seen->text) - len, "%s%lld",
             len ? " " : "", (long long)order->id);
    if (++seen->rows == seen->stop_after)
        return err_set(err, ERR_TOO_LARGE, "enough");
    return 0;
}

static void check_answer(struct db *db, struct order_cache *cache,
                         const struct order_query *query, const char *shown)
{
    struct order_list list;
    struct seen seen = {.list = &list};
    struct err err = ERR_INIT;
    char text[500];

    if (order_list_run(db, cache, query, &list, see, &seen, &err) < 0)
        fail_msg("%s", err.text);
    snprintf(text, sizeof(text), "%lld/%lld: %s", (long long)list.total,
             (long long)list.matching, seen.text);
    assert_string_equal(text, shown);
    assert_int_equal(list.returned, seen.rows);
}

/* "8/2: 8 1": of 8 rows 2 match, in this order; by the database, and from
 * memory. */
static void check(struct db *db, const struct order_query *query,
                  const char *shown)
{
    struct order_cache *cache = order_cache_new(1 << 20, 0);

    check_answer(db, NULL, query, shown);
    check_answer(db, cache, query, shown);
    order_cache_free(cache);
}

struct list_case {
    int64_t owner;
    enum query_op op;
    const char *column; /* NULL: every one that is searchable */
    const char *text;   /* NULL: no term */
    const char *order;  /* with a minus: down; NULL: none */
    const char *shown;
};

static size_t index_of(const char *name)
{
    return (size_t)(order_column_find(name, strlen(name)) - order_columns);
}

static void check_cases(struct db *db, const struct list_case *cases,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct list_case *c = &cases[i];
        struct order_query query = {
            .owner = c->owner, .limit = 100, .totals = true};
        struct err err = ERR_INIT;

        if (c->text)
            assert_int_equal(
                order_filter_add(&query.filter, c->op,
                                 c->column ? shelf_column(c->column)
                                           : shelf_searchable(),
                                 c->text, strlen(c->text), "search", &err),
                0);
        if (c->order) {
            query.order_count = 1;
            query.orders[0].descending = c->order[0] == '-';
            query.orders[0].column =
                index_of(c->order + (c->order[0] == '-' ? 1 : 0));
        }
        check(db, &query, c->shown);
        order_query_release(&query);
    }
}

static void a_search_is_contains_over_what_is_shown(void **state)
{
    static const struct list_case cases[] = {
        {ANN, 0, NULL, NULL, NULL, "8/8: 8 7 6 5 4 3 2 1"},
        {ANN, QUERY_CONTAINS, NULL, "edf", NULL, "8/3: 8 2 1"},
        {ANN, QUERY_CONTAINS, NULL, "EDF01", NULL, "8/2: 8 1"},
        {ANN, QUERY_CONTAINS, "instrument", "STRASSE", NULL, "8/1: 3"},
        {ANN, QUERY_CONTAINS, "instrument", "\xC3\xA9TO", NULL, "8/1: 5"},
        {ANN, QUERY_CONTAINS, "instrument", "e\xCC\x81to", NULL, "8/1: 5"},
        {ANN, QUERY_CONTAINS, NULL, "10.5", NULL, "8/1: 1"},
        {ANN, QUERY_CONTAINS, "price", "10.50", NULL, "8/0: "},
        {ANN, QUERY_CONTAINS, "price", "-", NULL, "8/1: 3"},
        {ANN, QUERY_CONTAINS, NULL, "\xC2\xAD", NULL, "8/0: "},
        {ANN, QUERY_CONTAINS, "instrument", "\xE2\x80\x8B\xE2\x80\x8B", NULL,
         "8/0: "},
        {ANN, QUERY_CONTAINS, "price", "0.5", NULL, "8/2: 3 1"},
        {ANN, QUERY_CONTAINS, "price", "0.00000001", NULL, "8/1: 6"},
        {ANN, QUERY_CONTAINS, "average_price", "0", NULL, "8/1: 5"},
        {ANN, QUERY_CONTAINS, "id", "8", NULL, "8/1: 8"},
        {ANN, QUERY_CONTAINS, "side", "EL", NULL, "8/3: 7 5 2"},
        {ANN, QUERY_CONTAINS, "status", "fill", NULL, "8/2: 5 2"},
        {ANN, QUERY_CONTAINS, "status", "_", NULL, "8/1: 5"},
        {ANN, QUERY_CONTAINS, "status", "e", NULL, "8/8: 8 7 6 5 4 3 2 1"},
        {ANN, QUERY_CONTAINS, "client_order_id", "a-1", NULL, "8/2: 3 1"},
        /* No wildcards. */
        {ANN, QUERY_CONTAINS, NULL, "%", NULL, "8/1: 6"},
        {ANN, QUERY_CONTAINS, "client_order_id", "_", NULL, "8/1: 6"},
        {ANN, QUERY_CONTAINS, "client_order_id", "'", NULL, "8/0: "},
        {ANN, QUERY_CONTAINS, "created", "T03:00:00.0", NULL, "8/1: 4"},
        {ANN, QUERY_CONTAINS, "created", "2026-01-01", "id",
         "8/8: 1 2 3 4 5 6 7 8"},
        {ANN, QUERY_CONTAINS, "created", "zz", NULL, "8/0: "},
        {ANN, QUERY_CONTAINS, "created", "0Z", "id", "8/8: 1 2 3 4 5 6 7 8"},
        /* The owner is a name. */
        {ANN, QUERY_CONTAINS, "owner", "NN", "id", "8/8: 1 2 3 4 5 6 7 8"},
        {ANN, QUERY_CONTAINS, "owner", "bob", NULL, "8/0: "},
        {STREAM_ALL, QUERY_CONTAINS, "owner", "bo", NULL, "10/2: 10 9"},
        {STREAM_ALL, QUERY_CONTAINS, NULL, "ann", NULL,
         "10/9: 10 8 7 6 5 4 3 2 1"},
        {BOB, QUERY_CONTAINS, NULL, "edf", "price", "2/1: 9"},
        {7, 0, NULL, NULL, NULL, "0/0: "},
    };

    check_cases(*state, cases, ARRAY_LEN(cases));
}

static void a_pattern_is_matched_without_regard_to_case(void **state)
{
    static const struct list_case cases[] = {
        {ANN, QUERY_MATCHES, "instrument", "^EDF0[12]$", NULL, "8/3: 8 2 1"},
        {ANN, QUERY_MATCHES, "price", "^10\\.5$", NULL, "8/1: 1"},
        {ANN, QUERY_MATCHES, "side", "^(sell)$", "-id", "8/3: 7 5 2"},
        {ANN, QUERY_MATCHES, "owner", "^ann$", "id", "8/8: 1 2 3 4 5 6 7 8"},
        {STREAM_ALL, QUERY_MATCHES, "owner", "^BOB$", "price", "10/2: 10 9"},
        {ANN, QUERY_MATCHES, NULL, "^5$", NULL, "8/2: 5 3"},
    };

    check_cases(*state, cases, ARRAY_LEN(cases));
}

static void a_bad_pattern_is_the_search_s_fault(void **state)
{
    static const char *const patterns[] = {"(", "[", "*", "(?P<", "\\"};

    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        for (size_t orders = 0; orders < 2; orders++) {
            struct order_query query = {.owner = ANN,
                                        .limit = 10,
                                        .totals = true,
                                        .order_count = orders,
                                        .orders = {{5, false}}};
            struct order_list list;
            struct seen seen = {.list = &list};
            struct err err = ERR_INIT;

            assert_int_equal(order_filter_add(&query.filter, QUERY_MATCHES,
                                              shelf_column("instrument"),
                                              patterns[i], strlen(patterns[i]),
                                              "search[value]", &err),
                             0);
            assert_int_equal(
                order_list_run(*state, NULL, &query, &list, see, &seen, &err),
                -1);
            assert_int_equal(err.code, ERR_INVALID);
            assert_string_equal(err.fields[0].name, "search");
            assert_int_equal(seen.rows, 0);
            order_query_release(&query);
        }
    }
}

static void filters_compare_by_type(void **state)
{
    static const struct list_case cases[] = {
        {ANN, QUERY_EQUAL, "price", "9.0", NULL, "8/3: 8 7 2"},
        {ANN, QUERY_EQUAL, "instrument", "edf01", NULL, "8/1: 8"},
        {ANN, QUERY_EQUAL, "client_order_id", "", NULL, "8/4: 7 5 4 2"},
        {ANN, QUERY_EQUAL, "average_price", "", "id", "8/6: 1 3 4 6 7 8"},
        {ANN, QUERY_EQUAL, "status", "new", NULL, "8/3: 8 4 1"},
        {ANN, QUERY_EQUAL, "id", "3", NULL, "8/1: 3"},
        {ANN, QUERY_EQUAL, "id", "9", NULL, "8/0: "},
        {ANN, QUERY_AT_LEAST, "price", "9.5", NULL, "8/2: 4 1"},
        {ANN, QUERY_AT_MOST, "price", "0", NULL, "8/2: 5 3"},
        {ANN, QUERY_AT_LEAST, "average_price", "0", NULL, "8/2: 5 2"},
        {ANN, QUERY_AT_LEAST, "created", "2026-01-01T06:00:00Z", NULL,
         "8/2: 8 7"},
        {ANN, QUERY_AT_MOST, "position", "2", NULL, "8/2: 2 1"},
        {STREAM_ALL, QUERY_EQUAL, "owner", "Bob", NULL, "10/2: 10 9"},
        {STREAM_ALL, QUERY_EQUAL, "owner", "bob", NULL, "10/0: "},
        {ANN, QUERY_EQUAL, "owner", "ann", "-price", "8/8: 4 1 8 7 2 6 5 3"},
    };

    check_cases(*state, cases, ARRAY_LEN(cases));
}

static void order_is_by_value_and_ties_by_id(void **state)
{
    static const struct list_case cases[] = {
        {ANN, 0, NULL, NULL, "id", "8/8: 1 2 3 4 5 6 7 8"},
        {ANN, 0, NULL, NULL, "-id", "8/8: 8 7 6 5 4 3 2 1"},
        {ANN, 0, NULL, NULL, "price", "8/8: 3 5 6 2 7 8 1 4"},
        {ANN, 0, NULL, NULL, "-price", "8/8: 4 1 8 7 2 6 5 3"},
        {ANN, 0, NULL, NULL, "quantity", "8/8: 6 8 7 3 5 2 1 4"},
        /* By its fold, then by itself. */
        {ANN, 0, NULL, NULL, "instrument", "8/8: 6 4 1 8 2 7 3 5"},
        {ANN, 0, NULL, NULL, "-instrument", "8/8: 5 3 7 2 8 1 4 6"},
        {ANN, 0, NULL, NULL, "status", "8/8: 3 7 2 1 4 8 5 6"},
        /* Nothing at all comes first. */
        {ANN, 0, NULL, NULL, "average_price", "8/8: 1 3 4 6 7 8 5 2"},
        {ANN, 0, NULL, NULL, "-average_price", "8/8: 2 5 8 7 6 4 3 1"},
        {ANN, 0, NULL, NULL, "-client_order_id", "8/8: 6 8 1 3 7 5 4 2"},
        {ANN, 0, NULL, NULL, "created", "8/8: 1 2 3 4 5 6 7 8"},
        {ANN, 0, NULL, NULL, "-position", "8/8: 8 7 6 5 4 3 2 1"},
        {ANN, 0, NULL, NULL, "owner", "8/8: 8 7 6 5 4 3 2 1"},
        {STREAM_ALL, 0, NULL, NULL, "-owner", "10/10: 10 9 8 7 6 5 4 3 2 1"},
        {STREAM_ALL, 0, NULL, NULL, "owner", "10/10: 1 2 3 4 5 6 7 8 9 10"},
        {ANN, QUERY_CONTAINS, NULL, "edf", "-instrument", "8/3: 2 8 1"},
        {ANN, QUERY_CONTAINS, NULL, "edf", "client_order_id", "8/3: 2 1 8"},
    };
    struct order_query query = {
        .owner = ANN,
        .limit = 100,
        .totals = true,
        .order_count = 3,
        .orders = {{index_of("side"), true},
                   {index_of("price"), false},
                   {index_of("id"), false}},
    };

    check_cases(*state, cases, ARRAY_LEN(cases));
    check(*state, &query, "8/8: 5 2 7 3 6 8 1 4");
    query.orders[2].descending = true;
    check(*state, &query, "8/8: 5 7 2 3 6 8 1 4");
}

static void a_window_may_be_anywhere(void **state)
{
    static const struct {
        int64_t offset;
        int64_t limit;
        const char *newest;
        const char *edf;
        const char *by_price;
    } cases[] = {
        {0, 2, "8/8: 8 7", "8/3: 8 2", "8/3: 2 8"},
        {1, 2, "8/8: 7 6", "8/3: 2 1", "8/3: 8 1"},
        {2, 5, "8/8: 6 5 4 3 2", "8/3: 1", "8/3: 1"},
        {0, 3, "8/8: 8 7 6", "8/3: 8 2 1", "8/3: 2 8 1"},
        {7, 10, "8/8: 1", "8/3: ", "8/3: "},
        {8, 10, "8/8: ", "8/3: ", "8/3: "},
        {INT64_MAX, 10, "8/8: ", "8/3: ", "8/3: "},
        {0, 0, "8/8: ", "8/3: ", "8/3: "},
        {0, INT64_MAX, "8/8: 8 7 6 5 4 3 2 1", "8/3: 8 2 1", "8/3: 2 8 1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_query query = {.owner = ANN,
                                    .offset = cases[i].offset,
                                    .limit = cases[i].limit,
                                    .totals = true};
        struct err err = ERR_INIT;

        check(*state, &query, cases[i].newest);
        assert_int_equal(order_filter_add(&query.filter, QUERY_CONTAINS,
                                          shelf_column("instrument"), "edf", 3,
                                          "search", &err),
                         0);
        check(*state, &query, cases[i].edf);
        query.order_count = 1;
        query.orders[0].column = index_of("price");
        check(*state, &query, cases[i].by_price);
        order_query_release(&query);
    }
}

static void a_cursor_goes_on_below_an_id(void **state)
{
    struct order_query query = {
        .owner = ANN, .limit = 2, .before_id = 7, .totals = true};
    struct err err = ERR_INIT;

    check(*state, &query, "8/8: 6 5");
    query.before_id = 2;
    check(*state, &query, "8/8: 1");
    query.before_id = 1;
    check(*state, &query, "8/8: ");
    query.before_id = 8;
    order_filter_add(&query.filter, QUERY_CONTAINS, shelf_column("instrument"),
                     "edf", 3, "search", &err);
    check(*state, &query, "8/3: 2 1");
    query.owner = STREAM_ALL;
    query.before_id = 10;
    check(*state, &query, "10/4: 9 8");
    order_query_release(&query);
}

static void terms_are_all_to_be_met(void **state)
{
    struct order_query query = {.owner = ANN, .limit = 10, .totals = true};
    struct err err = ERR_INIT;

    order_filter_add(&query.filter, QUERY_CONTAINS, shelf_searchable(), "0", 1,
                     "a", &err);
    order_filter_add(&query.filter, QUERY_EQUAL, shelf_column("side"), "buy", 3,
                     "a", &err);
    order_filter_add(&query.filter, QUERY_AT_LEAST, shelf_column("quantity"),
                     "50", 2, "a", &err);
    check(*state, &query, "8/2: 4 1");
    order_filter_add(&query.filter, QUERY_CONTAINS, 0, "a", 1, "a", &err);
    check(*state, &query, "8/0: ");
    order_query_release(&query);
}

static void what_matches_is_counted_only_when_asked(void **state)
{
    struct order_query query = {.owner = ANN, .limit = 1};
    struct err err = ERR_INIT;

    check(*state, &query, "8/8: 8");
    order_filter_add(&query.filter, QUERY_CONTAINS, shelf_column("instrument"),
                     "edf", 3, "search", &err);
    check(*state, &query, "8/-1: 8");
    query.order_count = 1;
    query.orders[0].column = index_of("price");
    check(*state, &query, "8/-1: 2");
    order_query_release(&query);
}

static void the_position_is_the_streams(void **state)
{
    static const struct {
        int64_t owner;
        int64_t position;
    } cases[] = {{ANN, 8}, {BOB, 2}, {STREAM_ALL, 10}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_query query = {.owner = cases[i].owner, .limit = 1};
        struct order_list list;
        struct seen seen = {.list = &list};
        struct err err = ERR_INIT;

        assert_int_equal(
            order_list_run(*state, NULL, &query, &list, see, &seen, &err), 0);
        assert_int_equal(list.position, cases[i].position);
        assert_int_equal(list.returned, 1);
        assert_int_equal(list.last_id, i == 0 ? 8 : 10);
    }
}

static void a_reader_that_has_enough_ends_it(void **state)
{
    struct order_query query = {.owner = ANN, .limit = 10, .totals = true};
    struct order_list list;
    struct seen seen = {.list = &list, .stop_after = 3};
    struct err err = ERR_INIT;

    for (size_t terms = 0; terms < 2; terms++) {
        memset(&seen.text, 0, sizeof(seen.text));
        seen.rows = 0;
        assert_int_equal(
            order_list_run(*state, NULL, &query, &list, see, &seen, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_int_equal(seen.rows, 3);
        err_clear(&err);
        order_filter_add(&query.filter, QUERY_CONTAINS, shelf_searchable(), "0",
                         1, "search", &err);
    }
    order_query_release(&query);
    /* No transaction is left open. */
    assert_int_equal(db_begin(*state, &err), 0);
    db_abort(*state);
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    bool has_failed = true;

    for (unsigned n = 1; has_failed; n++) {
        struct order_query query = {.owner = ANN,
                                    .limit = 100,
                                    .totals = true,
                                    .order_count = n % 2,
                                    .orders = {{index_of("price"), false}}};
        struct order_list list;
        struct seen seen = {.list = &list};
        struct err err = ERR_INIT;

        order_filter_add(&query.filter, QUERY_CONTAINS, shelf_searchable(), "0",
                         1, "search", &err);
        mem_fail_after(n);
        has_failed =
            order_list_run(*state, NULL, &query, &list, see, &seen, &err) < 0;
        mem_fail_after(0);
        if (has_failed)
            assert_int_equal(err.code, ERR_NOMEM);
        else
            assert_true(n > 2);
        order_query_release(&query);
    }
}

SUITE(query)
{
    static const struct CMUnitTest tests[] = {
        FILLED(a_search_is_contains_over_what_is_shown),
        FILLED(a_pattern_is_matched_without_regard_to_case),
        FILLED(a_bad_pattern_is_the_search_s_fault),
        FILLED(filters_compare_by_type),
        FILLED(order_is_by_value_and_ties_by_id),
        FILLED(a_window_may_be_anywhere),
        FILLED(a_cursor_goes_on_below_an_id),
        FILLED(terms_are_all_to_be_met),
        FILLED(what_matches_is_counted_only_when_asked),
        FILLED(the_position_is_the_streams),
        FILLED(a_reader_that_has_enough_ends_it),
        FILLED(want_of_memory_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
