#include "base/json.h"
#include "base/log.h"
#include "model/accounts/presence.h"
#include "model/accounts/session.h"
#include "model/accounts/ticket.h"
#include "model/accounts/token.h"
#include "model/accounts/user_query.h"
#include "model/audit_query.h"
#include "model/check.h"
#include "model/log/control.h"
#include "model/log/meta.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"
#include "target.h"
#include "view/order_cache.h"
#include "view/order_export.h"
#include "view/order_list.h"
#include "world.h"

#include <stdio.h>

#include "base/banned.h"

/*
 * A database whose rows somebody else wrote: any kind of value in any column.
 * Whatever is read from it is a row or an error. An input is a list of values,
 * each: where (table and column), which row, of which kind, how long, bytes.
 */
static const struct {
    const char *table;
    const char *column;
} places[] = {
    {"orders", "instrument"},    {"orders", "side"},
    {"orders", "quantity"},      {"orders", "price"},
    {"orders", "status"},        {"orders", "filled_quantity"},
    {"orders", "average_price"}, {"orders", "client_order_id"},
    {"orders", "version"},       {"orders", "position"},
    {"orders", "all_position"},  {"orders", "created"},
    {"orders", "updated"},       {"orders", "owner"},
    {"event", "owner"},          {"event", "position"},
    {"event", "order_id"},       {"event", "kind"},
    {"event", "actor"},          {"event", "address"},
    {"event", "time"},           {"event", "body"},
    {"event", "previous"},       {"stream", "position"},
    {"stream", "order_count"},   {"tombstone", "position"},
    {"tombstone", "order_id"},   {"tombstone", "client_order_id"},
    {"control", "user"},         {"control", "kind"},
    {"control", "which"},        {"control", "time"},
    {"audit", "time"},           {"audit", "actor"},
    {"audit", "address"},        {"audit", "action"},
    {"audit", "subject"},        {"audit", "detail"},
    {"user", "username"},        {"user", "username_folded"},
    {"user", "password"},        {"user", "password_is_default"},
    {"user", "email"},           {"user", "first_name"},
    {"user", "is_active"},       {"user", "is_staff"},
    {"user", "may_add"},         {"user", "last_login"},
    {"user", "date_joined"},     {"session", "user"},
    {"session", "address"},      {"session", "user_agent"},
    {"session", "created"},      {"session", "last_used"},
    {"session", "expires"},      {"token", "user"},
    {"token", "name"},           {"token", "scopes"},
    {"token", "last_used"},      {"token", "expires"},
    {"meta", "value"},           {"ticket", "session"},
    {"ticket", "token"},         {"ticket", "expires"},
};
#define PLACES (sizeof(places) / sizeof(places[0]))
#define ROWS                                                                   \
    "INSERT INTO control (\"user\", kind, which, time) VALUES "                \
    "(2, 'rights', NULL, 5), (2, 'session_ended', 1, 6);"                      \
    "INSERT INTO audit (time, actor, address, action, subject, detail) "       \
    "VALUES (5, 1, '::1', 'user.change', 2, '{}');"                            \
    "INSERT INTO ticket SELECT hash, \"user\", NULL, id, expires FROM token "  \
    "WHERE id = 2"

static struct db *open_world(void)
{
    static struct db *db;
    struct err err = ERR_INIT;

    if (db)
        return db;
    log_set_level(LOG_ERROR);
    must(db_open(&db, ":memory:", DB_WRITE, &err) == 0);
    world_make(db);
    must(db_exec(db, ROWS "; PRAGMA foreign_keys = off", &err) == 0);
    return db;
}

/* A value of the kind asked for; huge: much longer than any column may be. */
static void bind(struct db_stmt *stmt, unsigned kind, const uint8_t *bytes,
                 size_t len)
{
    static char huge[70000];
    int64_t number = 0;

    memcpy(&number, bytes, len < sizeof(number) ? len : sizeof(number));
    switch (kind) {
    case 0: db_bind_int(stmt, 1, number); return;
    case 1: db_bind_null(stmt, 1); return;
    case 2: db_bind_text(stmt, 1, (const char *)bytes, len); return;
    case 3: db_bind_blob(stmt, 1, bytes, len); return;
    default: break;
    }
    memset(huge, len ? bytes[0] : 'x', sizeof(huge));
    db_bind_text(stmt, 1, huge, sizeof(huge));
}

/* Some values the engine itself refuses: a key that is there already. */
static size_t spoil(struct db *db, const uint8_t *data, size_t size)
{
    size_t len = size > 3 ? data[2] % 64 : 0;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    char sql[160];

    if (size < 4)
        return size;
    if (len > size - 4)
        len = size - 4;
    snprintf(sql, sizeof(sql),
             "UPDATE OR IGNORE \"%s\" SET \"%s\" = ?1 WHERE rowid IN (SELECT "
             "rowid FROM \"%s\" LIMIT 1 OFFSET %d)",
             places[data[0] % PLACES].table, places[data[0] % PLACES].column,
             places[data[0] % PLACES].table, data[1] % 4);
    must(db_prepare(db, sql, &stmt, &err) == 0);
    bind(stmt, data[3] % 5, data + 4, len);
    must(db_run(&stmt, &err) == 0 || err.code == ERR_CONFLICT);
    return 4 + len;
}

static bool is_ended(const char *text, size_t max)
{
    return memchr(text, '\0', max) != NULL;
}

static int take_order(void *arg, const struct order *order, struct err *err)
{
    struct buf *out = arg;

    (void)err;
    must(is_ended(order->instrument, sizeof(order->instrument)));
    must(is_ended(order->owner_name, sizeof(order->owner_name)));
    must(is_ended(order->client_order_id, sizeof(order->client_order_id)));
    must(order_side_name(order->side) != NULL);
    must(order_status_name(order->status) != NULL);
    order_put_json(out, NULL, order);
    return 0;
}

static int take_user(void *arg, const struct user *user, struct err *err)
{
    struct buf *out = arg;

    (void)err;
    must(is_ended(user->username, sizeof(user->username)));
    must(is_ended(user->email, sizeof(user->email)));
    user_put_json(out, NULL, user);
    return 0;
}

static int take_event(void *arg, const struct event *event, struct err *err)
{
    (void)err;
    event_put_json(arg, "orders", event->position, event);
    event_encode(arg, event);
    return 0;
}

static int take_history(void *arg, const struct history_row *row,
                        struct err *err)
{
    struct err ignored = ERR_INIT;

    (void)err;
    must(is_ended(row->actor, sizeof(row->actor)));
    must(is_ended(row->address, sizeof(row->address)));
    history_put_changes(arg, "changes", row, &ignored);
    return 0;
}

static int take_audit(void *arg, const struct audit_row *row, struct err *err)
{
    if (row->event)
        return take_history(arg, row->event, err);
    json_put_str(arg, NULL, row->actor);
    json_put_str(arg, NULL, row->action);
    json_put_str(arg, NULL, row->subject);
    json_put_str_len(arg, NULL, row->detail, row->detail_len);
    return 0;
}

static int take_session(void *arg, const struct session *session,
                        struct err *err)
{
    (void)err;
    must(is_ended(session->address, sizeof(session->address)));
    must(is_ended(session->user_agent, sizeof(session->user_agent)));
    json_put_str(arg, NULL, session->user_agent);
    return 0;
}

static void take_fault(void *arg, const char *fault)
{
    (void)arg;
    must(*fault != '\0');
}

/* Every error is one of the store's or of rows that are not there. */
static void judge(int rc, struct err *err)
{
    must((rc < 0) == (err->code != ERR_NONE));
    err_clear(err);
}

static void read_orders(struct db *db, struct buf *out)
{
    struct order_cache *cache = order_cache_new(1 << 20, 0);
    static struct order_query query;
    struct order_list list;
    struct err err = ERR_INIT;
    unsigned long searched = 0;

    for (size_t i = 0; i < order_columns_count; i++) {
        if (order_columns[i].flags & COLUMN_SEARCH)
            searched |= 1UL << i;
    }
    for (int i = 0; i < 4; i++) {
        order_query_release(&query);
        query.owner = i % 2 ? 2 : STREAM_ALL;
        query.limit = 10;
        query.totals = true;
        query.order_count = 1;
        query.orders[0].column = (size_t)i + 3;
        must(order_filter_add(&query.filter, QUERY_CONTAINS, searched, "e", 1,
                              "search", &err) == 0);
        judge(order_list_run(db, i / 2 ? cache : NULL, &query, &list,
                             take_order, out, &err),
              &err);
    }
    order_cache_free(cache);
}

static void read_log(struct db *db, struct buf *out)
{
    static struct audit_query audit;
    struct err err = ERR_INIT;
    struct control controls[4];
    struct actor staff = {.user = 1, .is_active = true, .is_staff = true};
    int64_t to = 0;
    int64_t next = 0;
    bool more = false;

    for (int64_t owner = 0; owner < 3; owner++) {
        judge(event_read(db, owner, 0, 10, take_event, out, &err) < 0 ? -1 : 0,
              &err);
        buf_clear(out);
        judge(stream_replay(db, owner, "orders", 0, out, &to, &err), &err);
        buf_clear(out);
        judge(stream_fold(db, owner, "orders", 0, out, &to, &more, &err), &err);
        judge(stream_position(db, owner, &to, &next, &err), &err);
    }
    for (int64_t id = 1; id < 5; id++)
        judge(history_of_order(db, &staff, id, 0, 10, &next, take_history, out,
                               &err),
              &err);
    audit = (struct audit_query){
        .since_us = INT64_MIN, .until_us = INT64_MAX, .max = 20};
    judge(audit_query_run(db, &audit, &more, take_audit, out, &err), &err);
    judge(control_read(db, 0, controls, 4, &err) < 0 ? -1 : 0, &err);
}

static void read_accounts(struct db *db, struct buf *out)
{
    static struct user user;
    static struct user_query query;
    struct token tokens[4];
    struct actor actor;
    struct err err = ERR_INIT;
    struct meta meta;
    int64_t count = 0;
    bool touch = false;

    for (int64_t id = 1; id < 4; id++)
        judge(user_get(db, id, &user, &err), &err);
    judge(user_find(db, "trader", &user, &err), &err);
    query.limit = 10;
    judge(user_query_run(db, &query, &count, take_user, out, &err), &err);
    judge(session_find(db, WORLD_COOKIE, &actor, &touch, &err), &err);
    judge(token_find(db, WORLD_TRADER, &actor, &touch, &err), &err);
    judge(token_find(db, WORLD_READER, &actor, &touch, &err), &err);
    judge(token_list(db, 2, tokens, 4, &err) < 0 ? -1 : 0, &err);
    judge(session_each(db, 1, 4, take_session, out, &err) < 0 ? -1 : 0, &err);
    judge(ticket_redeem(db, WORLD_TRADER, &actor, &err), &err);
    judge(meta_read(db, &meta, &err), &err);
}

static void write_orders(struct db *db)
{
    static struct order order;
    static struct order_draft draft;
    struct actor staff = {
        .user = 1, .is_active = true, .is_staff = true, .may_add = true};
    struct err err = ERR_INIT;

    memset(&draft, 0, sizeof(draft));
    must(order_draft_set(&draft, "price", "5", 1, &err) == 0);
    judge(order_change(db, &staff, 1, &draft, false, 0, &order, &err), &err);
    judge(order_remove(db, &staff, 2, 0, &order, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct db *db = open_world();
    struct err err = ERR_INIT;
    struct buf out;

    buf_init(&out, 16 << 20);
    must(db_begin(db, &err) == 0);
    while (size) {
        size_t used = spoil(db, data, size);

        data += used;
        size -= used;
    }
    read_orders(db, &out);
    read_log(db, &out);
    read_accounts(db, &out);
    judge(check_run(db, take_fault, NULL, &err) < 0 ? -1 : 0, &err);
    write_orders(db);
    db_abort(db);
    buf_release(&out);
    return 0;
}
