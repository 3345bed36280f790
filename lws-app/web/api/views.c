#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/audit.h"
#include "model/accounts/user.h"
#include "model/log/control.h"
#include "model/log/event.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

#define PAGE_SIZE 20

struct found {
    struct view_row *list;
    size_t count;
    size_t cap;
};

static int keep(struct found *found, const struct view_row *row,
                struct err *err)
{
    if (found->count == found->cap) {
        size_t cap = found->cap ? found->cap * 2 : 16;
        struct view_row *list = mem_realloc(found->list, cap * sizeof(*list));

        if (!list)
            return err_set(err, ERR_NOMEM, "no memory for a list of views");
        found->list = list;
        found->cap = cap;
    }
    found->list[found->count++] = *row;
    return 0;
}

static int dearest_first(const void *a, const void *b)
{
    const struct view_row *x = a;
    const struct view_row *y = b;

    if (x->engine_us_1s != y->engine_us_1s)
        return x->engine_us_1s < y->engine_us_1s ? 1 : -1;
    return (x->id < y->id) - (x->id > y->id);
}

static int find_views(struct call *call, struct found *found, struct err *err)
{
    struct view_walk walk = {.worker = 0};
    struct view_row row;

    while (view_list_next(call->web->view_list, &walk, &row)) {
        if (keep(found, &row, err) < 0)
            return -1;
    }
    if (found->count)
        qsort(found->list, found->count, sizeof(found->list[0]), dearest_first);
    return 0;
}

static int put_name(struct call *call, const char *key, const char *before,
                    int64_t id, struct err *err)
{
    char name[sizeof("user:") + USERNAME_MAX];
    struct user user;

    if (user_get(call->db, id, &user, err) < 0)
        return -1;
    snprintf(name, sizeof(name), "%s%s", before, user.username);
    json_put_str(&call->response->body, key, name);
    return 0;
}

static int put_stream(struct call *call, const struct view_row *row,
                      struct err *err)
{
    struct buf *body = &call->response->body;

    if (row->owner < 0)
        json_put_null(body, "stream");
    else if (row->owner == STREAM_ALL)
        json_put_str(body, "stream", "all");
    else if (row->owner == row->user)
        json_put_str(body, "stream", "orders");
    else
        return put_name(call, "stream", "user:", row->owner, err);
    return 0;
}

static int put_view(struct call *call, const struct view_row *row,
                    struct err *err)
{
    struct buf *body = &call->response->body;

    json_open(body);
    json_put_int(body, "id", row->id);
    json_put_int(body, "user", row->user);
    if (put_name(call, "username", "", row->user, err) < 0)
        return -1;
    json_put_str(body, "name", row->name);
    if (put_stream(call, row, err) < 0)
        return -1;
    json_put_int(body, "worker", (int64_t)row->worker);
    if (row->socket)
        json_put_int(body, "socket", row->socket);
    else
        json_put_null(body, "socket");
    json_put_int(body, "engine_us", row->engine_us);
    json_put_int(body, "engine_us_per_s", row->engine_us_1s);
    json_put_int(body, "bytes", row->bytes);
    json_put_int(body, "sharers", row->sharers);
    json_put_time(body, "opened", row->opened_us);
    json_close(body);
    return 0;
}

static int put_list(struct call *call, const struct found *found,
                    struct err *err)
{
    const struct params *args = &call->request->args;
    struct buf *body = &call->response->body;
    size_t size = (size_t)args_int(args, "page_size", PAGE_SIZE);
    size_t page = (size_t)args_int(args, "page", 1);
    size_t from = (page - 1) * size;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "count", (int64_t)found->count);
    link_put_pages(call, (int64_t)page, from + size < found->count);
    json_open_array(body, "results");
    for (size_t i = from; i < found->count && i < from + size; i++) {
        if (put_view(call, &found->list[i], err) < 0)
            return -1;
    }
    json_close_array(body);
    json_close(body);
    return 0;
}

int views_list(struct call *call, struct err *err)
{
    struct found found = {.list = NULL};
    int rc = -1;

    if (args_check(&call->request->args, call->route->query, err) == 0)
        rc = find_views(call, &found, err);
    if (rc == 0)
        rc = put_list(call, &found, err);
    mem_free(found.list);
    return rc;
}

static bool find_view(struct call *call, struct view_row *row)
{
    struct view_walk walk = {.worker = 0};

    while (view_list_next(call->web->view_list, &walk, row)) {
        if (row->id == call->id)
            return true;
    }
    return false;
}

/* Told to all workers like the end of a socket. */
int view_end(struct call *call, struct err *err)
{
    struct view_row row;
    struct control control = {.kind = CONTROL_SOCKET_ENDED, .which = call->id};
    struct buf detail;
    int rc = -1;

    if (!find_view(call, &row))
        return err_set(err, ERR_MISSING, "there is no view %lld",
                       (long long)call->id);
    control.user = row.user;
    buf_init(&detail, 256);
    json_open(&detail);
    audit_put_int(&detail, "view", row.id, 0);
    json_close(&detail);
    if (control_append(call->db, &control, err) == 0 &&
        audit_append(call->db, &call->actor, AUDIT_VIEW_END, row.user, &detail,
                     err) == 0) {
        response_begin(call->response, 204, NULL);
        rc = 0;
    }
    buf_release(&detail);
    return rc;
}
