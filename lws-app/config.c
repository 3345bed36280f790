#include "base/log.h"
#include "base/secret_file.h"
#include "config_settings.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool same_name(const char *given, size_t len, const char *name)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = given[i] == '-' ? '_' : (char)tolower((unsigned char)given[i]);

        if (c != name[i])
            return false;
    }
    return true;
}

static const struct setting *find(const char *given, size_t len)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (same_name(given, len, settings[i].name))
            return &settings[i];
    }
    return NULL;
}

static int set_number(const struct setting *setting, long *value,
                      const char *text, struct err *err)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (!*text || *end || number < setting->min || number > setting->max)
        return err_field(err, setting->name,
                         "must be a whole number from %ld to %ld", setting->min,
                         setting->max);
    *value = number;
    return 0;
}

static int set_switch(const struct setting *setting, bool *value,
                      const char *text, struct err *err)
{
    static const char *const on[] = {"", "1", "yes", "true", "on"};
    static const char *const off[] = {"0", "no", "false", "off"};

    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
        if (!strcmp(text, on[i])) {
            *value = true;
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
        if (!strcmp(text, off[i])) {
            *value = false;
            return 0;
        }
    }
    return err_field(err, setting->name, "must be yes or no");
}

static int set(struct config *config, const struct setting *setting,
               const char *text, struct err *err)
{
    char *place = (char *)config + setting->offset;
    size_t len = strlen(text);

    switch (setting->kind) {
    case SETTING_NUMBER:
        return set_number(setting, (long *)(void *)place, text, err);
    case SETTING_SWITCH: return set_switch(setting, (bool *)place, text, err);
    case SETTING_TEXT:
    case SETTING_LIST: break;
    }
    if (len >= setting->size)
        return err_field(err, setting->name, "is too long");
    memcpy(place, text, len + 1);
    return 0;
}

static int add(struct config *config, const struct setting *setting,
               const char *text, struct err *err)
{
    char *place = (char *)config + setting->offset;
    size_t len = strlen(place);

    if (!len)
        return set(config, setting, text, err);
    if (len + 1 + strlen(text) >= setting->size)
        return err_field(err, setting->name, "is too long");
    snprintf(place + len, setting->size - len, ",%s", text);
    return 0;
}

/* given: which settings were flags before this one, by their index. */
static int set_flag(struct config *config, const struct setting *setting,
                    const char *text, bool *given, struct err *err)
{
    bool *was_given = &given[setting - settings];
    bool is_more = setting->kind == SETTING_LIST && *was_given;

    *was_given = true;
    return is_more ? add(config, setting, text, err)
                   : set(config, setting, text, err);
}

/* "--name=value" or "--name value"; *i: of its last word then. */
static int read_flag(struct config *config, int argc, char **argv, int *i,
                     bool *given, struct err *err)
{
    const char *word = argv[*i] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct setting *setting = find(word, len);
    char name[64];

    if (!setting) {
        snprintf(name, sizeof(name), "--%.*s", (int)(len > 48 ? 48 : len),
                 word);
        return err_field(err, name, "unknown flag");
    }
    if (equals)
        return set_flag(config, setting, equals + 1, given, err);
    if (setting->kind == SETTING_SWITCH)
        return set(config, setting, "", err);
    if (*i + 1 >= argc)
        return err_field(err, setting->name, "needs a value");
    (*i)++;
    return set_flag(config, setting, argv[*i], given, err);
}

static bool is_own(const char *word, const char *const *own)
{
    size_t len = strcspn(word, "=");

    for (; own && *own; own++) {
        if (strlen(*own) == len && !memcmp(word, *own, len))
            return true;
    }
    return false;
}

static bool takes_value(const char *flag)
{
    static const char *const switches[] = {
        "--password-stdin", "--json",        "--new-epoch", "--follow",
        "--dry-run",        "--skip-faults", "--now"};

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (!strcmp(flag, switches[i]))
            return false;
    }
    return true;
}

static int read_flags(struct config *config, int argc, char **argv,
                      const char *const *own, char **rest, size_t rest_max,
                      size_t *rest_count, struct err *err)
{
    bool given[SETTINGS_MAX] = {false};

    *rest_count = 0;
    for (int i = 0; i < argc; i++) {
        if (is_own(argv[i], own)) {
            if (!strchr(argv[i], '=') && takes_value(argv[i]))
                i++;
        } else if (!strncmp(argv[i], "--config", 8) &&
                   (!argv[i][8] || argv[i][8] == '=')) {
            if (!argv[i][8])
                i++;
        } else if (!strncmp(argv[i], "--", 2)) {
            if (read_flag(config, argc, argv, &i, given, err) < 0)
                return -1;
        } else if (*rest_count < rest_max) {
            rest[(*rest_count)++] = argv[i];
        } else {
            return err_field(err, argv[i], "unexpected argument");
        }
    }
    return 0;
}

static int read_environment(struct config *config, struct err *err)
{
    for (size_t i = 0; i < settings_count; i++) {
        char name[64] = "LWSAPP_";
        const char *value;

        for (size_t k = 0; settings[i].name[k]; k++)
            name[7 + k] = (char)toupper((unsigned char)settings[i].name[k]);
        value = getenv(name);
        if (value && set(config, &settings[i], value, err) < 0)
            return -1;
    }
    return 0;
}

static char *trim(char *text)
{
    size_t len = strlen(text);

    while (len && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static int read_line(struct config *config, char *line, const char *path,
                     int number, struct err *err)
{
    char *name = trim(line);
    char *equals = strchr(name, '=');
    const struct setting *setting;

    if (!*name || *name == '#')
        return 0;
    if (!equals)
        return err_set(err, ERR_INVALID, "%s:%d: not \"name = value\"", path,
                       number);
    *equals = '\0';
    name = trim(name);
    setting = find(name, strlen(name));
    if (!setting)
        return err_set(err, ERR_INVALID, "%s:%d: unknown setting %s", path,
                       number, name);
    return set(config, setting, trim(equals + 1), err);
}

static int read_file(struct config *config, const char *path, struct err *err)
{
    char line[CONFIG_TEXT_MAX + 128];
    FILE *file = fopen(path, "re");
    int number = 0;
    int rc = 0;

    if (!file)
        return err_field(err, "config", "can't be read: %s", path);
    while (rc == 0 && fgets(line, sizeof(line), file)) {
        number++;
        if (!strchr(line, '\n') && !feof(file))
            rc =
                err_set(err, ERR_INVALID, "%s:%d: line too long", path, number);
        else
            rc = read_line(config, line, path, number, err);
    }
    fclose(file);
    return rc;
}

const char *config_flag(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);

    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], name, len))
            continue;
        if (argv[i][len] == '=')
            return argv[i] + len + 1;
        if (!argv[i][len])
            return takes_value(name) && i + 1 < argc ? argv[i + 1] : "";
    }
    return NULL;
}

int config_read(struct config *config, int argc, char **argv,
                const char *const *own, char **rest, size_t rest_max,
                size_t *rest_count, struct err *err)
{
    const char *path = config_flag(argc, argv, "--config");

    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < settings_count; i++) {
        if (set(config, &settings[i], settings[i].fallback, err) < 0)
            return -1;
    }
    if (!path)
        path = getenv("LWSAPP_CONFIG");
    if (path && read_file(config, path, err) < 0)
        return -1;
    if (read_environment(config, err) < 0)
        return -1;
    return read_flags(config, argc, argv, own, rest, rest_max, rest_count, err);
}

bool config_needs_standby(const struct config *config)
{
    return !strcmp(config->database_durability, "standby");
}

/* Settings that may be in a file of their own: NAME_FILE. */
#define SECRET(field)                                                          \
    {                                                                          \
#field, #field "_file", offsetof(struct config, field),                \
            sizeof(((struct config *)0)->field),                               \
            offsetof(struct config, field##_file)                              \
    }

static const struct secret {
    const char *name, *file_name;
    size_t offset, size;
    size_t file_offset;
} secrets[] = {SECRET(redis), SECRET(market_redis)};

static void warn_shared(const char *setting, const char *path)
{
    unsigned mode;

    if (secret_file_is_shared(path, &mode))
        log_warn("config.secret_shared",
                 "setting=%s file=%s mode=%04o hint=\"chmod 600\"", setting,
                 path, mode);
}

static int read_secret(struct config *config, const struct secret *secret,
                       struct err *err)
{
    const char *path = (char *)config + secret->file_offset;
    char *value = (char *)config + secret->offset;

    if (!*path)
        return 0;
    if (*value)
        return err_field(err, secret->file_name,
                         "is given together with %s: give only one",
                         secret->name);
    warn_shared(secret->file_name, path);
    return secret_file_read(secret->file_name, path, value, secret->size, err);
}

int config_read_secrets(struct config *config, struct err *err)
{
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (read_secret(config, &secrets[i], err) < 0)
            return -1;
    }
    if (*config->tls_key)
        warn_shared("tls_key", config->tls_key);
    return 0;
}
