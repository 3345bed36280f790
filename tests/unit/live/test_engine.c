#include "base/clock.h"
#include "base/mem.h"
#include "live/engine.h"
#include "model/log/event.h"
#include "model/orders/order_json.h"
#include "support/random_query.h"
#include "support/writes.h"
#include "view/order_list.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/*
 * Many views under one engine, of several streams, while the model writes:
 * whatever fails on the way, what a view shows at last is what a draw says.
 */
#define VIEWS 12
#define TURNS 3000
#define TEXT_MAX 400000
#define SEED UINT64_C(20260305)

struct shown {
    struct engine_view core;
    struct order_page *page;
    struct order_load load; /* to be run, or to be taken */
    bool has_load;
    bool is_ended;
};
struct stage {
    struct world *w;
    struct engine *engine;
    struct shown views[VIEWS];
};

/* So much passes at each look at the clock. */
static int64_t leap_us, leapt_us;

int64_t __real_clock_mono_us(void);
int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_mono_us(void)
{
    leapt_us += leap_us;
    return __real_clock_mono_us() + leapt_us;
}

static void query_of(struct order_query *query, size_t i)
{
    static const int64_t owners[] = {1, 2, STREAM_ALL};
    struct err err = ERR_INIT;

    memset(query, 0, sizeof(*query));
    query->owner = owners[i % 3];
    query->limit = 2 + (int64_t)i;
    query->offset = (int64_t)(i % 4) * 3;
    query->totals = true;
    query->order_count = i % 2;
    query->orders[0] = (struct query_order){.column = i % order_columns_count,
                                            .descending = i % 3 == 0};
    if (i % 5 == 4)
        assert_int_equal(order_filter_add(&query->filter, QUERY_CONTAINS,
                                          1UL << 2, "e", 1, "search", &err),
                         0);
}

/* Everything that the test itself does must not fail. */
static void view_begin(struct shown *shown, size_t i)
{
    const struct order_view_options options = {.is_anchored = i % 4 == 3,
                                               .totals = (unsigned)i % 8};
    struct order_query query;
    struct err err = ERR_INIT;

    memset(shown, 0, sizeof(*shown));
    query_of(&query, i);
    assert_int_equal(order_view_new(&shown->core.view, &query, &options, &err),
                     0);
    /* Few rows, so that it has to be loaded often. */
    order_view_set_margin(shown->core.view, (int64_t)i % 3, 2);
    assert_int_equal(
        order_view_begin_load(shown->core.view, &shown->load, &err), 0);
    shown->has_load = true;
}

static void view_end(struct shown *shown)
{
    order_page_unref(shown->page);
    order_page_unref(shown->core.page);
    if (shown->has_load)
        order_load_release(&shown->load);
    order_view_free(shown->core.view);
}

static void take_result(struct shown *shown)
{
    struct engine_result *result = &shown->core.result;

    assert_true(!leap_us || result->cost_us < leap_us);
    switch (result->outcome) {
    case ENGINE_SHOWS:
        order_page_unref(shown->page);
        shown->page = result->page;
        result->page = NULL;
        break;
    case ENGINE_STANDS: break;
    case ENGINE_LOADS:
        assert_false(shown->has_load);
        shown->load = result->load;
        memset(&result->load, 0, sizeof(result->load));
        shown->has_load = true;
        break;
    case ENGINE_ENDS:
        assert_int_equal(result->code, ERR_NOMEM);
        shown->is_ended = true;
        break;
    }
}

/* One of the newest can't be read: of no known kind. */
static void spoil_event(struct world *w)
{
    char sql[120];

    snprintf(sql, sizeof(sql),
             "UPDATE event SET kind = kind || 'x' WHERE id = "
             "(SELECT MAX(id) FROM event) - %zu",
             random_pick(5));
    world_exec(w, sql);
}

/* Loads that are due, what is to be removed, and a batch of it all. fail_at:
 * the so-manieth allocation in it fails; 0: none. */
static void run_batch(struct stage *stage, bool is_last, unsigned fail_at)
{
    struct engine_op ops[VIEWS];
    struct engine_batch batch = {.ops = ops};
    struct engine_view *view;
    struct err err = ERR_INIT;
    bool is_unreadable = !is_last && chance(10);

    for (size_t i = 0; i < VIEWS; i++) {
        struct shown *shown = &stage->views[i];

        if (shown->is_ended) {
            ops[batch.op_count++] =
                (struct engine_op){.kind = ENGINE_REMOVE, .view = &shown->core};
        } else if (shown->has_load && (is_last || chance(70))) {
            assert_int_equal(
                order_load_run(stage->w->db, NULL, &shown->load, &err), 0);
            ops[batch.op_count++] = (struct engine_op){.kind = ENGINE_LOADED,
                                                       .view = &shown->core,
                                                       .load = shown->load};
            shown->has_load = false;
        }
    }
    if (is_unreadable)
        spoil_event(stage->w);
    mem_fail_after(fail_at);
    if (engine_run(stage->engine, stage->w->db, &batch, &err) < 0)
        assert_true(is_unreadable || fail_at > 0);
    mem_fail_after(0);
    if (is_unreadable)
        world_exec(stage->w, "UPDATE event SET kind = replace(kind, 'x', '')");
    for (view = batch.results; view; view = view->next_result)
        take_result((struct shown *)view);
    engine_batch_release(&batch);
    for (size_t i = 0; i < batch.op_count; i++) {
        struct shown *shown = (struct shown *)ops[i].view;

        if (ops[i].kind != ENGINE_REMOVE)
            continue;
        view_end(shown);
        view_begin(shown, (size_t)(shown - stage->views));
    }
}

struct expected {
    const struct order_page *page;
    size_t at;
};

static int check_row(void *arg, const struct order *order, struct err *err)
{
    struct expected *expected = arg;
    const struct order_page_row *row;
    struct buf json;

    (void)err;
    assert_true(expected->at < expected->page->count);
    row = expected->page->rows[expected->at++];
    buf_init(&json, TEXT_MAX);
    order_put_row(&json, order);
    assert_int_equal(row->len, json.len);
    assert_memory_equal(row->json, json.data, json.len);
    buf_release(&json);
    return 0;
}

static void check_view(struct stage *stage, const struct shown *shown)
{
    struct expected expected = {.page = shown->page};
    struct order_query query;
    struct order_list list;
    struct err err = ERR_INIT;

    assert_non_null(shown->page);
    assert_int_equal(
        order_query_copy(&query, order_view_query(shown->core.view), &err), 0);
    query.offset = shown->page->start;
    assert_int_equal(order_list_run(stage->w->db, NULL, &query, &list,
                                    check_row, &expected, &err),
                     0);
    assert_int_equal(expected.at, shown->page->count);
    assert_int_equal(list.matching, shown->page->matching);
    assert_int_equal(list.total, shown->page->total);
    order_query_release(&query);
}

/* Until nothing has to be loaded any more. */
static void settle(struct stage *stage)
{
    bool is_ready = false;

    while (!is_ready) {
        run_batch(stage, true, 0);
        is_ready = true;
        for (size_t i = 0; i < VIEWS; i++)
            is_ready = is_ready && !stage->views[i].has_load &&
                       !stage->views[i].is_ended;
    }
    for (size_t i = 0; i < VIEWS; i++)
        check_view(stage, &stage->views[i]);
}

static void stage_open(struct stage *stage)
{
    void *state = NULL;

    world_open(&state);
    memset(stage, 0, sizeof(*stage));
    stage->w = state;
    stage->engine = engine_new();
    assert_non_null(stage->engine);
    for (size_t i = 0; i < VIEWS; i++)
        view_begin(&stage->views[i], i);
}

static void stage_close(struct stage *stage)
{
    void *state = stage->w;

    engine_free(stage->engine);
    for (size_t i = 0; i < VIEWS; i++)
        view_end(&stage->views[i]);
    world_close(&state);
}

/* Mostly early, where a batch of few events is still under way. */
static unsigned any_failure(void)
{
    return 1 + (unsigned)random_pick(chance(50) ? 12 : 200);
}

static void whatever_fails_the_views_come_right(void **unused)
{
    static struct stage stage;

    (void)unused;
    random_begin(SEED);
    stage_open(&stage);
    for (size_t turn = 0; turn < TURNS; turn++) {
        if (chance(15))
            phase = (enum phase)random_pick(3);
        write_some(stage.w);
        run_batch(&stage, false, chance(60) ? any_failure() : 0);
        if (chance(20))
            settle(&stage);
    }
    settle(&stage);
    stage_close(&stage);
}

/* Rather than by so many events. */
static void a_view_far_behind_is_loaded_again(void **unused)
{
    static struct stage stage;
    size_t loads = 0;

    (void)unused;
    random_begin(SEED);
    stage_open(&stage);
    settle(&stage);
    phase = MIXED;
    /* More than 10,000 of all, and fewer of one owner: only those of all. */
    while (world_int(stage.w, "SELECT MAX(id) FROM event") < 10100)
        write_some(stage.w);
    run_batch(&stage, false, 0);
    for (size_t i = 0; i < VIEWS; i++) {
        bool is_of_all =
            order_view_query(stage.views[i].core.view)->owner == STREAM_ALL;

        assert_true(is_of_all || !stage.views[i].has_load ||
                    stage.w->is_purged);
        loads += is_of_all && stage.views[i].has_load;
    }
    assert_int_equal(loads, VIEWS / 3);
    settle(&stage);
    stage_close(&stage);
}

/* Others had the processor meanwhile. */
static void a_view_costs_no_more_than_its_batch_took(void **unused)
{
    static struct stage stage;

    (void)unused;
    random_begin(SEED);
    stage_open(&stage);
    leap_us = 1000 * CLOCK_S;
    phase = MIXED;
    for (size_t turn = 0; turn < 20; turn++) {
        write_some(stage.w);
        run_batch(&stage, false, 0);
    }
    settle(&stage);
    leap_us = 0;
    stage_close(&stage);
}

SUITE(engine)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_fails_the_views_come_right),
        cmocka_unit_test(a_view_far_behind_is_loaded_again),
        cmocka_unit_test(a_view_costs_no_more_than_its_batch_took),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
