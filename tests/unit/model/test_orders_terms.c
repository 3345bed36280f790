#include "model/desk/instrument.h"
#include "model/orders.h"

#include "base/banned.h"

/*
 * What staff say of an instrument, as orders are held to it: EDF01 has the tick
 * 0.01, the lot 10 and the multiplier 5.
 */
#define STRICT                                                                 \
    "INSERT INTO instrument (symbol, name, currency, symbol_folded, "          \
    "name_folded, currency_folded, tick, lot, multiplier, active, strict, "    \
    "version, created, updated) VALUES ('EDF01', '', 'EUR', 'edf01', '', "     \
    "'eur', 1000000, 1000000000, 500000000, 1, 1, 1, 0, 0)"

static int try_place(struct world *w, const char *name, const char *text,
                     struct err *err)
{
    struct order_draft draft = draft_plain();
    struct order order;
    bool existing;

    draft_set(&draft, err, name, text, NULL);
    return step_place(w, &w->ann, &draft, &order, &existing, err);
}

static void assert_refused(struct world *w, const char *name, const char *text,
                           const char *field, const char *fault)
{
    struct err err = ERR_INIT;

    assert_int_equal(try_place(w, name, text, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, 1);
    assert_string_equal(field_text(&err, field), fault);
}

static void orders_keep_to_tick_and_lot_where_staff_say_so(void **state)
{
    struct world *w = *state;
    struct err err = ERR_INIT;

    assert_int_equal(try_place(w, "price", "1.005", &err), 0);
    world_exec(w, STRICT);
    assert_refused(w, "price", "1.005", "price",
                   "must be a multiple of the tick, 0.01");
    assert_refused(w, "price", "-0.001", "price",
                   "must be a multiple of the tick, 0.01");
    assert_refused(w, "quantity", "15", "quantity",
                   "must be a multiple of the lot, 10");
    assert_int_equal(try_place(w, "price", "-1.05", &err), 0);
    assert_int_equal(try_place(w, "price", "0", &err), 0);
    /* Another instrument, of which nothing is known. */
    assert_int_equal(try_place(w, "instrument", "AXA", &err), 0);
    world_exec(w, "UPDATE instrument SET strict = 0");
    assert_int_equal(try_place(w, "price", "1.005", &err), 0);
}

static void both_are_told_beside_other_faults(void **state)
{
    struct world *w = *state;
    struct order_draft draft = {.has = 0};
    struct order order;
    struct err err = ERR_INIT;
    bool existing;

    world_exec(w, STRICT);
    draft_set(&draft, &err, "instrument", "EDF01", "quantity", "1.5", "price",
              "0.001", "side", "hold", NULL);
    assert_int_equal(step_place(w, &w->ann, &draft, &order, &existing, &err),
                     -1);
    assert_int_equal(err.field_count, 3);
    assert_non_null(field_text(&err, "side"));
    assert_string_equal(field_text(&err, "quantity"),
                        "must be a multiple of the lot, 10");
    assert_string_equal(field_text(&err, "price"),
                        "must be a multiple of the tick, 0.01");
}

static void no_new_orders_where_it_is_not_active(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;

    world_exec(w, STRICT);
    world_exec(w, "UPDATE instrument SET active = 0");
    assert_refused(w, "price", "1", "instrument",
                   "is not active: no new orders");
    /* What is there may be changed, and goes on. */
    assert_int_equal(changed(w, &w->ann, order.id, "price", "2", &order, &err),
                     0);
    assert_int_equal(
        changed(w, &w->sue, order.id, "filled_quantity", "3", &order, &err), 0);
    order = placed_with(w, &w->ann, "instrument", "AXA");
    assert_int_equal(
        changed(w, &w->ann, order.id, "instrument", "EDF01", &order, &err), -1);
    assert_string_equal(field_text(&err, "instrument"),
                        "is not active: no new orders");
}

static void what_stays_as_it_is_is_held_to_nothing(void **state)
{
    struct world *w = *state;
    struct order order = placed_with(w, &w->ann, "price", "1.005");
    struct order odd = placed_with(w, &w->ann, "quantity", "15");
    struct err err = ERR_INIT;

    world_exec(w, STRICT);
    assert_int_equal(
        changed(w, &w->ann, order.id, "quantity", "20", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->sue, order.id, "filled_quantity", "1.5", &order, &err),
        0);
    assert_int_equal(changed(w, &w->ann, odd.id, "price", "3", &odd, &err), 0);
    assert_int_equal(changed(w, &w->ann, odd.id, "quantity", "16", &odd, &err),
                     -1);
    assert_string_equal(field_text(&err, "quantity"),
                        "must be a multiple of the lot, 10");
    err_clear(&err);
    assert_int_equal(
        changed(w, &w->ann, order.id, "price", "1.006", &order, &err), -1);
    assert_string_equal(field_text(&err, "price"),
                        "must be a multiple of the tick, 0.01");
    err_clear(&err);
    order = placed_with(w, &w->ann, "instrument", "AXA");
    order = placed_with(w, &w->ann, "instrument", "TTE");
    assert_int_equal(
        changed(w, &w->ann, order.id, "price", "0.001", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->ann, order.id, "instrument", "EDF01", &order, &err), -1);
    assert_non_null(field_text(&err, "price"));
}

/* 100 at 338.67 is worth 33,867, and five times that. */
static void a_limit_counts_the_multiplier(void **state)
{
    struct world *w = *state;
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;

    w->ann.limits.max_notional = INT64_C(16933400000000);
    world_exec(w, "UPDATE \"user\" SET max_notional = 16933400000000 "
                  "WHERE id = 1");
    order = placed(w, &w->ann);
    world_exec(w, STRICT);
    world_exec(w, "UPDATE instrument SET strict = 0");
    assert_refused(w, "side", "buy", "quantity",
                   "the value (quantity times price times the multiplier, 5) "
                   "must be at most 169334, the limit for one order");
    assert_int_equal(try_place(w, "price", "338.66", &err), 0);
    assert_int_equal(
        changed(w, &w->ann, order.id, "client_order_id", "K", &order, &err), 0);
    order = placed_with(w, &w->ann, "instrument", "AXA");
    assert_int_equal(
        changed(w, &w->ann, order.id, "instrument", "EDF01", &order, &err), -1);
    assert_non_null(field_text(&err, "quantity"));
}

SUITE(terms)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(orders_keep_to_tick_and_lot_where_staff_say_so),
        WORLD_TEST(both_are_told_beside_other_faults),
        WORLD_TEST(no_new_orders_where_it_is_not_active),
        WORLD_TEST(what_stays_as_it_is_is_held_to_nothing),
        WORLD_TEST(a_limit_counts_the_multiplier),
    };

    return cmocka_run_group_tests_name("terms", tests, NULL, NULL);
}
