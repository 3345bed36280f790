#include "shelf.h"
#include "support/database.h"
#include "support/random_query.h"
#include "view/order_match.h"
#include "view/order_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Random queries over random rows. The database, the rows in memory, and one
 * row at a time (order_match) have to say the same as the plain way does: look
 * at every row, sort them all, cut out the page. LWSAPP_TEST_SEED: another
 * beginning than the usual one. */
#define ROUNDS 4
#define SERVER_ROUNDS 1 /* each question is a trip */
#define ROWS 200
#define QUERIES 1000
#define SEED UINT64_C(20260131)

struct pile {
    struct order rows[ROWS];
    size_t count;
};

/* In quotes, those in it doubled. */
static void quote(char *out, const char *text)
{
    *out++ = '\'';
    for (; *text; text++) {
        if (*text == '\'')
            *out++ = '\'';
        *out++ = *text;
    }
    *out++ = '\'';
    *out = '\0';
}

static void put_row(struct db *db, size_t i)
{
    char instrument[64];
    char average[40] = "NULL";
    char client[40] = "NULL";
    char row[600];

    quote(instrument, random_instrument());
    if (random_pick(2))
        snprintf(average, sizeof(average), "%s", random_number());
    if (random_pick(2))
        snprintf(client, sizeof(client), "'%s-%zu'", random_client(), i / 2);
    snprintf(row, sizeof(row), "%s, '%s', %s, %s, '%s', %s, %s, %s", instrument,
             random_pick(2) ? "buy" : "sell", random_number(), random_number(),
             random_status(), random_number(), average, client);
    shelf_put(db, i % 2 ? ANN : BOB, row,
              1767225600 + (int64_t)random_pick(20) * 3600);
}

static int keep(void *arg, const struct order *order, struct err *err)
{
    struct pile *pile = arg;

    (void)err;
    assert_true(pile->count < ROWS);
    pile->rows[pile->count++] = *order;
    return 0;
}

static void make_query(struct order_query *query, struct ideas *ideas)
{
    static const int64_t whose[] = {ANN, ANN, BOB, 0};
    static const int64_t limits[] = {0, 1, 3, 10, 25, 1000, INT64_MAX};

    memset(query, 0, sizeof(*query));
    query->owner = RANDOM_PICK(whose);
    query->limit = RANDOM_PICK(limits);
    query->offset = random_pick(2) ? (int64_t)random_pick(40) : 0;
    query->totals = random_pick(8) > 0;
    random_ideas(ideas, 3);
    by_hand_build(&query->filter, ideas->of, ideas->count);
    query->order_count = random_pick(4);
    for (size_t i = 0; i < query->order_count; i++)
        query->orders[i] =
            (struct query_order){.column = random_pick(order_columns_count),
                                 .descending = random_pick(2)};
    if (query->order_count == 0 && random_pick(3) == 0)
        query->before_id = (int64_t)random_pick(ROWS) + 1;
}

/* What the plain way says: how many match, and those of them that are on no
 * page before. */
struct wanted {
    int64_t matching;
    size_t count;
    const struct order *rows[ROWS];
};

static int compare(const void *left, const void *right, void *arg)
{
    return by_hand_compare(*(const struct order *const *)left,
                           *(const struct order *const *)right, arg);
}

static void find_wanted(const struct pile *all, struct order_query *query,
                        const struct ideas *ideas, struct wanted *wanted)
{
    memset(wanted, 0, sizeof(*wanted));
    for (size_t i = 0; i < all->count; i++) {
        const struct order *order = &all->rows[i];

        if ((query->owner && order->owner != query->owner) ||
            !by_hand_meets(order, ideas->of, ideas->count))
            continue;
        wanted->matching++;
        if (!query->before_id || order->id < query->before_id)
            wanted->rows[wanted->count++] = order;
    }
    qsort_r(wanted->rows, wanted->count, sizeof(wanted->rows[0]), compare,
            query);
}

static void check_answer(struct db *db, struct order_cache *cache,
                         const struct order_query *query,
                         const struct wanted *wanted)
{
    static struct pile got;
    struct order_list list;
    struct err err = ERR_INIT;
    int64_t matching = -1;

    got.count = 0;
    if (order_list_run(db, cache, query, &list, keep, &got, &err) < 0)
        fail_msg("%s", err.text);
    if (query->totals || order_filter_is_empty(&query->filter))
        matching = wanted->matching;
    assert_int_equal(list.matching, matching);
    for (int64_t i = 0; i < query->limit; i++) {
        int64_t at = query->offset + i;

        if (at >= (int64_t)wanted->count) {
            assert_int_equal(got.count, i);
            break;
        }
        assert_true((int64_t)got.count > i);
        assert_int_equal(got.rows[i].id, wanted->rows[at]->id);
    }
    assert_true((int64_t)got.count <= query->limit);
    assert_int_equal(list.returned, got.count);
}

struct sorting {
    const struct order_match *match;
    struct order_ready *ready; /* one per row of the pile */
};

static int compare_ready(const void *left, const void *right, void *arg)
{
    const struct sorting *sorting = arg;
    const size_t *a = left;
    const size_t *b = right;
    int sign = order_match_compare(sorting->match, &sorting->ready[*a],
                                   &sorting->ready[*b]);
    int back = order_match_compare(sorting->match, &sorting->ready[*b],
                                   &sorting->ready[*a]);

    assert_true((sign > 0) == (back < 0) && (sign == 0) == (*a == *b));
    return sign;
}

/* The keys of rows that are sorted already are sorted too. */
static void check_keys(const struct order_match *match,
                       struct order_ready *ready, const size_t *sorted,
                       size_t count)
{
    struct buf keys[2];

    for (size_t i = 0; i < 2; i++)
        buf_init(&keys[i], 65536);
    for (size_t i = 0; i < count; i++) {
        const struct buf *before = &keys[(i + 1) % 2];
        struct buf *key = &keys[i % 2];
        size_t len;

        buf_clear(key);
        order_match_put_key(match, &ready[sorted[i]], key);
        assert_false(key->failed);
        len = key->len < before->len ? key->len : before->len;
        if (i > 0)
            assert_true(memcmp(before->data, key->data, len) < 0);
    }
    for (size_t i = 0; i < 2; i++)
        buf_release(&keys[i]);
}

/* Asked of each row by itself. */
static void check_rows(const struct pile *all, struct order_ready *ready,
                       const struct order_query *query,
                       const struct wanted *wanted)
{
    struct sorting sorting = {.ready = ready};
    struct order_match *match = NULL;
    struct err err = ERR_INIT;
    size_t found[ROWS];
    size_t count = 0;
    int64_t matching = 0;

    if (order_match_new(query, &match, &err) < 0)
        fail_msg("%s: %s", err.text, err.fields[0].text);
    for (size_t i = 0; i < all->count; i++) {
        bool is_met;

        assert_int_equal(order_match_test(match, &ready[i], &is_met, &err), 0);
        matching += is_met;
        if (is_met && (!query->before_id || all->rows[i].id < query->before_id))
            found[count++] = i;
    }
    sorting.match = match;
    qsort_r(found, count, sizeof(found[0]), compare_ready, &sorting);
    assert_int_equal(matching, wanted->matching);
    assert_int_equal(count, wanted->count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(all->rows[found[i]].id, wanted->rows[i]->id);
    check_keys(match, ready, found, count);
    order_match_free(match);
}

/* The text of a value, as order_value_text() has it. */
static void value_of(const struct order *order, size_t column, char out[256])
{
    struct order_ready ready;
    const struct order_ready_text *text;

    order_ready_init(&ready);
    assert_true(order_ready_set(&ready, order));
    text = order_ready_text(&ready, column);
    snprintf(out, 256, "%s", text->shown ? text->shown : "");
    order_ready_release(&ready);
}

/* How many of all rows the query means have each value of two columns; none
 * are told of more than most. */
static void check_values(struct db *db, struct order_cache *cache,
                         const struct pile *all,
                         const struct order_query *query,
                         const struct ideas *ideas)
{
    struct order_values values[2];
    struct err err = ERR_INIT;
    size_t most = random_pick(3) ? ROWS : 3;
    char before[256] = "";

    for (size_t i = 0; i < 2; i++)
        order_values_init(&values[i], random_pick(order_columns_count), most);
    assert_int_equal(order_values_count(db, cache, query, values, 2, 1, &err),
                     0);
    for (size_t i = 0; i < 2; i++) {
        int64_t sum = 0;
        int64_t met = 0;

        order_values_sort(&values[i]);
        for (size_t v = 0; v < values[i].count; v++) {
            char room[64];
            const char *text = order_value_text(&values[i], v, room);
            int64_t wanted = 0;

            assert_true(v == 0 || strcmp(text, before) != 0);
            snprintf(before, sizeof(before), "%s", text);
            for (size_t at = 0; at < all->count; at++) {
                char value[256];
                const struct order *order = &all->rows[at];

                value_of(order, values[i].column, value);
                wanted += (!query->owner || order->owner == query->owner) &&
                          !strcmp(value, text) &&
                          by_hand_meets(order, ideas->of, ideas->count);
            }
            if (!values[i].is_over)
                assert_int_equal(values[i].list[v].counts[1], wanted);
            assert_int_equal(values[i].list[v].counts[0], 0);
            sum += wanted;
        }
        for (size_t at = 0; at < all->count; at++)
            met += (!query->owner || all->rows[at].owner == query->owner) &&
                   by_hand_meets(&all->rows[at], ideas->of, ideas->count);
        assert_true(values[i].is_over ? values[i].count == most : sum == met);
        order_values_release(&values[i]);
    }
}

static void ready_all(struct order_ready *ready, const struct pile *all)
{
    for (size_t i = 0; i < all->count; i++) {
        order_ready_init(&ready[i]);
        assert_true(order_ready_set(&ready[i], &all->rows[i]));
    }
}

static void run_round(struct db *db, struct order_query *query)
{
    static struct pile all;
    static struct order_ready ready[ROWS];
    static struct ideas ideas;
    static struct wanted wanted;
    struct order_cache *cache = order_cache_new(1 << 24, 0);
    struct order_list list;
    struct err err = ERR_INIT;

    assert_non_null(cache);
    all.count = 0;
    memset(query, 0, sizeof(*query));
    query->limit = ROWS;
    for (size_t i = 0; i < ROWS; i++)
        put_row(db, i);
    assert_int_equal(db_exec(db,
                             "UPDATE orders SET version = id % 3 + 1, "
                             "updated = created + id % 5 * 1000001",
                             &err),
                     0);
    assert_int_equal(order_list_run(db, NULL, query, &list, keep, &all, &err),
                     0);
    assert_int_equal(all.count, ROWS);
    ready_all(ready, &all);
    for (size_t i = 0; i < QUERIES; i++) {
        make_query(query, &ideas);
        find_wanted(&all, query, &ideas, &wanted);
        check_rows(&all, ready, query, &wanted);
        check_answer(db, NULL, query, &wanted);
        check_answer(db, cache, query, &wanted);
        if (i % 100 == 0) {
            check_values(db, NULL, &all, query, &ideas);
            check_values(db, cache, &all, query, &ideas);
        }
        order_query_release(query);
    }
    for (size_t i = 0; i < ROWS; i++)
        order_ready_release(&ready[i]);
    order_cache_free(cache);
}

static void every_way_to_answer_says_the_same(void **state)
{
    static struct order_query query;
    size_t rounds = database_is_on_server() ? SERVER_ROUNDS : ROUNDS;

    (void)state;
    random_begin(SEED);
    for (size_t i = 0; i < rounds; i++) {
        void *db = NULL;

        print_message("LWSAPP_TEST_SEED=%" PRIu64 ", round %zu\n",
                      random_seed(), i);
        shelf_open(&db);
        run_round(db, &query);
        shelf_close(&db);
    }
}

SUITE(query_random)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_answer_says_the_same),
    };

    return cmocka_run_group_tests_name("random queries", tests, NULL, NULL);
}
