#include "base/mem.h"
#include "model/log/control.h"
#include "model/orders.h"
#include "model/orders/stream.h"
#include <string.h>

#include "base/banned.h"

/*
 * Whatever allocation fails, the caller hears ERR_NOMEM, and once it has gone
 * back to its savepoint nothing is left of the try.
 */
static int try_place(struct world *w, struct err *err)
{
    struct order_draft draft = draft_plain();
    struct order order;
    bool existing;

    memcpy(draft.client_order_id, "K1", 3);
    memcpy(draft.owner_name, "bob", 4);
    draft.has |= HAS_CLIENT_ORDER_ID | HAS_OWNER;
    return order_place(w->db, &w->sue, &draft, &order, &existing, err);
}

static int try_repeat(struct world *w, struct err *err)
{
    struct order_draft draft = draft_plain();
    struct order order;
    bool existing;

    memcpy(draft.client_order_id, "K2", 3);
    memcpy(draft.owner_name, "ANN", 4);
    draft.has |= HAS_CLIENT_ORDER_ID | HAS_OWNER;
    return order_place(w->db, &w->ann, &draft, &order, &existing, err);
}

static int try_change(struct world *w, struct err *err)
{
    struct order_draft draft = {.has = HAS_PRICE, .price = 7};
    struct order order;

    return order_change(w->db, &w->ann, 1, &draft, false, 0, &order, err);
}

static int try_move(struct world *w, struct err *err)
{
    struct order_draft draft = {.has = HAS_OWNER, .owner_name = "Bob"};
    struct order order;

    return order_change(w->db, &w->sue, 1, &draft, false, 0, &order, err);
}

static int try_remove(struct world *w, struct err *err)
{
    struct order order;

    return order_remove(w->db, &w->ann, 1, 0, &order, err);
}

static int try_control(struct world *w, struct err *err)
{
    struct control control = {.user = 1, .kind = CONTROL_ACTIVE};

    return control_append(w->db, &control, err);
}

static int try_replay(struct world *w, struct err *err)
{
    struct buf text;
    int64_t to;
    int rc;

    buf_init(&text, 65536);
    rc = stream_replay(w->db, 1, "orders", 0, &text, &to, err);
    if (rc < 0)
        assert_int_equal(text.len, 0);
    buf_release(&text);
    return rc;
}

static int try_fold(struct world *w, struct err *err)
{
    struct buf text;
    int64_t to;
    bool more;
    int rc;

    buf_init(&text, 65536);
    rc = stream_fold(w->db, 0, "all", 0, &text, &to, &more, err);
    if (rc < 0)
        assert_int_equal(text.len, 0);
    buf_release(&text);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(struct world *w, struct err *err);
} tries[] = {
    {"place", try_place},   {"repeat", try_repeat}, {"change", try_change},
    {"move", try_move},     {"remove", try_remove}, {"control", try_control},
    {"replay", try_replay}, {"fold", try_fold},
};

static int64_t rows(struct world *w)
{
    return world_int(w, "SELECT (SELECT COUNT(*) FROM event) + "
                        "(SELECT COUNT(*) FROM orders) + "
                        "(SELECT COUNT(*) FROM tombstone) + "
                        "(SELECT COUNT(*) FROM control) + "
                        "(SELECT SUM(position) FROM stream)");
}

/* In a row, of which none is needed for the try to succeed: for what is only
 * remembered, or because it had fewer. */
#define SPARED 8

/* Runs one try with its n-th allocation failing; false where it succeeded. */
static bool fails_at(struct world *w, size_t i, unsigned n)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;
    int64_t before = rows(w);
    int rc;

    assert_int_equal(db_savepoint(w->db, &point, &err), 0);
    mem_fail_after(n);
    rc = tries[i].run(w, &err);
    mem_fail_after(0);
    if (rc < 0)
        assert_int_equal(err.code, ERR_NOMEM);
    db_rollback(&point);
    assert_int_equal(rows(w), before);
    return rc < 0;
}

static void no_memory_leaves_no_trace(void **state)
{
    struct world *w = *state;
    struct buf outbox;
    struct order order = placed(w, &w->ann);
    struct err err = ERR_INIT;

    placed_with(w, &w->ann, "client_order_id", "K2");
    assert_int_equal(changed(w, &w->ann, 2, "price", "3", &order, &err), 0);
    buf_init(&outbox, 1 << 20);
    world_commit(w, &outbox);
    buf_clear(&outbox);
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        unsigned failed = 0;
        unsigned spared = 0;

        for (unsigned n = 1; spared < SPARED; n++) {
            bool has_failed = fails_at(w, i, n);

            failed += has_failed;
            spared = has_failed ? 0 : spared + 1;
        }
        if (!failed)
            fail_msg("%s allocates nothing", tries[i].name);
    }
    world_commit(w, &outbox);
    assert_int_equal(outbox.len, 0);
    buf_release(&outbox);
}

SUITE(fault)
{
    const struct CMUnitTest fault[] = {
        WORLD_TEST(no_memory_leaves_no_trace),
    };

    return cmocka_run_group_tests(fault, NULL, NULL);
}
