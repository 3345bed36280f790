#include "base/clock.h"
#include "model/log/control.h"
#include "model/orders.h"
#include "model/orders/order_column.h"
#include "model/orders/stream.h"
#include "model/table.h"
#include "support/database.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void an_event_looks_the_same_to_all(void **state)
{
    struct event event = {.id = 9,
                          .owner = 1,
                          .position = 4,
                          .kind = EVENT_UPDATE,
                          .time_us = 1000000,
                          .body = "{\"id\":7}",
                          .body_len = 8};
    struct buf text;

    (void)state;
    buf_init(&text, 8192);
    event_put_json(&text, "orders", 4, &event);
    assert_string_equal(buf_text(&text),
                        "{\"type\":\"data.update\",\"stream\":\"orders\","
                        "\"seq\":4,\"time\":\"1970-01-01T00:00:01.000000Z\","
                        "\"order\":{\"id\":7}}");
    event.changed = "{\"price\":[\"1\",\"2\"]}";
    event.changed_len = strlen(event.changed);
    buf_clear(&text);
    event_put_json(&text, "orders", 4, &event);
    assert_string_equal(buf_text(&text),
                        "{\"type\":\"data.update\",\"stream\":\"orders\","
                        "\"seq\":4,\"time\":\"1970-01-01T00:00:01.000000Z\","
                        "\"changed\":{\"price\":[\"1\",\"2\"]},"
                        "\"order\":{\"id\":7}}");
    buf_release(&text);
}

static void an_empty_stream_replays_nothing_and_folds_to_its_end(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;
    struct buf text;
    int64_t to;
    bool more;

    buf_init(&text, 8192);
    assert_int_equal(stream_replay(w->db, 1, "orders", 0, &text, &to, &err), 0);
    assert_int_equal(to, 0);
    assert_int_equal(text.len, 0);
    assert_int_equal(
        stream_fold(w->db, 1, "orders", 0, &text, &to, &more, &err), 0);
    assert_string_equal(buf_text(&text),
                        "{\"type\":\"folded\",\"stream\":\"orders\","
                        "\"from\":0,\"to\":0,\"orders\":[],\"deleted\":[],"
                        "\"more\":false}");
    assert_false(more);
    buf_release(&text);
}

/* Every stream, from the start and from the middle, by both ways. */
static void catch_up(struct world *w, const struct table *old, bool by_log)
{
    struct table now = table_read(w, old->owner);
    struct table table = table_new(old->owner);

    table.position = old->position;
    cJSON_Delete(table.orders);
    table.orders = cJSON_Duplicate(old->orders, true);
    if (by_log)
        assert_int_equal(table_replay(&table, w), now.position - old->position);
    else
        table_fold(&table, w);
    table_assert_equal(&table, &now);
    table_free(&table);
    table_free(&now);
}

static void replay_and_fold_lead_to_the_same_table(void **state)
{
    struct world *w = *state;
    struct order kept = placed(w, &w->ann);
    struct order moved = placed(w, &w->ann);
    struct order removed = placed(w, &w->ann);
    struct table old[3] = {table_read(w, 0), table_read(w, 1),
                           table_read(w, 2)};
    struct err err = ERR_INIT;
    struct order order;

    changed(w, &w->ann, kept.id, "price", "1", &order, &err);
    changed(w, &w->sue, moved.id, "owner", "Bob", &order, &err);
    step_remove(w, &w->ann, removed.id, 0, &order, &err);
    placed(w, &w->ann);
    for (size_t i = 0; i < ARRAY_LEN(old); i++) {
        struct table none = table_new((int64_t)i);

        catch_up(w, &old[i], true);
        catch_up(w, &old[i], false);
        catch_up(w, &none, true);
        catch_up(w, &none, false);
        table_free(&none);
        table_free(&old[i]);
    }
}

/* 600 events of small orders meet the limit of items, 120 of the largest the
 * limit of bytes; and so do 600 tombstones. */
static void frames_keep_within_their_limits(void **state)
{
    struct world *w = *state;
    struct table none = table_new(1);
    char longest[256];
    struct order order;
    struct err err = ERR_INIT;

    for (int i = 0; i < 600; i++)
        placed(w, &w->ann);
    catch_up(w, &none, true);
    catch_up(w, &none, false);
    memset(longest, '<', 255);
    longest[255] = '\0';
    for (int i = 0; i < 120; i++)
        placed_with(w, &w->ann, "instrument", longest);
    catch_up(w, &none, true);
    catch_up(w, &none, false);
    longest[0] = 'x';
    for (int64_t id = 601; id <= 720; id++)
        assert_int_equal(
            changed(w, &w->ann, id, "instrument", longest, &order, &err), 0);
    catch_up(w, &none, true);
    catch_up(w, &none, false);
    for (int64_t id = 1; id <= 600; id++)
        assert_int_equal(step_remove(w, &w->ann, id, 0, &order, &err), 0);
    catch_up(w, &none, false);
    none.owner = STREAM_ALL;
    catch_up(w, &none, false);
    table_free(&none);
}

/* From the log's beginning on. */
static int purge(struct world *w, int limit)
{
    struct err err = ERR_INIT;
    int64_t at = 0;

    w->is_purged = true;
    return event_purge(w->db, 100, limit, &at, &err);
}

static void change_times(struct world *w, int64_t id, int times)
{
    struct err err = ERR_INIT;
    struct order order;

    for (int i = 0; i < times; i++) {
        char price[8];

        snprintf(price, sizeof(price), "%d", 1000 + i);
        assert_int_equal(changed(w, &w->ann, id, "price", price, &order, &err),
                         0);
    }
}

static void a_purged_log_is_folded_and_keeps_its_newest(void **state)
{
    struct world *w = *state;
    struct table none = table_new(1);
    struct table now;

    placed(w, &w->ann);
    change_times(w, 1, 4);
    placed(w, &w->bob);
    assert_int_equal(purge(w, 100), 0);
    world_exec(w, "UPDATE event SET time = 0 WHERE id <> 3");
    assert_int_equal(purge(w, 0), 0);
    assert_int_equal(purge(w, 1), 1);
    assert_int_equal(world_int(w, "SELECT MIN(id) FROM event"), 2);
    /* The third is young: what is behind it waits. */
    assert_int_equal(purge(w, 100), 1);
    world_exec(w, "UPDATE event SET time = 0");
    assert_int_equal(purge(w, 100), 2);
    assert_int_equal(purge(w, 100), 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE id IN "
                                  "(5, 6)"),
                     2);
    assert_int_equal(table_replay(&none, w), -1);
    catch_up(w, &none, false);
    table_free(&none);
    now = table_read(w, 1);
    assert_int_equal(now.position, 5);
    assert_int_equal(table_replay(&now, w), 0);
    table_free(&now);
    assert_int_equal(placed(w, &w->ann).all_position, 7);
}

static int keep_before(void *arg, const struct event_change *change,
                       struct err *err)
{
    (void)err;
    *(bool *)arg = change->before != NULL;
    return 0;
}

static void a_purge_keeps_the_newest_event_of_each_order(void **state)
{
    struct world *w = *state;
    struct table now;
    struct table none = table_new(1);
    struct order order;
    struct err err = ERR_INIT;
    bool is_known = false;
    int64_t at = 0;

    for (int i = 0; i < 3; i++)
        placed(w, &w->ann);
    change_times(w, 2, 2);
    assert_int_equal(step_remove(w, &w->ann, 3, 0, &order, &err), 0);
    world_exec(w, "UPDATE event SET time = 0");
    now = table_read(w, 1);
    assert_int_equal(purge(w, 100), 3);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE id IN "
                                  "(1, 5, 6)"),
                     3);
    /* What is left can be followed by nobody who has not all of it. */
    assert_int_equal(table_replay(&none, w), -1);
    catch_up(w, &none, false);
    table_free(&none);

    /* An order is changed after its time: what it was is known. */
    change_times(w, 1, 1);
    assert_int_equal(
        event_read_changes(w->db, 1, 6, 1, keep_before, &is_known, &err), 1);
    assert_true(is_known);
    assert_int_equal(table_replay(&now, w), 1);
    table_free(&now);
    world_exec(w, "UPDATE event SET time = 0");
    assert_int_equal(purge(w, 100), 2);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE id IN "
                                  "(5, 7)"),
                     2);

    /* So many that are kept hold it up for one turn each. */
    for (int i = 0; i < 30; i++)
        placed(w, &w->ann);
    change_times(w, 30, 1);
    placed(w, &w->bob);
    world_exec(w, "UPDATE event SET time = 0");
    assert_int_equal(event_purge(w->db, 100, 1, &at, &err), 0);
    assert_int_equal(at, 25);
    assert_int_equal(event_purge(w->db, 100, 1, &at, &err), 1);
    assert_int_equal(at, 30);
    assert_int_equal(event_purge(w->db, 100, 1, &at, &err), 0);
    assert_int_equal(at, 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE id = 30"),
                     0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), 33);
}

static int64_t count_sorts(struct world *w, const char *sql)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t count = 0;
    size_t len;

    assert_int_equal(db_prepare(w->db, sql, &stmt, &err), 0);
    while (db_step(stmt, &err) == 1) {
        const char *text = db_text(stmt, 3, &len);

        count += strstr(text, "TEMP B-TREE") || !strncmp(text, "SCAN", 4);
    }
    db_done(&stmt);
    return count;
}

static void a_chunk_is_read_by_an_index_alone(void **state)
{
    struct world *w = *state;
    static const char *const chunks[] = {
        "EXPLAIN QUERY PLAN " ORDER_SELECT "WHERE o.position > ?1 AND "
        "o.owner = ?3 ORDER BY o.position LIMIT ?2",
        "EXPLAIN QUERY PLAN " ORDER_SELECT "WHERE o.all_position > ?1 "
        "ORDER BY o.all_position LIMIT ?2",
        "EXPLAIN QUERY PLAN SELECT position, order_id FROM tombstone WHERE "
        "position > ?1 AND stream = ?3 ORDER BY position LIMIT ?2",
        "EXPLAIN QUERY PLAN SELECT o.id FROM orders o WHERE o.owner = ?1 AND "
        "o.client_order_id = ?2 AND o.id <> ?3",
        "EXPLAIN QUERY PLAN SELECT t.order_id FROM tombstone t WHERE "
        "t.stream = ?1 AND t.client_order_id = ?2 AND t.order_id <> ?3",
    };

    if (database_is_on_server()) /* says its plans in other words */
        return;
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++)
        assert_int_equal(count_sorts(w, chunks[i]), 0);
}

/* Sums of positions must not overflow, whatever a damaged file holds. */
static void a_log_that_stands_where_none_can_is_refused(void **state)
{
    static const char *const damages[] = {
        "UPDATE stream SET position = 9223372036854775807",
        "UPDATE stream SET position = 9007199254740992",
        "UPDATE stream SET position = -1",
        "UPDATE event SET id = 9223372036854775807",
        "UPDATE event SET position = 9223372036854775807",
    };
    struct world *w = *state;
    struct order_draft draft = draft_plain();
    struct order order = placed(w, &w->ann);
    struct buf text;
    bool existing;

    buf_init(&text, 8192);
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        bool is_stream = strstr(damages[i], "stream") != NULL;
        bool is_id = strstr(damages[i], "SET id") != NULL;
        struct err err = ERR_INIT;
        int64_t at;

        world_exec(w, damages[i]);
        if (is_stream)
            assert_int_equal(stream_position(w->db, 1, &at, NULL, &err), -1);
        else
            assert_int_equal(
                stream_replay(w->db, 1, "orders", 0, &text, &at, &err), -1);
        assert_int_equal(err.code, ERR_STORE);
        err_clear(&err);
        if (is_stream || is_id) {
            assert_int_equal(
                order_place(w->db, &w->ann, &draft, &order, &existing, &err),
                -1);
            assert_int_equal(err.code, ERR_STORE);
        }
        world_exec(w, "UPDATE stream SET position = 1");
        world_exec(w, "UPDATE event SET id = 1, position = 1");
    }
    buf_release(&text);
}

static void an_order_without_a_next_version_is_not_changed(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct order_draft draft = {.has = HAS_PRICE, .price = 7};
    struct err err = ERR_INIT;

    world_exec(w, "UPDATE orders SET version = 9223372036854775807");
    assert_int_equal(
        order_change(w->db, &w->ann, order.id, &draft, false, 0, &order, &err),
        -1);
    assert_int_equal(err.code, ERR_STORE);
    world_exec(w, "UPDATE orders SET version = 1");
}

static void control_entries_are_kept_in_order(void **state)
{
    static const enum control_kind kinds[] = {
        CONTROL_SESSION_ENDED, CONTROL_TOKEN_ENDED, CONTROL_PASSWORD,
        CONTROL_RIGHTS,        CONTROL_ACTIVE,      CONTROL_SOCKET_ENDED};
    struct world *w = *state;
    struct control read[8];
    struct err err = ERR_INIT;
    int64_t oldest;
    int64_t newest;

    assert_int_equal(control_range(w->db, &oldest, &newest, &err), 0);
    assert_int_equal(oldest, 0);
    assert_int_equal(newest, 0);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct control control = {
            .user = 2, .kind = kinds[i], .which = (int64_t)i};

        assert_int_equal(control_append(w->db, &control, &err), 0);
        assert_int_equal(control.id, i + 1);
        assert_int_equal(control.time_us, db_time_us(w->db));
    }
    assert_int_equal(control_read(w->db, 0, read, 0, &err), 0);
    assert_int_equal(control_read(w->db, 1, read, 2, &err), 2);
    assert_int_equal(read[0].id, 2);
    assert_int_equal(control_read(w->db, 0, read, 8, &err), ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_int_equal(read[i].kind, kinds[i]);
        assert_int_equal(read[i].which, i);
        assert_int_equal(read[i].user, 2);
    }
    assert_int_equal(control_purge(w->db, 10, &err), 0);
    world_exec(w, "UPDATE control SET time = 0");
    assert_int_equal(control_purge(w->db, 3, &err), 3);
    assert_int_equal(control_purge(w->db, 10, &err), 2);
    assert_int_equal(control_range(w->db, &oldest, &newest, &err), 0);
    assert_int_equal(oldest, 6);
    assert_int_equal(newest, 6);
}

SUITE(stream)
{
    const struct CMUnitTest stream[] = {
        cmocka_unit_test(an_event_looks_the_same_to_all),
        WORLD_TEST(an_empty_stream_replays_nothing_and_folds_to_its_end),
        WORLD_TEST(replay_and_fold_lead_to_the_same_table),
        WORLD_TEST(frames_keep_within_their_limits),
        WORLD_TEST(a_purged_log_is_folded_and_keeps_its_newest),
        WORLD_TEST(a_purge_keeps_the_newest_event_of_each_order),
        WORLD_TEST(a_chunk_is_read_by_an_index_alone),
        WORLD_TEST(a_log_that_stands_where_none_can_is_refused),
        WORLD_TEST(an_order_without_a_next_version_is_not_changed),
        WORLD_TEST(control_entries_are_kept_in_order),
    };

    return cmocka_run_group_tests(stream, NULL, NULL);
}
