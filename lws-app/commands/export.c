#include "base/mem.h"
#include "commands/command.h"
#include "model/accounts/user.h"
#include "model/orders/stream.h"
#include "view/order_export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define COPY_BYTES (64 * 1024)

static const char *const own_flags[] = {"--owner", "--format", "--output",
                                        NULL};

static const char *own_flag(const struct command *command, const char *name)
{
    return config_flag(command->argc, command->argv, name);
}

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);

    return len >= end_len && !strcmp(text + len - end_len, end);
}

/* By its flag, else by the file's name, else CSV. */
static int read_format(const struct command *command, const char *output,
                       enum export_format *format, struct err *err)
{
    const char *name = own_flag(command, "--format");

    *format = output && ends_in(output, ".ndjson") ? EXPORT_NDJSON : EXPORT_CSV;
    if (name && export_format_read(name, format) < 0)
        return err_field(err, "format", "must be csv or ndjson");
    return 0;
}

static int read_query(struct command *command, struct order_query *query,
                      struct err *err)
{
    const char *name = own_flag(command, "--owner");
    struct user user;

    query->owner = STREAM_ALL;
    /* As they were placed, so that an import places them in this order. */
    query->order_count = 1;
    query->orders[0].column =
        (size_t)(order_column_find("id", 2) - order_columns);
    if (!name)
        return 0;
    if (user_find(command->db, name, &user, err) == 0) {
        query->owner = user.id;
        return 0;
    }
    if (err->code != ERR_MISSING)
        return -1;
    err_clear(err);
    return err_field(err, "owner", "there is no user %s", name);
}

static int system_fail(const char *what, struct err *err)
{
    return err_set(err, errno == EEXIST ? ERR_CONFLICT : ERR_UNAVAILABLE,
                   "%s: %s", what, strerror(errno));
}

/* What reads standard output may be slow, and a slow read holds back the
 * database's log: so it goes by way of a file there too. */
static int copy_out(int fd, struct err *err)
{
    char bytes[COPY_BYTES];
    off_t at = 0;
    ssize_t len;

    while ((len = pread(fd, bytes, sizeof(bytes), at)) > 0) {
        if (fwrite(bytes, 1, (size_t)len, stdout) != (size_t)len)
            return system_fail("standard output", err);
        at += len;
    }
    if (len < 0 || fflush(stdout) != 0)
        return system_fail("standard output", err);
    return 0;
}

static int open_output(const char *output, int *fd, struct err *err)
{
    const char *folder = getenv("TMPDIR");

    if (!output)
        return export_open(folder && *folder ? folder : "/tmp", fd, err);
    *fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return *fd < 0 ? system_fail(output, err) : 0;
}

/* Whole and on the disk, or not there. */
static int write_orders(struct command *command, struct order_query *query,
                        struct order_export *export, const char *output,
                        struct err *err)
{
    int rc;

    if (open_output(output, &export->fd, err) < 0)
        return -1;
    rc = order_export_run(command->db, query, export, err);
    if (rc == 0)
        rc = output ? fsync(export->fd) : copy_out(export->fd, err);
    if (rc < 0 && !err->code)
        system_fail(output, err);
    close(export->fd);
    if (rc < 0 && output)
        unlink(output);
    return rc;
}

static int begin(struct command *command, struct err *err)
{
    if (command_begin(command, own_flags, err) < 0)
        return -1;
    if (command->rest_count)
        return err_field(err, command->rest[0], "unexpected argument");
    return db_open(&command->db, command->config.database, DB_READ, err);
}

int command_export(struct command *command)
{
    struct order_query *query = mem_zalloc(sizeof(*query));
    struct order_export export = {.fd = -1};
    struct err err = ERR_INIT;
    const char *output = NULL;
    int rc = -1;

    if (!query) {
        err_set(&err, ERR_NOMEM, "out of memory");
    } else if (begin(command, &err) == 0) {
        output = own_flag(command, "--output");
        if (output && !strcmp(output, "-"))
            output = NULL;
        if (read_format(command, output, &export.format, &err) == 0 &&
            read_query(command, query, &err) == 0)
            rc = write_orders(command, query, &export, output, &err);
    }
    if (rc == 0)
        fprintf(stderr, "%" PRId64 " orders, %" PRId64 " bytes\n", export.rows,
                export.bytes);
    mem_free(query);
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
