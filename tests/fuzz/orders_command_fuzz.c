#include "protocols/market/command.h"
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

static void check_market(const struct orders_command *command)
{
    struct market_command wanted;
    struct err err = ERR_INIT;

    must(!strcmp(command->stream, "market"));
    must(!command->has_position);
    if (market_command_read(command->object, &wanted, &err) < 0) {
        must(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return;
    }
    must(err.code == ERR_NONE);
    must(wanted.count <= MARKET_COMMAND_NAMES);
    must(wanted.has_symbols || wanted.count == 0);
    for (size_t i = 0; i < wanted.count; i++)
        must(wanted.names[i] != NULL);
    must(wanted.max_rate >= 0 && wanted.max_rate <= 60);
    must(wanted.kinds <= (MARKET_QUOTES | MARKET_TRADES));
    must(memchr(wanted.epoch, '\0', sizeof(wanted.epoch)) != NULL);
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
    if (command->object)
        check_market(command);
}

/* Whatever the bytes: either a command within its bounds, or a named fault. */
static void read_as(const uint8_t *data, size_t size, const char *stream)
{
    struct orders_command command;
    struct err err = ERR_INIT;

    if (orders_command_read((const char *)data, size, stream, &command, &err) <
        0)
        must(err.code == ERR_MALFORMED || err.code == ERR_METHOD ||
             err.code == ERR_INVALID || err.code == ERR_NOMEM ||
             err.code == ERR_TOO_LARGE);
    else
        check(&command, data, size);
    orders_command_release(&command);
    must(!command.object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(data, size, "orders");
    read_as(data, size, "market");
    return 0;
}
