#include "support/writes.h"
#include "base/clock.h"
#include "model/orders.h"
#include "support/random_query.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum phase phase;
long refused;

bool chance(size_t percent)
{
    return random_pick(100) < percent;
}

static const char *any_owner(void)
{
    static const char *const owners[] = {"ann", "Bob", "sue"};

    return RANDOM_PICK(owners);
}

static void set(struct order_draft *draft, const char *name, const char *text)
{
    struct err err = ERR_INIT;

    order_draft_set(draft, name, text, text ? strlen(text) : 0, &err);
}

static struct order_draft any_draft(void)
{
    static const char *const sizes[] = {"1", "2", "5", "10", "0.5"};
    static const char *const prices[] = {"1", "-2.5", "9.5", "12", "0"};
    static const char *const fills[] = {"0", "0.5", "1"};
    static const char *const sides[] = {"buy", "sell"};
    static const char *const averages[] = {"1", "9.5", NULL};
    struct order_draft draft = {.has = 0};
    char client[24];

    set(&draft, "instrument", random_instrument());
    set(&draft, "side", RANDOM_PICK(sides));
    set(&draft, "quantity", RANDOM_PICK(sizes));
    set(&draft, "price", RANDOM_PICK(prices));
    if (chance(40))
        set(&draft, "filled_quantity", RANDOM_PICK(fills));
    if (chance(40))
        set(&draft, "average_price", RANDOM_PICK(averages));
    if (chance(50))
        set(&draft, "status", random_status());
    if (chance(20)) {
        snprintf(client, sizeof(client), "%s-%zu", random_client(),
                 random_pick(1000));
        set(&draft, "client_order_id", client);
    }
    return draft;
}

static int64_t any_id(struct world *w)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
             "SELECT COALESCE((SELECT id FROM orders LIMIT 1 OFFSET %zu), "
             "(SELECT MIN(id) FROM orders), 0)",
             random_pick(120));
    return world_int(w, sql);
}

static int place(struct world *w, struct err *err)
{
    struct order_draft draft = any_draft();
    struct order order;
    bool existing;

    set(&draft, "owner", any_owner());
    return order_place(w->db, &w->command, &draft, &order, &existing, err);
}

static int change(struct world *w, int64_t id, struct err *err)
{
    struct order_draft draft = any_draft();
    struct order order;

    /* Some of its fields. */
    for (unsigned bit = 1; bit <= HAS_CLIENT_ORDER_ID; bit <<= 1) {
        if (chance(60))
            draft.has &= ~bit;
    }
    if (chance(10))
        set(&draft, "owner", any_owner());
    draft.has_correct = draft.correct = true;
    return order_change(w->db, &w->command, id, &draft, false, 0, &order, err);
}

void write_one(struct world *w)
{
    size_t kind = phase == GROWS     ? random_pick(4)
                  : phase == SHRINKS ? 3 + random_pick(4)
                                     : random_pick(10);
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err err = ERR_INIT;
    struct order order;
    int64_t id = any_id(w);
    int rc;

    assert_int_equal(db_savepoint(w->db, &point, &err), 0);
    if (kind < 3 || !id)
        rc = place(w, &err);
    else if (kind < 5)
        rc = order_remove(w->db, &w->command, id, 0, &order, &err);
    else
        rc = change(w, id, &err);
    refused += rc < 0;
    if (rc == 0)
        assert_int_equal(db_release(&point, &err), 0);
    db_rollback(&point);
}

void write_some(struct world *w)
{
    struct buf outbox;

    for (size_t i = random_pick(chance(10) ? 90 : 4); i > 0; i--)
        write_one(w);
    /* Another time for what comes. */
    clock_shift_us((int64_t)random_pick(3) * 100000);
    buf_init(&outbox, 1 << 24);
    world_commit(w, &outbox);
    buf_release(&outbox);
    /* What is purged is never a stream's newest. */
    if (chance(2)) {
        world_exec(w, "DELETE FROM event WHERE id % 3 = 0 AND id < "
                      "(SELECT MAX(id) FROM event) AND position < (SELECT "
                      "s.position FROM stream s WHERE s.owner = event.owner)");
        w->is_purged = true;
    }
}
