#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/audit.h"
#include "model/accounts/user.h"
#include "model/log/control.h"
#include "web/api/handlers.h"
#include "web/query/args.h"
#include "web/query/link.h"

#include <string.h>

#include "base/banned.h"

#define PAGE_SIZE 20

static int check_user(struct call *call, struct err *err)
{
    struct user user;

    return user_get(call->db, call->id, &user, err);
}

/* A user's sockets, of all machines that can be asked. */
struct found {
    struct roster_list list;
    struct machine *others; /* owned; NULL: there are none */
    size_t count;
    bool heard[MACHINES_MAX];
};

static void found_release(struct found *found)
{
    roster_list_release(&found->list);
    mem_free(found->others);
}

/* Machines that serve the database now, but for this one. */
static int find_others(struct call *call, struct found *found, struct err *err)
{
    struct machine *others = mem_alloc(MACHINES_MAX * sizeof(*others));
    int count;

    if (!others)
        return err_set(err, ERR_NOMEM, "no memory for a list of machines");
    found->others = others;
    count = machine_list(call->db, MACHINE_SEEN_S, others, err);
    if (count < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        if (strcmp(others[i].name, call->web->machines->name) != 0)
            others[found->count++] = others[i];
    }
    return 0;
}

static int add_other(void *arg, size_t other,
                     const struct roster_socket *socket, struct err *err)
{
    struct roster_socket one = *socket;

    one.machine = other + 1;
    return roster_list_add(&((struct found *)arg)->list, &one, err);
}

static int ask_others(struct call *call, struct found *found, struct err *err)
{
    const struct machine_port *machines = call->web->machines;
    struct err failure = ERR_INIT;

    if (find_others(call, found, err) < 0)
        return -1;
    if (!found->count)
        return 0;
    if (call_need_long(call, err) < 0)
        return -1;
    if (machines->ask(machines->arg, call->id, found->others, found->count,
                      found->heard, add_other, found, &failure) < 0 &&
        failure.code == ERR_NOMEM) {
        *err = failure;
        return -1;
    }
    return 0; /* who could not be asked has not answered, which is said */
}

static int find_sockets(struct call *call, struct found *found, struct err *err)
{
    if ((call->web->machines && ask_others(call, found, err) < 0) ||
        roster_list_find(&found->list, call->web->roster, call->id, err) < 0)
        return -1;
    roster_list_sort(&found->list);
    return 0;
}

static void put_id(struct buf *body, const char *key, int64_t id)
{
    if (id)
        json_put_int(body, key, id);
    else
        json_put_null(body, key);
}

/* machine: NULL: there can be no other. */
static void put_socket(struct buf *body, const struct roster_socket *socket,
                       const char *machine)
{
    json_open(body);
    json_put_int(body, "id", socket->id);
    json_put_str(body, "machine", machine);
    json_put_int(body, "worker", (int64_t)socket->worker);
    put_id(body, "session", socket->session);
    put_id(body, "token", socket->token);
    json_put_str(body, "address", socket->address);
    json_put_time(body, "opened", socket->opened_us);
    json_close(body);
}

static const char *machine_of(const struct call *call,
                              const struct found *found,
                              const struct roster_socket *socket)
{
    if (socket->machine)
        return found->others[socket->machine - 1].name;
    return call->web->machines ? call->web->machines->name : NULL;
}

static void put_list(struct call *call, const struct found *found)
{
    const struct params *args = &call->request->args;
    struct buf *body = &call->response->body;
    size_t size = (size_t)args_int(args, "page_size", PAGE_SIZE);
    size_t page = (size_t)args_int(args, "page", 1);
    size_t from = (page - 1) * size;
    const struct roster_list *list = &found->list;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "count", (int64_t)list->count);
    link_put_pages(call, (int64_t)page, from + size < list->count);
    json_open_array(body, "results");
    for (size_t i = from; i < list->count && i < from + size; i++)
        put_socket(body, &list->sockets[i],
                   machine_of(call, found, &list->sockets[i]));
    json_close_array(body);
    json_open_array(body, "unanswered");
    for (size_t i = 0; i < found->count; i++) {
        if (!found->heard[i])
            json_put_str(body, NULL, found->others[i].name);
    }
    json_close_array(body);
    json_close(body);
}

int sockets_list(struct call *call, struct err *err)
{
    struct found found = {.others = NULL};
    int rc = -1;

    if (args_check(&call->request->args, call->route->query, err) == 0 &&
        check_user(call, err) == 0)
        rc = find_sockets(call, &found, err);
    if (rc == 0)
        put_list(call, &found);
    found_release(&found);
    return rc;
}

/* Is another machine there that may have it? */
static int has_others(struct call *call, struct err *err)
{
    struct found found = {.others = NULL};
    int rc = 0;

    if (call->web->machines) {
        rc = find_others(call, &found, err);
        if (rc == 0)
            rc = found.count > 0;
    }
    found_release(&found);
    return rc;
}

/* Told to all workers like the end of a login, so whichever has it closes it
 * once this is committed. Of another machine's it is not known whether it is
 * there: where it is not, nothing is closed. */
int socket_end(struct call *call, struct err *err)
{
    struct control control = {
        .user = call->id, .kind = CONTROL_SOCKET_ENDED, .which = call->sub_id};
    struct buf detail;
    int others = 0;
    int rc = -1;

    buf_init(&detail, 256);
    json_open(&detail);
    audit_put_int(&detail, "socket", call->sub_id, 0);
    json_close(&detail);
    if (check_user(call, err) < 0)
        goto out;
    if (!roster_has(call->web->roster, call->sub_id, call->id))
        others = has_others(call, err);
    if (others < 0)
        goto out;
    if (!others && !roster_has(call->web->roster, call->sub_id, call->id)) {
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
