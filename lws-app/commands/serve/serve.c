#include "app.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/serve/listen.h"
#include "commands/serve/lock.h"
#include "commands/serve/workers.h"
#include "model/accounts/user.h"
#include "signals.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define AWAY_WAIT_MS 1000 /* between two tries to open a database */

struct serving {
    struct command *command;
    struct listeners *listeners;
    bool is_said;
};

static void say_ready(void *arg)
{
    struct serving *serving = arg;

    if (serving->is_said)
        return;
    serving->is_said = true;
    if (*serving->listeners->path)
        printf("ready unix=%s\n", serving->listeners->path);
    else
        printf("ready port=%d\n", serving->listeners->of[0].port);
    fflush(stdout);
}

static int check_settings(const struct config *config, struct err *err)
{
    if (config->workers > 1 && !*config->redis)
        return err_field(err, "workers",
                         "more than 1 needs --redis: it carries what one "
                         "worker commits to the sockets of the others");
    if (!*config->tls_cert != !*config->tls_key)
        return err_field(err, *config->tls_cert ? "tls_key" : "tls_cert",
                         "is missing: tls_cert and tls_key go together");
    if (config->proxy_protocol && !*config->trusted_proxy &&
        strncmp(config->listen, "unix:", 5) != 0)
        return err_field(err, "proxy_protocol",
                         "needs trusted_proxy, which says whose headers count");
    return app_check(config, *config->tls_cert, err);
}

/* *tls NULL: none is configured. */
static int read_tls(const struct config *config, struct tls_pair **tls,
                    struct err *err)
{
    *tls = NULL;
    if (!*config->tls_cert)
        return 0;
    return tls_pair_read(tls, config->tls_cert, config->tls_key, err);
}

/* A password equal to its username is known to everybody. */
static int check_passwords(struct command *command, bool beyond_loopback,
                           struct err *err)
{
    int64_t all;
    int64_t with_default;

    if (user_count(command->db, &all, &with_default, err) < 0)
        return -1;
    if (!all)
        log_warn("serve.no_users", "hint=\"lws-app createsuperuser\"");
    if (with_default && beyond_loopback)
        return err_field(err, "listen",
                         "refused beyond loopback while %" PRId64
                         " active superuser(s) have a password equal to the "
                         "username: lws-app changepassword",
                         with_default);
    return 0;
}

/* What a fault in the program would hand over should not be the machine. */
static int check_user(const struct config *config, bool beyond_loopback,
                      struct err *err)
{
    if (!beyond_loopback || geteuid() != 0 || config->allow_root)
        return 0;
    return err_field(err, "listen",
                     "refused beyond loopback as root: run it as a dedicated "
                     "user, or with --allow-root");
}

static int prepare(struct command *command, struct listeners *listeners,
                   int *lock, struct err *err)
{
    const struct config *config = &command->config;
    struct tls_pair *tls = NULL;
    int rc = -1;

    if (check_settings(config, err) < 0 || read_tls(config, &tls, err) < 0 ||
        lock_database(config->database, lock, err) < 0 ||
        command_open(command, !config->no_migrate, err) < 0 ||
        listeners_open(listeners, config->listen, (int)config->workers, err) <
            0)
        goto out;
    listeners_set_tls(listeners, tls);
    tls = NULL;
    rc = check_passwords(command, listeners->beyond_loopback, err);
    if (rc == 0)
        rc = check_user(config, listeners->beyond_loopback, err);
out:
    /* Nothing of SQLite may cross a fork. */
    command_close(command);
    tls_pair_free(tls);
    return rc;
}

/* The settings again, from the same places. What the listening sockets and the
 * database were opened with stays; a bad setting leaves all as it was. */
static int reload(void *arg)
{
    struct serving *serving = arg;
    struct command *command = serving->command;
    const struct config before = command->config;
    struct tls_pair *tls;
    struct err err = ERR_INIT;

    if (command_begin(command, NULL, &err) < 0 ||
        check_settings(&command->config, &err) < 0 ||
        read_tls(&command->config, &tls, &err) < 0) {
        log_error("serve.reload_failed", "text=\"%s\"", err.text);
        command->config = before;
        return -1;
    }
    if (strcmp(before.database, command->config.database) != 0 ||
        strcmp(before.listen, command->config.listen) != 0 ||
        before.workers != command->config.workers ||
        before.core_dumps != command->config.core_dumps)
        log_warn("serve.reload_partial",
                 "hint=\"database, listen, workers and core_dumps need a "
                 "restart\"");
    memcpy(command->config.database, before.database, sizeof(before.database));
    memcpy(command->config.listen, before.listen, sizeof(before.listen));
    command->config.workers = before.workers;
    listeners_set_tls(serving->listeners, tls);
    log_info("serve.reloaded", "workers=%ld", before.workers);
    return 0;
}

/* A database that was there, and is away as the daemon begins anew, will come
 * back; one that is away at the start may be a wrong setting. */
static int wait_for_database(const struct err *err)
{
    log_warn("app.waits", "text=\"%s\"", err->text);
    return signals_await_end(AWAY_WAIT_MS) ? 0 : 1;
}

static int serve_alone(struct serving *serving, struct err *err)
{
    const struct app_hooks hooks = {
        .ready = say_ready, .reload = reload, .arg = serving};
    bool has_served = false;
    int rc = 1;

    signals_hold();
    while (rc == 1) {
        err_clear(err);
        rc = app_serve(&serving->command->config, &serving->listeners->of[0],
                       &hooks, err);
        has_served = has_served || rc == 1;
        if (rc < 0 && has_served && err->code == ERR_UNAVAILABLE)
            rc = wait_for_database(err);
    }
    return rc;
}

int command_serve(struct command *command)
{
    static struct listeners listeners;
    struct serving serving = {.command = command, .listeners = &listeners};
    struct err err = ERR_INIT;
    int lock = -1;
    int rc = -1;

    signal(SIGPIPE, SIG_IGN);
    if (command_begin(command, NULL, &err) < 0)
        goto out;
    if (command->rest_count) {
        err_field(&err, command->rest[0], "unexpected argument");
        goto out;
    }
    if (log_start(&err) < 0 || prepare(command, &listeners, &lock, &err) < 0)
        goto out;
    if (listeners.count == 1)
        rc = serve_alone(&serving, &err);
    else
        rc = workers_run(&command->config, &listeners, say_ready, reload,
                         &serving, &err);
out:
    listeners_close(&listeners);
    if (lock >= 0)
        close(lock);
    /* Where the log is stuck, so would be who says more. */
    if (log_stop(LOG_STOP_MS) < 0)
        _exit(rc < 0);
    return rc < 0 ? command_fail(command, &err) : 0;
}
