#include "shelf.h"
#include "support/database.h"
#include "support/random_query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Parts of long lists: near the first row, near the last, between them, and
 * beyond. They have to be what the plain way gives: sort all, cut it out. */
#define ROWS 4000
#define POSITIONS                                                              \
    4001 /* a prime, so that a multiple of each row is its own                 \
          */
#define STEP 7919
#define BOB_EACH 300 /* which rows are Bob's: few */
#define PRICES 7     /* so that many are alike */
#define QUERIES 300
#define SEED UINT64_C(20261130)

struct row {
    int64_t id;
    int64_t owner;
    int64_t position;
    int64_t price;
};

static void exec(struct db *db, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(db, sql, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}

/* As make_row() has them. */
static int open_long(void **state)
{
    shelf_open(state);
    exec(*state,
         "INSERT INTO orders (id, owner, instrument, side, quantity, price, "
         "status, filled_quantity, version, position, all_position, created, "
         "updated) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
         "FROM n WHERE i < 4000) SELECT 3 * i, CASE WHEN i % 300 = 0 THEN 2 "
         "ELSE 1 END, 'EDF01', 'buy', 1, i % 7, 'new', 0, 1, "
         "i * 7919 % 4001, i, 0, 0 FROM n");
    exec(*state, "INSERT INTO stream (owner, position, order_count) "
                 "SELECT owner, MAX(position), COUNT(*) FROM orders "
                 "GROUP BY owner");
    exec(*state, "INSERT INTO event (id, owner, position, order_id, kind, "
                 "address, time, body) "
                 "VALUES (4000, 1, 1, 1, 'data.new', '', 0, '')");
    return 0;
}

#define LONG(test) cmocka_unit_test_setup_teardown(test, open_long, shelf_close)

static struct row make_row(int64_t i)
{
    return (struct row){
        .id = 3 * i,
        .owner = i % BOB_EACH == 0 ? BOB : ANN,
        .position = i * STEP % POSITIONS,
        .price = i % PRICES,
    };
}

static int64_t key_of(const struct row *row, const char *column)
{
    return !strcmp(column, "position") ? row->position
           : !strcmp(column, "price")  ? row->price
                                       : row->id;
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct order_query *query = arg;
    const struct row *a = left;
    const struct row *b = right;
    bool is_down = !query->order_count || query->orders[0].descending;
    const char *column =
        query->order_count ? order_columns[query->orders[0].column].name : "id";
    int64_t x = key_of(a, column);
    int64_t y = key_of(b, column);
    int sign = x == y ? (a->id > b->id) - (a->id < b->id) : (x > y) - (x < y);

    return is_down ? -sign : sign;
}

struct wanted {
    int64_t total; /* of the owner */
    int64_t position;
    size_t count; /* that a page may be cut of */
    struct row rows[ROWS];
};

static void find_wanted(struct order_query *query, struct wanted *wanted)
{
    memset(wanted, 0, sizeof(*wanted));
    for (int64_t i = 1; i <= ROWS; i++) {
        struct row row = make_row(i);

        if (query->owner && row.owner != query->owner)
            continue;
        wanted->total++;
        if (row.position > wanted->position)
            wanted->position = row.position;
        if (!query->before_id || row.id < query->before_id)
            wanted->rows[wanted->count++] = row;
    }
    if (!query->owner)
        wanted->position = ROWS;
    qsort_r(wanted->rows, wanted->count, sizeof(wanted->rows[0]), compare,
            query);
}

static void order_by(struct order_query *query, const char *name, bool is_down)
{
    query->order_count = 1;
    query->orders[0].column =
        (size_t)(order_column_find(name, strlen(name)) - order_columns);
    query->orders[0].descending = is_down;
}

static int64_t random_offset(void)
{
    switch (random_pick(6)) {
    case 0: return 0;
    case 1: return (int64_t)random_pick(60);
    case 2: return 990 + (int64_t)random_pick(20);
    case 3: return ROWS - 40 + (int64_t)random_pick(60);
    case 4: return INT64_C(1) << 40;
    default: return (int64_t)random_pick(ROWS);
    }
}

static void make_query(struct order_query *query)
{
    static const int64_t whose[] = {ANN, ANN, BOB, 0};
    static const int64_t limits[] = {0, 1, 25, 25, 100, 1000, INT64_MAX};
    static const char *const columns[] = {"id", "position", "position",
                                          "price"};

    memset(query, 0, sizeof(*query));
    query->owner = RANDOM_PICK(whose);
    query->limit = RANDOM_PICK(limits);
    query->offset = random_offset();
    query->totals = random_pick(2);
    if (random_pick(4) > 0)
        order_by(query, RANDOM_PICK(columns), random_pick(2));
    else if (random_pick(2))
        query->before_id = (int64_t)random_pick(3 * ROWS) + 1;
}

struct got {
    const struct order_list *list;
    const struct wanted *wanted;
    int64_t next; /* of the wanted */
};

static int see(void *arg, const struct order *order, struct err *err)
{
    struct got *got = arg;
    const struct row *row = &got->wanted->rows[got->next++];

    (void)err;
    assert_true(got->next <= (int64_t)got->wanted->count);
    assert_int_equal(order->id, row->id);
    assert_int_equal(order->owner, row->owner);
    assert_int_equal(order->position, row->position);
    assert_int_equal(order->price, row->price);
    assert_string_equal(order->owner_name, row->owner == ANN ? "ann" : "Bob");
    /* Told before the first row. */
    assert_int_equal(got->list->total, got->wanted->total);
    return 0;
}

static void check_page(struct db *db, struct order_query *query)
{
    static struct wanted wanted;
    struct order_list list;
    struct got got = {.list = &list, .wanted = &wanted, .next = query->offset};
    struct err err = ERR_INIT;
    int64_t left;

    find_wanted(query, &wanted);
    left = (int64_t)wanted.count - query->offset;
    left = left < 0 ? 0 : left > query->limit ? query->limit : left;
    if (order_list_run(db, NULL, query, &list, see, &got, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(list.returned, left);
    assert_int_equal(got.next, query->offset + left);
    assert_int_equal(list.total, wanted.total);
    assert_int_equal(list.matching, wanted.total);
    assert_int_equal(list.position, wanted.position);
    assert_int_equal(list.last_id, left ? wanted.rows[got.next - 1].id : 0);
}

static void any_page_is_that_of_the_sorted_list(void **state)
{
    random_begin(SEED);
    for (int i = 0; i < QUERIES; i++) {
        struct order_query query;

        make_query(&query);
        check_page(*state, &query);
    }
}

static void a_stream_where_nothing_has_happened_has_an_empty_page(void **state)
{
    struct order_query query = {.owner = ANN, .limit = 25};
    struct order_list list;
    struct got got = {.list = &list};
    struct err err = ERR_INIT;

    exec(*state, "DELETE FROM orders WHERE owner = 1");
    exec(*state, "DELETE FROM stream WHERE owner = 1");
    assert_int_equal(
        order_list_run(*state, NULL, &query, &list, see, &got, &err), 0);
    assert_int_equal(list.total, 0);
    assert_int_equal(list.matching, 0);
    assert_int_equal(list.position, 0);
    assert_int_equal(list.returned, 0);
}

/* Of the table and its indexes, on a server, so far. */
static int64_t count_read(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t count;

    if (db_prepare(db,
                   "SELECT pg_stat_get_xact_tuples_returned(c.oid) + "
                   "pg_stat_get_xact_tuples_fetched(c.oid) + "
                   "(SELECT SUM(pg_stat_get_xact_tuples_returned(indexrelid)) "
                   "FROM pg_index WHERE indrelid = c.oid) "
                   "FROM pg_class c WHERE c.relname = 'orders'",
                   &stmt, &err) < 0 ||
        db_step(stmt, &err) != 1)
        fail_msg("%s", err.text);
    count = db_int(stmt, 0);
    db_done(&stmt);
    return count;
}

static int pass(void *arg, const struct order *order, struct err *err)
{
    (void)arg;
    (void)order;
    (void)err;
    return 0;
}

/* passed: rows between the page and the nearer end. */
static void check_reads(struct db *db, const struct order_query *query,
                        int64_t passed)
{
    struct order_list list;
    struct err err = ERR_INIT;
    int64_t before;
    int64_t read;

    assert_int_equal(db_read_begin(db, &err), 0);
    before = count_read(db);
    if (order_list_run(db, NULL, query, &list, pass, NULL, &err) < 0)
        fail_msg("%s", err.text);
    read = count_read(db) - before;
    db_read_end(db);
    assert_true(list.returned > 0);
    /* Each is looked at in an index, and at times in the table. */
    assert_true(read >= list.returned);
    if (read > 2 * passed + 4 * list.returned)
        fail_msg("%" PRId64 " read for %" PRId64 " behind %" PRId64, read,
                 list.returned, passed);
}

/* What a server takes for the shorter way hangs on what it knows of the table,
 * and it does not know which values it will be run with. */
static void a_server_reads_no_more_than_a_page_and_what_it_passes(void **state)
{
    static const char *const columns[] = {"id", "position"};
    struct db *db = *state;

    if (!database_is_on_server())
        return;
    for (int known = 0; known < 2; known++) {
        struct order_query all = {.limit = 25};

        for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
            for (int is_down = 0; is_down < 2; is_down++) {
                struct order_query query = {.owner = ANN, .limit = 25};

                order_by(&query, columns[i], is_down);
                check_reads(db, &query, 0);
                query.offset = 200;
                check_reads(db, &query, 200);
                query.offset = 3900;
                check_reads(db, &query, 100);
                query.offset = 0;
                query.owner = BOB;
                query.limit = 5;
                check_reads(db, &query, 0);
                /* Order by order: the server can't fold text. */
                order_by(&query, "instrument", is_down);
                query.limit = ROWS;
                check_reads(db, &query, 0);
            }
        }
        check_reads(db, &all, 0);
        all.offset = 3900;
        check_reads(db, &all, 75);
        exec(db, "ANALYZE orders; ANALYZE \"user\"; ANALYZE stream");
    }
}

SUITE(query_page)
{
    static const struct CMUnitTest tests[] = {
        LONG(any_page_is_that_of_the_sorted_list),
        LONG(a_stream_where_nothing_has_happened_has_an_empty_page),
        LONG(a_server_reads_no_more_than_a_page_and_what_it_passes),
    };

    return cmocka_run_group_tests_name("query page", tests, NULL, NULL);
}
