#include "commands/command.h"
#include "model/accounts/audit_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

/* Of one read, so that it holds back no log of the database. */
#define ROWS 100
#define ROW_MAX 80000

static const char *const own_flags[] = {"--from", "--follow", NULL};

static int read_from(const struct command *command, int64_t *after,
                     struct err *err)
{
    const char *text = config_flag(command->argc, command->argv, "--from");
    size_t len = text ? strlen(text) : 0;

    *after = 0;
    if (!text)
        return 0;
    if (!len || len > 18 || strspn(text, "0123456789") != len)
        return err_field(err, "from", "must be the id of a row, or 0");
    *after = strtoll(text, NULL, 10);
    return 0;
}

/* The file may be another than the one that the id is of. */
static int check_from(struct command *command, int64_t after, struct err *err)
{
    int64_t newest;

    if (audit_log_newest(command->db, &newest, err) < 0)
        return -1;
    if (after > newest)
        return err_field(err, "from",
                         "there is no row %" PRId64 " yet: the newest is "
                         "%" PRId64,
                         after, newest);
    return 0;
}

static int print(const struct buf *lines, struct err *err)
{
    if (lines->len &&
        (fwrite(lines->data, 1, lines->len, stdout) != lines->len ||
         fflush(stdout) != 0))
        return err_set(err, ERR_UNAVAILABLE, "standard output: %s",
                       strerror(errno));
    return 0;
}

static void wait_a_second(void)
{
    const struct timespec second = {.tv_sec = 1};

    nanosleep(&second, NULL);
}

/* Printed only when it is read, so that a slow reader of ours keeps no snapshot
 * of the database open. */
static int write_rows(struct command *command, int64_t after, bool follow,
                      struct err *err)
{
    struct buf lines;
    int rc = 0;

    buf_init(&lines, ROWS * ROW_MAX);
    while (rc == 0) {
        int count = audit_log_read(command->db, &after, ROWS, &lines, err);

        rc = count < 0 ? -1 : print(&lines, err);
        buf_clear(&lines);
        if (count >= 0 && count < ROWS && !follow)
            break;
        if (count >= 0 && count < ROWS)
            wait_a_second();
    }
    buf_release(&lines);
    return rc;
}

int command_audit(struct command *command)
{
    struct err err = ERR_INIT;
    int64_t after;
    int rc = -1;

    if (command_begin(command, own_flags, &err) == 0) {
        bool follow =
            config_flag(command->argc, command->argv, "--follow") != NULL;

        if (command->rest_count)
            err_field(&err, command->rest[0], "unexpected argument");
        else if (read_from(command, &after, &err) == 0 &&
                 db_open(&command->db, command->config.database, DB_READ,
                         &err) == 0 &&
                 check_from(command, after, &err) == 0)
            rc = write_rows(command, after, follow, &err);
    }
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
