#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/text.h"
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Random queries over random rows, each held against the plain way: look at
 * every row, sort them all, cut out the page. */
#define ROWS 300
#define QUERIES 3000

struct pile {
    struct order rows[ROWS];
    size_t count;
};

static uint64_t seed;

static size_t pick(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(seed >> 33) % n;
}

static const char *const instruments[] = {
    "EDF01", "edf01",  "Edf1",
    "AXA",   "axa 12", "\xC3\x89t\xC3\xA9",
    "9.5",   "new",    "Stra\xC3\x9F\x65",
};
static const char *const numbers[] = {
    "0",         "1",          "50000000",  "-50000000",     "950000000",
    "100000000", "1000000000", "123456789", "1050000000000",
};
static const char *const needles[] = {
    "e",    "EDF", "0", "1",        "9.5",       "-",   ".", "new",
    "ss",   "L",   "",  "\xC3\xA9", "2026-01-0", "t0",  "z", "12",
    ":00:", "zz",  "a", "ann",      "00z",       "1.2",
};
static const char *const values[] = {"1", "9.5", "0", "-0.5", "10"};
static const char *const names[] = {
    "id",      "owner",   "instrument",      "side",          "quantity",
    "price",   "status",  "filled_quantity", "average_price", "client_order_id",
    "created", "updated",
};
#define PICK(list) list[pick(ARRAY_LEN(list))]

static void put_row(struct db *db, size_t i)
{
    static const char *const statuses[] = {"new", "filled", "canceled",
                                           "partially_filled"};
    char average[40] = "NULL";
    char client[40] = "NULL";
    char row[400];

    if (pick(2))
        snprintf(average, sizeof(average), "%s", PICK(numbers));
    if (pick(2))
        snprintf(client, sizeof(client), "'%c-%zu'", pick(2) ? 'a' : 'A', i);
    snprintf(row, sizeof(row), "'%s', '%s', %s, %s, '%s', %s, %s, %s",
             PICK(instruments), pick(2) ? "buy" : "sell", PICK(numbers),
             PICK(numbers), PICK(statuses), PICK(numbers), average, client);
    shelf_put(db, pick(5) ? ANN : BOB, row,
              1767225600 + (int64_t)pick(20) * 3600);
}

static int64_t number_of(const struct order *order, const char *name)
{
    if (!strcmp(name, "id"))
        return order->id;
    if (!strcmp(name, "quantity"))
        return order->quantity;
    if (!strcmp(name, "price"))
        return order->price;
    if (!strcmp(name, "filled_quantity"))
        return order->filled_quantity;
    if (!strcmp(name, "average_price"))
        return order->has_average_price ? order->average_price : INT64_MIN;
    if (!strcmp(name, "created"))
        return order->created_us;
    assert_string_equal(name, "updated");
    return order->updated_us;
}

/* The text that a person sees; NULL: nothing there. */
static const char *text_of(const struct order *order,
                           const struct order_column *column, char *room,
                           size_t max)
{
    int64_t number;

    if (!strcmp(column->name, "owner"))
        return order->owner_name;
    if (!strcmp(column->name, "instrument"))
        return order->instrument;
    if (!strcmp(column->name, "client_order_id"))
        return order->client_order_id[0] ? order->client_order_id : NULL;
    if (!strcmp(column->name, "side"))
        return order_side_name(order->side);
    if (!strcmp(column->name, "status"))
        return order_status_name(order->status);
    number = number_of(order, column->name);
    if (number == INT64_MIN)
        return NULL;
    if (column->type == COLUMN_DECIMAL)
        decimal_format(number, room);
    else if (column->type == COLUMN_TIME)
        clock_format(number, room);
    else
        snprintf(room, max, "%lld", (long long)number);
    return room;
}

static bool column_meets(const struct order *order,
                         const struct query_term *term,
                         const struct order_column *column)
{
    char room[64];
    const char *text = text_of(order, column, room, sizeof(room));
    int64_t wanted = 0;
    int64_t number;

    if (!text)
        return false;
    if (term->op == QUERY_CONTAINS)
        return text_contains(text, strlen(text), term->text, term->text_len);
    number = number_of(order, column->name);
    decimal_parse(term->text, term->text_len, &wanted);
    if (term->op == QUERY_EQUAL)
        return number == wanted;
    return term->op == QUERY_AT_LEAST ? number >= wanted : number <= wanted;
}

static bool meets(const struct order *order, const struct order_query *query)
{
    if (query->owner && order->owner != query->owner)
        return false;
    for (size_t i = 0; i < query->term_count; i++) {
        bool is_met = false;

        for (size_t c = 0; c < order_columns_count; c++)
            is_met = is_met ||
                     ((query->terms[i].columns & 1UL << c) &&
                      column_meets(order, &query->terms[i], &order_columns[c]));
        if (!is_met)
            return false;
    }
    return true;
}

static int compare_fold(const char *a, const char *b)
{
    struct buf x;
    struct buf y;
    int sign;

    buf_init(&x, 4000);
    buf_init(&y, 4000);
    text_fold(&x, a ? a : "", a ? strlen(a) : 0);
    text_fold(&y, b ? b : "", b ? strlen(b) : 0);
    sign = strcmp(buf_text(&x), buf_text(&y));
    buf_release(&x);
    buf_release(&y);
    return sign;
}

static int compare_column(const struct order *a, const struct order *b,
                          const struct order_column *column)
{
    char room_a[64];
    char room_b[64];
    const char *x = text_of(a, column, room_a, sizeof(room_a));
    const char *y = text_of(b, column, room_b, sizeof(room_b));
    int sign;

    if (!x || !y)
        return (x != NULL) - (y != NULL);
    if (column->type == COLUMN_CHOICE)
        return strcmp(x, y);
    if (column->type == COLUMN_TEXT) {
        sign = compare_fold(x, y);
        return sign ? sign : strcmp(x, y);
    }
    return (number_of(a, column->name) > number_of(b, column->name)) -
           (number_of(a, column->name) < number_of(b, column->name));
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct order_query *query = arg;
    const struct order *a = *(const struct order *const *)left;
    const struct order *b = *(const struct order *const *)right;
    /* The owner of one owner's orders says nothing. */
    bool is_down = true;
    bool is_first = true;

    for (size_t i = 0; i < query->order_count; i++) {
        const struct order_column *column =
            &order_columns[query->orders[i].column];
        int sign;

        if (query->owner && !strcmp(column->name, "owner"))
            continue;
        if (is_first)
            is_down = query->orders[i].descending;
        is_first = false;
        sign = compare_column(a, b, column);
        if (sign)
            return query->orders[i].descending ? -sign : sign;
    }
    return is_down ? (a->id < b->id) - (a->id > b->id)
                   : (a->id > b->id) - (a->id < b->id);
}

static int keep(void *arg, const struct order *order, struct err *err)
{
    struct pile *pile = arg;

    (void)err;
    assert_true(pile->count < ROWS);
    pile->rows[pile->count++] = *order;
    return 0;
}

static void add_term(struct order_query *query)
{
    static const char *const numeric[] = {"quantity", "price", "average_price",
                                          "filled_quantity"};
    struct err err = ERR_INIT;
    enum query_op op = (enum query_op)pick(5);
    unsigned long columns = 0;
    const char *text;

    if (op == QUERY_MATCHES || pick(2))
        op = QUERY_CONTAINS;
    text = op == QUERY_CONTAINS ? PICK(needles) : PICK(values);
    for (size_t i = pick(4) + 1; i > 0; i--)
        columns |=
            shelf_column(op == QUERY_CONTAINS ? PICK(names) : PICK(numeric));
    if (pick(3) == 0 && op == QUERY_CONTAINS)
        columns = shelf_searchable();
    assert_int_equal(
        order_query_add(query, op, columns, text, strlen(text), "a", &err), 0);
}

static void make_query(struct order_query *query)
{
    static const int64_t owners[] = {ANN, ANN, BOB, 0};
    static const int64_t limits[] = {0, 1, 3, 10, 25, 1000, INT64_MAX};

    memset(query, 0, sizeof(*query));
    query->owner = PICK(owners);
    query->limit = PICK(limits);
    query->offset = pick(2) ? (int64_t)pick(40) : 0;
    query->totals = pick(8) > 0;
    for (size_t i = pick(4); i > 0; i--)
        add_term(query);
    query->order_count = pick(4);
    for (size_t i = 0; i < query->order_count; i++) {
        const char *name = PICK(names);

        query->orders[i].column =
            (size_t)(order_column_find(name, strlen(name)) - order_columns);
        query->orders[i].descending = pick(2);
    }
}

static void check_answer(struct db *db, struct order_cache *cache,
                         const struct order_query *query,
                         const struct order *const *wanted, size_t count)
{
    static struct pile got;
    struct order_list list;
    struct err err = ERR_INIT;
    int64_t matching;

    got.count = 0;
    if (order_query_run(db, cache, query, &list, keep, &got, &err) < 0)
        fail_msg("%s", err.text);
    matching = query->totals || query->term_count == 0 ? (int64_t)count : -1;
    assert_int_equal(list.matching, matching);
    for (int64_t i = 0; i < query->limit; i++) {
        int64_t at = query->offset + i;

        if (at >= (int64_t)count) {
            assert_int_equal(got.count, i);
            break;
        }
        assert_true((int64_t)got.count > i);
        assert_int_equal(got.rows[i].id, wanted[at]->id);
    }
    assert_true((int64_t)got.count <= query->limit);
    assert_int_equal(list.returned, got.count);
}

/* By the database, and from memory. */
static void check(struct db *db, const struct pile *all,
                  struct order_query *query, struct order_cache *cache)
{
    static const struct order *wanted[ROWS];
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (meets(&all->rows[i], query))
            wanted[count++] = &all->rows[i];
    }
    qsort_r(wanted, count, sizeof(wanted[0]), compare, query);
    check_answer(db, NULL, query, wanted, count);
    check_answer(db, cache, query, wanted, count);
}

static void any_query_is_answered_as_by_hand(void **state)
{
    static struct pile all;
    struct order_query *query = calloc(1, sizeof(*query));
    struct order_cache *cache = order_cache_new(1 << 24, 0);
    struct order_list list;
    struct err err = ERR_INIT;

    assert_non_null(query);
    assert_non_null(cache);
    seed = 20260131;
    for (size_t i = 0; i < ROWS; i++)
        put_row(*state, i);
    query->limit = ROWS;
    assert_int_equal(
        order_query_run(*state, NULL, query, &list, keep, &all, &err), 0);
    assert_int_equal(all.count, ROWS);
    for (size_t i = 0; i < QUERIES; i++) {
        make_query(query);
        check(*state, &all, query, cache);
    }
    order_cache_free(cache);
    free(query);
}

int query_random_suite(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_query_is_answered_as_by_hand,
                                        shelf_open, shelf_close),
    };

    return cmocka_run_group_tests_name("random queries", tests, NULL, NULL);
}
