#include "model/orders.h"
#include "model/table.h"
#include <stdio.h>

#include "base/banned.h"

/*
 * Thousands of steps by everybody on everything, then: the counts and positions
 * hold (the teardown), and whoever comes back from any moment ends up with what
 * the database holds.
 */
#define STEPS 4000
#define STREAMS 4 /* all, ann, Bob, sue */
#define MOMENTS 24

struct dice {
    uint64_t state;
};

/* Of Knuth's MMIX; always the same steps. */
static unsigned roll(struct dice *dice, unsigned sides)
{
    dice->state =
        dice->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(dice->state >> 33) % sides;
}

static const struct actor *any_actor(struct world *w, struct dice *dice)
{
    const struct actor *actors[] = {&w->ann, &w->ann, &w->bob,    &w->bob,
                                    &w->sue, &w->sue, &w->command};

    return actors[roll(dice, ARRAY_LEN(actors))];
}

static struct order_draft any_draft(struct dice *dice)
{
    static const char *const values[][2] = {
        {"price", "1"},           {"price", "-2.5"},
        {"quantity", "5"},        {"quantity", "250"},
        {"side", "sell"},         {"status", "canceled"},
        {"status", "new"},        {"status", "partially_filled"},
        {"owner", "ann"},         {"owner", "Bob"},
        {"owner", "sue"},         {"owner", "gone"},
        {"filled_quantity", "5"}, {"average_price", "3"},
        {"instrument", "AXA02"},  {"client_order_id", NULL},
    };
    struct order_draft draft = {.has = 0};
    struct err err = ERR_INIT;
    char name[16];

    if (roll(dice, 3) == 0)
        draft = draft_plain();
    for (unsigned i = roll(dice, 3); i > 0; i--) {
        unsigned at = roll(dice, ARRAY_LEN(values));

        draft_set(&draft, &err, values[at][0], values[at][1], NULL);
    }
    if (roll(dice, 4) == 0) {
        snprintf(name, sizeof(name), "K%u", roll(dice, 400));
        draft_set(&draft, &err, "client_order_id", name, NULL);
    }
    return draft;
}

/* How a step may end. */
static bool is_answer(enum err_code code)
{
    return code == ERR_NONE || code == ERR_INVALID || code == ERR_FORBIDDEN ||
           code == ERR_MISSING || code == ERR_CONFLICT || code == ERR_STALE;
}

/* Mostly one that is there, and rather a new one. */
static int64_t any_id(struct world *w, struct dice *dice)
{
    char sql[128];

    snprintf(sql, sizeof(sql),
             "SELECT COALESCE(MAX(id), 0) + %d FROM orders WHERE id <= "
             "(SELECT MAX(id) FROM orders) - %u",
             roll(dice, 10) == 0, roll(dice, 100));
    return world_int(w, sql);
}

static void any_step(struct world *w, struct dice *dice)
{
    const struct actor *actor = any_actor(w, dice);
    struct order_draft draft = any_draft(dice);
    int64_t id = any_id(w, dice);
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    switch (roll(dice, 6)) {
    case 0: step_place(w, actor, &draft, &order, &existing, &err); break;
    case 1: step_remove(w, actor, id, roll(dice, 3), &order, &err); break;
    case 2:
        draft = draft_plain();
        step_place(w, actor, &draft, &order, &existing, &err);
        break;
    case 3: step_cancel(w, actor, id, roll(dice, 3), &order, &err); break;
    default:
        if (roll(dice, 3) == 0)
            order_draft_set_bool(&draft, "correct", true, &err);
        step_change(w, actor, id, &draft, roll(dice, 5) == 0, roll(dice, 3),
                    &order, &err);
    }
    assert_true(is_answer(err.code));
}

static void come_back(struct world *w, const struct table *old)
{
    struct table now = table_read(w, old->owner);
    struct table folded = *old;
    struct table replayed = *old;

    folded.orders = cJSON_Duplicate(old->orders, true);
    replayed.orders = cJSON_Duplicate(old->orders, true);
    table_fold(&folded, w);
    table_assert_equal(&folded, &now);
    assert_int_equal(table_replay(&replayed, w), now.position - old->position);
    table_assert_equal(&replayed, &now);
    table_free(&folded);
    table_free(&replayed);
    table_free(&now);
}

static void any_steps_lead_to_one_truth(void **state)
{
    struct world *w = *state;
    struct table moments[MOMENTS][STREAMS];
    struct dice dice = {7};
    size_t taken = 0;

    /* Some of what the drafts ask for is above Bob's limits. */
    w->bob.limits.max_quantity = INT64_C(20000000000);
    world_exec(w, "UPDATE \"user\" SET max_quantity = 20000000000 "
                  "WHERE id = 2");
    for (int i = 0; i < STEPS; i++) {
        if (i % (STEPS / MOMENTS) == 0 && taken < MOMENTS) {
            for (int owner = 0; owner < STREAMS; owner++)
                moments[taken][owner] = table_read(w, owner);
            taken++;
        }
        any_step(w, &dice);
    }
    assert_int_equal(world_int(w, "SELECT COUNT(*) FROM orders WHERE "
                                  "filled_quantity > quantity OR "
                                  "(owner = 2 AND quantity > 20000000000)"),
                     0);
    assert_true(world_int(w, "SELECT COUNT(*) FROM event WHERE "
                             "is_correction = 1") > 0);
    /* Not a walk through refusals alone. */
    assert_true(world_int(w, "SELECT COUNT(*) FROM event") > STEPS / 4);
    assert_true(world_int(w, "SELECT COUNT(*) FROM event WHERE "
                             "kind = 'delete'") > 100);
    assert_true(world_int(w, "SELECT COUNT(*) FROM tombstone WHERE "
                             "stream <> 0 AND order_id IN "
                             "(SELECT id FROM orders)") > 20);
    for (size_t i = 0; i < taken; i++) {
        for (int owner = 0; owner < STREAMS; owner++) {
            come_back(w, &moments[i][owner]);
            table_free(&moments[i][owner]);
        }
    }
}

SUITE(random)
{
    const struct CMUnitTest any[] = {
        WORLD_TEST(any_steps_lead_to_one_truth),
    };

    return cmocka_run_group_tests(any, NULL, NULL);
}
