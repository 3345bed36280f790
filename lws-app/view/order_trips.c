#include "view/order_trips.h"
#include "base/buf.h"
#include "base/mem.h"
#include "model/orders/order_column.h"

#include "base/banned.h"

static const struct order *find(const struct order *orders, size_t count,
                                int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (orders[i].id == id)
            return &orders[i];
    return NULL;
}

/* One text, whatever the number of ids: the first one fills it up. */
static int prepare(struct db *db, const int64_t *ids, size_t count,
                   struct db_stmt **stmt, struct err *err)
{
    struct buf sql;
    int rc = -1;

    buf_init(&sql, sizeof(ORDER_SELECT) + 8 * ORDER_TRIP + 64);
    buf_put_text(&sql, ORDER_SELECT "WHERE o.id IN (?1");
    for (int i = 2; i <= ORDER_TRIP; i++)
        buf_printf(&sql, ", ?%d", i);
    buf_put_char(&sql, ')');
    if (buf_check(&sql, err) == 0)
        rc = db_prepare(db, buf_text(&sql), stmt, err);
    buf_release(&sql);
    for (size_t i = 0; rc == 0 && i < ORDER_TRIP; i++)
        db_bind_int(*stmt, (int)i + 1, ids[i < count ? i : 0]);
    return rc;
}

/* *found: how many there are. */
static int read(struct db *db, const int64_t *ids, size_t count,
                struct order *orders, size_t *found, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = prepare(db, ids, count, &stmt, err);

    *found = 0;
    if (rc == 0)
        rc = db_step(stmt, err);
    while (rc == 1 && *found < count) {
        order_from_row(stmt, &orders[(*found)++]);
        rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int give(struct db *db, const int64_t *ids, size_t count,
                struct order *orders, order_row_fn *fn, void *arg,
                struct err *err)
{
    size_t found;

    if (read(db, ids, count, orders, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct order *order = find(orders, found, ids[i]);

        if (!order)
            return err_set(err, ERR_STORE,
                           "an order left within its own snapshot");
        if (fn(arg, order, err) < 0)
            return -1;
    }
    return 0;
}

int order_trips_give(struct db *db, const int64_t *ids, size_t count,
                     order_row_fn *fn, void *arg, struct err *err)
{
    struct order *orders = mem_alloc(ORDER_TRIP * sizeof(*orders));
    int rc = 0;

    if (!orders)
        return err_set(err, ERR_NOMEM, "no memory for a page");
    for (size_t i = 0; i < count && rc == 0; i += ORDER_TRIP) {
        size_t left = count - i;

        rc = give(db, ids + i, left < ORDER_TRIP ? left : ORDER_TRIP, orders,
                  fn, arg, err);
    }
    mem_free(orders);
    return rc;
}
