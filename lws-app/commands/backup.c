#include "commands/command.h"
#include "model/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* The mark makes its first writable opening begin a new epoch, so that nobody
 * takes its positions for those of the original. */
static int mark(const char *path, int64_t *position, struct err *err)
{
    struct db *copy = NULL;
    int rc = -1;

    if (db_open(&copy, path, DB_WRITE, err) == 0 &&
        stream_position(copy, STREAM_ALL, position, NULL, err) == 0)
        rc = meta_mark_backup(copy, err);
    db_close(copy);
    return rc;
}

/* Whole and marked before it gets its name; an existing file is left alone. */
static int name_it(const char *partial, const char *path, struct err *err)
{
    if (link(partial, path) == 0)
        return 0;
    if (errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "%s exists already", path);
    return err_set(err, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

static int back_up(struct command *command, const char *path, struct err *err)
{
    char partial[CONFIG_TEXT_MAX + 16];
    struct stat status = {.st_size = 0};
    int64_t position = 0;
    int rc = -1;

    if (access(path, F_OK) == 0)
        return err_set(err, ERR_CONFLICT, "%s exists already", path);
    snprintf(partial, sizeof(partial), "%s.partial", path);
    /* Of a backup that was killed. */
    unlink(partial);
    if (db_open(&command->db, command->config.database, DB_READ, err) < 0 ||
        db_backup(command->db, partial, err) < 0)
        return -1;
    if (mark(partial, &position, err) == 0)
        rc = name_it(partial, path, err);
    if (rc == 0 && stat(path, &status) == 0)
        printf("%s: %lld bytes, up to event %" PRId64 "\n", path,
               (long long)status.st_size, position);
    unlink(partial);
    return rc;
}

int command_backup(struct command *command)
{
    struct err err = ERR_INIT;
    int rc = -1;

    if (command_begin(command, NULL, &err) == 0) {
        if (command->rest_count != 1 ||
            strlen(command->rest[0]) >= CONFIG_TEXT_MAX)
            err_set(&err, ERR_INVALID, "say which FILE to write");
        else
            rc = back_up(command, command->rest[0], &err);
    }
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
