#include "shelf.h"
#include "base/buf.h"
#include "store/migrate.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static void exec(struct db *db, const char *sql)
{
    struct err err = ERR_INIT;

    if (db_exec(db, sql, &err) < 0)
        fail_msg("%s: %s", sql, err.text);
}

int shelf_open(void **state)
{
    FILE *file = fopen(LWSAPP_SCHEMA, "rb");
    struct buf schema;
    struct db *db = NULL;
    struct err err = ERR_INIT;
    char bytes[4096];
    size_t len;
    int applied;

    assert_non_null(file);
    buf_init(&schema, 1 << 20);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(&schema, bytes, len);
    fclose(file);
    assert_int_equal(db_open(&db, ":memory:", DB_WRITE, &err), 0);
    assert_int_equal(migrate_run(db, buf_text(&schema), &applied, &err), 0);
    buf_release(&schema);
    exec(db, "INSERT INTO \"user\" (id, username, username_folded, password, "
             "date_joined) VALUES (1, 'ann', 'ann', '!', 0), "
             "(2, 'Bob', 'bob', '!', 0)");
    *state = db;
    return 0;
}

int shelf_close(void **state)
{
    db_close(*state);
    return 0;
}

void shelf_put(struct db *db, int64_t owner, const char *values, int64_t when)
{
    char sql[1200];

    snprintf(
        sql, sizeof(sql),
        "INSERT INTO stream (owner, position, order_count) VALUES (%lld, 1, 1) "
        "ON CONFLICT (owner) DO UPDATE SET position = position + 1, "
        "order_count = order_count + 1;"
        "INSERT INTO event (owner, position, order_id, kind, address, time, "
        "body) SELECT owner, position, 0, 'data.new', '', 0, '' FROM stream "
        "WHERE owner = %lld;"
        "INSERT INTO orders (owner, version, position, all_position, created, "
        "updated, instrument, side, quantity, price, status, filled_quantity, "
        "average_price, client_order_id) SELECT owner, 1, position, "
        "(SELECT MAX(id) FROM event), %lld, %lld, %s FROM stream "
        "WHERE owner = %lld",
        (long long)owner, (long long)owner, (long long)when * 1000000,
        (long long)when * 1000000, values, (long long)owner);
    exec(db, sql);
}

unsigned long shelf_column(const char *name)
{
    const struct order_column *column = order_column_find(name, strlen(name));

    assert_non_null(column);
    return 1UL << (column - order_columns);
}

unsigned long shelf_searchable(void)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < order_columns_count; i++)
        columns |= order_columns[i].flags & COLUMN_SEARCH ? 1UL << i : 0;
    return columns;
}
