#pragma once
#include "base/err.h"
#include "commands/command.h"
#include "web/import/import_rows.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What imports of every kind share: how many rows one turn takes, how to be
 * interrupted between two, and how far it is.
 * Thread: main.
 */
struct import_run {
    size_t batch;
    int64_t placed;
    int64_t existing; /* were there already */
    int64_t shown_us;
};

/* Reads --batch. */
int import_run_begin(struct import_run *run, const struct command *command,
                     struct err *err);
/* Reads --format, --encoding, --decimal and --map. */
int import_run_options(const struct command *command,
                       struct import_options *options, struct err *err);
/* Says what --map is for, where the names of a file were not understood. */
void import_run_explain_map(void);
void import_run_catch_signals(void); /* SIGINT, SIGTERM */
bool import_run_is_stopped(void);
/* At most once a second, on standard error. */
void import_run_show(struct import_run *run);
void import_run_clear(void); /* what a terminal shows of it */
