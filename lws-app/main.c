#include "commands/command.h"
#include "store/db.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static const struct {
    const char *name;
    command_fn *run;
    const char *usage;
    const char *help;
} commands[] = {
    {"serve", command_serve, "serve", "serve until SIGTERM"},
    {"migrate", command_migrate, "migrate", "bring the database up to date"},
    {"createsuperuser", command_createsuperuser,
     "createsuperuser --username NAME [--email TEXT] "
     "[--password-stdin|--password-file FILE]",
     "create an account that may do everything"},
    {"createuser", command_createuser,
     "createuser --username NAME [--email TEXT] "
     "[--password-stdin|--password-file FILE]",
     "create an account with orders of its own"},
    {"changepassword", command_changepassword,
     "changepassword --username NAME "
     "[--password-stdin|--password-file FILE]",
     "set a password; ends the account's logins"},
    {"resetsecondfactor", command_resetsecondfactor,
     "resetsecondfactor --username NAME",
     "remove the second factor of an account whose user has lost it; ends its "
     "logins by cookie"},
    {"import", command_import,
     "import FILE [--owner NAME] [--format csv|ndjson] [--encoding NAME] "
     "[--decimal .|,] [--map HEAD=FIELD,...] [--dry-run] [--batch N]",
     "place orders from a file (- is standard input), all for NAME or each for "
     "its owner"},
    {"import-instruments", command_import_instruments,
     "import-instruments FILE [--format csv|ndjson] [--encoding NAME] "
     "[--decimal .|,] [--map HEAD=FIELD,...] [--dry-run] [--batch N]",
     "create and change instruments, by their symbols, from a file (- is "
     "standard input)"},
    {"export", command_export,
     "export [--owner NAME] [--format csv|ndjson] [--output FILE]",
     "write orders to a file or to standard output, from one snapshot"},
    {"feed", command_feed,
     "feed FILE [--url URL --token-file FILE [--ca FILE]] [--speed N|max] "
     "[--rate N] [--now] [--session TEXT] [--skip-faults] "
     "[--format csv|ndjson] [--encoding NAME]",
     "send market data from a file (- is standard input) to a server, or to "
     "the Redis that feeds it"},
    {"export-database", command_export_database, "export-database FILE",
     "write all of the database to a file, to move it to another engine or "
     "machine; no daemon may serve it"},
    {"import-database", command_import_database, "import-database FILE",
     "fill an empty database with what export-database has written"},
    {"import-django", command_import_django,
     "import-django FILE [--rejects FILE] [--batch N]",
     "import accounts and orders from the Django application's database"},
    {"backup", command_backup, "backup FILE",
     "copy the database while it is in use; the copy is verified"},
    {"audit", command_audit, "audit [--from ID] [--follow]",
     "write the audit rows after ID, one JSON object per line; with --follow, "
     "also those to come"},
    {"check", command_check, "check [--new-epoch]",
     "check that the database is consistent; or begin a new epoch"},
};
#define COMMANDS_COUNT (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *out)
{
    struct buf text;

    buf_init(&text, 65536);
    fputs("usage: lws-app COMMAND [SETTINGS]\n\ncommands:\n", out);
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "  %s\n      %s\n", commands[i].usage, commands[i].help);
    config_help(&text);
    fprintf(out, "\nsettings:\n%s", buf_text(&text));
    buf_release(&text);
    return 0;
}

static int version(void)
{
    printf("lws-app " LWSAPP_VERSION "\nlibwebsockets " LWSAPP_LWS_VERSION
           "\nSQLite %s\n",
           db_engine_version());
    return 0;
}

static int settings_table(void)
{
    struct buf text;

    buf_init(&text, 65536);
    config_table(&text);
    fputs(buf_text(&text), stdout);
    buf_release(&text);
    return 0;
}

/* Or a file that is opened later, the database say, is where words go that were
 * meant for a person. False: it can't be helped, and nobody can be told. */
static bool hold_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct command command = {.argc = argc > 2 ? argc - 2 : 0,
                              .argv = argv + 2};

    /* The database holds password hashes, and a backup does too. */
    umask(077);
    if (!hold_standard_files())
        return 1;
    if (argc < 2) {
        help(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
        return help(stdout);
    if (!strcmp(argv[1], "--version"))
        return version();
    if (!strcmp(argv[1], "--settings-table"))
        return settings_table();
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--help"))
            return help(stdout);
    }
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (!strcmp(argv[1], commands[i].name)) {
            command.name = commands[i].name;
            return commands[i].run(&command);
        }
    }
    fprintf(stderr, "lws-app: no command %s; see lws-app --help\n", argv[1]);
    return 2;
}
