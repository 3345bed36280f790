#include "model/orders.h"
#include <string.h>

#include "base/banned.h"

static void a_change_takes_a_version_and_a_position(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct order order;
    struct order got;
    struct err err = ERR_INIT;
    struct event event;
    struct buf text;

    buf_init(&text, 8192);
    assert_int_equal(
        changed(w, &w->ann, first.id, "price", "-1.5", &order, &err), 0);
    assert_int_equal(order.price, -150000000);
    assert_int_equal(order.version, 2);
    assert_int_equal(order.position, 2);
    assert_int_equal(order.all_position, 2);
    assert_int_equal(order.created_us, first.created_us);
    assert_int_equal(order_get(w->db, &w->ann, first.id, false, &got, &err), 0);
    assert_same_order(&got, &order);
    newest_event(w, &event, &text);
    assert_int_equal(event.kind, EVENT_UPDATE);
    assert_non_null(strstr(event.body, "\"price\":\"-1.5\""));
    assert_non_null(strstr(event.body, "\"version\":2,\"position\":2"));
    buf_release(&text);
}

static void a_change_that_changes_nothing_writes_nothing(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order_draft draft = draft_plain();
    struct order order;
    struct err err = ERR_INIT;

    draft_set(&draft, &err, "client_order_id", "K1", "owner", "Ann", NULL);
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, false, 1, &order, &err), 0);
    assert_same_order(&order, &first);
    assert_int_equal(
        step_change(w, &w->sue, first.id, &draft, true, 0, &order, &err), 0);
    draft.has = 0;
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, false, 0, &order, &err), 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), 1);
}

static void put_needs_the_whole_and_resets_the_rest(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order_draft draft = draft_plain();
    struct order order;
    struct err err = ERR_INIT;

    assert_int_equal(
        changed(w, &w->ann, first.id, "side", "sell", &order, &err), 0);
    draft.has &= ~(unsigned)(HAS_PRICE | HAS_INSTRUMENT);
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, true, 0, &order, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, 2);
    assert_string_equal(field_text(&err, "price"), "is required");
    err_clear(&err);
    draft = draft_plain();
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, true, 0, &order, &err), 0);
    assert_int_equal(order.side, SIDE_BUY);
    assert_string_equal(order.client_order_id, "");
    assert_int_equal(order.version, 3);
}

static void a_stale_version_is_told_with_the_current_row(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct order_draft draft = {.has = 0};
    struct order order;
    struct order now;
    struct err err = ERR_INIT;

    assert_int_equal(changed(w, &w->ann, first.id, "price", "1", &now, &err),
                     0);
    draft_set(&draft, &err, "price", "2", NULL);
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, false, 1, &order, &err), -1);
    assert_int_equal(err.code, ERR_STALE);
    assert_same_order(&order, &now);
    err_clear(&err);
    assert_int_equal(step_remove(w, &w->ann, first.id, 1, &order, &err), -1);
    assert_int_equal(err.code, ERR_STALE);
    assert_same_order(&order, &now);
    err_clear(&err);
    assert_int_equal(
        step_change(w, &w->ann, first.id, &draft, false, 2, &order, &err), 0);
    assert_int_equal(step_remove(w, &w->ann, first.id, 3, &order, &err), 0);
}

/* Each row: staff sets the status, its owner changes a field. */
static void what_an_owner_may_change(void **state)
{
    static const struct {
        const char *status;
        const char *name;
        const char *text;
        enum err_code code;
    } cases[] = {
        {"new", "instrument", "X", ERR_NONE},
        {"new", "quantity", "40", ERR_NONE},
        {"new", "client_order_id", "K9", ERR_NONE},
        {"new", "status", "canceled", ERR_NONE},
        {"new", "status", "filled", ERR_INVALID},
        {"new", "status", "new", ERR_INVALID},
        {"new", "filled_quantity", "40", ERR_INVALID},
        {"new", "average_price", NULL, ERR_INVALID},
        {"new", "quantity", "39.99999999", ERR_INVALID},
        {"partially_filled", "price", "1", ERR_NONE},
        {"partially_filled", "status", "canceled", ERR_NONE},
        {"filled", "price", "1", ERR_CONFLICT},
        {"canceled", "status", "canceled", ERR_NONE},
        {"canceled", "price", "1", ERR_CONFLICT},
        {"filled", "status", "canceled", ERR_CONFLICT},
        {"rejected", "price", "1", ERR_CONFLICT},
        {"expired", "price", "1", ERR_CONFLICT},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order order = placed(w, &w->ann);
        struct err err = ERR_INIT;
        int rc;

        assert_int_equal(changed(w, &w->sue, order.id, "filled_quantity", "40",
                                 &order, &err),
                         0);
        assert_int_equal(changed(w, &w->sue, order.id, "status",
                                 cases[i].status, &order, &err),
                         0);
        rc = changed(w, &w->ann, order.id, cases[i].name, cases[i].text, &order,
                     &err);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(rc, cases[i].code == ERR_NONE ? 0 : -1);
        if (err.code == ERR_INVALID)
            assert_non_null(field_text(&err, cases[i].name));
        if (err.code == ERR_CONFLICT)
            assert_non_null(strstr(err.text, cases[i].status));
    }
}

static void staff_changes_everything_within_reason(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;
    const int64_t id = order.id;

    assert_int_equal(changed(w, &w->sue, id, "status", "filled", &order, &err),
                     0);
    assert_int_equal(
        changed(w, &w->sue, id, "filled_quantity", "100", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->sue, id, "average_price", "-2.5", &order, &err), 0);
    assert_true(order.has_average_price);
    assert_int_equal(
        changed(w, &w->sue, id, "filled_quantity", "101", &order, &err), -1);
    assert_string_equal(field_text(&err, "filled_quantity"),
                        "must not be above the quantity");
    assert_int_equal(changed(w, &w->sue, id, "quantity", "99", &order, &err),
                     -1);
    assert_string_equal(field_text(&err, "quantity"),
                        "must not be below the filled quantity");
    assert_int_equal(
        changed(w, &w->command, id, "average_price", NULL, &order, &err), 0);
    assert_false(order.has_average_price);
    assert_int_equal(order.version, 5);
}

static void who_may_see_change_and_delete(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct actor bound = w->ann;
    struct order order;
    struct err err = ERR_INIT;

    bound.may_change = false;
    bound.may_delete = false;
    assert_int_equal(changed(w, &w->bob, first.id, "price", "1", &order, &err),
                     -1);
    assert_int_equal(err.code, ERR_MISSING);
    assert_int_equal(step_remove(w, &w->bob, first.id, 0, &order, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    assert_int_equal(order.id, 0);
    assert_int_equal(changed(w, &bound, first.id, "price", "1", &order, &err),
                     -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    assert_int_equal(step_remove(w, &bound, first.id, 0, &order, &err), -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    assert_int_equal(
        changed(w, &w->ann, first.id, "owner", "Bob", &order, &err), -1);
    assert_int_equal(err.code, ERR_FORBIDDEN);
    assert_int_equal(changed(w, &w->sue, 99, "price", "1", &order, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), 1);
}

static void get_shows_ones_own_and_staff_all(void **state)
{
    struct world *w = *state;
    const struct {
        const struct actor *actor;
        bool all;
        int rc;
    } cases[] = {
        {&w->ann, false, 0},     {&w->ann, true, 0},   {&w->bob, false, -1},
        {&w->bob, true, -1},     {&w->sue, false, -1}, {&w->sue, true, 0},
        {&w->command, false, 0},
    };
    struct order first = placed(w, &w->ann);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order order;
        struct err err = ERR_INIT;

        assert_int_equal(order_get(w->db, cases[i].actor, first.id,
                                   cases[i].all, &order, &err),
                         cases[i].rc);
        assert_int_equal(err.code, cases[i].rc ? ERR_MISSING : ERR_NONE);
        assert_int_equal(order.id, cases[i].rc ? 0 : first.id);
    }
}

static void a_delete_leaves_two_tombstones(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order order;
    struct err err = ERR_INIT;
    struct event event;
    struct buf text;

    buf_init(&text, 8192);
    placed(w, &w->bob);
    assert_int_equal(
        changed(w, &w->sue, first.id, "status", "filled", &order, &err), 0);
    assert_int_equal(step_remove(w, &w->sue, first.id, 0, &order, &err), 0);
    assert_int_equal(order.position, 3);
    assert_int_equal(order.all_position, 4);
    assert_int_equal(
        world_int(w, "SELECT position FROM tombstone WHERE stream = 1 "
                     "AND order_id = 1 AND client_order_id = 'K1'"),
        3);
    assert_int_equal(world_int(w, "SELECT position FROM tombstone WHERE "
                                  "stream = 0 AND order_id = 1"),
                     4);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM tombstone"), 2);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM orders"), 1);
    newest_event(w, &event, &text);
    assert_int_equal(event.kind, EVENT_DELETE);
    assert_non_null(strstr(event.body, "\"status\":\"filled\""));
    assert_non_null(strstr(event.body, "\"version\":2,\"position\":3"));
    assert_int_equal(step_remove(w, &w->ann, first.id, 0, &order, &err), -1);
    assert_int_equal(err.code, ERR_MISSING);
    buf_release(&text);
}

static void an_id_is_never_used_twice(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct order order;
    struct err err = ERR_INIT;

    assert_int_equal(step_remove(w, &w->ann, first.id, 0, &order, &err), 0);
    assert_true(placed(w, &w->ann).id > first.id);
}

static void a_move_is_told_to_both_owners(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order order;
    struct err err = ERR_INIT;
    struct event event;
    struct buf text;

    buf_init(&text, 8192);
    placed(w, &w->bob);
    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "bob", &order, &err), 0);
    assert_string_equal(order.owner_name, "Bob");
    assert_int_equal(order.position, 2);
    assert_int_equal(order.all_position, 4);
    assert_int_equal(order.version, 2);
    newest_event(w, &event, &text);
    assert_int_equal(event.kind, EVENT_NEW);
    assert_int_equal(event.owner, 2);
    assert_int_equal(
        world_int(w, "SELECT COUNT(*) FROM event WHERE id = 3 AND owner = 1 "
                     "AND position = 2 AND kind = 'delete' AND actor = 3 AND "
                     "body LIKE '%\"owner\":\"ann\"%\"position\":2,%'"),
        1);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM tombstone"), 1);
    assert_int_equal(
        world_int(w, "SELECT position FROM tombstone WHERE stream = 1 "
                     "AND order_id = 1 AND client_order_id = 'K1'"),
        2);
    assert_int_equal(
        world_int(w, "SELECT order_count FROM stream WHERE owner = 1"), 0);
    assert_int_equal(
        world_int(w, "SELECT order_count FROM stream WHERE owner = 2"), 2);
    buf_release(&text);
}

static void an_order_that_returns_is_unburied(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order order;
    struct err err = ERR_INIT;

    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "Bob", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "ann", &order, &err), 0);
    assert_int_equal(
        world_int(w, "SELECT COUNT(*) FROM tombstone WHERE stream = 1"), 0);
    assert_int_equal(
        world_int(w, "SELECT COUNT(*) FROM tombstone WHERE stream = 2"), 1);
    assert_int_equal(order.version, 3);
    assert_int_equal(order.position, 3);
    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "Bob", &order, &err), 0);
    assert_int_equal(step_remove(w, &w->bob, first.id, 0, &order, &err), 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM tombstone"), 3);
}

static void a_move_may_change_more_and_needs_an_active_owner(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct order_draft draft = {.has = 0};
    struct order order;
    struct err err = ERR_INIT;

    draft_set(&draft, &err, "owner", "Bob", "price", "7", NULL);
    assert_int_equal(
        step_change(w, &w->sue, first.id, &draft, false, 0, &order, &err), 0);
    assert_int_equal(order.price, 700000000);
    assert_int_equal(
        world_int(w, "SELECT COUNT(*) FROM event WHERE kind = 'delete' AND "
                     "body LIKE '%\"price\":\"338.67\"%'"),
        1);
    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "gone", &order, &err), -1);
    assert_string_equal(field_text(&err, "owner"), "this user is not active");
    assert_int_equal(
        changed(w, &w->sue, first.id, "owner", "nobody", &order, &err), -1);
    assert_string_equal(field_text(&err, "owner"), "no such user");
}

static void a_client_order_id_is_borne_once_per_owner(void **state)
{
    struct world *w = *state;
    struct order held = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order other = placed(w, &w->ann);
    struct order bobs = placed_with(w, &w->bob, "client_order_id", "K1");
    struct order order;
    struct err err = ERR_INIT;

    assert_int_equal(
        changed(w, &w->ann, other.id, "client_order_id", "K1", &order, &err),
        -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(changed(w, &w->sue, bobs.id, "owner", "ann", &order, &err),
                     -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    err_clear(&err);
    assert_int_equal(step_remove(w, &w->ann, held.id, 0, &order, &err), 0);
    assert_int_equal(changed(w, &w->sue, bobs.id, "owner", "ann", &order, &err),
                     -1);
    assert_non_null(strstr(err.text, "deleted order"));
    assert_int_equal(
        changed(w, &w->ann, other.id, "client_order_id", "K1", &order, &err),
        -1);
    assert_int_equal(err.code, ERR_CONFLICT);
}

SUITE(change)
{
    const struct CMUnitTest change[] = {
        WORLD_TEST(a_change_takes_a_version_and_a_position),
        WORLD_TEST(a_change_that_changes_nothing_writes_nothing),
        WORLD_TEST(put_needs_the_whole_and_resets_the_rest),
        WORLD_TEST(a_stale_version_is_told_with_the_current_row),
        WORLD_TEST(what_an_owner_may_change),
        WORLD_TEST(staff_changes_everything_within_reason),
        WORLD_TEST(who_may_see_change_and_delete),
        WORLD_TEST(get_shows_ones_own_and_staff_all),
        WORLD_TEST(a_delete_leaves_two_tombstones),
        WORLD_TEST(an_id_is_never_used_twice),
        WORLD_TEST(a_move_is_told_to_both_owners),
        WORLD_TEST(an_order_that_returns_is_unburied),
        WORLD_TEST(a_move_may_change_more_and_needs_an_active_owner),
        WORLD_TEST(a_client_order_id_is_borne_once_per_owner),
    };

    return cmocka_run_group_tests(change, NULL, NULL);
}
