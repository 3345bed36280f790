#include "web/api/order_told.h"
#include "base/json.h"
#include "model/accounts/scopes.h"

#include <stdio.h>

#include "base/banned.h"

static const char hidden[] =
    "not in its current state: only a token with orders:read is told why";

bool order_told_all(const struct call *call)
{
    return scope_has(&call->actor, SCOPE_ORDERS_READ);
}

void order_told_put(struct call *call, struct buf *out,
                    const struct order *order)
{
    if (order_told_all(call)) {
        order_put_written(call->db, out, order);
        return;
    }
    json_open(out);
    json_put_int(out, "id", order->id);
    json_close(out);
}

void order_told_hide(const struct call *call, struct err *err)
{
    if (order_told_all(call) ||
        (err->code != ERR_CONFLICT && err->code != ERR_STALE))
        return;
    snprintf(err->text, sizeof(err->text), "%s", hidden);
    for (size_t i = 0; i < err->field_count; i++)
        snprintf(err->fields[i].text, sizeof(err->fields[i].text), "%s",
                 hidden);
}
