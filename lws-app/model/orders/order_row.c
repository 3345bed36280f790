#include "model/orders/order_row.h"
#include "model/orders/order_column.h"

#include <pthread.h>
#include <stdio.h>
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

/* Made once from the column table. Parameters: the owner, the position in the
 * stream of all, and the columns in their order. */
static struct {
    char insert[1024];
    char update[1024];
    char move[1024];
} texts;
#define OWNER_PARAM 1
#define ALL_POSITION_PARAM 2
#define KEY_PARAM 3

static void put_columns(struct buf *names, struct buf *values, struct buf *sets)
{
    int param = KEY_PARAM;

    for (size_t i = 0; i < order_columns_count; i++) {
        const char *name = order_columns[i].name;

        if (i == ORDER_COLUMN_OWNER)
            continue;
        buf_printf(names, ", %s", name);
        buf_printf(values, ", ?%d", param); /* of the column table */
        if (param != KEY_PARAM)
            buf_printf(sets, ", %s = ?%d", name, param);
        param++;
    }
}

static void make_texts(void)
{
    struct buf names;
    struct buf values;
    struct buf sets;

    buf_init(&names, sizeof(texts.insert));
    buf_init(&values, sizeof(texts.insert));
    buf_init(&sets, sizeof(texts.update));
    put_columns(&names, &values, &sets);
    /* From the column table. */
    snprintf(texts.insert, sizeof(texts.insert),
             "INSERT INTO orders (owner, all_position%s) VALUES (?1, ?2%s)",
             buf_text(&names), buf_text(&values));
    /* The owner stands in two indexes more, which a plain change leaves alone:
     * from the column table, too. */
    snprintf(texts.update, sizeof(texts.update),
             "UPDATE orders SET all_position = ?2%s "
             "WHERE id = ?3 AND owner = ?1",
             buf_text(&sets));
    snprintf(texts.move, sizeof(texts.move), /* from the column table */
             "UPDATE orders SET all_position = ?2%s, owner = ?1 WHERE id = ?3",
             buf_text(&sets));
    buf_release(&names);
    buf_release(&values);
    buf_release(&sets);
}

static pthread_once_t texts_once = PTHREAD_ONCE_INIT;

#define BIND(kind, NAME, wire_name, member, bound, may, text)                  \
    BIND_##kind(member, bound);
#define BIND_KEY(member, bound) db_bind_int(stmt, param++, order->member)
#define BIND_INT(member, bound) db_bind_int(stmt, param++, order->member)
#define BIND_TIME(member, bound) db_bind_int(stmt, param++, order->member)
#define BIND_DECIMAL(member, bound) db_bind_int(stmt, param++, order->member)
#define BIND_DECIMAL_OR_NULL(member, bound)                                    \
    db_bind_optional(stmt, param++, order->has_##member, order->member)
#define BIND_CHOICE(member, bound)                                             \
    db_bind_str(stmt, param++, order_##bound##_name(order->member))
#define BIND_TEXT(member, bound) db_bind_str(stmt, param++, order->member)
#define BIND_TEXT_OR_NULL(member, bound)                                       \
    db_bind_str(stmt, param++, order->member[0] ? order->member : NULL)
#define BIND_OWNER(member, bound)

static void bind_order(struct db_stmt *stmt, const struct order *order)
{
    int param = KEY_PARAM;

    db_bind_int(stmt, OWNER_PARAM, order->owner);
    db_bind_int(stmt, ALL_POSITION_PARAM, order->all_position);
    ORDER_COLUMNS(BIND)
}

int order_row_insert(struct db *db, const struct order *order, struct err *err)
{
    struct db_stmt *stmt = NULL;

    pthread_once(&texts_once, make_texts);
    if (db_prepare(db, texts.insert, &stmt, err) < 0)
        return -1;
    bind_order(stmt, order);
    db_bind_key(stmt, (uint64_t)order->id);
    if (order->client_order_id[0])
        db_bind_key(stmt, key_of_bearer(order->owner, order->client_order_id));
    db_merge(stmt);
    return db_run(&stmt, err);
}

int order_row_update(struct db *db, const struct order *now,
                     const struct order *order, struct err *err)
{
    struct db_stmt *stmt = NULL;
    bool moved = now->owner != order->owner;

    pthread_once(&texts_once, make_texts);
    if (db_prepare(db, moved ? texts.move : texts.update, &stmt, err) < 0)
        return -1;
    bind_order(stmt, order);
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
