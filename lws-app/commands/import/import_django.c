#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/import/django.h"
#include "commands/import/import_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define EXIT_REJECTED 2
#define OUT_MAX ((size_t)64 << 20)

static const char *const own_flags[] = {"--batch", "--rejects", NULL};

struct django_import {
    struct import_run run;
    struct db *from;
    const char *rejects_path; /* NULL: standard error */
    FILE *rejects;
    struct actor actor;
    struct django_user *users;
    struct django_order *orders;
    size_t count;
    int64_t users_made;
    int64_t users_there;
    int64_t rounded;
    int64_t rejected;
    /* Of the batch at hand, told once it is committed. */
    struct buf notes;
    struct buf rows;
    int64_t batch_made;
    int64_t batch_there;
    int64_t batch_rounded;
    int64_t batch_rejected;
};

static int open_rejects(struct django_import *import, struct err *err)
{
    int fd;

    if (!import->rejects_path) {
        import->rejects = stderr;
        return 0;
    }
    fd = open(import->rejects_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
              0600);
    if (fd >= 0)
        import->rejects = fdopen(fd, "w");
    if (!import->rejects)
        return err_field(err, "rejects", "%s: %s", import->rejects_path,
                         strerror(errno));
    return 0;
}

static int begin(struct command *command, struct django_import *import,
                 struct err *err)
{
    if (command_begin(command, own_flags, err) < 0 ||
        import_run_begin(&import->run, command, err) < 0)
        return -1;
    if (command->rest_count != 1)
        return err_field(err, "file",
                         command->rest_count ? "must be one" : "is missing");
    import->rejects_path =
        config_flag(command->argc, command->argv, "--rejects");
    if (import->rejects_path && !*import->rejects_path)
        return err_field(err, "rejects", "is missing: --rejects FILE");
    import->users = mem_alloc(import->run.batch * sizeof(*import->users));
    import->orders = mem_alloc(import->run.batch * sizeof(*import->orders));
    if (!import->users || !import->orders)
        return err_set(err, ERR_NOMEM, "out of memory");
    snprintf(import->actor.address, sizeof(import->actor.address), "command");
    /* One snapshot of it, whoever still writes there. */
    if (db_open_file(&import->from, command->rest[0], DB_READ, err) < 0 ||
        db_read_begin(import->from, err) < 0 ||
        command_open(command, false, err) < 0)
        return -1;
    return open_rejects(import, err);
}

/* One line of JSON, its object left open. */
static void open_reject(struct django_import *import, const char *table,
                        int64_t id)
{
    import->batch_rejected++;
    json_open(&import->rows);
    json_put_str(&import->rows, "table", table);
    json_put_int(&import->rows, "id", id);
}

static void close_reject(struct django_import *import, const struct err *why)
{
    json_put_errors(&import->rows, "errors", why);
    json_close(&import->rows);
    buf_put_text(&import->rows, "\n");
}

/* Bad input is the row's own; anything else ends the import. */
static bool is_of_the_row(struct err *err)
{
    char text[sizeof(err->text)];

    if (err->code == ERR_CONFLICT) {
        snprintf(text, sizeof(text), "%s", err->text);
        err_clear(err);
        err_field(err, "client_order_id", "%s", text);
    }
    return err->code == ERR_INVALID;
}

/* Names that differ in case alone were two users there and are one here. */
static int find_namesake(struct db *db, const char *username, bool *is_there,
                         struct err *err)
{
    struct user found;
    struct err missing = ERR_INIT;

    *is_there = false;
    if (user_find(db, username, &found, &missing) < 0) {
        if (missing.code == ERR_MISSING)
            return 0;
        *err = missing;
        return -1;
    }
    *is_there = true;
    if (strcmp(found.username, username) != 0)
        return err_field(err, "username",
                         "differs from that of %s only in case",
                         found.username);
    return 0;
}

static void note_user(struct django_import *import,
                      const struct django_user *row, bool is_there)
{
    const char *name = row->user.username;
    struct buf *notes = &import->notes;

    if (!is_there && !row->algorithm[0] && !row->has_no_password)
        return;
    buf_put_text(notes, "user ");
    text_put_visible(notes, name, strlen(name));
    if (is_there) {
        buf_put_text(notes, ": already exists, left as it is\n");
    } else if (row->algorithm[0]) {
        buf_put_text(notes, ": its password, hashed by ");
        text_put_visible(notes, row->algorithm, strlen(row->algorithm));
        buf_put_text(notes, ", can't be verified: set one with lws-app "
                            "changepassword\n");
    } else {
        buf_put_text(notes, ": has no password: set one with lws-app "
                            "changepassword\n");
    }
}

/* A superuser with a default password keeps the server on loopback. Before the
 * transaction, as it takes as long as a login. */
static void find_defaults(struct django_import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        struct user *user = &import->users[i].user;

        import->users[i].is_default =
            user->is_superuser && password_is_known(user->password) &&
            password_verify(user->username, user->password, 1);
    }
}

static int place_user(struct db *db, struct django_import *import,
                      struct django_user *row)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err *err = &row->fault;
    bool is_there = false;
    int64_t id;
    int rc = -1;

    if (err->code == ERR_NONE &&
        find_namesake(db, row->user.username, &is_there, err) == 0) {
        rc = is_there ? 0 : db_savepoint(db, &point, err);
        if (rc == 0 && !is_there)
            rc = user_create(db, NULL, &row->user,
                             row->is_default ? row->user.username : NULL, &id,
                             err);
        if (rc == 0 && !is_there)
            rc = db_release(&point, err);
        db_rollback(&point);
    }
    if (rc == 0) {
        import->batch_made += !is_there;
        import->batch_there += is_there;
        note_user(import, row, is_there);
        return 0;
    }
    if (!is_of_the_row(err))
        return -1;
    open_reject(import, "auth_user", row->id);
    json_put_str(&import->rows, "username", row->user.username);
    close_reject(import, err);
    return 0;
}

/* The owner is the user that came from there, or was here by the very name. */
static int check_owner(struct db *db, struct django_order *row)
{
    struct err clash = ERR_INIT;
    bool is_there;

    if (!(row->draft.has & HAS_OWNER))
        return 0;
    if (find_namesake(db, row->draft.owner_name, &is_there, &clash) == 0)
        return 0;
    if (clash.code != ERR_INVALID) {
        row->fault = clash;
        return -1;
    }
    row->draft.has &= ~(unsigned)HAS_OWNER;
    err_field(&row->fault, "owner", "%s", clash.fields[0].text);
    return 0;
}

static int place_order(struct db *db, struct django_import *import,
                       struct django_order *row)
{
    struct db_savepoint point = DB_SAVEPOINT_NONE;
    struct err *err = &row->fault;
    struct order order;
    bool is_there = false;
    int rc = -1;

    if (check_owner(db, row) < 0 || db_savepoint(db, &point, err) < 0)
        return -1;
    if (order_place(db, &import->actor, &row->draft, &order, &is_there, err) ==
        0)
        rc = db_release(&point, err);
    db_rollback(&point);
    if (rc == 0) {
        import->batch_made += !is_there;
        import->batch_there += is_there;
        import->batch_rounded += is_there ? 0 : row->rounded;
        return 0;
    }
    if (!is_of_the_row(err))
        return -1;
    open_reject(import, "generic_data", row->id);
    if (django_put_order(import->from, row->id, &import->rows, err) < 0)
        return -1;
    close_reject(import, err);
    return 0;
}

/* Before it is committed: what can't be told must not have happened. */
static int check_told(const struct django_import *import, struct err *err)
{
    if (!import->notes.failed && !import->rows.failed)
        return 0;
    return err_field(err, "batch",
                     "the report on %zu rows takes more than %zu MiB: take a "
                     "smaller batch",
                     import->count, OUT_MAX >> 20);
}

static int place_users(struct command *command, void *arg, struct err *err)
{
    struct django_import *import = arg;

    for (size_t i = 0; i < import->count; i++) {
        if (place_user(command->db, import, &import->users[i]) < 0) {
            *err = import->users[i].fault;
            return -1;
        }
    }
    return check_told(import, err);
}

static int place_orders(struct command *command, void *arg, struct err *err)
{
    struct django_import *import = arg;

    for (size_t i = 0; i < import->count; i++) {
        if (place_order(command->db, import, &import->orders[i]) < 0) {
            *err = import->orders[i].fault;
            return -1;
        }
    }
    return check_told(import, err);
}

/* What is committed is told before anything else is done. */
static int tell(struct django_import *import, struct err *err)
{
    bool is_told;

    if (import->notes.len || (import->rows.len && !import->rejects_path))
        import_run_clear();
    fputs(buf_text(&import->notes), stderr);
    is_told = fwrite(buf_text(&import->rows), 1, import->rows.len,
                     import->rejects) == import->rows.len;
    if (!is_told || fflush(import->rejects) != 0)
        return err_field(err, "rejects", "can't be written: %s",
                         strerror(errno));
    buf_clear(&import->notes);
    buf_clear(&import->rows);
    import->rounded += import->batch_rounded;
    import->rejected += import->batch_rejected;
    return 0;
}

static int write_batch(struct command *command, struct django_import *import,
                       int (*place)(struct command *command, void *arg,
                                    struct err *err),
                       struct err *err)
{
    import->batch_made = 0;
    import->batch_there = 0;
    import->batch_rounded = 0;
    import->batch_rejected = 0;
    if (import_run_is_stopped())
        return err_set(err, ERR_UNAVAILABLE, "interrupted");
    if (import->count && command_write(command, place, import, err) < 0)
        return -1;
    return tell(import, err);
}

static int bring_users(struct command *command, struct django_import *import,
                       struct err *err)
{
    int64_t after = INT64_MIN;

    do {
        if (django_read_users(import->from, after, import->users,
                              import->run.batch, &import->count, err) < 0)
            return -1;
        find_defaults(import);
        if (write_batch(command, import, place_users, err) < 0)
            return -1;
        import->users_made += import->batch_made;
        import->users_there += import->batch_there;
        if (import->count)
            after = import->users[import->count - 1].id;
    } while (import->count == import->run.batch);
    return 0;
}

static int bring_orders(struct command *command, struct django_import *import,
                        struct err *err)
{
    int64_t after = INT64_MIN;

    do {
        if (django_read_orders(import->from, after, import->orders,
                               import->run.batch, &import->count, err) < 0 ||
            write_batch(command, import, place_orders, err) < 0)
            return -1;
        import->run.placed += import->batch_made;
        import->run.existing += import->batch_there;
        if (import->count)
            after = import->orders[import->count - 1].id;
        import_run_show(&import->run);
    } while (import->count == import->run.batch);
    return 0;
}

static void release(struct django_import *import)
{
    if (import->rejects && import->rejects_path) {
        fclose(import->rejects);
        if (!import->rejected)
            unlink(import->rejects_path);
    }
    if (import->from)
        db_read_end(import->from);
    db_close(import->from);
    mem_free(import->users);
    mem_free(import->orders);
    buf_release(&import->notes);
    buf_release(&import->rows);
}

int command_import_django(struct command *command)
{
    struct django_import import = {.rejects = NULL};
    struct err err = ERR_INIT;
    int rc = -1;

    buf_init(&import.notes, OUT_MAX);
    buf_init(&import.rows, OUT_MAX);
    if (begin(command, &import, &err) == 0) {
        import_run_catch_signals();
        rc = bring_users(command, &import, &err);
        if (rc == 0)
            rc = bring_orders(command, &import, &err);
        import_run_clear();
        printf("users: %" PRId64 " created, %" PRId64 " already there; orders: "
               "%" PRId64 " placed, %" PRId64 " already there; %" PRId64
               " numbers rounded to 8 decimals; %" PRId64 " rows rejected\n",
               import.users_made, import.users_there, import.run.placed,
               import.run.existing, import.rounded, import.rejected);
    }
    command_close(command);
    release(&import);
    if (rc < 0)
        return command_fail(command, &err);
    return import.rejected ? EXIT_REJECTED : 0;
}
