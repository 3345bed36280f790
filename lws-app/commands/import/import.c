#include "base/mem.h"
#include "commands/command.h"
#include "commands/import/import_run.h"
#include "model/accounts/user.h"
#include "model/orders/order.h"
#include "web/import/import_ids.h"
#include "web/import/import_rows.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const own_flags[] = {"--owner",    "--batch",   "--format",
                                        "--encoding", "--decimal", "--map",
                                        "--dry-run",  NULL};

/* A batch is read in full before its transaction, so that no slow file or pipe
 * holds up the other writers. */
struct import {
    struct import_run run;
    struct import_rows *rows;
    struct import_ids *ids; /* of what is placed in vain, if the batch is */
    const char *path;
    struct actor actor;
    struct user owner;
    struct order_draft *drafts;
    int64_t *lines; /* where each draft came from */
    size_t count;
    struct err fault;   /* of reading the last draft */
    bool is_no_row;     /* nothing was read of that one */
    int64_t fault_line; /* 0: the fault is no row's */
    int64_t batch_placed;
    bool is_dry; /* the database is a copy */
};

static int find_owner(struct command *command, struct import *import,
                      struct err *err)
{
    const char *name = config_flag(command->argc, command->argv, "--owner");

    if (!name)
        return 0;
    if (user_find(command->db, name, &import->owner, err) == 0)
        return 0;
    if (err->code != ERR_MISSING)
        return -1;
    err_clear(err);
    return err_field(err, "owner", "there is no user %s", name);
}

static const char *own_flag(const struct command *command, const char *name)
{
    return config_flag(command->argc, command->argv, name);
}

static int begin(struct command *command, struct import *import,
                 struct err *err)
{
    struct import_options options;

    if (command_begin(command, own_flags, err) < 0)
        return -1;
    if (command->rest_count != 1)
        return err_field(err, "file",
                         command->rest_count ? "must be one" : "is missing");
    import->path = command->rest[0];
    if (import_run_begin(&import->run, command, err) < 0 ||
        import_run_options(command, &options, err) < 0 ||
        import_rows_open(&import->rows, &import_orders, import->path, &options,
                         err) < 0)
        return -1;
    import->ids = import_ids_new(err);
    if (!import->ids)
        return -1;
    import->drafts = mem_alloc(import->run.batch * sizeof(*import->drafts));
    import->lines = mem_alloc(import->run.batch * sizeof(*import->lines));
    if (!import->drafts || !import->lines)
        return err_set(err, ERR_NOMEM, "out of memory");
    snprintf(import->actor.address, sizeof(import->actor.address), "command");
    import->is_dry = own_flag(command, "--dry-run") != NULL;
    if ((import->is_dry ? command_open_copy(command, err)
                        : command_open(command, false, err)) < 0)
        return -1;
    return find_owner(command, import, err);
}

/* Without --owner each row names its own, which order_place() sees to. */
static void give_owner(const struct import *import, struct order_draft *draft,
                       struct err *err)
{
    if (!import->owner.id)
        return;
    if (draft->has & HAS_OWNER &&
        strcmp(draft->owner_name, import->owner.username))
        err_field(err, "owner", "is not %s", import->owner.username);
    draft->has |= HAS_OWNER;
    memcpy(draft->owner_name, import->owner.username,
           sizeof(draft->owner_name));
}

/* Reads until the batch is full, the file ends or a row is at fault; that row
 * is the batch's last. Returns as import_rows_next() did. */
static int fill(struct import *import)
{
    int rc = 1;

    import->count = 0;
    import->batch_placed = 0;
    import->fault_line = 0;
    if (!import->is_dry)
        import_ids_clear(import->ids); /* those orders are there */
    err_clear(&import->fault);
    while (rc == 1 && import->count < import->run.batch &&
           !import_run_is_stopped()) {
        struct order_draft *draft = &import->drafts[import->count];

        rc = import_rows_next(import->rows, draft,
                              &import->lines[import->count], &import->fault);
        if (rc == 0)
            break;
        import->is_no_row = rc < 0;
        if (rc == 1)
            give_owner(import, draft, &import->fault);
        if (import->fault.code != ERR_NONE)
            rc = -1;
        import->count++;
    }
    if (import_run_is_stopped())
        rc = err_set(&import->fault, ERR_UNAVAILABLE, "interrupted");
    return rc;
}

/* The rows before one that can't be read are tried too: one of them may be the
 * first at fault. */
static int place_batch(struct command *command, void *arg, struct err *err)
{
    struct import *import = arg;
    struct order order;
    bool existing;

    import->batch_placed = 0;
    for (size_t i = 0; i < import->count; i++) {
        if (i + 1 == import->count)
            *err = import->fault;
        import->fault_line = import->lines[i];
        if (err->code != ERR_NONE && import->is_no_row)
            return -1;
        if (order_place(command->db, &import->actor, &import->drafts[i], &order,
                        &existing, err) < 0) {
            import_ids_explain(import->ids, &import->drafts[i], "", err);
            return -1;
        }
        if (existing)
            continue;
        import->batch_placed++;
        if (import_ids_add(import->ids, &order, import->lines[i], err) < 0)
            return -1;
    }
    import->fault_line = 0;
    return 0;
}

/* A fault of the file itself ends it before the batch at hand is tried. */
static bool is_of_the_file(const struct err *fault)
{
    return fault->code == ERR_UNAVAILABLE || fault->code == ERR_NOMEM;
}

static int run(struct command *command, struct import *import, struct err *err)
{
    int more = 1;

    while (more == 1) {
        more = fill(import);
        if (is_of_the_file(&import->fault)) {
            *err = import->fault;
            return -1;
        }
        if (import->count &&
            command_write(command, place_batch, import, err) < 0)
            return -1;
        import->run.placed += import->batch_placed;
        import->run.existing += (int64_t)import->count - import->batch_placed;
        import_run_show(&import->run);
    }
    return 0;
}

static void print_fault(const struct import *import, const struct err *err)
{
    char where[PATH_MAX + 32];

    snprintf(where, sizeof(where), "%s", import->path);
    if (import->fault_line)
        snprintf(where, sizeof(where), "%s:%" PRId64, import->path,
                 import->fault_line);
    command_complain(where, err);
}

/* What to know before going on after the fault. */
static int report(const struct import *import, const struct err *err)
{
    print_fault(import, err);
    if (import_rows_lack_names(import->rows))
        import_run_explain_map();
    fprintf(stderr,
            "lws-app import: %" PRId64 " rows %s in (%" PRId64
            " placed, %" PRId64 " already there)",
            import->run.placed + import->run.existing,
            import->is_dry ? "would be" : "are", import->run.placed,
            import->run.existing);
    if (import->count)
        fprintf(stderr, ", none from line %" PRId64 " on", import->lines[0]);
    fputs("\n", stderr);
    return 1;
}

int command_import(struct command *command)
{
    struct import import = {.rows = NULL};
    struct err err = ERR_INIT;
    int rc;

    if (begin(command, &import, &err) < 0) {
        rc = command_fail(command, &err);
        goto out;
    }
    import_run_catch_signals();
    rc = run(command, &import, &err);
    import_run_clear();
    if (rc < 0)
        rc = report(&import, &err);
    else
        printf(import.is_dry ? "%" PRId64 " orders would be placed, %" PRId64
                               " are already there; nothing was done\n"
                             : "%" PRId64 " orders placed, %" PRId64
                               " already there\n",
               import.run.placed, import.run.existing);
out:
    command_close(command);
    import_rows_close(import.rows);
    import_ids_free(import.ids);
    mem_free(import.drafts);
    mem_free(import.lines);
    return rc;
}
