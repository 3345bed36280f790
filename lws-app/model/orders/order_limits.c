#include "model/orders/order_limits.h"
#include "base/decimal.h"

#include <string.h>

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

/* By more than the quantity times the price. */
static int refuse_value(int64_t limit, int64_t multiplier, struct err *err)
{
    char most[DECIMAL_TEXT_MAX];
    char times[DECIMAL_TEXT_MAX];

    decimal_format(limit, most);
    if (multiplier == DECIMAL_ONE)
        return err_field(err, "quantity",
                         "the value (quantity times price) must be at "
                         "most %s, the limit for one order",
                         most);
    decimal_format(multiplier, times);
    return err_field(err, "quantity",
                     "the value (quantity times price times the multiplier, "
                     "%s) must be at most %s, the limit for one order",
                     times, most);
}

int order_limits_check(const struct order_limits *limits,
                       const struct instrument_terms *terms,
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
                                terms->multiplier, limits->max_notional))
        return refuse_value(limits->max_notional, terms->multiplier, err);
    return 0;
}

static void check_step(const char *field, const char *what, int64_t step,
                       int64_t value, struct err *err)
{
    char text[DECIMAL_TEXT_MAX];

    if (!step || value % step == 0 || err_has_field(err, field))
        return;
    decimal_format(step, text);
    err_field(err, field, "must be a multiple of the %s, %s", what, text);
}

int order_terms_check(const struct instrument_terms *terms,
                      const struct order *now, const struct order *next,
                      struct err *err)
{
    bool is_other = !now || strcmp(now->instrument, next->instrument) != 0;

    if (is_other && terms->is_closed && !err_has_field(err, "instrument"))
        err_field(err, "instrument", "is not active: no new orders");
    if (is_other || now->quantity != next->quantity)
        check_step("quantity", "lot", terms->lot, next->quantity, err);
    if (is_other || now->price != next->price)
        check_step("price", "tick", terms->tick, next->price, err);
    return err->code ? -1 : 0;
}
