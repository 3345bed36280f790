#include "store/migrate.h"
#include "commands/command.h"
#include "model/accounts/user.h"
#include "schema.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/banned.h"

static int tell(struct command *command, struct err *err)
{
    int64_t users;
    int64_t with_default;
    int have;
    int want;

    if (migrate_state(command->db, schema_for(command->db), &have, &want, err) <
            0 ||
        user_count(command->db, &users, &with_default, err) < 0)
        return -1;
    printf("%s: schema step %d, users: %" PRId64
           ", superusers with a default password: %" PRId64 "\n",
           command->config.database, have, users, with_default);
    return 0;
}

int command_migrate(struct command *command)
{
    struct err err = ERR_INIT;
    int rc = -1;

    if (command_begin(command, NULL, &err) == 0 &&
        command_open(command, true, &err) == 0)
        rc = tell(command, &err);
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
