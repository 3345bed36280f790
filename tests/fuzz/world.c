#include "world.h"
#include "base/buf.h"
#include "base/secret.h"
#include "model/log/meta.h"
#include "model/orders/order.h"
#include "store/migrate.h"
#include "target.h"

#include <stdio.h>

#include "base/banned.h"

#define USERS                                                                  \
    "INSERT INTO \"user\" (id, username, username_folded, password, "          \
    "is_staff, is_superuser, date_joined) VALUES "                             \
    "(1, 'boss', 'boss', '!', 1, 1, 0), "                                      \
    "(2, 'trader', 'trader', '!', 0, 0, 0), "                                  \
    "(3, '\xC3\x89toile', '\xC3\xA9toile', '!', 0, 0, 0)"
#define EPOCH "UPDATE meta SET value = '" WORLD_EPOCH "' WHERE key = 'epoch'"
/* Long after anybody fuzzes. */
#define EXPIRES INT64_C(4102444800000000)

const char *world_schema(void)
{
    static struct buf schema;
    char bytes[4096];
    size_t len;
    FILE *file;

    if (schema.len)
        return buf_text(&schema);
    file = fopen(LWSAPP_SCHEMA, "rb");
    must(file != NULL);
    buf_init(&schema, 1 << 20);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(&schema, bytes, len);
    fclose(file);
    return buf_text(&schema);
}

static void add_login(struct db *db, const char *sql, const char *secret,
                      int64_t user, const char *scopes)
{
    uint8_t hash[SECRET_DIGEST];
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    secret_sha256(secret, strlen(secret), hash);
    must(db_prepare(db, sql, &stmt, &err) == 0);
    db_bind_blob(stmt, 1, hash, sizeof(hash));
    db_bind_int(stmt, 2, user);
    db_bind_str(stmt, 3, scopes);
    db_bind_int(stmt, 4, EXPIRES);
    must(db_run(&stmt, &err) == 0);
}

static void add_logins(struct db *db)
{
    static const char token[] =
        "INSERT INTO token (hash, \"user\", name, scopes, created, expires) "
        "VALUES (?1, ?2, 'fuzz', ?3, 1, ?4)";
    static const char session[] =
        "INSERT INTO session (hash, \"user\", address, user_agent, created, "
        "last_used, expires) VALUES (?1, ?2, '::1', ?3, 1, ?4, ?4)";

    add_login(db, token, WORLD_BOSS, 1, "");
    add_login(db, token, WORLD_TRADER, 2, "");
    add_login(db, token, WORLD_READER, 2, "orders:read ");
    add_login(db, session, WORLD_COOKIE, 1, "a browser");
}

static void set(struct order_draft *draft, const char *name, const char *value)
{
    struct err err = ERR_INIT;

    must(order_draft_set(draft, name, value, strlen(value), &err) == 0);
}

static void add_order(struct db *db, const char *owner, const char *instrument,
                      const char *price)
{
    static struct order_draft draft;
    static struct order order;
    struct actor command = {.user = 0};
    struct err err = ERR_INIT;
    bool existing = false;

    memset(&draft, 0, sizeof(draft));
    set(&draft, "owner", owner);
    set(&draft, "instrument", instrument);
    set(&draft, "quantity", "100");
    set(&draft, "price", price);
    must(order_place(db, &command, &draft, &order, &existing, &err) == 0);
}

static void add_orders(struct db *db)
{
    static struct order order;
    static struct order_draft draft;
    struct actor command = {.user = 0};
    struct err err = ERR_INIT;

    add_order(db, "trader", "EDF01", "338.67");
    add_order(db, "trader", "AXA 02", "-0.5");
    add_order(db, "boss", "\xC3\x89toile", "7");
    add_order(db, "trader", "gone", "1");
    must(order_remove(db, &command, 4, 0, &order, &err) == 0);
    set(&draft, "price", "339");
    must(order_change(db, &command, 1, &draft, false, 0, &order, &err) == 0);
}

void world_make(struct db *db)
{
    struct err err = ERR_INIT;
    struct meta meta;
    int applied;

    must(migrate_run(db, world_schema(), &applied, &err) == 0);
    must(meta_prepare(db, &meta, &err) == 0);
    must(db_begin(db, &err) == 0);
    must(db_exec(db, USERS, &err) == 0 && db_exec(db, EPOCH, &err) == 0);
    add_logins(db);
    add_orders(db);
    must(db_commit(db, &err) == 0);
}
