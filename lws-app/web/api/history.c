#include "model/orders/history.h"
#include "base/json.h"
#include "base/mem.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdio.h>

#include "base/banned.h"

#define PAGE_SIZE 20
#define STAFF "staff" /* whoever it was */

static int put_row(void *arg, const struct history_row *row, struct err *err)
{
    struct buf *body = arg;

    json_open(body);
    json_put_int(body, "event", row->id);
    json_put_str(body, "kind", event_kind_name(row->kind));
    json_put_time(body, "time", row->time_us);
    json_put_str(body, "actor",
                 row->is_by_staff ? STAFF
                 : row->has_actor ? row->actor
                                  : NULL);
    json_put_str(body, "address", row->is_by_staff ? NULL : row->address);
    json_put_str(body, "owner", row->owner_name);
    json_put_int(body, "position", row->position);
    json_put_bool(body, "correction", row->is_correction);
    if (history_put_changes(body, "changes", row, err) < 0)
        return -1;
    json_put_raw(body, "order", row->body, row->body_len);
    json_close(body);
    return buf_check(body, err);
}

int order_history(struct call *call, struct err *err)
{
    const struct params *args = &call->request->args;
    struct buf *body = &call->response->body;
    char cursor[24];
    int64_t next;

    if (args_check(args, call->route->query, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_open_array(body, "results");
    if (history_of_order(call->db, &call->actor, call->id,
                         args_int(args, "cursor", 0),
                         (int)args_int(args, "page_size", PAGE_SIZE), &next,
                         put_row, body, err) < 0)
        return -1;
    json_close_array(body);
    snprintf(cursor, sizeof(cursor), "%lld", (long long)next);
    link_put(call, "next", "cursor", next ? cursor : NULL);
    json_close(body);
    return 0;
}
