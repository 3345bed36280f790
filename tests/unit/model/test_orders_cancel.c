#include "model/orders.h"
#include <string.h>

#include "base/banned.h"

/*
 * What can no longer be done to an order: canceled, removed, made smaller than
 * what is filled, made larger than its owner's limits.
 */

/* An order of Ann's in this status; filled: "0" for nothing. */
static struct order in_status(struct world *w, const char *status,
                              const char *filled)
{
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;

    assert_int_equal(
        changed(w, &w->sue, order.id, "filled_quantity", filled, &order, &err),
        0);
    assert_int_equal(
        changed(w, &w->sue, order.id, "status", status, &order, &err), 0);
    return order;
}

static void only_what_is_open_is_canceled(void **state)
{
    static const struct {
        const char *status;
        const char *why; /* NULL: it is, "": it was already */
    } cases[] = {
        {"new", NULL},
        {"partially_filled", NULL},
        {"canceled", ""},
        {"filled", "is filled: it can no longer be canceled"},
        {"rejected", "is rejected: it can no longer be canceled"},
        {"expired", "is expired: it can no longer be canceled"},
    };
    struct world *w = *state;
    const struct actor *actors[] = {&w->ann, &w->sue, &w->command};

    for (size_t i = 0; i < ARRAY_LEN(cases) * ARRAY_LEN(actors); i++) {
        const char *why = cases[i / ARRAY_LEN(actors)].why;
        struct order before =
            in_status(w, cases[i / ARRAY_LEN(actors)].status, "0");
        int64_t events = world_int(w, "SELECT COUNT(*) FROM event");
        struct order order;
        struct err err = ERR_INIT;
        int rc = step_cancel(w, actors[i % ARRAY_LEN(actors)], before.id, 0,
                             &order, &err);

        assert_int_equal(rc, why && *why ? -1 : 0);
        assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"),
                         events + !why);
        if (!why)
            assert_int_equal(order.status, STATUS_CANCELED);
        else
            assert_same_order(&order, &before);
        if (!why || !*why)
            continue;
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_non_null(strstr(err.text, why));
    }
}

static void a_cancel_of_an_older_version_is_stale(void **state)
{
    struct world *w = *state;
    struct order order = in_status(w, "canceled", "0");
    struct err err = ERR_INIT;

    assert_int_equal(
        step_cancel(w, &w->ann, order.id, order.version - 1, &order, &err), -1);
    assert_int_equal(err.code, ERR_STALE);
}

/* {"status":"canceled", name: text, "correct": correct} */
static int set_canceled(struct world *w, const struct actor *actor, int64_t id,
                        const char *name, const char *text, bool correct,
                        struct err *err)
{
    struct order_draft draft = {.has = 0};
    struct order order;

    err_clear(err);
    draft_set(&draft, err, "status", "canceled", name, text, NULL);
    if (correct)
        order_draft_set_bool(&draft, "correct", true, err);
    return step_change(w, actor, id, &draft, false, 0, &order, err);
}

static void whatever_else_is_asked_a_fill_is_not_canceled(void **state)
{
    struct world *w = *state;
    struct order order = in_status(w, "filled", "100");
    struct err err = ERR_INIT;

    assert_int_equal(
        set_canceled(w, &w->sue, order.id, "price", "1", false, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(
        set_canceled(w, &w->ann, order.id, "price", "1", true, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(field_text(&err, "correct"), "you may not set this");
    /* A late fill is no cancel. */
    assert_int_equal(
        changed(w, &w->sue, order.id, "average_price", "5", &order, &err), 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event "
                                  "WHERE is_correction = 1"),
                     0);
    assert_int_equal(
        set_canceled(w, &w->sue, order.id, "filled_quantity", "0", true, &err),
        0);
    assert_int_equal(world_int(w, "SELECT is_correction FROM event "
                                  "ORDER BY id DESC LIMIT 1"),
                     1);
}

static void what_is_open_needs_no_correction(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct order_draft draft = draft_plain();
    struct err err = ERR_INIT;
    bool existing;

    assert_int_equal(
        set_canceled(w, &w->sue, order.id, "price", "1", true, &err), 0);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event "
                                  "WHERE is_correction = 1"),
                     0);
    order_draft_set_bool(&draft, "correct", false, &err);
    assert_int_equal(step_place(w, &w->sue, &draft, &order, &existing, &err),
                     -1);
    assert_string_equal(field_text(&err, "correct"), "is only for changes");
}

static void nothing_filled_is_removed_by_its_owner(void **state)
{
    static const struct {
        const char *status;
        const char *filled;
        const char *why; /* NULL: it is removed */
    } cases[] = {
        {"new", "0", NULL},
        {"canceled", "0", NULL},
        {"rejected", "0", NULL},
        {"expired", "0", NULL},
        {"filled", "0", "is filled: it can no longer be removed"},
        {"filled", "100", "is filled: it can no longer be removed"},
        {"partially_filled", "40",
         "is filled in part: it can no longer be removed, but what is left can "
         "be canceled"},
        {"new", "40", "is filled in part"},
        {"canceled", "40", "is filled in part: it can no longer be removed"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order order = in_status(w, cases[i].status, cases[i].filled);
        const int64_t id = order.id;
        struct err err = ERR_INIT;
        int rc = step_remove(w, &w->ann, id, 0, &order, &err);

        assert_int_equal(rc, cases[i].why ? -1 : 0);
        if (!cases[i].why)
            continue;
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_non_null(strstr(err.text, cases[i].why));
        err_clear(&err);
        assert_int_equal(step_remove(w, &w->sue, id, 0, &order, &err), 0);
    }
}

static void the_quantity_is_never_below_what_is_filled(void **state)
{
    struct world *w = *state;
    const struct actor *actors[] = {&w->ann, &w->sue, &w->command};
    struct order order = in_status(w, "partially_filled", "40");

    for (size_t i = 0; i < ARRAY_LEN(actors) * 2; i++) {
        struct order_draft draft = draft_plain();
        struct err err = ERR_INIT;

        draft_set(&draft, &err, "quantity", "39.99999999", NULL);
        assert_int_equal(step_change(w, actors[i / 2], order.id, &draft,
                                     i % 2 == 1, 0, &order, &err),
                         -1);
        assert_string_equal(field_text(&err, "quantity"),
                            "must not be below the filled quantity");
    }
}

/* Such as older versions let in. */
static void an_overfilled_row_stays_until_it_is_touched(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;

    world_exec(w, "UPDATE orders SET filled_quantity = quantity * 2");
    assert_int_equal(
        changed(w, &w->sue, order.id, "average_price", "7", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->ann, order.id, "quantity", "150", &order, &err), -1);
    assert_non_null(field_text(&err, "quantity"));
    err_clear(&err);
    assert_int_equal(step_cancel(w, &w->ann, order.id, 0, &order, &err), 0);
    assert_int_equal(
        changed(w, &w->sue, order.id, "filled_quantity", "100", &order, &err),
        0);
}

static void limit_ann(struct world *w, int64_t quantity, int64_t notional)
{
    w->ann.limits.max_quantity = quantity;
    w->ann.limits.max_notional = notional;
    world_exec(w, "UPDATE \"user\" SET max_quantity = NULL, "
                  "max_notional = NULL");
    if (quantity)
        world_exec(w, "UPDATE \"user\" SET max_quantity = 5000000000 "
                      "WHERE id = 1");
    if (notional)
        world_exec(w, "UPDATE \"user\" SET max_notional = 100000000000 "
                      "WHERE id = 1");
}

#define FIFTY INT64_C(5000000000)
#define THOUSAND INT64_C(100000000000)
#define ABOVE_FIFTY "must be at most 50, the limit for one order"
#define ABOVE_THOUSAND                                                         \
    "the value (quantity times price) must be at most 1000, the limit for "    \
    "one order"

static const struct limited {
    bool by_quantity, by_notional;
    const char *quantity, *price;
    const char *why; /* NULL: it is let in */
} limited[] = {
    {true, false, "50", "99999999", NULL},
    {true, false, "50.00000001", "0", ABOVE_FIFTY},
    {false, true, "10", "100", NULL},
    {false, true, "10", "-100", NULL},
    {false, true, "10", "100.00000001", ABOVE_THOUSAND},
    {false, true, "10.00000001", "-100", ABOVE_THOUSAND},
    {false, true, "90000000000", "90000000000", ABOVE_THOUSAND},
    {false, true, "90000000000", "0", NULL},
    {false, true, "0.00000001", "90000000000", NULL},
    {true, true, "51", "1000", ABOVE_FIFTY},
    {false, false, "90000000000", "-90000000000", NULL},
};

static void an_order_is_within_its_owners_limits(void **state)
{
    struct world *w = *state;
    const struct actor *actors[] = {&w->ann, &w->sue, &w->command};

    for (size_t i = 0; i < ARRAY_LEN(limited) * ARRAY_LEN(actors); i++) {
        const struct limited *row = &limited[i / ARRAY_LEN(actors)];
        const struct actor *actor = actors[i % ARRAY_LEN(actors)];
        struct order_draft draft = draft_plain();
        struct order placed_before;
        struct order order;
        struct err err = ERR_INIT;
        bool existing;
        int rc;

        limit_ann(w, 0, 0);
        placed_before = placed(w, &w->ann);
        limit_ann(w, row->by_quantity ? FIFTY : 0,
                  row->by_notional ? THOUSAND : 0);
        draft_set(&draft, &err, "quantity", row->quantity, "price", row->price,
                  "owner", "ann", NULL);
        rc = step_place(w, actor, &draft, &order, &existing, &err);
        assert_int_equal(rc, row->why ? -1 : 0);
        if (row->why)
            assert_string_equal(field_text(&err, "quantity"), row->why);
        err_clear(&err);
        rc = step_change(w, actor, placed_before.id, &draft, false, 0, &order,
                         &err);
        assert_int_equal(rc, row->why ? -1 : 0);
        if (row->why)
            assert_string_equal(field_text(&err, "quantity"), row->why);
    }
}

/* What was placed before the limit may be filled and canceled; a change of what
 * is ordered brings it within. */
static void a_limit_holds_from_then_on(void **state)
{
    struct world *w = *state;
    struct order_draft draft = draft_plain();
    struct order bobs = placed(w, &w->bob);
    struct order order = placed_with(w, &w->ann, "client_order_id", "K1");
    struct err err = ERR_INIT;
    bool existing;

    limit_ann(w, FIFTY, 0);
    assert_int_equal(
        changed(w, &w->sue, order.id, "filled_quantity", "10", &order, &err),
        0);
    assert_int_equal(
        changed(w, &w->ann, order.id, "side", "sell", &order, &err), 0);
    assert_int_equal(changed(w, &w->ann, order.id, "price", "1", &order, &err),
                     -1);
    assert_string_equal(field_text(&err, "quantity"), ABOVE_FIFTY);
    assert_int_equal(changed(w, &w->sue, bobs.id, "owner", "ann", &order, &err),
                     -1);
    assert_string_equal(field_text(&err, "quantity"), ABOVE_FIFTY);
    err_clear(&err);
    /* Asked again, as the answer was lost. */
    draft_set(&draft, &err, "client_order_id", "K1", NULL);
    assert_int_equal(step_place(w, &w->ann, &draft, &order, &existing, &err),
                     0);
    assert_true(existing);
    assert_int_equal(
        changed(w, &w->ann, order.id, "quantity", "50", &order, &err), 0);
    assert_int_equal(step_cancel(w, &w->ann, order.id, 0, &order, &err), 0);
}

SUITE(cancel)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(only_what_is_open_is_canceled),
        WORLD_TEST(a_cancel_of_an_older_version_is_stale),
        WORLD_TEST(whatever_else_is_asked_a_fill_is_not_canceled),
        WORLD_TEST(what_is_open_needs_no_correction),
        WORLD_TEST(nothing_filled_is_removed_by_its_owner),
        WORLD_TEST(the_quantity_is_never_below_what_is_filled),
        WORLD_TEST(an_overfilled_row_stays_until_it_is_touched),
        WORLD_TEST(an_order_is_within_its_owners_limits),
        WORLD_TEST(a_limit_holds_from_then_on),
    };

    return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
