#include "metrics/roster_list.h"
#include "base/mem.h"
#include "model/log/line.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void roster_list_release(struct roster_list *list)
{
    mem_free(list->sockets);
    *list = (struct roster_list){.sockets = NULL};
}

int roster_list_add(struct roster_list *list,
                    const struct roster_socket *socket, struct err *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct roster_socket *sockets =
            mem_realloc(list->sockets, cap * sizeof(*sockets));

        if (!sockets)
            return err_set(err, ERR_NOMEM, "no memory for a list of sockets");
        list->sockets = sockets;
        list->cap = cap;
    }
    list->sockets[list->count++] = *socket;
    return 0;
}

int roster_list_find(struct roster_list *list, struct roster *roster,
                     int64_t user, struct err *err)
{
    struct roster_walk walk = {.worker = 0};
    struct roster_socket socket;

    while (roster_next(roster, &walk, &socket)) {
        if (socket.user == user && roster_list_add(list, &socket, err) < 0)
            return -1;
    }
    return 0;
}

/* Machines count from their own clocks: of several, the time says more than the
 * id. */
static int newest_first(const void *a, const void *b)
{
    const struct roster_socket *x = a;
    const struct roster_socket *y = b;

    if (x->opened_us != y->opened_us)
        return x->opened_us < y->opened_us ? 1 : -1;
    return (x->id < y->id) - (x->id > y->id);
}

void roster_list_sort(struct roster_list *list)
{
    if (list->count)
        qsort(list->sockets, list->count, sizeof(list->sockets[0]),
              newest_first);
}

void roster_list_encode(const struct roster_list *list, size_t max,
                        struct buf *out)
{
    for (size_t i = 0; i < list->count && i < max; i++) {
        const struct roster_socket *socket = &list->sockets[i];
        const int64_t numbers[] = {socket->id, (int64_t)socket->worker,
                                   socket->session, socket->token,
                                   socket->opened_us};

        buf_put_char(out, 'S');
        for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
            buf_put_char(out, ' ');
            buf_put_int(out, numbers[j]);
        }
        buf_put_char(out, ' ');
        buf_put_text(out, socket->address);
        buf_put_char(out, '\n');
    }
}

static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

int roster_socket_decode(const char **cursor, const char *end,
                         struct roster_socket *socket)
{
    struct line line;
    const char *address;
    int64_t worker;
    size_t len;

    *socket = (struct roster_socket){.id = 0};
    if (*cursor == end)
        return 0;
    if (line_open(&line, *cursor, end, 'S') < 0 ||
        line_int(&line, &socket->id) < 0 || line_int(&line, &worker) < 0 ||
        line_int(&line, &socket->session) < 0 ||
        line_int(&line, &socket->token) < 0 ||
        line_int(&line, &socket->opened_us) < 0 ||
        line_word(&line, &address, &len) < 0 || line.at != line.end ||
        len >= sizeof(socket->address) || !is_printable(address, len) ||
        !socket->id)
        return -1;
    socket->worker = (size_t)worker;
    memcpy(socket->address, address, len);
    *cursor = line.next;
    return 1;
}
