#include "commands/import/import_run.h"
#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define BATCH_DEFAULT 1000
#define BATCH_MAX 10000

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
    (void)number;
    is_stopped = 1;
}

int import_run_begin(struct import_run *run, const struct command *command,
                     struct err *err)
{
    const char *text = config_flag(command->argc, command->argv, "--batch");
    char *end;
    long value;

    run->batch = BATCH_DEFAULT;
    run->shown_us = clock_mono_us();
    if (!text)
        return 0;
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 1 || value > BATCH_MAX)
        return err_field(err, "batch", "must be a number from 1 to %d",
                         BATCH_MAX);
    run->batch = (size_t)value;
    return 0;
}

static const char *own_flag(const struct command *command, const char *name)
{
    return config_flag(command->argc, command->argv, name);
}

/* Of two only the first would count. */
static int refuse_twice(const struct command *command, const char *name,
                        const char *field, struct err *err)
{
    size_t len = strlen(name);
    int count = 0;

    for (int i = 0; i < command->argc; i++)
        count += !strncmp(command->argv[i], name, len) &&
                 (!command->argv[i][len] || command->argv[i][len] == '=');
    return count < 2 ? 0
                     : err_field(err, field,
                                 "is given twice: put all into one, with "
                                 "commas between");
}

int import_run_options(const struct command *command,
                       struct import_options *options, struct err *err)
{
    const char *format = own_flag(command, "--format");

    *options = (struct import_options){
        .encoding = own_flag(command, "--encoding"),
        .decimal = own_flag(command, "--decimal"),
        .map = own_flag(command, "--map"),
    };
    if (refuse_twice(command, "--map", "map", err) < 0)
        return -1;
    if (!format)
        return 0;
    options->format = strcmp(format, "csv") == 0 ? IMPORT_CSV : IMPORT_NDJSON;
    if (options->format == IMPORT_NDJSON && strcmp(format, "ndjson") != 0)
        return err_field(err, "format", "must be csv or ndjson");
    return 0;
}

void import_run_explain_map(void)
{
    fputs("lws-app import: --map NAME=FIELD says what a column is, --map NAME= "
          "ignores it\n",
          stderr);
}

void import_run_catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool import_run_is_stopped(void)
{
    return is_stopped;
}

void import_run_show(struct import_run *run)
{
    int64_t now_us = clock_mono_us();

    if (now_us - run->shown_us < CLOCK_S)
        return;
    run->shown_us = now_us;
    fprintf(stderr,
            isatty(STDERR_FILENO) ? "\r%" PRId64 " rows" : "%" PRId64 " rows\n",
            run->placed + run->existing);
}

void import_run_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
