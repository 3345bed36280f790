#include "base/mem.h"
#include "model/orders/stream.h"
#include "shelf.h"
#include "support/database.h"
#include "view/order_cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* Rows in memory follow the log: whatever happens to orders, and to memory, an
 * answer from there is the database's. */
#define STEPS 6000
#define ORDERS 120 /* about as many live at a time */
#define IDS 40
#define BYTES (1 << 24)

static uint64_t seed;

static unsigned roll(unsigned sides)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33) % sides;
}

struct answer {
    struct order_list list;
    int64_t ids[IDS];
};

static int note(void *arg, const struct order *order, struct err *err)
{
    struct answer *answer = arg;

    (void)err;
    assert_true(answer->list.returned < IDS);
    answer->ids[answer->list.returned] = order->id;
    return 0;
}

static void ask(struct db *db, struct order_query *query,
                struct order_cache *cache, struct answer *answer)
{
    struct err err = ERR_INIT;

    memset(answer, 0, sizeof(*answer));
    if (order_list_run(db, cache, query, &answer->list, note, answer, &err) < 0)
        fail_msg("%s", err.text);
}

static void check_alike(struct db *db, struct order_query *query,
                        struct order_cache *cache)
{
    struct answer plain;
    struct answer cached;

    ask(db, query, NULL, &plain);
    ask(db, query, cache, &cached);
    assert_memory_equal(&plain, &cached, sizeof(plain));
}

static void add_needle(struct order_query *query, const char *needle)
{
    struct err err = ERR_INIT;

    assert_int_equal(order_filter_add(&query->filter, QUERY_CONTAINS,
                                      shelf_searchable(), needle,
                                      strlen(needle), "search", &err),
                     0);
}

static void any_query(struct order_query *query)
{
    static const char *const needles[] = {"EDF", "7",   "new", "sell", "12.5",
                                          "AXA", "K-1", "ann", "2",    "zzz"};
    static const int64_t owners[] = {ANN, BOB, STREAM_ALL};

    order_query_release(query);
    memset(query, 0, sizeof(*query));
    query->owner = owners[roll(3)];
    query->limit = IDS;
    query->offset = roll(3) * 10;
    query->totals = true;
    if (roll(4))
        add_needle(query, needles[roll(ARRAY_LEN(needles))]);
    query->order_count = roll(3);
    for (size_t i = 0; i < query->order_count; i++)
        query->orders[i] = (struct query_order){
            .column = roll((unsigned)order_columns_count),
            .descending = roll(2),
        };
}

static void set(struct order_draft *draft, const char *name, const char *text)
{
    struct err err = ERR_INIT;

    if (order_draft_set(draft, name, text, strlen(text), &err) < 0)
        fail_msg("%s", err.fields[0].text);
}

/* One that is there, or 0. */
static int64_t any_order(struct db *db)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t id = 0;

    assert_int_equal(db_prepare(db,
                                "SELECT id FROM orders ORDER BY id "
                                "LIMIT 1 OFFSET ?1",
                                &stmt, &err),
                     0);
    db_bind_int(stmt, 1, roll(ORDERS));
    if (db_step(stmt, &err) == 1)
        id = db_int(stmt, 0);
    db_done(&stmt);
    return id;
}

static void step(struct db *db)
{
    static const char *const prices[] = {"1", "12.5", "-7", "0.00000001"};
    static const char *const owners[] = {"ann", "Bob"};
    struct actor command = {.user = 0};
    struct order_draft draft = {.has = 0};
    struct order order;
    struct err err = ERR_INIT;
    bool existing;
    int64_t id = any_order(db);

    assert_int_equal(db_begin(db, &err), 0);
    set(&draft, "price", prices[roll(ARRAY_LEN(prices))]);
    if (id && roll(3)) {
        if (roll(8) == 0)
            set(&draft, "owner", owners[roll(2)]);
        else if (roll(4) == 0)
            set(&draft, "status", roll(2) ? "filled" : "expired");
        if (roll(5) == 0)
            order_remove(db, &command, id, 0, &order, &err);
        else
            order_change(db, &command, id, &draft, false, 0, &order, &err);
    } else {
        set(&draft, "owner", owners[roll(2)]);
        set(&draft, "instrument", roll(2) ? "EDF01" : "AXA02");
        set(&draft, "quantity", "7");
        order_place(db, &command, &draft, &order, &existing, &err);
    }
    if (err.code != ERR_NONE)
        fail_msg("%s", err.text);
    assert_int_equal(db_commit(db, &err), 0);
}

/* Whether the stream's rows are in memory after one use. */
static bool use(struct db *db, struct order_cache *cache, int64_t owner)
{
    const struct order_rows *rows;
    struct order_cached *cached = order_cache_lock(cache, owner);
    struct err err = ERR_INIT;
    int64_t position;
    int64_t count;

    assert_non_null(cached);
    assert_int_equal(stream_position(db, owner, &position, &count, &err), 0);
    assert_int_equal(order_cache_rows(cached, db, position, count, &rows, &err),
                     0);
    order_cache_unlock(cached);
    return rows != NULL;
}

static void rows_in_memory_follow_every_change(void **state)
{
    struct order_cache *cache = order_cache_new(BYTES, 0);
    struct order_query *query = calloc(1, sizeof(*query));

    assert_non_null(cache);
    assert_non_null(query);
    seed = 7;
    for (int i = 0; i < STEPS; i++) {
        step(*state);
        if (roll(3) == 0) {
            any_query(query);
            check_alike(*state, query, cache);
            assert_true(use(*state, cache, query->owner));
        }
    }
    /* Of rows long gone little is left. */
    assert_true(order_cache_bytes(cache) < 2000000);
    order_query_release(query);
    free(query);
    order_cache_free(cache);
}

/* So many orders of one owner at once, of which each hundredth is "EDF9". */
static void put_many(struct db *db, int owner, int first, int count)
{
    char sql[900];
    struct err err = ERR_INIT;

    snprintf(
        sql, sizeof(sql),
        "WITH RECURSIVE n (i) AS (VALUES (%d) UNION ALL SELECT i + 1 FROM n "
        "WHERE i < %d) INSERT INTO orders (id, owner, instrument, side, "
        "quantity, price, status, filled_quantity, version, position, "
        "all_position, created, updated) SELECT i, %d, "
        "CASE WHEN i %% 100 > 0 THEN 'AXA' ELSE 'EDF9' END, 'buy', 1, 1, "
        "'new', 0, "
        "1, i, i, 0, 0 FROM n;"
        "INSERT INTO stream (owner, position, order_count) "
        "VALUES (%d, %d, %d)",
        first, first + count - 1, owner, owner, first + count - 1, count);
    if (db_exec(db, sql, &err) < 0)
        fail_msg("%s", err.text);
}

static void a_long_stream_is_read_in_parts(void **state)
{
    struct order_cache *cache = order_cache_new(SIZE_MAX / 4, 0);
    struct order_query *query = calloc(1, sizeof(*query));

    assert_non_null(query);
    put_many(*state, ANN, 1, 100001);
    assert_false(use(*state, cache, ANN));
    query->owner = ANN;
    query->limit = IDS;
    query->totals = true;
    add_needle(query, "edf9");
    check_alike(*state, query, cache);
    assert_true(use(*state, cache, ANN));
    check_alike(*state, query, cache);
    order_query_release(query);
    free(query);
    order_cache_free(cache);
}

static void memory_is_bounded(void **state)
{
    const size_t most = 1000000;
    struct order_cache *cache = order_cache_new(most, 100);

    put_many(*state, ANN, 1, 1200);
    put_many(*state, BOB, 2001, 1200);
    assert_true(use(*state, cache, ANN));
    assert_true(use(*state, cache, BOB));
    assert_true(order_cache_bytes(cache) <= most);
    assert_true(order_cache_bytes(cache) > most / 4);
    order_cache_free(cache);
}

/* Of two that do not fit together the one used last stays. */
static void the_stream_asked_for_the_longest_ago_is_forgotten(void **state)
{
    struct order_cache *cache = order_cache_new(SIZE_MAX / 4, 0);
    size_t one;
    size_t both;

    put_many(*state, ANN, 1, 1200);
    put_many(*state, BOB, 2001, 1200);
    assert_true(use(*state, cache, ANN));
    one = order_cache_bytes(cache);
    assert_true(use(*state, cache, BOB));
    both = order_cache_bytes(cache);
    assert_true(both > one);
    order_cache_free(cache);

    cache = order_cache_new(both - 1, 0);
    assert_true(use(*state, cache, ANN));
    assert_true(use(*state, cache, BOB));
    assert_true(order_cache_bytes(cache) < both - one / 2);
    order_cache_free(cache);
}

static void a_stream_too_large_is_left_to_the_database(void **state)
{
    struct order_cache *cache = order_cache_new(400000, 0);

    put_many(*state, ANN, 1, 1900);
    assert_false(use(*state, cache, ANN));
    assert_false(use(*state, cache, ANN));
    assert_true(order_cache_bytes(cache) < 1000);
    order_cache_free(cache);
}

/* What its first part takes says that the whole won't fit. */
static void a_stream_that_will_not_fit_is_given_up_early(void **state)
{
    struct order_cache *cache = order_cache_new(55000000, 0);

    put_many(*state, ANN, 1, 200000);
    assert_false(use(*state, cache, ANN));
    assert_true(order_cache_bytes(cache) < 1000);
    order_cache_free(cache);
}

static void a_short_stream_is_left_to_the_database(void **state)
{
    struct order_cache *cache = order_cache_new(BYTES, 1000);

    put_many(*state, ANN, 1, 999);
    put_many(*state, BOB, 2001, 1000);
    assert_false(use(*state, cache, ANN));
    assert_true(use(*state, cache, BOB));
    order_cache_free(cache);
}

static void want_of_memory_forgets_what_it_must(void **state)
{
    struct order_query *query = calloc(1, sizeof(*query));
    struct answer wanted;
    bool has_failed = true;
    int in_vain = 0;

    assert_non_null(query);
    put_many(*state, ANN, 1, 500);
    query->owner = ANN;
    query->limit = IDS;
    query->totals = true;
    add_needle(query, "edf9");
    ask(*state, query, NULL, &wanted);
    for (unsigned n = 1; has_failed || in_vain < 3; n++) {
        struct order_cache *cache = order_cache_new(BYTES, 0);
        struct answer answer = {.list = {0}};
        struct err err = ERR_INIT;

        mem_fail_after(n);
        has_failed = order_list_run(*state, cache, query, &answer.list, note,
                                    &answer, &err) < 0;
        mem_fail_after(0);
        in_vain = has_failed ? 0 : in_vain + 1;
        if (has_failed)
            assert_int_equal(err.code, ERR_NOMEM);
        else
            assert_memory_equal(&answer, &wanted, sizeof(wanted));
        check_alike(*state, query, cache);
        order_cache_free(cache);
    }
    order_query_release(query);
    free(query);
}

/* The last position that a damaged file can name is no end of the list. */
static void a_tombstone_at_the_end_of_numbers_is_one(void **state)
{
    struct order_cache *cache = order_cache_new(BYTES, 0);
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    seed = 5;
    for (int i = 0; i < 20; i++)
        step(*state);
    assert_int_equal(db_prepare(*state,
                                "INSERT INTO tombstone (stream, order_id, "
                                "position) VALUES (1, 99999, "
                                "9223372036854775807)",
                                &stmt, &err),
                     0);
    assert_int_equal(db_run(&stmt, &err), 0);
    assert_true(use(*state, cache, ANN));
    order_cache_free(cache);
}

struct crew {
    char folder[40]; /* "": on a server */
    char path[160];
    struct order_cache *cache;
    unsigned asked; /* by each */
};

/* Inside one snapshot both ways must agree, even where the other thread has
 * brought the rows further than that. */
static void *ask_on(void *arg)
{
    struct crew *crew = arg;
    struct order_query *query = calloc(1, sizeof(*query));
    struct db *db = NULL;
    struct err err = ERR_INIT;

    if (!query || db_open(&db, crew->path, DB_READ, &err) < 0)
        abort();
    for (unsigned i = 0; i < crew->asked; i++) {
        struct answer plain = {.list = {0}};
        struct answer cached = {.list = {0}};
        struct err other = ERR_INIT;

        order_query_release(query);
        memset(query, 0, sizeof(*query));
        query->owner = i % 3;
        query->limit = IDS;
        query->totals = true;
        add_needle(query, i % 2 ? "12.5" : "edf");
        if (db_read_begin(db, &err) < 0 ||
            order_list_run(db, NULL, query, &plain.list, note, &plain, &err) <
                0)
            abort();
        if (order_list_run(db, crew->cache, query, &cached.list, note, &cached,
                           &other) < 0)
            abort();
        db_read_end(db);
        if (memcmp(&plain, &cached, sizeof(plain)) != 0)
            abort();
        /* Without a snapshot from before, which the rows may be ahead of. */
        if (order_list_run(db, crew->cache, query, &cached.list, note, &cached,
                           &other) < 0)
            abort();
    }
    db_close(db);
    order_query_release(query);
    free(query);
    return NULL;
}

/* One in memory can't be shared. */
static struct db *open_copy(struct crew *crew, struct db *of)
{
    struct db *db = NULL;
    struct err err = ERR_INIT;

    if (database_is_on_server()) {
        *crew->folder = '\0';
        snprintf(crew->path, sizeof(crew->path), "%s",
                 getenv("LWSAPP_TEST_DATABASE"));
    } else {
        assert_non_null(mkdtemp(crew->folder));
        snprintf(crew->path, sizeof(crew->path), "%s/orders.db", crew->folder);
    }
    if ((*crew->folder && db_backup(of, crew->path, NULL, NULL, &err) < 0) ||
        db_open(&db, crew->path, DB_WRITE, &err) < 0)
        fail_msg("%s", err.text);
    return db;
}

static void remove_copy(const struct crew *crew)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-turn"};
    char path[170];

    for (size_t i = 0; i < ARRAY_LEN(endings) && *crew->folder; i++) {
        snprintf(path, sizeof(path), "%s%s", crew->path, endings[i]);
        unlink(path);
    }
    if (*crew->folder)
        assert_int_equal(rmdir(crew->folder), 0);
}

static void threads_share_what_is_in_memory(void **state)
{
    struct crew crew = {.folder = "/tmp/lws-app-cache.XXXXXX", .asked = 300};
    struct db *db = open_copy(&crew, *state);
    pthread_t threads[2];

    crew.cache = order_cache_new(BYTES, 0);
    seed = 11;
    for (int i = 0; i < 200; i++)
        step(db);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_on, &crew), 0);
    for (int i = 0; i < 400; i++)
        step(db);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    db_close(db);
    order_cache_free(crew.cache);
    remove_copy(&crew);
}

SUITE(query_cache)
{
#define SHELF(test)                                                            \
    cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    static const struct CMUnitTest tests[] = {
        SHELF(rows_in_memory_follow_every_change),
        SHELF(a_long_stream_is_read_in_parts),
        SHELF(memory_is_bounded),
        SHELF(the_stream_asked_for_the_longest_ago_is_forgotten),
        SHELF(a_stream_too_large_is_left_to_the_database),
        SHELF(a_stream_that_will_not_fit_is_given_up_early),
        SHELF(a_short_stream_is_left_to_the_database),
        SHELF(want_of_memory_forgets_what_it_must),
        SHELF(a_tombstone_at_the_end_of_numbers_is_one),
        SHELF(threads_share_what_is_in_memory),
    };

    return cmocka_run_group_tests_name("rows in memory", tests, NULL, NULL);
}
