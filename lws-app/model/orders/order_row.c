#include "model/orders/order_row.h"
#include "model/orders/order_column.h"

#include <string.h>

#include "base/banned.h"

/* What a row is, or bears, for db_bind_key(): an id, or a client_order_id of an
 * owner (FNV-1a). */
static uint64_t key_of_bearer(int64_t owner, const char *client_order_id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)owner;

    for (const char *at = client_order_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    return hash;
}

static int prepare_load(struct db *db, int64_t id, struct db_stmt **stmt,
                        struct err *err)
{
    if (db_prepare(db, ORDER_SELECT "WHERE o.id = ?1", stmt, err) < 0)
        return -1;
    db_bind_int(*stmt, 1, id);
    db_bind_key(*stmt, (uint64_t)id);
    return 0;
}

void order_row_foresee(struct db *db, int64_t id)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (prepare_load(db, id, &stmt, &err) == 0)
        db_foresee(&stmt);
}

int order_row_load(struct db *db, int64_t id, struct order *order,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (prepare_load(db, id, &stmt, err) < 0)
        goto out;
    rc = db_step(stmt, err);
    if (rc == 1)
        order_from_row(stmt, order);
    else if (rc == 0)
        rc = err_set(err, ERR_MISSING, "there is no order %lld", (long long)id);
out:
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* Parameters 1 to 13: all that a change may change, save the owner. */
static void bind_content(struct db_stmt *stmt, const struct order *order)
{
    const char *client_order_id = order->client_order_id;

    db_bind_str(stmt, 1, order->instrument);
    db_bind_str(stmt, 2, order_side_name(order->side));
    db_bind_int(stmt, 3, order->quantity);
    db_bind_int(stmt, 4, order->price);
    db_bind_str(stmt, 5, order_status_name(order->status));
    db_bind_int(stmt, 6, order->filled_quantity);
    db_bind_optional(stmt, 7, order->has_average_price, order->average_price);
    db_bind_str(stmt, 8, client_order_id[0] ? client_order_id : NULL);
    db_bind_int(stmt, 9, order->version);
    db_bind_int(stmt, 10, order->position);
    db_bind_int(stmt, 11, order->all_position);
    db_bind_int(stmt, 12, order->updated_us);
    db_bind_int(stmt, 13, order->owner);
}

int order_row_insert(struct db *db, const struct order *order, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "INSERT INTO orders (instrument, side, quantity, price, "
                   "status, filled_quantity, average_price, client_order_id, "
                   "version, position, all_position, updated, owner, created, "
                   "id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                   "?12, ?13, ?12, ?14)",
                   &stmt, err) < 0)
        return -1;
    bind_content(stmt, order);
    db_bind_int(stmt, 14, order->id);
    db_bind_key(stmt, (uint64_t)order->id);
    if (order->client_order_id[0])
        db_bind_key(stmt, key_of_bearer(order->owner, order->client_order_id));
    db_merge(stmt);
    return db_run(&stmt, err);
}

/* The owner stands in two indexes more, which a plain change leaves alone. */
#define UPDATE_CONTENT                                                         \
    "UPDATE orders SET instrument = ?1, side = ?2, quantity = ?3, "            \
    "price = ?4, status = ?5, filled_quantity = ?6, average_price = ?7, "      \
    "client_order_id = ?8, version = ?9, position = ?10, "                     \
    "all_position = ?11, updated = ?12"

int order_row_update(struct db *db, const struct order *now,
                     const struct order *order, struct err *err)
{
    struct db_stmt *stmt = NULL;
    const char *sql = UPDATE_CONTENT " WHERE id = ?14 AND owner = ?13";
    bool moved = now->owner != order->owner;

    if (moved)
        sql = UPDATE_CONTENT ", owner = ?13 WHERE id = ?14";
    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    bind_content(stmt, order);
    db_bind_int(stmt, 14, order->id);
    if (!moved && !strcmp(now->client_order_id, order->client_order_id))
        db_bind_key(stmt, (uint64_t)order->id);
    return db_run(&stmt, err);
}

int order_row_delete(struct db *db, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "DELETE FROM orders WHERE id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    return db_run(&stmt, err);
}

int order_row_bury(struct db *db, int64_t stream, const struct order *order,
                   int64_t position, const char *client_order_id,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "INSERT INTO tombstone (stream, order_id, position, "
                   "client_order_id) VALUES (?1, ?2, ?3, ?4)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, stream);
    db_bind_int(stmt, 2, order->id);
    db_bind_int(stmt, 3, position);
    db_bind_str(stmt, 4,
                client_order_id && client_order_id[0] ? client_order_id : NULL);
    return db_run(&stmt, err);
}

int order_row_unbury(struct db *db, int64_t stream, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "DELETE FROM tombstone WHERE stream = ?1 AND order_id = ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, stream);
    db_bind_int(stmt, 2, id);
    return db_run(&stmt, err);
}

static int prepare_bearer(struct db *db, int64_t owner,
                          const char *client_order_id, int64_t id,
                          struct db_stmt **stmt, struct err *err)
{
    if (db_prepare(db,
                   "SELECT o.id, 0 FROM orders o "
                   "WHERE o.owner = ?1 AND o.client_order_id = ?2 "
                   "AND o.id <> ?3 UNION ALL "
                   "SELECT t.order_id, 1 FROM tombstone t "
                   "WHERE t.stream = ?1 AND t.client_order_id = ?2 "
                   "AND t.order_id <> ?3 LIMIT 1",
                   stmt, err) < 0)
        return -1;
    db_bind_int(*stmt, 1, owner);
    db_bind_str(*stmt, 2, client_order_id);
    db_bind_int(*stmt, 3, id);
    db_bind_key(*stmt, key_of_bearer(owner, client_order_id));
    return 0;
}

void order_row_foresee_bearer(struct db *db, int64_t owner,
                              const char *client_order_id)
{
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;

    if (prepare_bearer(db, owner, client_order_id, 0, &stmt, &err) == 0)
        db_foresee(&stmt);
}

int order_row_bearer(struct db *db, int64_t owner, const char *client_order_id,
                     int64_t id, struct order_bearer *bearer, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *bearer = (struct order_bearer){.id = 0};
    if (prepare_bearer(db, owner, client_order_id, id, &stmt, err) < 0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1) {
        bearer->id = db_int(stmt, 0);
        bearer->is_dead = db_int(stmt, 1) != 0;
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}
