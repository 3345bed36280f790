#include "base/buf.h"
#include "model/orders/order_json.h"
#include "target.h"

#include <string.h>

#include "base/banned.h"

/* Whatever the bytes: no order, or one that is written and read again the
 * same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order order;
    struct order again;
    struct err err = ERR_INIT;
    struct buf json;

    if (order_read_json((const char *)data, size, &order, &err) < 0) {
        must(err.code == ERR_STORE);
        return 0;
    }
    must(memchr(order.instrument, '\0', sizeof(order.instrument)) != NULL);
    must(memchr(order.owner_name, '\0', sizeof(order.owner_name)) != NULL);
    must(memchr(order.client_order_id, '\0', sizeof(order.client_order_id)) !=
         NULL);
    buf_init(&json, 65536);
    order_put_json(&json, NULL, &order);
    must(!json.failed);
    /* What is no UTF-8 is written otherwise. */
    if (order_read_json(json.data, json.len, &again, &err) == 0)
        must(again.id == order.id && again.quantity == order.quantity &&
             again.price == order.price &&
             again.average_price == order.average_price &&
             again.created_us == order.created_us &&
             again.status == order.status && again.side == order.side);
    buf_release(&json);
    return 0;
}
