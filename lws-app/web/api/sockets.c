#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/audit.h"
#include "model/accounts/user.h"
#include "model/log/control.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <stdlib.h>

#include "base/banned.h"

#define PAGE_SIZE 20

static int check_user(struct call *call, struct err *err)
{
    struct user user;

    return user_get(call->db, call->id, &user, err);
}

/* A user's sockets, as many as there are. */
struct found {
    struct roster_socket *list;
    size_t count;
    size_t cap;
};

static int keep(struct found *found, const struct roster_socket *socket,
                struct err *err)
{
    if (found->count == found->cap) {
        size_t cap = found->cap ? found->cap * 2 : 16;
        struct roster_socket *list =
            mem_realloc(found->list, cap * sizeof(*list));

        if (!list)
            return err_set(err, ERR_NOMEM, "no memory for a list of sockets");
        found->list = list;
        found->cap = cap;
    }
    found->list[found->count++] = *socket;
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct roster_socket *x = a;
    const struct roster_socket *y = b;

    return (x->id < y->id) - (x->id > y->id);
}

static int find_sockets(struct call *call, struct found *found, struct err *err)
{
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;

    while (roster_next(call->web->roster, &walk, &socket)) {
        if (socket.user == call->id && keep(found, &socket, err) < 0)
            return -1;
    }
    if (found->count)
        qsort(found->list, found->count, sizeof(found->list[0]), newest_first);
    return 0;
}

static void put_id(struct buf *body, const char *key, int64_t id)
{
    if (id)
        json_put_int(body, key, id);
    else
        json_put_null(body, key);
}

static void put_socket(struct buf *body, const struct roster_socket *socket)
{
    json_open(body);
    json_put_int(body, "id", socket->id);
    json_put_int(body, "worker", (int64_t)socket->worker);
    put_id(body, "session", socket->session);
    put_id(body, "token", socket->token);
    json_put_str(body, "address", socket->address);
    json_put_time(body, "opened", socket->opened_us);
    json_close(body);
}

static void put_list(struct call *call, const struct found *found)
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
    for (size_t i = from; i < found->count && i < from + size; i++)
        put_socket(body, &found->list[i]);
    json_close_array(body);
    json_close(body);
}

int sockets_list(struct call *call, struct err *err)
{
    struct found found = {.list = NULL};
    int rc = -1;

    if (args_check(&call->request->args, call->route->query, err) == 0 &&
        check_user(call, err) == 0)
        rc = find_sockets(call, &found, err);
    if (rc == 0)
        put_list(call, &found);
    mem_free(found.list);
    return rc;
}

/* Told to all workers like the end of a login, so whichever has it closes it
 * once this is committed. */
int socket_end(struct call *call, struct err *err)
{
    struct control control = {
        .user = call->id, .kind = CONTROL_SOCKET_ENDED, .which = call->sub_id};
    struct buf detail;
    int rc = -1;

    buf_init(&detail, 256);
    json_open(&detail);
    audit_put_int(&detail, "socket", call->sub_id, 0);
    json_close(&detail);
    if (check_user(call, err) < 0)
        goto out;
    if (!roster_has(call->web->roster, call->sub_id, call->id)) {
        err_set(err, ERR_MISSING, "this user has no socket %lld",
                (long long)call->sub_id);
        goto out;
    }
    if (control_append(call->db, &control, err) < 0 ||
        audit_append(call->db, &call->actor, AUDIT_SOCKET_END, call->id,
                     &detail, err) < 0)
        goto out;
    response_begin(call->response, 204, NULL);
    rc = 0;
out:
    buf_release(&detail);
    return rc;
}
