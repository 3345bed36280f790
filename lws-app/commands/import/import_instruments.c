#include "base/mem.h"
#include "commands/command.h"
#include "commands/import/import_run.h"
#include "model/desk/instrument.h"
#include "web/import/import_rows.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/banned.h"

static const char *const own_flags[] = {"--batch",   "--format", "--encoding",
                                        "--decimal", "--map",    "--dry-run",
                                        NULL};

/* A batch is read in full before its transaction, so that no slow file or pipe
 * holds up the other writers. */
struct import {
    struct import_run run;
    struct import_rows *rows;
    const char *path;
    struct instrument_draft *drafts;
    int64_t *lines; /* where each draft came from */
    size_t count;
    int64_t done[INSTRUMENT_UNCHANGED + 1]; /* by outcome */
    int64_t batch_done[INSTRUMENT_UNCHANGED + 1];
    int64_t fault_line; /* 0: the fault is no row's */
    bool is_dry;        /* the database is a copy */
};

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
        import_rows_open(&import->rows, &import_instruments, import->path,
                         &options, err) < 0)
        return -1;
    import->drafts = mem_alloc(import->run.batch * sizeof(*import->drafts));
    import->lines = mem_alloc(import->run.batch * sizeof(*import->lines));
    if (!import->drafts || !import->lines)
        return err_set(err, ERR_NOMEM, "out of memory");
    import->is_dry =
        config_flag(command->argc, command->argv, "--dry-run") != NULL;
    return import->is_dry ? command_open_copy(command, err)
                          : command_open(command, false, err);
}

/* 1: there may be more; 0: the file has ended. */
static int fill(struct import *import, struct err *err)
{
    int rc = 1;

    import->count = 0;
    while (rc == 1 && import->count < import->run.batch) {
        if (import_run_is_stopped())
            return err_set(err, ERR_UNAVAILABLE, "interrupted");
        rc = import_rows_next(import->rows, &import->drafts[import->count],
                              &import->fault_line, err);
        import->lines[import->count] = import->fault_line;
        if (rc < 0 || err->code)
            return -1;
        import->count += rc == 1;
    }
    import->fault_line = 0;
    return rc;
}

static int put_batch(struct command *command, void *arg, struct err *err)
{
    struct import *import = arg;
    enum instrument_outcome outcome;

    for (size_t i = 0; i <= INSTRUMENT_UNCHANGED; i++)
        import->batch_done[i] = 0;
    for (size_t i = 0; i < import->count; i++) {
        import->fault_line = import->lines[i];
        if (instrument_put(command->db, NULL, &import->drafts[i], &outcome,
                           err) < 0)
            return -1;
        import->batch_done[outcome]++;
    }
    import->fault_line = 0;
    return 0;
}

static int run(struct command *command, struct import *import, struct err *err)
{
    int more = 1;

    while (more == 1) {
        more = fill(import, err);
        if (more < 0 || (import->count &&
                         command_write(command, put_batch, import, err) < 0))
            return -1;
        for (size_t i = 0; import->count && i <= INSTRUMENT_UNCHANGED; i++) {
            import->done[i] += import->batch_done[i];
            import->run.placed += import->batch_done[i];
        }
        import_run_show(&import->run);
    }
    return 0;
}

static void tell(const struct import *import, FILE *out)
{
    fprintf(out,
            "%" PRId64 " instruments created, %" PRId64 " changed, %" PRId64
            " unchanged%s\n",
            import->done[INSTRUMENT_CREATED], import->done[INSTRUMENT_CHANGED],
            import->done[INSTRUMENT_UNCHANGED],
            import->is_dry ? "; nothing was done" : "");
}

static int report(const struct import *import, const struct err *err)
{
    char where[PATH_MAX + 32];

    snprintf(where, sizeof(where), "%s", import->path);
    if (import->fault_line)
        snprintf(where, sizeof(where), "%s:%" PRId64, import->path,
                 import->fault_line);
    command_complain(where, err);
    if (import_rows_lack_names(import->rows))
        import_run_explain_map();
    tell(import, stderr);
    return 1;
}

int command_import_instruments(struct command *command)
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
        tell(&import, stdout);
out:
    command_close(command);
    import_rows_close(import.rows);
    mem_free(import.drafts);
    mem_free(import.lines);
    return rc;
}
