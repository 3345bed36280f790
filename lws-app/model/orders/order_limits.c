#include "model/orders/order_limits.h"
#include "base/decimal.h"

#include "base/banned.h"

static int read_limits(struct db *db, int64_t owner,
                       struct order_limits *limits, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (db_prepare(db,
                   "SELECT max_quantity, max_notional FROM \"user\" "
                   "WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, owner);
    rc = db_step(stmt, err);
    if (rc == 1) {
        limits->max_quantity = db_int(stmt, 0);
        limits->max_notional = db_int(stmt, 1);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int order_limits_of(struct db *db, const struct actor *actor, int64_t owner,
                    struct order_limits *limits, struct err *err)
{
    *limits = actor->limits;
    if (owner == actor->user)
        return 0;
    return read_limits(db, owner, limits, err);
}

int order_limits_check(const struct order_limits *limits,
                       const struct order *order, struct err *err)
{
    char most[DECIMAL_TEXT_MAX];

    if (err_has_field(err, "quantity"))
        return -1;
    if (limits->max_quantity && order->quantity > limits->max_quantity) {
        decimal_format(limits->max_quantity, most);
        return err_field(err, "quantity",
                         "must be at most %s, the limit for one order", most);
    }
    if (limits->max_notional &&
        decimal_product_exceeds(order->quantity, order->price,
                                limits->max_notional)) {
        decimal_format(limits->max_notional, most);
        return err_field(err, "quantity",
                         "the value (quantity times price) must be at "
                         "most %s, the limit for one order",
                         most);
    }
    return 0;
}
