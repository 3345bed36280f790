#include "commands/command.h"
#include "model/orders/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"

/* The mark makes its first writable opening begin a new epoch, so that nobody
 * takes its positions for those of the original. */
static int mark(struct db *copy, void *arg, struct err *err)
{
    int64_t *position = arg;

    if (stream_position(copy, STREAM_ALL, position, NULL, err) < 0)
        return -1;
    return meta_mark_backup(copy, err);
}

static int back_up(struct command *command, const char *path, struct err *err)
{
    struct stat status = {.st_size = 0};
    int64_t position = 0;

    if (db_open(&command->db, command->config.database, DB_READ, err) < 0 ||
        db_backup(command->db, path, mark, &position, err) < 0)
        return -1;
    if (stat(path, &status) == 0)
        printf("%s: %lld bytes, up to event %" PRId64 "\n", path,
               (long long)status.st_size, position);
    return 0;
}

int command_backup(struct command *command)
{
    struct err err = ERR_INIT;
    int rc = -1;

    if (command_begin(command, NULL, &err) == 0) {
        if (command->rest_count != 1)
            err_set(&err, ERR_INVALID, "say which FILE to write");
        else
            rc = back_up(command, command->rest[0], &err);
    }
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
