#include "protocols/market/command.h"
#include "base/json.h"
#include "fanout/pace.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct {
    const char *name;
    enum market_kind kind;
} kinds[] = {{"quotes", MARKET_QUOTES}, {"trades", MARKET_TRADES}};

static int read_symbols(const cJSON *object, struct market_command *command,
                        struct err *err)
{
    const cJSON *list = json_get(object, "symbols");
    const cJSON *item;

    if (!list)
        return 0;
    if (!cJSON_IsArray(list))
        return err_field(err, "symbols", "must be an array of strings");
    command->has_symbols = true;
    cJSON_ArrayForEach(item, list)
    {
        char field[32];

        snprintf(field, sizeof(field), "symbols.%zu", command->count);
        if (!cJSON_IsString(item))
            return err_field(err, field, "must be a string");
        if (command->count == MARKET_COMMAND_NAMES)
            return err_set(
                err, ERR_TOO_LARGE,
                "a session can follow at most %d symbols and %d prefixes",
                MARKET_SESSION_SYMBOLS, MARKET_SESSION_PREFIXES);
        command->names[command->count++] = item->valuestring;
    }
    return 0;
}

static unsigned kind_of(const cJSON *item)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (cJSON_IsString(item) && !strcmp(item->valuestring, kinds[i].name))
            return kinds[i].kind;
    }
    return 0;
}

static int read_kinds(const cJSON *object, struct market_command *command,
                      struct err *err)
{
    static const char must[] = "must be an array of quotes, trades or both";
    const cJSON *list = json_get(object, "kinds");
    const cJSON *item;

    if (!list)
        return 0;
    cJSON_ArrayForEach(item, list)
    {
        if (!kind_of(item))
            return err_field(err, "kinds", "%s", must);
        command->kinds |= kind_of(item);
    }
    return cJSON_IsArray(list) && command->kinds
               ? 0
               : err_field(err, "kinds", "%s", must);
}

static int read_position(const cJSON *object, struct market_command *command,
                         struct err *err)
{
    const cJSON *position = json_get(object, "position");
    const cJSON *epoch = json_get(position, "epoch");
    const cJSON *at = json_get(position, "at");

    if (!position || cJSON_IsNull(position))
        return 0;
    if (!cJSON_IsString(epoch) || !cJSON_IsString(at) ||
        strlen(epoch->valuestring) >= sizeof(command->epoch) ||
        market_at_parse(at->valuestring, &command->at) < 0)
        return err_field(err, "position",
                         "must be {\"epoch\": text, \"at\": text}, as they "
                         "were given");
    memcpy(command->epoch, epoch->valuestring, strlen(epoch->valuestring) + 1);
    command->has_position = true;
    return 0;
}

int market_command_read(const cJSON *object, struct market_command *command,
                        struct err *err)
{
    memset(command, 0, sizeof(*command));
    if (read_symbols(object, command, err) < 0 ||
        json_get_whole(object, "max_rate", 1, PACE_RATE_MAX, "frames a second",
                       &command->max_rate, err) < 0 ||
        read_kinds(object, command, err) < 0)
        return -1;
    return read_position(object, command, err);
}
