#include "base/buf.h"
#include "model/log/event.h"
#include "model/orders.h"
#include "store/migrate.h"
#include "support/schema.h"
#include <stdio.h>

#include "base/banned.h"

/* A database of step 1 in which orders 1 and 2 have changed in turn. */
static const char first_rows[] =
    "INSERT INTO \"user\" (username, username_folded, password, date_joined) "
    "VALUES ('ann', 'ann', '!', 0);"
    "INSERT INTO event (id, owner, position, order_id, kind, address, time, "
    "body) VALUES (1, 1, 1, 1, 'new', '', 0, '{}'), "
    "(2, 1, 2, 2, 'new', '', 0, '{}'), (3, 1, 3, 1, 'update', '', 0, '{}'), "
    "(4, 1, 4, 1, 'update', '', 0, '{}'), (5, 1, 5, 2, 'delete', '', 0, '{}')";

static void events_of_step_1_find_the_one_before_them(void **state)
{
    static const struct {
        int64_t id;
        int64_t previous; /* 0: none */
    } chain[] = {{1, 0}, {2, 0}, {3, 1}, {4, 3}, {5, 2}};
    struct world w = {.db = NULL};
    struct err err = ERR_INIT;
    struct buf schema;
    int applied;

    (void)state;
    buf_init(&schema, 1 << 20);
    schema_read(LWSAPP_SCHEMA, &schema);
    assert_int_equal(db_open(&w.db, ":memory:", DB_WRITE, &err), 0);
    assert_int_equal(migrate_run_to(w.db, buf_text(&schema), 1, &applied, &err),
                     0);
    world_exec(&w, first_rows);
    assert_int_equal(migrate_run(w.db, buf_text(&schema), &applied, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
        char sql[100];

        snprintf(sql, sizeof(sql),
                 "SELECT coalesce(previous, 0) FROM event WHERE id = %d",
                 (int)chain[i].id);
        assert_int_equal(world_int(&w, sql), chain[i].previous);
    }
    buf_release(&schema);
    db_close(w.db);
}

/* Whoever was there is held to no limit and to no second factor, and nothing
 * was corrected, nor is told by an event alone. */
static void users_and_events_of_each_step_have_no_more_than_before(void **state)
{
    (void)state;
    for (int step = 1; step <= 8; step++) {
        struct world w = {.db = NULL};
        struct err err = ERR_INIT;
        struct buf schema;
        int applied;

        buf_init(&schema, 1 << 20);
        schema_read(LWSAPP_SCHEMA, &schema);
        assert_int_equal(db_open(&w.db, ":memory:", DB_WRITE, &err), 0);
        assert_int_equal(
            migrate_run_to(w.db, buf_text(&schema), step, &applied, &err), 0);
        world_exec(&w, first_rows);
        assert_int_equal(migrate_run(w.db, buf_text(&schema), &applied, &err),
                         0);
        assert_int_equal(world_int(&w, "SELECT COUNT(*) FROM \"user\" WHERE "
                                       "max_quantity IS NULL AND "
                                       "max_notional IS NULL AND "
                                       "second_factor IS NULL AND "
                                       "second_factor_required = 0 AND "
                                       "may_feed = 0 AND "
                                       "market_symbols = '*'"),
                         1);
        assert_int_equal(world_int(&w, "SELECT COUNT(*) FROM event "
                                       "WHERE is_correction IS NULL AND "
                                       "changed IS NULL"),
                         5);
        buf_release(&schema);
        db_close(w.db);
    }
}

/* Where purges of before have ended, the log's last hole tells. */
static void the_last_purge_is_found(void **state)
{
    static const struct {
        const char *sql;
        int64_t purged;
    } logs[] = {
        {"DELETE FROM event", 0},
        {"SELECT 1", 0},
        {"DELETE FROM event WHERE id = 1", 1},
        {"DELETE FROM event WHERE id IN (1, 3)", 3},
        {"DELETE FROM event WHERE id < 5", 4},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
        struct world w = {.db = NULL};
        struct err err = ERR_INIT;
        struct buf schema;
        int64_t purged;
        int applied;

        buf_init(&schema, 1 << 20);
        schema_read(LWSAPP_SCHEMA, &schema);
        assert_int_equal(db_open(&w.db, ":memory:", DB_WRITE, &err), 0);
        assert_int_equal(
            migrate_run_to(w.db, buf_text(&schema), 8, &applied, &err), 0);
        world_exec(&w, first_rows);
        world_exec(&w, logs[i].sql);
        assert_int_equal(migrate_run(w.db, buf_text(&schema), &applied, &err),
                         0);
        assert_int_equal(event_purged(w.db, &purged, &err), 0);
        assert_int_equal(purged, logs[i].purged);
        buf_release(&schema);
        db_close(w.db);
    }
}

SUITE(steps)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_step_1_find_the_one_before_them),
        cmocka_unit_test(
            users_and_events_of_each_step_have_no_more_than_before),
        cmocka_unit_test(the_last_purge_is_found),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
