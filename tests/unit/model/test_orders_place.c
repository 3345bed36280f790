#include "base/decimal.h"
#include "model/orders.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void place_writes_row_position_and_event(void **state)
{
    struct world *w = *state;
    struct order first = placed(w, &w->ann);
    struct order other = placed(w, &w->bob);
    struct order second = placed(w, &w->ann);
    struct order got;
    struct err err = ERR_INIT;
    int64_t position;
    int64_t count;

    assert_int_equal(first.position, 1);
    assert_int_equal(other.position, 1);
    assert_int_equal(second.position, 2);
    assert_int_equal(second.all_position, 3);
    assert_int_equal(second.version, 1);
    assert_int_equal(second.created_us, db_time_us(w->db));
    assert_int_equal(second.updated_us, second.created_us);
    assert_int_equal(order_get(w->db, &w->ann, second.id, false, &got, &err),
                     0);
    assert_same_order(&got, &second);
    assert_int_equal(stream_position(w->db, 1, &position, &count, &err), 0);
    assert_int_equal(position, 2);
    assert_int_equal(count, 2);
    assert_int_equal(
        stream_position(w->db, STREAM_ALL, &position, &count, &err), 0);
    assert_int_equal(position, 3);
    assert_int_equal(count, 3);
    assert_int_equal(stream_position(w->db, 3, &position, &count, &err), 0);
    assert_int_equal(position, 0);
    assert_int_equal(count, 0);
}

static void the_event_shows_the_order_and_who_placed_it(void **state)
{
    struct world *w = *state;
    struct order order = placed_with(w, &w->bob, "client_order_id", "k<1");
    struct event event;
    struct buf text;
    struct buf want;

    buf_init(&text, 8192);
    buf_init(&want, 8192);
    newest_event(w, &event, &text);
    order_put_json(&want, NULL, &order);
    assert_string_equal(buf_text(&text), buf_text(&want));
    assert_int_equal(event.kind, EVENT_NEW);
    assert_int_equal(event.owner, 2);
    assert_int_equal(event.position, 1);
    assert_int_equal(event.order_id, order.id);
    assert_int_equal(event.time_us, order.updated_us);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event WHERE actor = 2 "
                                  "AND address = '127.0.0.1'"),
                     1);
    buf_release(&text);
    buf_release(&want);
}

static void the_json_has_every_column_in_order(void **state)
{
    struct order order = {
        .id = 7,
        .owner_name = "demo",
        .instrument = "EDF01",
        .quantity = INT64_C(10000000000),
        .price = INT64_C(33867000000),
        .version = 1,
        .position = 7,
        .created_us = 0,
        .updated_us = 1500000,
    };
    struct buf text;

    (void)state;
    buf_init(&text, 8192);
    order_put_json(&text, NULL, &order);
    assert_string_equal(
        buf_text(&text),
        "{\"id\":7,\"owner\":\"demo\",\"instrument\":\"EDF01\","
        "\"side\":\"buy\",\"quantity\":\"100\",\"price\":\"338.67\","
        "\"status\":\"new\",\"filled_quantity\":\"0\","
        "\"average_price\":null,\"client_order_id\":null,\"version\":1,"
        "\"position\":7,\"created\":\"1970-01-01T00:00:00.000000Z\","
        "\"updated\":\"1970-01-01T00:00:01.500000Z\"}");
    buf_release(&text);
}

static void a_field_at_fault_is_named(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *said;
    } bad[] = {
        {"instrument", "", "must not be empty"},
        {"instrument", NULL, "must not be null"},
        {"instrument", "a\nb", "must not contain control characters"},
        {"instrument", "a\xC2\x85", "must not contain control characters"},
        {"instrument", "\xFF", "must be UTF-8"},
        {"quantity", "0", "must be greater than 0"},
        {"quantity", "-1", "must be greater than 0"},
        {"quantity", NULL, "must not be null"},
        {"quantity", "0.000000001", NULL},
        {"quantity", "99999999999999", NULL},
        {"price", "abc", NULL},
        {"price", "", NULL},
        {"side", "BUY", "must be one of: buy, sell"},
        {"side", NULL, "must not be null"},
        {"status", "open",
         "must be one of: new, partially_filled, filled, canceled, rejected, "
         "expired"},
        {"filled_quantity", "-0.1", "must not be negative"},
        {"average_price", "1e", NULL},
        {"client_order_id", "", "must not be empty"},
        {"client_order_id", "a\tb", "must not contain control characters"},
        {"owner", "", "must not be empty"},
        {"owner", NULL, "must not be null"},
        {"id", "1", "read-only"},
        {"version", "1", "read-only"},
        {"position", "1", "read-only"},
        {"created", "2026-01-01", "read-only"},
        {"updated", NULL, "read-only"},
        {"colour", "red", "unknown field"},
        {"Price", "1", "unknown field"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct order_draft draft = draft_plain();
        struct err err = ERR_INIT;
        struct order order;
        bool existing;

        assert_int_equal(
            draft_set(&draft, &err, bad[i].name, bad[i].text, NULL), -1);
        assert_int_equal(
            step_place(w, &w->sue, &draft, &order, &existing, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(err.field_count, 1);
        assert_string_equal(err.fields[0].name, bad[i].name);
        if (bad[i].said)
            assert_string_equal(err.fields[0].text, bad[i].said);
    }
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), 0);
}

/* count times piece. */
static const char *repeat(char *text, const char *piece, size_t count)
{
    size_t len = strlen(piece);

    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, piece, len + 1);
    return text;
}

static void text_is_measured_in_characters(void **state)
{
    static const struct {
        const char *name;
        size_t max;
    } fields[] = {{"instrument", 255}, {"client_order_id", 64}};
    struct world *w = *state;
    char text[2048];

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct order_draft draft = draft_plain();
        struct err err = ERR_INIT;
        struct order order;

        repeat(text, "\xF0\x9F\x92\xB6", fields[i].max);
        order = placed_with(w, &w->ann, fields[i].name, text);
        assert_string_equal(i ? order.client_order_id : order.instrument, text);
        repeat(text, "a", fields[i].max + 1);
        assert_int_equal(draft_set(&draft, &err, fields[i].name, text, NULL),
                         -1);
        assert_string_equal(err.fields[0].text,
                            i ? "must be at most 64 characters"
                              : "must be at most 255 characters");
    }
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *w = *state;
    struct order_draft draft = {.has = 0};
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    assert_int_equal(draft_set(&draft, &err, "price", "x", "colour", "red",
                               "status", "filled", "side", "sell", NULL),
                     -1);
    assert_int_equal(step_place(w, &w->ann, &draft, &order, &existing, &err),
                     -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(err.field_count, 5);
    assert_string_equal(field_text(&err, "instrument"), "is required");
    assert_string_equal(field_text(&err, "quantity"), "is required");
    assert_string_equal(field_text(&err, "status"), "you may not set this");
    assert_string_equal(field_text(&err, "colour"), "unknown field");
    assert_non_null(field_text(&err, "price"));
}

static void faults_of_an_earlier_draft_stop_the_next(void **state)
{
    struct world *w = *state;
    struct order_draft draft = draft_plain();
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    err_field(&err, "0.quantity", "is required");
    assert_int_equal(step_place(w, &w->ann, &draft, &order, &existing, &err),
                     -1);
    assert_int_equal(err.field_count, 1);
    draft.has = HAS_PRICE | HAS_INSTRUMENT;
    assert_int_equal(step_place(w, &w->ann, &draft, &order, &existing, &err),
                     -1);
    assert_int_equal(err.field_count, 2);
    assert_string_equal(field_text(&err, "quantity"), "is required");
}

static void prices_may_be_of_any_sign(void **state)
{
    static const char *const prices[] = {"-0.25", "0", "92233720368.54775807"};
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(prices); i++)
        placed_with(w, &w->ann, "price", prices[i]);
    assert_int_equal(world_int(w, "SELECT price FROM orders WHERE id = 1"),
                     -25000000);
    assert_int_equal(world_int(w, "SELECT price FROM orders WHERE id = 3"),
                     INT64_MAX);
}

static void only_staff_sets_the_fills(void **state)
{
    static const char *const fields[][2] = {
        {"status", "canceled"},
        {"filled_quantity", "1"},
        {"average_price", "1"},
    };
    struct world *w = *state;
    struct order order;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct order_draft draft = draft_plain();
        struct err err = ERR_INIT;
        bool existing;

        draft_set(&draft, &err, fields[i][0], fields[i][1], NULL);
        assert_int_equal(
            step_place(w, &w->ann, &draft, &order, &existing, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(field_text(&err, fields[i][0]),
                            "you may not set this");
        order = placed_with(w, &w->sue, fields[i][0], fields[i][1]);
    }
    assert_true(order.has_average_price);
    assert_int_equal(order.average_price, 100000000);
    order = placed_with(w, &w->sue, "average_price", NULL);
    assert_false(order.has_average_price);
}

static void fills_are_bounded_by_the_quantity(void **state)
{
    struct world *w = *state;
    struct order_draft draft = draft_plain();
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    placed_with(w, &w->sue, "filled_quantity", "100");
    draft_set(&draft, &err, "filled_quantity", "100.00000001", NULL);
    assert_int_equal(step_place(w, &w->sue, &draft, &order, &existing, &err),
                     -1);
    assert_string_equal(field_text(&err, "filled_quantity"),
                        "must not be above the quantity");
}

static void who_may_place_for_whom(void **state)
{
    static const struct {
        int who; /* 0 ann, 1 sue, 2 command, 3 ann without the right, 4 ann
                    when deactivated, 5 sue without the right */
        const char *owner;
        enum err_code code;
        const char *field;
    } cases[] = {
        {0, "ann", ERR_NONE, NULL},        {0, "ANN", ERR_NONE, NULL},
        {0, "Bob", ERR_FORBIDDEN, NULL},   {0, "nobody", ERR_FORBIDDEN, NULL},
        {1, "bOB", ERR_NONE, NULL},        {1, "nobody", ERR_INVALID, "owner"},
        {1, "gone", ERR_INVALID, "owner"}, {2, "ann", ERR_NONE, NULL},
        {2, NULL, ERR_INVALID, "owner"},   {3, NULL, ERR_FORBIDDEN, NULL},
        {4, NULL, ERR_FORBIDDEN, NULL},    {5, "ann", ERR_NONE, NULL},
        {5, NULL, ERR_NONE, NULL},
    };
    struct world *w = *state;
    struct actor actors[6] = {w->ann, w->sue, w->command,
                              w->ann, w->ann, w->sue};
    int64_t count = 0;

    actors[3].may_add = false;
    actors[4].is_active = false;
    actors[5].may_add = false;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_draft draft = draft_plain();
        struct err err = ERR_INIT;
        struct order order;
        bool existing;
        int rc;

        if (cases[i].owner)
            draft_set(&draft, &err, "owner", cases[i].owner, NULL);
        rc = step_place(w, &actors[cases[i].who], &draft, &order, &existing,
                        &err);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(rc, cases[i].code == ERR_NONE ? 0 : -1);
        if (cases[i].field)
            assert_non_null(field_text(&err, cases[i].field));
        count += rc == 0;
        assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), count);
    }
    assert_int_equal(world_int(w, "SELECT owner FROM orders WHERE id = 3"), 2);
    assert_int_equal(
        world_int(w, "SELECT COUNT(*) FROM event WHERE actor IS NULL"), 1);
}

static int place_again(struct world *w, const struct actor *actor,
                       const char *name, const char *text, struct order *order,
                       bool *existing, struct err *err)
{
    struct order_draft draft = draft_plain();

    err_clear(err);
    draft_set(&draft, err, "client_order_id", "K1", name, text, NULL);
    return step_place(w, actor, &draft, order, existing, err);
}

static void a_repeat_is_the_first_order(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct order again;
    struct err err = ERR_INIT;
    bool existing;

    assert_int_equal(
        place_again(w, &w->ann, "side", "buy", &again, &existing, &err), 0);
    assert_true(existing);
    assert_same_order(&again, &first);
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM event"), 1);
    /* Another owner's names are its own. */
    assert_int_equal(
        place_again(w, &w->bob, "side", "buy", &again, &existing, &err), 0);
    assert_false(existing);
}

static void a_repeat_with_other_content_is_refused(void **state)
{
    static const char *const other[][2] = {
        {"instrument", "EDF02"},
        {"side", "sell"},
        {"quantity", "101"},
        {"price", "338.68"},
    };
    struct world *w = *state;
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    placed_with(w, &w->ann, "client_order_id", "K1");
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        assert_int_equal(place_again(w, &w->ann, other[i][0], other[i][1],
                                     &order, &existing, &err),
                         -1);
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_false(existing);
    }
}

/* The repeat is compared with what was asked for, not with what became of it;
 * once the log has let go of that, with the row. */
static void a_repeat_after_a_change_is_still_the_same(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    assert_int_equal(
        changed(w, &w->ann, first.id, "price", "400", &order, &err), 0);
    assert_int_equal(
        changed(w, &w->ann, first.id, "side", "sell", &order, &err), 0);
    assert_int_equal(
        place_again(w, &w->ann, "price", "338.67", &order, &existing, &err), 0);
    assert_true(existing);
    assert_int_equal(order.version, 3);
    assert_int_equal(order.price, INT64_C(40000000000));
    assert_int_equal(
        place_again(w, &w->ann, "price", "400", &order, &existing, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);

    world_exec(w, "DELETE FROM event WHERE id = 1");
    w->is_purged = true;
    assert_int_equal(
        place_again(w, &w->ann, "price", "338.67", &order, &existing, &err),
        -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_int_equal(
        changed(w, &w->ann, first.id, "price", "338.67", &order, &err), 0);
    assert_int_equal(changed(w, &w->ann, first.id, "side", "buy", &order, &err),
                     0);
    assert_int_equal(
        place_again(w, &w->ann, "price", "338.67", &order, &existing, &err), 0);
    assert_true(existing);
}

static void a_repeat_of_a_deleted_order_is_refused(void **state)
{
    struct world *w = *state;
    struct order first = placed_with(w, &w->ann, "client_order_id", "K1");
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    assert_int_equal(step_remove(w, &w->ann, first.id, 0, &order, &err), 0);
    assert_int_equal(
        place_again(w, &w->ann, "side", "buy", &order, &existing, &err), -1);
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, "deleted order"));
}

/* Both ways, to the byte; what is cut off anywhere is no order. */
static void the_json_is_read_back(void **state)
{
    static const char *const texts[] = {
        "EDF01",
        "a\"b\\c",
        "<&>'",
        "\t\n\r\b\f\x1f\x7f",
        "\xE2\x80\xA8\xE2\x80\xA9",
        "\u00e9",
        "\xF0\x9F\x93\x88",
    };
    static const int64_t numbers[] = {0,           1,         -1,
                                      DECIMAL_ONE, INT64_MAX, -INT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(numbers); i++) {
        const char *text = texts[i % ARRAY_LEN(texts)];
        int64_t number = numbers[i / ARRAY_LEN(texts)];
        struct order order = {.id = 7 + (int64_t)i,
                              .side = (enum order_side)(i % 2),
                              .quantity = number,
                              .price = -number,
                              .status =
                                  (enum order_status)(i % (STATUS_EXPIRED + 1)),
                              .filled_quantity = number,
                              .has_average_price = i % 3,
                              .average_price = i % 3 ? number : 0,
                              .version = 2,
                              .position = POSITION_MAX,
                              .created_us = 1767225600123456,
                              .updated_us = 1767225600000000};
        struct err err = ERR_INIT;
        struct order read;
        struct buf json;

        snprintf(order.owner_name, sizeof(order.owner_name), "%s", text);
        snprintf(order.instrument, sizeof(order.instrument), "%s", text);
        snprintf(order.client_order_id, sizeof(order.client_order_id), "%s",
                 i % 2 ? text : "");
        buf_init(&json, 65536);
        order_put_json(&json, NULL, &order);
        assert_int_equal(order_read_json(json.data, json.len, &read, &err), 0);
        assert_memory_equal(&read, &order, sizeof(order));
        for (size_t len = 0; len < json.len; len++)
            assert_int_equal(order_read_json(json.data, len, &read, &err), -1);
        buf_release(&json);
    }
}

static void what_is_taken_back_leaves_no_hole(void **state)
{
    struct world *w = *state;
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct order first = placed(w, &w->ann);
    struct order order;
    struct err err = ERR_INIT;

    for (int i = 1; i <= 3; i++) {
        assert_int_equal(db_savepoint(w->db, &point, &err), 0);
        placed(w, &w->bob);
        order = placed(w, &w->ann);
        assert_int_equal(order.position, first.position + i);
        db_rollback(&point);
        order = placed(w, &w->ann);
        assert_int_equal(order.position, first.position + i);
        assert_int_equal(order.all_position, first.all_position + i);
    }
    order = placed(w, &w->bob);
    assert_int_equal(order.position, 1);
}

SUITE(place)
{
    const struct CMUnitTest place[] = {
        WORLD_TEST(place_writes_row_position_and_event),
        WORLD_TEST(the_event_shows_the_order_and_who_placed_it),
        cmocka_unit_test(the_json_has_every_column_in_order),
        cmocka_unit_test(the_json_is_read_back),
        WORLD_TEST(a_field_at_fault_is_named),
        WORLD_TEST(text_is_measured_in_characters),
        WORLD_TEST(all_faults_are_told_at_once),
        WORLD_TEST(faults_of_an_earlier_draft_stop_the_next),
        WORLD_TEST(prices_may_be_of_any_sign),
        WORLD_TEST(only_staff_sets_the_fills),
        WORLD_TEST(fills_are_bounded_by_the_quantity),
        WORLD_TEST(who_may_place_for_whom),
        WORLD_TEST(a_repeat_is_the_first_order),
        WORLD_TEST(a_repeat_with_other_content_is_refused),
        WORLD_TEST(a_repeat_after_a_change_is_still_the_same),
        WORLD_TEST(a_repeat_of_a_deleted_order_is_refused),
        WORLD_TEST(what_is_taken_back_leaves_no_hole),
    };

    return cmocka_run_group_tests(place, NULL, NULL);
}
