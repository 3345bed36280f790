#include "model/check.h"
#include "commands/command.h"
#include "commands/serve/lock.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const own_flags[] = {"--new-epoch", NULL};

static void tell(void *arg, const char *fault)
{
    (void)arg;
    printf("%s\n", fault);
}

/* By hand, where the file was copied without a mark. A daemon would go on
 * giving out positions of the old one; those of a server notice by
 * themselves. */
static int make_epoch(struct command *command, struct err *err)
{
    int lock = -1;
    int rc;

    if (lock_database(command->config.database, &lock, err) < 0)
        return -1;
    rc = command_open(command, false, err);
    if (rc == 0)
        rc = meta_new_epoch(command->db, err);
    if (rc == 0)
        printf("%s has a new epoch\n", command->config.database);
    if (lock >= 0)
        close(lock);
    return rc;
}

static int check(struct command *command, int *count, struct err *err)
{
    if (db_open(&command->db, command->config.database, DB_READ, err) < 0)
        return -1;
    *count = check_run(command->db, tell, NULL, err);
    return *count < 0 ? -1 : 0;
}

int command_check(struct command *command)
{
    struct err err = ERR_INIT;
    int count = 0;
    int rc = -1;

    if (command_begin(command, own_flags, &err) == 0) {
        if (config_flag(command->argc, command->argv, "--new-epoch"))
            rc = make_epoch(command, &err);
        else
            rc = check(command, &count, &err);
    }
    command_close(command);
    if (rc < 0)
        return command_fail(command, &err);
    if (count)
        fprintf(stderr, "lws-app check: %d faults\n", count);
    else
        printf("%s: all is well\n", command->config.database);
    return count ? 1 : 0;
}
