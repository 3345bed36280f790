#pragma once
#include "base/err.h"
#include "config.h"
#include "model/log/meta.h"
#include "store/db.h"
/*
 * What every command of the program shares: its settings, a writing connection
 * that takes fair turns with a running server, and word of its commits to that
 * server's Redis.
 * Thread: main. Blocks.
 */
struct command {
    const char *name;
    int argc; /* behind the name */
    char **argv;
    struct config config;
    char *rest[4]; /* words that are no flags */
    size_t rest_count;
    struct db *db;
    struct meta meta;
    char copy[CONFIG_TEXT_MAX + 32]; /* the folder of a copy; "": none */
};

/* own: the command's own flags, NULL-terminated. */
int command_begin(struct command *command, const char *const *own,
                  struct err *err);
/* Makes a copy of the database and opens that: what is done then is done to
 * nothing, and told to nobody. command_close() removes it. */
int command_open_copy(struct command *command, struct err *err);
/* Opens the database for writing; its schema must be up to date unless migrate
 * is set, which brings it there. */
int command_open(struct command *command, bool migrate, struct err *err);
void command_close(struct command *command);

/* Runs fn in one transaction, in its turn, and after the commit tells the
 * server's Redis, where one is configured (without, a server notices within a
 * tenth of a second or a second). */
int command_write(struct command *command,
                  int (*fn)(struct command *command, void *arg,
                            struct err *err),
                  void *arg, struct err *err);

/* The password from --password-stdin, --password-file, the variables
 * LWSAPP_PASSWORD and LWSAPP_PASSWORD_FILE, or a prompt that does not echo
 * (asked twice). A file beside another way is ERR_INVALID. */
int command_password(struct command *command, char *password, size_t max,
                     struct err *err);
/* Prints what, and what is wrong, to the person at the terminal, whatever a
 * file has brought into it: each on a line. */
void command_complain(const char *what, const struct err *err);
/* Prints err for the person at the terminal; returns the exit code, 1. */
int command_fail(const struct command *command, const struct err *err);

typedef int command_fn(struct command *command);
command_fn command_serve, command_migrate, command_createsuperuser,
    command_createuser, command_changepassword, command_resetsecondfactor,
    command_import, command_import_instruments, command_export,
    command_import_django, command_backup, command_check, command_audit,
    command_feed, command_export_database, command_import_database;
