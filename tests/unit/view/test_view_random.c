#include "base/json.h"
#include "base/mem.h"
#include "model/log/event.h"
#include "model/orders.h"
#include "model/orders/order_column.h"
#include "model/orders/order_json.h"
#include "query/random_query.h"
#include "view/order_list.h"
#include "view/order_match.h"
#include "view/order_view.h"
#include "view/writes.h"

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
#define TURNS 60
#define VIEWS 6
#define CLIENTS 3
#define PAGE_ROWS 64
#define TEXT_MAX 400000
#define SEED UINT64_C(20260214)

/* What a client holds: rows as text, by the patches alone. */
struct client {
    struct order_page *page; /* the one it was sent last */
    int64_t total;
    int64_t matching;
    cJSON *totals; /* NULL: none */
    size_t count;
    char *rows[PAGE_ROWS];
    int64_t ids[PAGE_ROWS];
};
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
    long events, frames, silent, loads, late, pages;
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

/* What a draw says: rows as text, one behind the other. */
struct draw {
    struct order_list list;
    size_t count;
    size_t ends[PAGE_ROWS];
    int64_t ids[PAGE_ROWS];
    struct buf text;
    struct buf totals; /* of all rows that match */
};

static int take_row(void *arg, const struct order *order, struct err *err)
{
    struct draw *draw = arg;
    struct buf row;

    (void)err;
    assert_true(draw->count < PAGE_ROWS);
    buf_init(&row, TEXT_MAX);
    order_put_row(&row, order);
    buf_put(&draw->text, row.data, row.len);
    buf_release(&row);
    draw->ids[draw->count] = order->id;
    draw->ends[draw->count++] = draw->text.len;
    return 0;
}

static int add_row(void *arg, const struct order *order, struct err *err)
{
    (void)err;
    assert_true(order_tally_add(arg, order, 1));
    return 0;
}

static void draw_fresh(struct world *w, const struct order_view *view,
                       int64_t start, struct draw *draw)
{
    struct order_query query;
    struct order_tally tally;
    struct order_list all;
    struct err err = ERR_INIT;

    memset(draw, 0, sizeof(*draw));
    buf_init(&draw->text, TEXT_MAX);
    assert_int_equal(order_query_copy(&query, order_view_query(view), &err), 0);
    query.offset = start;
    assert_int_equal(
        order_list_run(w->db, NULL, &query, &draw->list, take_row, draw, &err),
        0);
    query.offset = 0;
    query.limit = 100000;
    order_tally_init(&tally, order_view_totals(view));
    assert_int_equal(
        order_list_run(w->db, NULL, &query, &all, add_row, &tally, &err), 0);
    order_query_release(&query);
    buf_init(&draw->totals, TEXT_MAX);
    if (tally.kinds) {
        struct order_totals *totals = order_tally_show(&tally);

        json_open(&draw->totals);
        order_totals_put(&draw->totals, totals, NULL, tally.kinds);
        json_close(&draw->totals);
        order_totals_unref(totals);
    }
    order_tally_release(&tally);
}

/* Clients */

/* A group that is null is none any more. */
static void merge(cJSON *into, const cJSON *change)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, change)
    {
        cJSON *had = cJSON_GetObjectItemCaseSensitive(into, item->string);

        if (cJSON_IsObject(item) && had) {
            merge(had, item);
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(into, item->string);
        if (!cJSON_IsNull(item))
            cJSON_AddItemToObject(into, item->string,
                                  cJSON_Duplicate(item, true));
    }
}

/* Objects that have come to be empty say no more than none. */
static void drop_empty(cJSON *object)
{
    cJSON *item = object->child;

    while (item) {
        cJSON *next = item->next;

        if (cJSON_IsObject(item))
            drop_empty(item);
        if (cJSON_IsObject(item) && !item->child)
            cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
        item = next;
    }
}

static size_t place_of(const struct client *client, int64_t id)
{
    size_t i = 0;

    while (i < client->count && client->ids[i] != id)
        i++;
    return i;
}

static void client_clear(struct client *client)
{
    for (size_t i = 0; i < client->count; i++)
        mem_free(client->rows[i]);
    client->count = 0;
}

/* Of an object in the frame's text, its bytes. */
static char *text_of(const cJSON *row)
{
    char *text = cJSON_PrintUnformatted(row);
    char *copy = mem_strdup(text);

    cJSON_free(text);
    return copy;
}

static void client_apply(struct client *client, const cJSON *frame)
{
    const cJSON *ids = cJSON_GetObjectItem(frame, "ids");
    const cJSON *rows = cJSON_GetObjectItem(frame, "rows");
    const cJSON *total = cJSON_GetObjectItem(frame, "recordsTotal");
    const cJSON *matching = cJSON_GetObjectItem(frame, "recordsFiltered");
    const cJSON *item;
    struct client next = {.page = client->page,
                          .total = client->total,
                          .matching = client->matching};

    if (total)
        next.total = (int64_t)total->valuedouble;
    if (matching)
        next.matching = (int64_t)matching->valuedouble;
    next.count = ids ? (size_t)cJSON_GetArraySize(ids) : client->count;
    for (size_t i = 0; i < next.count; i++) {
        const cJSON *id = ids ? cJSON_GetArrayItem(ids, (int)i) : NULL;
        size_t had;

        next.ids[i] = id ? (int64_t)id->valuedouble : client->ids[i];
        had = place_of(client, next.ids[i]);
        if (had < client->count)
            next.rows[i] = mem_strdup(client->rows[had]);
        cJSON_ArrayForEach(item, rows)
        {
            if ((int64_t)cJSON_GetObjectItem(item, "id")->valuedouble !=
                next.ids[i])
                continue;
            mem_free(next.rows[i]);
            next.rows[i] = text_of(item);
        }
        assert_non_null(next.rows[i]);
    }
    if (cJSON_GetObjectItem(frame, "totals")) {
        if (!client->totals)
            client->totals = cJSON_CreateObject();
        merge(client->totals, cJSON_GetObjectItem(frame, "totals"));
        drop_empty(client->totals);
    }
    next.totals = client->totals;
    client_clear(client);
    *client = next;
}

/* As it is once parsed and written again. */
static void assert_same_row(const char *have, const char *want, size_t len)
{
    struct err err = ERR_INIT;
    cJSON *row = NULL;
    char *text;

    assert_int_equal(json_parse(want, len, &row, &err), 0);
    text = text_of(row);
    assert_string_equal(have, text);
    mem_free(text);
    cJSON_Delete(row);
}

static void check_totals(const struct client *client, const struct draw *draw)
{
    struct err err = ERR_INIT;
    cJSON *want = NULL;
    cJSON *totals;

    assert_int_equal(client->totals != NULL, draw->totals.len > 0);
    if (!client->totals)
        return;
    assert_int_equal(
        json_parse(draw->totals.data, draw->totals.len, &want, &err), 0);
    totals = cJSON_GetObjectItem(want, "totals");
    drop_empty(totals);
    assert_true(cJSON_Compare(client->totals, totals, true));
    cJSON_Delete(want);
}

static void client_check(const struct client *client, const struct draw *draw)
{
    size_t from = 0;

    check_totals(client, draw);

    assert_int_equal(client->total, draw->list.total);
    assert_int_equal(client->matching, draw->list.matching);
    assert_int_equal(client->count, draw->count);
    for (size_t i = 0; i < draw->count; i++) {
        assert_int_equal(client->ids[i], draw->ids[i]);
        assert_same_row(client->rows[i], draw->text.data + from,
                        draw->ends[i] - from);
        from = draw->ends[i];
    }
}

static void client_send(struct client *client, struct order_page *page,
                        const struct draw *draw)
{
    struct err err = ERR_INIT;
    cJSON *frame = NULL;
    struct buf text;

    if (client->page && order_page_equal(client->page, page)) {
        facts.silent++;
        client_check(client, draw);
        return;
    }
    buf_init(&text, TEXT_MAX);
    json_open(&text);
    if (client->page) {
        order_page_put_change(&text, client->page, page);
    } else {
        order_page_put(&text, page);
    }
    json_close(&text);
    assert_int_equal(json_parse(text.data, text.len, &frame, &err), 0);
    if (client->page) {
        facts.frames++;
    } else {
        cJSON *data = cJSON_DetachItemFromObject(frame, "data");
        cJSON *ids = cJSON_AddArrayToObject(frame, "ids");
        const cJSON *row;

        cJSON_ArrayForEach(row, data)
        {
            cJSON_AddItemToArray(
                ids, cJSON_Duplicate(cJSON_GetObjectItem(row, "id"), true));
        }
        cJSON_AddItemToObject(frame, "rows", data);
    }
    client_apply(client, frame);
    cJSON_Delete(frame);
    buf_release(&text);
    order_page_unref(client->page);
    client->page = order_page_ref(page);
    client_check(client, draw);
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
    draw_fresh(w, watch->view, page->start, &draw);
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
    buf_release(&draw.text);
    buf_release(&draw.totals);
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
    for (size_t i = 0; i < CLIENTS; i++) {
        client_clear(&watch->clients[i]);
        cJSON_Delete(watch->clients[i].totals);
        order_page_unref(watch->clients[i].page);
    }
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
    long runs = given ? strtol(given, NULL, 10) : RUNS;

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
                  facts.events, facts.frames, facts.silent, facts.loads,
                  facts.late, refused, facts.pages);
    assert_true(facts.events > 0 && facts.frames > 0 && facts.late > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_each_frame_a_client_has_what_a_draw_says),
    };

    return cmocka_run_group_tests_name("random views", tests, NULL, NULL);
}
