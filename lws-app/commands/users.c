#include "commands/command.h"
#include "model/accounts/second_factor.h"
#include "model/accounts/user.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const own_flags[] = {
    "--username", "--email", "--password-stdin", "--password-file", NULL};

struct account {
    struct user user;
    char password[PASSWORD_MAX];
};

static int begin(struct command *command, struct account *account,
                 struct err *err)
{
    const char *username;
    const char *email;

    if (command_begin(command, own_flags, err) < 0)
        return -1;
    username = config_flag(command->argc, command->argv, "--username");
    email = config_flag(command->argc, command->argv, "--email");
    if (!username || !*username)
        return err_field(err, "username", "is missing: --username NAME");
    if (command->rest_count)
        return err_field(err, command->rest[0], "unexpected argument");
    snprintf(account->user.username, sizeof(account->user.username), "%s",
             username);
    snprintf(account->user.email, sizeof(account->user.email), "%s",
             email ? email : "");
    return 0;
}

static int hash(struct command *command, struct account *account,
                struct err *err)
{
    const char *reasons[PASSWORD_REASONS];
    size_t count;

    if (command_password(command, account->password, sizeof(account->password),
                         err) < 0 ||
        password_weaknesses(account->password, account->user.username, reasons,
                            &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "lws-app %s: warning: %s\n", command->name, reasons[i]);
    return password_hash(account->password,
                         (int)command->config.password_iterations,
                         account->user.password, err);
}

static int insert(struct command *command, void *arg, struct err *err)
{
    struct account *account = arg;
    int64_t id;

    return user_create(command->db, NULL, &account->user, account->password,
                       &id, err);
}

static int create(struct command *command, bool superuser)
{
    struct account account = {.password = ""};
    struct err err = ERR_INIT;
    int rc = -1;

    if (begin(command, &account, &err) < 0 || hash(command, &account, &err) < 0)
        goto out;
    account.user.is_active = true;
    account.user.is_staff = superuser;
    account.user.is_superuser = superuser;
    account.user.may_add = true;
    account.user.may_change = true;
    account.user.may_delete = true;
    memcpy(account.user.market_symbols, "*", sizeof("*"));
    if (command_open(command, true, &err) < 0)
        goto out;
    rc = command_write(command, insert, &account, &err);
    if (rc == 0)
        printf("%s %s made\n", superuser ? "superuser" : "user",
               account.user.username);
out:
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}

int command_createsuperuser(struct command *command)
{
    return create(command, true);
}

int command_createuser(struct command *command)
{
    return create(command, false);
}

static int find(struct command *command, const char *username,
                struct user *user, struct err *err)
{
    if (user_find(command->db, username, user, err) == 0)
        return 0;
    if (err->code != ERR_MISSING)
        return -1;
    err_clear(err);
    return err_field(err, "username", "there is no user %s", username);
}

static int set_password(struct command *command, void *arg, struct err *err)
{
    struct account *account = arg;
    struct user user;

    if (find(command, account->user.username, &user, err) < 0)
        return -1;
    return user_set_password(command->db, NULL, user.id, account->user.password,
                             account->password, err);
}

int command_changepassword(struct command *command)
{
    struct account account = {.password = ""};
    struct err err = ERR_INIT;
    int rc = -1;

    if (begin(command, &account, &err) == 0 &&
        hash(command, &account, &err) == 0 &&
        command_open(command, false, &err) == 0)
        rc = command_write(command, set_password, &account, &err);
    if (rc == 0)
        printf("password of %s changed; its logins have ended\n",
               account.user.username);
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}

static int reset_factor(struct command *command, void *arg, struct err *err)
{
    const struct account *account = arg;
    struct user user;

    if (find(command, account->user.username, &user, err) < 0)
        return -1;
    if (second_factor_reset(command->db, NULL, user.id, err) == 0)
        return 0;
    if (err->code != ERR_MISSING)
        return -1;
    err_clear(err);
    return err_field(err, "username", "%s has no second factor", user.username);
}

int command_resetsecondfactor(struct command *command)
{
    struct account account = {.password = ""};
    struct err err = ERR_INIT;
    int rc = -1;

    if (begin(command, &account, &err) == 0 &&
        command_open(command, false, &err) == 0)
        rc = command_write(command, reset_factor, &account, &err);
    if (rc == 0)
        printf("second factor of %s removed; its logins by cookie have ended\n",
               account.user.username);
    command_close(command);
    return rc < 0 ? command_fail(command, &err) : 0;
}
