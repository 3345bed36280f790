#include "by_hand.h"
#include "shelf.h"
#include "view/order_match.h"

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
#define ROWS 200
#define QUERIES 1000
#define SEED UINT64_C(20260131)

struct pile {
    struct order rows[ROWS];
    size_t count;
};
struct ideas {
    size_t count;
    struct idea of[IDEAS_MAX];
};

static uint64_t seed;

static size_t pick(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(seed >> 33) % n;
}

#define PICK(list) list[pick(ARRAY_LEN(list))]

/* Fold alike: EDF01 and edf01, the sharp s, the two ways to write an accent,
 * wide letters, an i without its dot, the Kelvin sign; and some that sort
 * apart by bytes alone. */
static const char *const instruments[] = {
    "EDF01",
    "edf01",
    "Edf1",
    "AXA",
    "axa 12",
    "\xC3\x89t\xC3\xA9",
    "e\xCC\x81t\xC3\xA9",
    "9.5",
    "new",
    "Stra\xC3\x9F\x65",
    "STRASSE",
    "\xEF\xBC\xA5\xEF\xBC\xA4\xEF\xBC\xA6\x30\x31",
    "\xCE\xA3\xCE\xAF\xCF\x82",
    "\xC4\xB0i\xC4\xB1",
    "\xE2\x84\xAA",
    "\xF0\x9F\x93\x88",
    "100%_",
    "a'b\"c",
    "~",
};
static const char *const numbers[] = {
    "0",
    "1",
    "-1",
    "50000000",
    "-50000000",
    "950000000",
    "100000000",
    "1000000000",
    "123456789",
    "1050000000000",
    "9223372036854775807",
    "-9223372036854775807",
};
static const char *const clients[] = {"a", "A", "\xC3\x84", "\xC3\xA4", "b"};
static const char *const needles[] = {
    "e",         "EDF", "0",           "1",         "9.5",      "-",
    ".",         "new", "ss",          "L",         "",         "\xC3\xA9",
    "2026-01-0", "t0",  "z",           "12",        ":00:",     "zz",
    "a",         "ann", "00z",         "1.2",       "strasse",  "\xC3\x9F",
    "\xC2\xAD",  "K",   "92233720368", "\xC3\xA4-", "EDF01",    "%",
    "bo",        "_",   "i",           "filled",    "54775807", "sell",
};
static const char *const patterns[] = {
    "^e", "1$", "^new$", "buy", "^$", "ll", "^9", "a", "0",
};
static const char *const decimals[] = {
    "1",          "9.5",
    "0",          "-0.5",
    "10.00",      "92233720368.54775807",
    "0.00000001", "-92233720368.54775807",
};
static const char *const whole[] = {"1", "2", "7", "50", "0", "0199", "3"};
static const char *const times[] = {"2026-01-01", "2026-01-01T05:00:00Z",
                                    "2026-01-01T05:00:00.000001Z",
                                    "2026-01-01T12:00:00+07:00"};
static const char *const statuses[] = {
    "new", "filled", "canceled", "rejected", "expired", "partially_filled"};
static const char *const owners[] = {"ann", "Bob", "bob"};

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

    quote(instrument, PICK(instruments));
    if (pick(2))
        snprintf(average, sizeof(average), "%s", PICK(numbers));
    if (pick(2))
        snprintf(client, sizeof(client), "'%s-%zu'", PICK(clients), i / 2);
    snprintf(row, sizeof(row), "%s, '%s', %s, %s, '%s', %s, %s, %s", instrument,
             pick(2) ? "buy" : "sell", PICK(numbers), PICK(numbers),
             PICK(statuses), PICK(numbers), average, client);
    shelf_put(db, i % 2 ? ANN : BOB, row,
              1767225600 + (int64_t)pick(20) * 3600);
}

static int keep(void *arg, const struct order *order, struct err *err)
{
    struct pile *pile = arg;

    (void)err;
    assert_true(pile->count < ROWS);
    pile->rows[pile->count++] = *order;
    return 0;
}

/* Columns of one type, as a typed condition has them. */
static unsigned long any_columns(enum column_type type)
{
    unsigned long columns = 0;
    size_t column;

    for (size_t tries = pick(3) + 1; tries > 0 || !columns;
         tries -= tries > 0) {
        column = pick(order_columns_count);
        /* Each choice has words of its own. */
        if (order_columns[column].type == type &&
            (type != COLUMN_CHOICE || !columns))
            columns |= 1UL << column;
    }
    return columns;
}

static bool may_be_null(unsigned long columns)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        if ((columns & 1UL << i) && !(order_columns[i].flags & COLUMN_NULL))
            return false;
    }
    return true;
}

static void make_typed(struct idea *idea)
{
    static const char *const sides[] = {"buy", "sell"};
    enum column_type type = (enum column_type)pick(COLUMN_CHOICE + 1);

    idea->columns = any_columns(type);
    idea->op = QUERY_EQUAL;
    if (may_be_null(idea->columns) && pick(3) == 0) {
        idea->text = "";
        return;
    }
    if (type != COLUMN_TEXT && type != COLUMN_CHOICE)
        idea->op = (enum query_op)(QUERY_EQUAL + pick(3));
    switch (type) {
    case COLUMN_INT: idea->text = PICK(whole); break;
    case COLUMN_TEXT:
        idea->text = pick(2) ? PICK(instruments) : PICK(owners);
        break;
    case COLUMN_DECIMAL: idea->text = PICK(decimals); break;
    case COLUMN_TIME: idea->text = PICK(times); break;
    case COLUMN_CHOICE:
        idea->text = idea->columns == shelf_column("side") ? PICK(sides)
                                                           : PICK(statuses);
        break;
    }
}

static void make_term(struct idea *idea)
{
    idea->kind = FILTER_TERM;
    if (pick(2)) {
        make_typed(idea);
        return;
    }
    idea->op = pick(6) ? QUERY_CONTAINS : QUERY_MATCHES;
    idea->text = idea->op == QUERY_CONTAINS ? PICK(needles) : PICK(patterns);
    if (pick(3) == 0)
        idea->columns = shelf_searchable();
    for (size_t i = pick(4) + 1; i > 0 && idea->columns != shelf_searchable();
         i--)
        idea->columns |= shelf_searchable() & 1UL << pick(order_columns_count);
}

/* One node with what is in it, if it is a group. */
static void make_node(struct ideas *ideas, size_t depth)
{
    struct idea *idea = &ideas->of[ideas->count++];
    size_t at = ideas->count;
    size_t children = 1;

    memset(idea, 0, sizeof(*idea));
    if (depth == QUERY_DEPTH || ideas->count > IDEAS_MAX / 4 || pick(3) == 0) {
        make_term(idea);
        return;
    }
    idea->kind = (enum filter_kind)(FILTER_AND + pick(3));
    if (idea->kind != FILTER_NOT)
        children = pick(8) ? pick(3) + 1 : 0;
    for (; children > 0; children--)
        make_node(ideas, depth + 1);
    idea->count = ideas->count - at;
}

static void make_query(struct order_query *query, struct ideas *ideas)
{
    static const int64_t whose[] = {ANN, ANN, BOB, 0};
    static const int64_t limits[] = {0, 1, 3, 10, 25, 1000, INT64_MAX};

    memset(query, 0, sizeof(*query));
    query->owner = PICK(whose);
    query->limit = PICK(limits);
    query->offset = pick(2) ? (int64_t)pick(40) : 0;
    query->totals = pick(8) > 0;
    ideas->count = 0;
    for (size_t i = pick(4); i > 0; i--)
        make_node(ideas, 0);
    by_hand_build(&query->filter, ideas->of, ideas->count);
    query->order_count = pick(4);
    for (size_t i = 0; i < query->order_count; i++)
        query->orders[i] = (struct query_order){
            .column = pick(order_columns_count), .descending = pick(2)};
    if (query->order_count == 0 && pick(3) == 0)
        query->before_id = (int64_t)pick(ROWS) + 1;
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
    order_match_free(match);
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
        order_query_release(query);
    }
    for (size_t i = 0; i < ROWS; i++)
        order_ready_release(&ready[i]);
    order_cache_free(cache);
}

static void every_way_to_answer_says_the_same(void **state)
{
    static struct order_query query;
    const char *given = getenv("LWSAPP_TEST_SEED");

    (void)state;
    seed = given ? strtoull(given, NULL, 10) : SEED;
    for (size_t i = 0; i < ROUNDS; i++) {
        void *db = NULL;

        print_message("LWSAPP_TEST_SEED=%" PRIu64 ", round %zu\n", seed, i);
        shelf_open(&db);
        run_round(db, &query);
        shelf_close(&db);
    }
}

int query_random_suite(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_answer_says_the_same),
    };

    return cmocka_run_group_tests_name("random queries", tests, NULL, NULL);
}
