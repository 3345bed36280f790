/*
 * The hot paths, for callgrind to count: hot_create places orders, hot_change
 * changes the price of as many, hot_list reads pages of 25 and writes their
 * JSON, hot_deliver brings events to subscriptions, hot_view changes of prices
 * to live views that all differ. What goes before is not counted.
 *   usage: load_hot
 */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/json.h"
#include "fanout/hub.h"
#include "model/accounts/user.h"
#include "model/log/event.h"
#include "model/orders/order.h"
#include "model/orders/order_json.h"
#include "store/db.h"
#include "store/migrate.h"
#include "view/order_list.h"
#include "view/order_ready.h"
#include "view/order_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ROWS 2000
#define CREATES 200
#define LISTS 40
#define SOCKETS 1000
#define EVENTS 20
#define VIEWS 200
#define VIEW_EVENTS 100

static struct db *db;
static struct actor actor;
static struct err err;
static size_t delivered;

static void must(int rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "load_hot: %s: %s\n", what, err.text);
    exit(1);
}

static void place(int count)
{
    struct order_draft draft = {.has = 0};
    struct order order;
    bool existing;

    must(order_draft_set(&draft, "instrument", "EDF01", 5, &err), "draft");
    must(order_draft_set(&draft, "quantity", "100", 3, &err), "draft");
    must(order_draft_set(&draft, "price", "338.67", 6, &err), "draft");
    must(db_begin(db, &err), "begin");
    for (int i = 0; i < count; i++)
        must(order_place(db, &actor, &draft, &order, &existing, &err), "place");
    must(db_commit(db, &err), "commit");
}

__attribute__((noinline)) void hot_create(void);
__attribute__((noinline)) void hot_change(void);
__attribute__((noinline)) void hot_list(void);
__attribute__((noinline)) void hot_deliver(struct hub *hub);
__attribute__((noinline)) void hot_view(struct order_view **views);

void hot_create(void)
{
    place(CREATES);
}

void hot_change(void)
{
    struct order_draft draft = {.has = 0};
    struct order order;

    must(order_draft_set(&draft, "price", "338.68", 6, &err), "draft");
    must(db_begin(db, &err), "begin");
    for (int id = 1; id <= CREATES; id++)
        must(order_change(db, &actor, id, &draft, false, 0, &order, &err),
             "change");
    must(db_commit(db, &err), "commit");
}

static int put_row(void *arg, const struct order *order, struct err *failure)
{
    (void)failure;
    order_put_json(arg, NULL, order);
    return 0;
}

void hot_list(void)
{
    for (int page = 0; page < LISTS; page++) {
        struct order_query query = {.owner = actor.user,
                                    .offset = page * 25,
                                    .limit = 25,
                                    .totals = true};
        struct order_list list;
        struct buf out;

        buf_init(&out, 1 << 20);
        json_open_array(&out, NULL);
        must(order_list_run(db, NULL, &query, &list, put_row, &out, &err),
             "list");
        json_close_array(&out);
        if (list.returned != 25 || list.total < ROWS)
            exit(1);
        buf_release(&out);
    }
}

static void drain(void *socket)
{
    struct subscription **sub = socket;
    bool lag;

    while (subscription_peek(*sub, &lag)) {
        subscription_advance(*sub);
        delivered++;
    }
}

void hot_deliver(struct hub *hub)
{
    for (int i = 1; i <= EVENTS; i++) {
        static const char body[] =
            "{\"id\":1,\"owner\":\"demo\",\"instrument\":"
            "\"EDF01\",\"side\":\"buy\"}";
        struct event event = {.id = i,
                              .owner = 1,
                              .position = i,
                              .order_id = 1,
                              .kind = EVENT_NEW,
                              .body = body,
                              .body_len = sizeof(body) - 1};

        hub_deliver(hub, &event);
    }
}

static void deliver_all(void)
{
    static struct subscription *subs[SOCKETS];
    const struct hub_hooks hooks = {.wake = drain};
    struct hub *hub = hub_new(1 << 20, &hooks);

    must(hub ? 0 : -1, "hub");
    for (int i = 0; i < SOCKETS; i++) {
        must(hub_subscribe(hub, 1, "orders", &subs[i], &subs[i], &err),
             "subscribe");
        hub_join(subs[i], 0, 0);
    }
    hot_deliver(hub);
    hub_free(hub);
    if (delivered != SOCKETS * EVENTS)
        exit(1);
}

static unsigned long column_bit(const char *name)
{
    const struct order_column *column = order_column_find(name, strlen(name));

    return 1UL << (column - order_columns);
}

/* All of one instrument, the newest 25 of them, each below another price. */
static struct order_view *open_view(int number)
{
    const struct order_view_options options = {.totals = 0};
    struct order_query query = {.owner = actor.user, .limit = 25};
    struct order_load load;
    struct order_view *view;

    must(order_filter_add(&query.filter, QUERY_EQUAL, column_bit("instrument"),
                          "EDF01", 5, "instrument", &err),
         "filter");
    must(order_filter_add_number(&query.filter, QUERY_AT_MOST,
                                 column_bit("price"),
                                 (1000 + number) * DECIMAL_ONE, "price", &err),
         "filter");
    must(order_view_new(&view, &query, &options, &err), "view");
    must(order_view_begin_load(view, &load, &err), "load");
    must(order_load_run(db, NULL, &load, &err), "load");
    order_view_load(view, &load);
    order_load_release(&load);
    return view;
}

/* Of the rows that are seen, and of some that are not. */
void hot_view(struct order_view **views)
{
    int64_t position = order_view_position(views[0]);
    struct order_ready ready[2];

    order_ready_init(&ready[0]);
    order_ready_init(&ready[1]);
    for (int i = 0; i < VIEW_EVENTS; i++) {
        int64_t id = ROWS + CREATES - i;
        struct order before = {.id = id, .owner = actor.user};
        struct order after;
        struct order_view_event event = {.position = position + 1 + i,
                                         .order_id = id,
                                         .before = &ready[0],
                                         .after = &ready[1]};

        must(order_get(db, &actor, id, false, &before, &err), "order");
        after = before;
        after.price += i;
        event.changed = order_columns_changed(&before, &after);
        must(order_ready_set(&ready[0], &before) ? 0 : -1, "ready");
        must(order_ready_set(&ready[1], &after) ? 0 : -1, "ready");
        for (int v = 0; v < VIEWS; v++)
            must(order_view_apply(views[v], &event, &err), "apply");
    }
    order_ready_release(&ready[0]);
    order_ready_release(&ready[1]);
}

static void view_all(void)
{
    struct order_view *views[VIEWS];

    for (int v = 0; v < VIEWS; v++)
        views[v] = open_view(v);
    hot_view(views);
    for (int v = 0; v < VIEWS; v++) {
        if (!order_view_is_covered(views[v]))
            exit(1);
        order_view_free(views[v]);
    }
}

static void open_database(void)
{
    FILE *file = fopen(LWSAPP_SCHEMA, "rb");
    struct user draft = {.username = "demo",
                         .is_active = true,
                         .may_add = true,
                         .may_change = true};
    struct buf schema;
    char piece[4096];
    size_t len;
    int applied;

    must(file ? 0 : -1, LWSAPP_SCHEMA);
    buf_init(&schema, 1 << 20);
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_put(&schema, piece, len);
    fclose(file);
    must(db_open(&db, ":memory:", DB_WRITE, &err), "open");
    must(migrate_run(db, buf_text(&schema), &applied, &err), "migrate");
    buf_release(&schema);
    snprintf(draft.password, sizeof(draft.password), "!");
    must(db_begin(db, &err), "begin");
    must(user_create(db, NULL, &draft, NULL, &draft.id, &err), "user");
    must(db_commit(db, &err), "commit");
    user_to_actor(&draft, &actor);
}

int main(void)
{
    open_database();
    place(ROWS);
    hot_create();
    hot_change();
    hot_list();
    deliver_all();
    view_all();
    db_close(db);
    return 0;
}
