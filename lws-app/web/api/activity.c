#include "model/accounts/activity.h"
#include "base/json.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdio.h>

#include "base/banned.h"

#define PAGE_SIZE 20

static const char *const by_words[] = {
    [ACTIVITY_BY_NOBODY] = NULL,
    [ACTIVITY_BY_USER] = "you",
    [ACTIVITY_BY_STAFF] = "staff",
    [ACTIVITY_BY_COMMAND] = "command",
};

static int put_row(void *arg, const struct activity_row *row, struct err *err)
{
    struct buf *body = arg;

    json_open(body);
    json_put_int(body, "id", row->id);
    json_put_time(body, "time", row->time_us);
    json_put_str(body, "action", row->action);
    json_put_str(body, "by", by_words[row->by]);
    json_put_str(body, "address", row->address);
    json_put_raw(body, "changes", row->detail, row->detail_len);
    json_close(body);
    return buf_check(body, err);
}

int me_activity(struct call *call, struct err *err)
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
    if (activity_read(call->db, call->actor.user, args_int(args, "cursor", 0),
                      (int)args_int(args, "page_size", PAGE_SIZE), &next,
                      put_row, body, err) < 0)
        return -1;
    json_close_array(body);
    snprintf(cursor, sizeof(cursor), "%lld", (long long)next);
    link_put(call, "next", "cursor", next ? cursor : NULL);
    json_close(body);
    return 0;
}
