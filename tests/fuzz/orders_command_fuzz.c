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

/* Whatever the bytes: either a command within its bounds, or a named fault. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct orders_command command;
    struct err err = ERR_INIT;

    if (orders_command_read((const char *)data, size, &command, &err) < 0) {
        must(err.code == ERR_MALFORMED || err.code == ERR_METHOD ||
             err.code == ERR_INVALID || err.code == ERR_NOMEM);
        return 0;
    }
    must(err.code == ERR_NONE);
    must(*command.name);
    must(*command.stream);
    must(command.heartbeat_s >= 0 && command.heartbeat_s <= 60);
    must(!command.has_position || command.seq >= 0);
    must_stand_in(data, size, command.ref, sizeof(command.ref));
    must_stand_in(data, size, command.time, sizeof(command.time));
    return 0;
}
