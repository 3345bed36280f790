#include "protocols/orders/command.h"
#include "target.h"

#include <string.h>

#include "base/banned.h"

/* What is given back stands in the text, byte for byte. */
static void must_stand_in(const uint8_t *data, size_t size, const char *echo,
                          size_t max)
{
    must(memchr(echo, '\0', max) != NULL);
    must(!*echo || memmem(data, size, echo, strlen(echo)) != NULL);
}

static void check_view(const struct view_command *view)
{
    must(memchr(view->id, '\0', sizeof(view->id)) != NULL && *view->id);
    must(view->max_rate >= 0 && view->max_rate <= 60);
    if (!view->has_query)
        return;
    must(view->query.limit >= 1 && view->query.limit <= VIEW_ROWS_MAX);
    must(view->query.offset >= 0 && view->query.before_id == 0);
    must(view->query.filter.depth == 0 && view->query.owner == 0);
    must(order_query_equal(&view->query, &view->query));
}

static void check(const struct orders_command *command, const uint8_t *data,
                  size_t size)
{
    must(*command->name);
    must(*command->stream);
    must(command->heartbeat_s >= 0 && command->heartbeat_s <= 60);
    must(!command->has_position || command->seq >= 0);
    must_stand_in(data, size, command->ref, sizeof(command->ref));
    must_stand_in(data, size, command->time, sizeof(command->time));
    if (command->verb == VERB_VIEW || command->verb == VERB_UNVIEW)
        check_view(&command->view);
}

/* Whatever the bytes: either a command within its bounds, or a named fault. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct orders_command command;
    struct err err = ERR_INIT;

    if (orders_command_read((const char *)data, size, &command, &err) < 0)
        must(err.code == ERR_MALFORMED || err.code == ERR_METHOD ||
             err.code == ERR_INVALID || err.code == ERR_NOMEM ||
             err.code == ERR_TOO_LARGE);
    else
        check(&command, data, size);
    orders_command_release(&command);
    return 0;
}
