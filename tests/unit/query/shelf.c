#include "shelf.h"
#include "support/database.h"

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
    struct db *db = database_open();

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
        "ON CONFLICT (owner) DO UPDATE SET position = stream.position + 1, "
        "order_count = stream.order_count + 1;"
        "INSERT INTO event (id, owner, position, order_id, kind, address, "
        "time, "
        "body) SELECT (SELECT COALESCE(MAX(id), 0) + 1 FROM event), owner, "
        "position, 0, 'data.new', '', 0, '' FROM stream "
        "WHERE owner = %lld;"
        "INSERT INTO orders (id, owner, version, position, all_position, "
        "created, "
        "updated, instrument, side, quantity, price, status, filled_quantity, "
        "average_price, client_order_id) SELECT (SELECT COALESCE(MAX(id), 0) "
        "+ 1 FROM orders), owner, 1, position, "
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
