#include "model/check.h"
#include "model/log/event.h"
#include "model/orders.h"
#include "support/database.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void keep_fault(void *arg, const char *fault)
{
    buf_printf(arg, "%s\n", fault);
}

/* What check tells, of the database as committed. */
static void expect_faults(struct world *w, const char *wanted)
{
    struct err err = ERR_INIT;
    struct buf outbox;
    struct buf faults;

    buf_init(&outbox, SIZE_MAX);
    buf_init(&faults, 65536);
    world_commit(w, &outbox);
    db_abort(w->db);
    assert_true(check_run(w->db, keep_fault, &faults, &err) >= 0);
    if (!*wanted)
        assert_string_equal(buf_text(&faults), "");
    if (!strstr(buf_text(&faults), wanted))
        fail_msg("no \"%s\" in: %s", wanted, buf_text(&faults));
    assert_int_equal(db_begin(w->db, &err), 0);
    buf_release(&outbox);
    buf_release(&faults);
}

static void purge(struct world *w, int limit, int gone)
{
    struct err err = ERR_INIT;
    int64_t at = 0;

    w->is_purged = true;
    assert_int_equal(event_purge(w->db, 100, limit, &at, &err), gone);
}

static void an_ordinary_purge_is_no_damage(void **state)
{
    struct world *w = *state;
    struct order order;
    struct err err = ERR_INIT;

    expect_faults(w, "");
    placed(w, &w->bob); /* 1: stays, as its order's newest */
    placed(w, &w->ann);
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            changed(w, &w->ann, 2, "price", i % 2 ? "1" : "2", &order, &err),
            0);
    placed(w, &w->sue);
    expect_faults(w, "");
    world_exec(w, "UPDATE event SET time = 0 WHERE id < 7");
    purge(w, 2, 2);
    expect_faults(w, "");
    purge(w, 100, 3);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE id IN "
                                  "(1, 7, 8)"),
                     3);
    expect_faults(w, "");
    /* It is not its order's newest any more. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            changed(w, &w->bob, 1, "price", i ? "3" : "4", &order, &err), 0);
    expect_faults(w, "");
    purge(w, 100, 1);
    expect_faults(w, "");
}

static void what_is_missing_is_found(void **state)
{
    static const struct {
        const char *sql;
        const char *said;
    } damages[] = {
        {"DELETE FROM event WHERE id = 3", "the log: 7 events from 1 to 8"},
        {"DELETE FROM event WHERE id = 1", "the log: 7 events from 1 to 8"},
        {"DELETE FROM event WHERE id IN (2, 3)",
         "stream 1: 5 events from 1 to 7"},
        {"DELETE FROM event WHERE id = 3",
         "order 3: stands at 3, where the log has no event of it"},
        {"DELETE FROM event WHERE id = 8",
         "the log: its newest event is 7, the streams stand at 8 together"},
        {"DELETE FROM event WHERE id >= 7", "the streams stand at 8 together"},
        {"UPDATE stream SET position = 9 WHERE owner = 2",
         "stream 2: stands at 9, its newest event at 1"},
        {"DELETE FROM event WHERE id = 7",
         "stream 2: stands at 1, its newest event at 0"},
    };
    struct world *w = *state;

    for (int i = 0; i < 6; i++)
        placed(w, &w->ann);
    placed(w, &w->bob);
    placed(w, &w->ann);
    world_exec(w, "CREATE TABLE good_event AS SELECT * FROM event;"
                  "CREATE TABLE good_stream AS SELECT * FROM stream");
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        world_exec(w, damages[i].sql);
        expect_faults(w, damages[i].said);
        world_exec(w, "DELETE FROM event; DELETE FROM stream;"
                      "INSERT INTO event SELECT * FROM good_event;"
                      "INSERT INTO stream SELECT * FROM good_stream");
        expect_faults(w, "");
    }
}

static void more_filled_than_ordered_is_found(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);

    world_exec(w, "UPDATE orders SET filled_quantity = quantity + 1");
    expect_faults(w, "order 1: more of it is filled than was ordered");
    world_exec(w, "UPDATE orders SET filled_quantity = 0");
    expect_faults(w, "");
    assert_int_equal(order.id, 1);
}

static void a_second_factor_without_its_secret_is_found(void **state)
{
    struct world *w = *state;

    world_exec(w, "UPDATE \"user\" SET second_factor = 1 WHERE id = 2");
    expect_faults(w, "user 2: their second factor has no secret");
    world_exec(w,
               database_is_on_server()
                   ? "INSERT INTO second_factor VALUES (2, '\\x00', -1, 0, 0)"
                   : "INSERT INTO second_factor VALUES (2, x'00', -1, 0, 0)");
    expect_faults(w, "");
}

SUITE(check)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_ordinary_purge_is_no_damage),
        WORLD_TEST(what_is_missing_is_found),
        WORLD_TEST(more_filled_than_ordered_is_found),
        WORLD_TEST(a_second_factor_without_its_secret_is_found),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
