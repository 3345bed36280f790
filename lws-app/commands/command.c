#include "commands/command.h"
#include "base/log.h"
#include "base/process.h"
#include "base/secret_file.h"
#include "base/text.h"
#include "fanout/relay.h"
#include "model/accounts/password.h"
#include "schema.h"
#include "store/migrate.h"
#include "store/redis/redis_once.h"
#include "store/redis/redis_url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/banned.h"

#define LINE_MAX_BYTES 65536 /* of what is printed */

/* What SQLite would take for something else, or make a file of by surprise. */
static int check_database(const char *database, struct err *err)
{
    static const char field[] = "database";
    size_t scheme_len = strcspn(database, ":/");
    struct stat found;

    if (db_is_url(database))
        return db_check_url(database, err);
    if (!*database)
        return err_field(err, field, "must name a file");
    if (*database == ':')
        return err_field(err, field,
                         "must name a file: a database in memory would be a "
                         "different one for every thread");
    if (!strncasecmp(database, "file:", 5) ||
        !strncmp(database + scheme_len, "://", 3))
        return err_field(err, field,
                         "must be the path of a file, or postgresql://");
    if (database[strlen(database) - 1] == '/' ||
        (stat(database, &found) == 0 && S_ISDIR(found.st_mode)))
        return err_field(err, field, "%s is a folder: name a file in it",
                         database);
    if (stat(database, &found) == 0 && !S_ISREG(found.st_mode))
        return err_field(err, field, "%s is not a regular file", database);
    return 0;
}

static int check_durability(const struct config *config, struct err *err)
{
    const char *field = "database_durability";

    if (!config_needs_standby(config))
        return !strcmp(config->database_durability, "local")
                   ? 0
                   : err_field(err, field, "must be local or standby");
    return db_is_url(config->database)
               ? 0
               : err_field(err, field,
                           "standby needs a server (postgresql://): a file has "
                           "no standby");
}

int command_begin(struct command *command, const char *const *own,
                  struct err *err)
{
    enum log_level level;

    if (config_read(&command->config, command->argc, command->argv, own,
                    command->rest,
                    sizeof(command->rest) / sizeof(command->rest[0]),
                    &command->rest_count, err) < 0 ||
        check_database(command->config.database, err) < 0 ||
        check_durability(&command->config, err) < 0)
        return -1;
    if (log_level_parse(command->config.log_level, &level) < 0)
        return err_field(err, "log_level",
                         "must be error, warn, info or debug");
    log_set_level(level);
    if (!command->config.core_dumps)
        process_seal();
    /* What a command has changed must not wait for the log to be heard of
     * because of a slip of the pen. */
    return config_read_secrets(&command->config, err) < 0
               ? -1
               : redis_urls_check(command->config.redis, err);
}

int command_open(struct command *command, bool migrate, struct err *err)
{
    const char *database = command->config.database;
    int have = 0;
    int want = 0;
    int applied = 0;
    const char *schema;

    if (db_open(&command->db, database, DB_WRITE, err) < 0)
        return -1;
    schema = schema_for(command->db);
    if (migrate_state(command->db, schema, &have, &want, err) < 0)
        return -1;
    if (have != want) {
        if (!migrate)
            return err_set(err, ERR_UNAVAILABLE,
                           "%s is at schema step %d of %d: run lws-app "
                           "migrate",
                           database, have, want);
        if (migrate_run(command->db, schema, &applied, err) < 0)
            return -1;
        log_info("migrate.done", "database=%s from=%d to=%d", database, have,
                 want);
    }
    if (meta_prepare(command->db, &command->meta, err) < 0)
        return -1;
    /* The daemon gets this far without, and serves what there is to read. */
    if (config_needs_standby(&command->config))
        db_require_standby(command->db);
    return 0;
}

static void remove_copy(const char *folder)
{
    static const char *const names[] = {"copy", "copy-wal", "copy-shm",
                                        "copy-turn", "copy.partial"};
    char path[sizeof(((struct command *)0)->copy) + 16];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* Beside the database, where there is room for one of its size. */
int command_open_copy(struct command *command, struct err *err)
{
    char *database = command->config.database;
    char path[sizeof(command->config.database)];
    int rc;

    if (db_is_url(database))
        return err_field(err, "dry_run",
                         "is not possible on PostgreSQL: it works on a copy of "
                         "the database file");
    if (strlen(database) + sizeof("-copy-XXXXXX/copy") > sizeof(path))
        return err_field(err, "database", "has too long a path to copy");
    if (db_open(&command->db, database, DB_READ, err) < 0)
        return -1;
    snprintf(command->copy, sizeof(command->copy), "%s-copy-XXXXXX", database);
    if (!mkdtemp(command->copy)) {
        err_set(err, ERR_UNAVAILABLE, "%s: %s", command->copy, strerror(errno));
        *command->copy = '\0';
        return -1;
    }
    snprintf(path, sizeof(path), "%.*s/copy", (int)sizeof(path) - 6,
             command->copy);
    rc = db_backup(command->db, path, NULL, NULL, err);
    db_close(command->db);
    command->db = NULL;
    memcpy(database, path, sizeof(path));
    *command->config.redis = '\0';
    return rc < 0 ? -1 : command_open(command, false, err);
}

void command_close(struct command *command)
{
    db_close(command->db);
    command->db = NULL;
    if (*command->copy)
        remove_copy(command->copy);
    *command->copy = '\0';
}

#define MESSAGES_MAX 64

struct messages {
    char *channels[MESSAGES_MAX];
    char *bytes[MESSAGES_MAX];
    size_t lens[MESSAGES_MAX];
    size_t count;
};

static int add_message(void *arg, const char *channel, const char *bytes,
                       size_t len)
{
    struct messages *messages = arg;
    size_t i = messages->count;

    if (i == MESSAGES_MAX)
        return 0; /* the look at the log finds the rest */
    messages->channels[i] = strdup(channel);
    messages->bytes[i] = malloc(len ? len : 1);
    if (!messages->channels[i] || !messages->bytes[i]) {
        free(messages->channels[i]);
        free(messages->bytes[i]);
        return 0;
    }
    memcpy(messages->bytes[i], bytes, len);
    messages->lens[i] = len;
    messages->count++;
    return 0;
}

/* To each of them: who listens may hear only one. Daemons that hear none look
 * at the log, within a second. */
static void publish(const struct command *command,
                    const struct messages *messages)
{
    const char *left = command->config.redis;
    char url[REDIS_URL_MAX];
    struct err err = ERR_INIT;

    while (redis_url_next(&left, url, &err) == 1) {
        if (redis_publish_once(url, (const char *const *)messages->channels,
                               (const char *const *)messages->bytes,
                               messages->lens, messages->count, &err) < 0)
            log_warn("command.unannounced", "text=\"%s\"", err.text);
        err_clear(&err);
    }
}

static void announce(struct command *command)
{
    struct messages messages = {.count = 0};
    struct err err = ERR_INIT;
    struct buf outbox;

    buf_init(&outbox, SIZE_MAX);
    db_take_outbox(command->db, &outbox);
    if (*command->config.redis && outbox.len) {
        relay_split(command->meta.epoch, outbox.data, outbox.len, add_message,
                    &messages, &err);
        publish(command, &messages);
    }
    for (size_t i = 0; i < messages.count; i++) {
        free(messages.channels[i]);
        free(messages.bytes[i]);
    }
    buf_release(&outbox);
}

int command_write(struct command *command,
                  int (*fn)(struct command *command, void *arg,
                            struct err *err),
                  void *arg, struct err *err)
{
    int rc = db_begin(command->db, err);

    if (rc == 0)
        rc = fn(command, arg, err);
    if (rc == 0)
        rc = db_commit(command->db, err);
    if (rc < 0 && err->code == ERR_UNSURE)
        rc = db_resolve(command->db, DB_RESOLVE_MS, err);
    if (rc < 0)
        db_abort(command->db);
    if (rc == 0)
        announce(command);
    return rc;
}

static int read_line(FILE *file, char *line, size_t max, struct err *err)
{
    size_t len;

    if (!fgets(line, (int)max, file))
        return err_field(err, "password", "is missing");
    len = strcspn(line, "\r\n");
    if (!line[len] && !feof(file))
        return err_field(err, "password", "is too long");
    line[len] = '\0';
    return 0;
}

static int ask_once(const char *prompt, char *line, size_t max, struct err *err)
{
    struct termios before;
    struct termios silent;
    int rc;

    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return err_set(err, ERR_INVALID,
                       "there is no terminal: use --password-stdin, "
                       "--password-file or LWSAPP_PASSWORD");
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    rc = read_line(stdin, line, max, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputs("\n", stderr);
    return rc;
}

/* NULL: there is none. */
static const char *password_file(const struct command *command)
{
    const char *path =
        config_flag(command->argc, command->argv, "--password-file");

    if (!path)
        path = getenv("LWSAPP_PASSWORD_FILE");
    return path && *path ? path : NULL;
}

static int read_password_file(const char *path, char *password, size_t max,
                              struct err *err)
{
    static const char name[] = "password_file";
    unsigned mode;

    if (secret_file_is_shared(path, &mode))
        log_warn("command.secret_shared",
                 "setting=%s file=%s mode=%04o hint=\"chmod 600\"", name, path,
                 mode);
    return secret_file_read(name, path, password, max, err);
}

int command_password(struct command *command, char *password, size_t max,
                     struct err *err)
{
    const char *variable = getenv("LWSAPP_PASSWORD");
    const char *path = password_file(command);
    bool by_stdin =
        config_flag(command->argc, command->argv, "--password-stdin");
    char again[PASSWORD_MAX];

    if (path && (by_stdin || variable))
        return err_field(
            err, "password_file",
            "is given together with another password: give only one");
    if (path) {
        if (read_password_file(path, password, max, err) < 0)
            return -1;
    } else if (by_stdin) {
        if (read_line(stdin, password, max, err) < 0)
            return -1;
    } else if (variable) {
        if (strlen(variable) >= max)
            return err_field(err, "password", "is too long");
        snprintf(password, max, "%s", variable);
    } else {
        if (ask_once("Password: ", password, max, err) < 0 ||
            ask_once("Again: ", again, sizeof(again), err) < 0)
            return -1;
        if (strcmp(password, again) != 0)
            return err_field(err, "password", "the two passwords differ");
    }
    if (!*password)
        return err_field(err, "password", "is empty");
    return 0;
}

static void print_line(const char *what, const char *field, const char *text)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    text_put_visible(&line, what, strlen(what));
    if (field) {
        buf_put_text(&line, ": ");
        text_put_visible(&line, field, strlen(field));
    }
    buf_put_text(&line, ": ");
    text_put_visible(&line, text, strlen(text));
    fprintf(stderr, "%s\n", line.failed ? what : buf_text(&line));
    buf_release(&line);
}

void command_complain(const char *what, const struct err *err)
{
    if (!err->field_count)
        print_line(what, NULL, err->text);
    for (size_t i = 0; i < err->field_count; i++)
        print_line(what, err->fields[i].name, err->fields[i].text);
}

int command_fail(const struct command *command, const struct err *err)
{
    char what[64];

    snprintf(what, sizeof(what), "lws-app %s", command->name);
    command_complain(what, err);
    return 1;
}
