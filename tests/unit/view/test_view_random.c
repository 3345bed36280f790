#include "base/json.h"
#include "base/mem.h"
#include "model/log/event.h"
#include "model/orders.h"
#include "model/orders/order_column.h"
#include "model/orders/order_json.h"
#include "support/database.h"
#include "support/random_query.h"
#include "support/writes.h"
#include "view/client.h"
#include "view/order_list.h"
#include "view/order_match.h"
#include "view/order_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/*
 * Random views of random rows that are placed, changed, moved and removed by
 * the model; loads that come late, clients that skip frames, margins of a few
 * rows. After each frame a client has, byte for byte, what a draw says at that
 * position. LWSAPP_TEST_SEED: another beginning; LWSAPP_TEST_RUNS: so many.
 */
#define RUNS 60
#define SERVER_RUNS 15 /* each question is a trip */
#define TURNS 60
#define VIEWS 6
#define CLIENTS 3
#define SEED UINT64_C(20260214)

struct watch {
    struct order_view *view;
    struct order_load load;
    bool is_behind; /* a load is awaited */
    bool is_loaded; /* it has been read, and comes later */
    bool is_anchored;
    struct buf anchor; /* the key of the row that was shown first, last time */
    struct client clients[CLIENTS];
};
struct facts {
    long events, loads, late, pages;
};
static struct facts facts;

/* Queries */

static void any_query(struct order_query *query)
{
    static const int64_t owners[] = {1, 2, 3, STREAM_ALL};
    static struct ideas ideas;

    memset(query, 0, sizeof(*query));
    random_ideas(&ideas, 2);
    if (chance(40))
        ideas.count = 0;
    by_hand_build(&query->filter, ideas.of, ideas.count);
    query->owner = RANDOM_PICK(owners);
    query->order_count = random_pick(4);
    for (size_t i = 0; i < query->order_count; i++)
        query->orders[i] =
            (struct query_order){.column = random_pick(order_columns_count),
                                 .descending = chance(50)};
    query->offset = chance(40) ? 0 : (int64_t)random_pick(40);
    query->limit = 1 + (int64_t)random_pick(chance(80) ? 8 : 30);
    query->totals = true;
}

/* Views */

static struct order_page_row *row_of(const struct order *order)
{
    struct order_page_row *row;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    order_put_row(&text, order);
    row = order_page_row_new(order->id, order->version, text.data, text.len);
    buf_release(&text);
    return row;
}

static struct order_page_row *read_row(void *arg, int64_t id, struct err *err)
{
    struct world *w = arg;
    struct order order;

    assert_int_equal(order_get(w->db, &w->command, id, true, &order, err), 0);
    return row_of(&order);
}

static int apply_change(void *arg, const struct event_change *change,
                        struct err *err)
{
    struct watch *watch = arg;
    const struct event *event = &change->event;
    const struct order_query *query = order_view_query(watch->view);
    struct order_view_event told = {
        .position = query->owner == STREAM_ALL ? event->id : event->position,
        .time_us = event->time_us,
        .order_id = event->order_id,
        .is_new = event->kind == EVENT_NEW,
        .is_delete = event->kind == EVENT_DELETE,
    };
    static struct order orders[2];
    struct order_ready ready[2];
    int rc;

    for (size_t i = 0; i < 2; i++)
        order_ready_init(&ready[i]);
    if (event->kind != EVENT_NEW && change->before) {
        assert_int_equal(order_read_json(change->before, change->before_len,
                                         &orders[0], err),
                         0);
        orders[0].owner = event->owner;
        assert_true(order_ready_set(&ready[0], &orders[0]));
        told.before = &ready[0];
    }
    if (event->kind != EVENT_DELETE) {
        assert_int_equal(
            order_read_json(event->body, event->body_len, &orders[1], err), 0);
        orders[1].owner = event->owner;
        assert_true(order_ready_set(&ready[1], &orders[1]));
        told.after = &ready[1];
        if (chance(50))
            told.row = row_of(&orders[1]);
    }
    if (told.before && told.after)
        told.changed = order_columns_changed(&orders[0], &orders[1]);
    facts.events++;
    rc = order_view_apply(watch->view, &told, err);
    order_page_row_unref(told.row);
    for (size_t i = 0; i < 2; i++)
        order_ready_release(&ready[i]);
    return rc;
}

static void fall_behind(struct watch *watch)
{
    struct err err = ERR_INIT;

    assert_int_equal(order_view_begin_load(watch->view, &watch->load, &err), 0);
    watch->is_behind = true;
    watch->is_loaded = false;
    facts.loads++;
}

static void load_now(struct world *w, struct watch *watch)
{
    struct err err = ERR_INIT;

    if (order_load_run(w->db, NULL, &watch->load, &err) < 0)
        fail_msg("%s: %s", err.text, err.fields[0].text);
    watch->is_loaded = true;
}

/* True: it may be shown. */
static bool catch_up(struct world *w, struct watch *watch)
{
    const struct order_query *query = order_view_query(watch->view);
    struct err err = ERR_INIT;

    if (watch->is_behind) {
        if (!watch->is_loaded && chance(50))
            load_now(w, watch);
        if (!watch->is_loaded || chance(40))
            return false;
        order_view_load(watch->view, &watch->load);
        order_load_release(&watch->load);
        watch->is_behind = false;
        facts.late++;
    }
    if (event_read_changes(w->db, query->owner,
                           order_view_position(watch->view), 1000000,
                           apply_change, watch, &err) < 0) {
        assert_true(err.code == ERR_MISSING);
        /* Only what is purged is not known. */
        assert_true(w->is_purged);
        fall_behind(watch);
        return false;
    }
    if ((!order_view_is_covered(watch->view)) || chance(2)) {
        fall_behind(watch);
        if (chance(50))
            return false;
        load_now(w, watch);
        order_view_load(watch->view, &watch->load);
        order_load_release(&watch->load);
        watch->is_behind = false;
    }
    return true;
}

/* How many rows stand before a key, by a look at all of them. */
struct rank {
    const struct order_match *match;
    struct order_ready ready;
    const struct buf *key;
    int64_t before;
};

static int count_before(void *arg, const struct order *order, struct err *err)
{
    struct rank *rank = arg;
    struct buf key;
    size_t len;

    (void)err;
    buf_init(&key, TEXT_MAX);
    assert_true(order_ready_set(&rank->ready, order));
    order_match_put_key(rank->match, &rank->ready, &key);
    len = key.len < rank->key->len ? key.len : rank->key->len;
    rank->before += memcmp(key.data, rank->key->data, len) < 0;
    buf_release(&key);
    return 0;
}

/* The row that was the first one is so still, or else the next one. */
static void check_anchor(struct world *w, struct watch *watch,
                         const struct order_page *page)
{
    struct rank rank = {.key = &watch->anchor};
    struct order_match *match;
    struct order_query query;
    struct order_list list;
    struct err err = ERR_INIT;

    if (watch->anchor.len) {
        assert_int_equal(
            order_query_copy(&query, order_view_query(watch->view), &err), 0);
        query.offset = 0;
        query.limit = 100000;
        assert_int_equal(order_match_new(&query, &match, &err), 0);
        rank.match = match;
        order_ready_init(&rank.ready);
        assert_int_equal(order_list_run(w->db, NULL, &query, &list,
                                        count_before, &rank, &err),
                         0);
        assert_int_equal(page->start, rank.before);
        order_ready_release(&rank.ready);
        order_match_free(match);
        order_query_release(&query);
    } else {
        assert_int_equal(page->start, order_view_query(watch->view)->offset);
    }
    if (page->key_len) {
        buf_clear(&watch->anchor);
        buf_put(&watch->anchor, page->key, page->key_len);
    }
}

static void show(struct world *w, struct watch *watch)
{
    struct err err = ERR_INIT;
    struct order_page *page;
    struct draw draw;
    size_t from = 0;

    assert_true(order_view_is_covered(watch->view));
    assert_int_equal(order_view_page(watch->view, read_row, w, &page, &err), 0);
    if (watch->is_anchored)
        check_anchor(w, watch, page);
    else
        assert_int_equal(page->start, order_view_query(watch->view)->offset);
    draw_fresh(w, watch->view, page->start, page->total_kinds, &draw);
    assert_int_equal(page->position, draw.list.position);
    assert_int_equal(page->total, draw.list.total);
    assert_int_equal(page->matching, draw.list.matching);
    assert_int_equal(page->count, draw.count);
    for (size_t i = 0; i < page->count; i++) {
        assert_int_equal(page->rows[i]->id, draw.ids[i]);
        assert_int_equal(page->rows[i]->len, draw.ends[i] - from);
        assert_memory_equal(page->rows[i]->json, draw.text.data + from,
                            page->rows[i]->len);
        from = draw.ends[i];
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        if (!watch->clients[i].page || !chance(i * 40)) /* else it is slow */
            client_send(&watch->clients[i], page, &draw);
    }
    facts.pages++;
    order_page_unref(page);
    draw_release(&draw);
}

static void watch_open(struct watch *watch)
{
    struct order_view_options options = {.totals = 0};
    struct order_query query;
    struct err err = ERR_INIT;

    memset(watch, 0, sizeof(*watch));
    any_query(&query);
    watch->is_anchored = chance(40);
    buf_init(&watch->anchor, TEXT_MAX);
    options.is_anchored = watch->is_anchored;
    options.totals = chance(50) ? (unsigned)random_pick(8) : 0;
    assert_int_equal(order_view_new(&watch->view, &query, &options, &err), 0);
    order_view_set_margin(watch->view, (int64_t)random_pick(5),
                          1 + (int64_t)random_pick(16));
    fall_behind(watch);
}

static void watch_close(struct watch *watch)
{
    for (size_t i = 0; i < CLIENTS; i++)
        client_release(&watch->clients[i]);
    if (watch->is_behind)
        order_load_release(&watch->load);
    order_view_free(watch->view);
    buf_release(&watch->anchor);
}

static void run_once(struct world *w)
{
    static struct watch watches[VIEWS];

    phase = MIXED;
    for (size_t i = random_pick(60); i > 0; i--)
        write_one(w);
    for (size_t i = 0; i < VIEWS; i++)
        watch_open(&watches[i]);
    for (size_t turn = 0; turn < TURNS; turn++) {
        if (chance(15))
            phase = (enum phase)random_pick(3);
        write_some(w);
        for (size_t i = 0; i < VIEWS; i++) {
            if (catch_up(w, &watches[i]))
                show(w, &watches[i]);
        }
    }
    for (size_t i = 0; i < VIEWS; i++)
        watch_close(&watches[i]);
}

static void after_each_frame_a_client_has_what_a_draw_says(void **unused)
{
    const char *given = getenv("LWSAPP_TEST_RUNS");
    long runs = given                     ? strtol(given, NULL, 10)
                : database_is_on_server() ? SERVER_RUNS
                                          : RUNS;

    (void)unused;
    random_begin(SEED);
    for (long i = 0; i < runs; i++) {
        void *state = NULL;

        print_message("run %ld, LWSAPP_TEST_SEED=%" PRIu64 "\n", i,
                      random_seed());
        world_open(&state);
        run_once(state);
        world_close(&state);
    }
    print_message("events %ld, frames %ld, unchanged %ld, loads %ld, late %ld, "
                  "writes refused %ld, pages %ld\n",
                  facts.events, frames_sent, frames_silent, facts.loads,
                  facts.late, refused, facts.pages);
    assert_true(facts.events > 0 && frames_sent > 0 && facts.late > 0);
}

SUITE(view_random)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_each_frame_a_client_has_what_a_draw_says),
    };

    return cmocka_run_group_tests_name("random views", tests, NULL, NULL);
}
