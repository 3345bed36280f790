#include "metrics/roster_list.h"
#include "target.h"

#include "base/banned.h"

/* What another machine says of its sockets: a line that is taken is written
 * again as it came. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    const char *at = text;
    const char *end = text + size;
    struct roster_list list = {.sockets = NULL};
    struct roster_socket socket;
    struct err err = ERR_INIT;
    struct buf again;

    buf_init(&again, size + 1);
    while (roster_socket_decode(&at, end, &socket) == 1)
        must(roster_list_add(&list, &socket, &err) == 0);
    roster_list_encode(&list, list.count, &again);
    must(again.len == (size_t)(at - text) &&
         !memcmp(again.len ? again.data : "", text, again.len));
    roster_list_sort(&list);
    roster_list_release(&list);
    buf_release(&again);
    free(text);
    return 0;
}
