#include "config.h"
#include "base/log.h"
#include "base/secret_file.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_LIST, /* a flag given again adds to it, behind a comma */
    SETTING_NUMBER,
    SETTING_SWITCH,
};

/* Flag "--read-budget-ms", variable LWSAPP_READ_BUDGET_MS and file key
 * read_budget_ms all come from the one name. */
struct setting {
    const char *name; /* with '_' */
    enum setting_kind kind;
    size_t offset;
    size_t size; /* of the text */
    const char *fallback;
    long min, max;
    const char *help;
};

#define TEXT_AS(kind, field, fallback, help)                                   \
    {                                                                          \
#field, kind, offsetof(struct config, field),                          \
            sizeof(((struct config *)0)->field), fallback, 0, 0, help          \
    }
#define TEXT(field, fallback, help) TEXT_AS(SETTING_TEXT, field, fallback, help)
#define LIST(field, fallback, help) TEXT_AS(SETTING_LIST, field, fallback, help)
#define NUMBER(field, fallback, min, max, help)                                \
    {                                                                          \
#field, SETTING_NUMBER, offsetof(struct config, field), 0, fallback,   \
            min, max, help                                                     \
    }
#define SWITCH(field, help)                                                    \
    {                                                                          \
#field, SETTING_SWITCH, offsetof(struct config, field), 0, "no", 0, 0, \
            help                                                               \
    }

static const struct setting settings[] = {
    TEXT(database, "lws-app.db",
         "the SQLite file, or postgresql://user@host/name, as "
         "libpq takes it"),
    TEXT(database_durability, "local",
         "what a confirmed write must outlive: local, a crash of the database "
         "server; standby, its loss, so that nothing is written while "
         "synchronous_standby_names is empty there"),
    TEXT(listen, "127.0.0.1:8000",
         "address and port to serve on, port 0 takes a free one; or unix:PATH, "
         "a "
         "socket for proxies on this machine, who are trusted"),
    SWITCH(allow_root,
           "serve beyond loopback even as root, which is otherwise refused"),
    LIST(redis, "",
         "redis[s]://[[user]:password@]host[:port][/0] or unix:///path; "
         "connects workers and machines; several, with commas between them or "
         "each with a flag of its own, stand in for each other; rediss uses "
         "TLS, and "
         "?ssl_ca_certs=FILE after it names authorities other than the "
         "system's"),
    TEXT(redis_file, "",
         "in place of redis: a file that holds it, and nothing else"),
    NUMBER(workers, "1", 1, 64,
           "processes that serve; more than 1 needs redis"),
    TEXT(public_url, "",
         "the address browsers use, with its path where there is one, for "
         "Origin "
         "checks and links (default: the listening address and localhost)"),
    TEXT(allowed_hosts, "",
         "comma-separated Host names to answer to (default: loopback names, "
         "the listening address, and the host of public_url)"),
    TEXT(
        cors_origins, "",
        "comma-separated origins (https://app.example) whose pages may use the "
        "API with a token, and open websockets with a ticket"),
    TEXT(trusted_proxy, "",
         "addresses and prefixes (10.0.0.0/8, ::1) whose X-Forwarded-For and "
         "X-Forwarded-Proto are believed"),
    SWITCH(proxy_protocol, "trusted_proxy, or whoever connects by unix:PATH, "
                           "begins each connection with the PROXY protocol (1 "
                           "or 2), which says who the client is"),
    TEXT(tls_cert, "",
         "PEM file of the certificate and its chain: with it, only https and "
         "wss are served; read again on SIGHUP"),
    TEXT(tls_key, "", "PEM file of its key, without a passphrase"),
    SWITCH(no_migrate, "serve: leave the schema alone, refuse an older one"),
    TEXT(log_level, "info", "error, warn, info or debug"),
    SWITCH(
        core_dumps,
        "allow core dumps and debuggers, which can see passwords and sessions"),
    NUMBER(readers, "3", 2, 16,
           "threads that read the database; one user can have all but one"),
    NUMBER(long_readers, "3", 2, 16,
           "threads that search and sort, so that reads by an index need not "
           "wait for them; one user can have all but one"),
    NUMBER(read_budget_ms, "2000", 10, 600000, "longest time of one read"),
    NUMBER(search_memory, "1073741824", 0, 68719476736,
           "bytes of orders kept in memory for searches and sorting, in each "
           "worker; 0: none"),
    NUMBER(view_memory, "67108864", 0, 68719476736,
           "bytes that live views may take in each worker; one user can have a "
           "quarter; 0: no live views"),
    NUMBER(export_budget_ms, "45000", 10, 600000, "longest time of an export"),
    NUMBER(export_bytes, "1073741824", 1000, 1099511627776,
           "largest export; it is put together in the database's folder, "
           "with PostgreSQL in $TMPDIR or /var/tmp"),
    NUMBER(queue_wait_ms, "10000", 100, 50000,
           "how long a request waits for its turn at the database before it "
           "gets 503"),
    NUMBER(hash_threads, "3", 2, 8,
           "threads that check passwords; one user or address can have all but "
           "one"),
    NUMBER(password_iterations, "600000", 1000, 10000000,
           "PBKDF2-SHA256 iterations of new password hashes"),
    NUMBER(session_lifetime_s, "1209600", 1, 31536000,
           "how long after its last use a login ends"),
    NUMBER(staff_idle_s, "3600", 120, 31536000,
           "the same for logins of staff and superusers; session_lifetime_s "
           "counts if it is shorter"),
    NUMBER(staff_lifetime_s, "43200", 120, 31536000,
           "how long such a login lasts at most, however it is used"),
    NUMBER(confirm_window_s, "600", 10, 86400,
           "how long a password that was given counts for whatever could take "
           "over an account; then it is asked for again"),
    NUMBER(login_per_account, "10", 1, 100000,
           "failed logins of one account from one address in a window"),
    NUMBER(login_per_address, "100", 1, 1000000,
           "failed logins from one address in a window"),
    NUMBER(login_window_s, "300", 1, 86400, "length of that window"),
    NUMBER(login_attempts_per_account, "30", 0, 1000000,
           "logins by password, right or wrong, of one account from one "
           "address a minute, in one worker; 0: no limit"),
    NUMBER(login_attempts_per_address, "300", 0, 1000000,
           "the same from one address (IPv6: /64), loopback apart"),
    SWITCH(staff_second_factor,
           "staff and superusers must have a second factor: without one, they "
           "may only set one up"),
    NUMBER(
        api_per_token, "0", 0, 10000000,
        "API requests a minute, in one worker, with one token or session; 0: "
        "no limit"),
    NUMBER(api_per_user, "0", 0, 10000000,
           "the same of one user, however logged in"),
    NUMBER(api_per_address, "0", 0, 10000000,
           "the same from one address (IPv6: /64), loopback apart"),
    NUMBER(sockets_per_address, "3000", 0, 10000000,
           "new websockets a minute, in one worker, from one address (IPv6: "
           "/64), loopback apart; 0: no limit"),
    NUMBER(commands_per_socket, "50", 0, 1000000,
           "commands a second over one websocket; 0: no limit"),
    NUMBER(commands_per_user, "200", 0, 1000000,
           "the same over all websockets of one user in one worker"),
    NUMBER(views_per_user, "20", 0, 1000000,
           "live views that one user may ask for a second, twice as many at "
           "once, in one worker; 0: no limit"),
    NUMBER(profile_changes_per_user, "30", 0, 1000000,
           "changes of their own account (names, email, password, second "
           "factor) that a user may make an hour, in one worker; 0: no limit"),
    NUMBER(login_changes_per_user, "60", 0, 1000000,
           "tokens that a user may create by a login, and tokens and logins of "
           "their own that they may end, a minute, in one worker; 0: no limit"),
    NUMBER(tickets_per_user, "300", 0, 1000000,
           "tickets for websockets that a user may get a minute, in one "
           "worker; 0: no limit"),
    NUMBER(page_changes_per_user, "120", 0, 1000000,
           "changes of layouts and settings that a user may make a minute, in "
           "one worker; 0: no limit"),
    NUMBER(admin_changes_per_user, "600", 0, 1000000,
           "changes of others' accounts, logins and websockets that a "
           "superuser may make a minute, and of instruments that staff may, in "
           "one worker; 0: no limit"),
    NUMBER(rows_per_day, "5000000", 0, 1000000000000,
           "changes of orders that one user may write in a day (UTC), in one "
           "worker, and as many that are refused or change nothing; 0: no "
           "limit"),
    NUMBER(bytes_per_day, "4294967296", 0, 1125899906842624,
           "the same in bytes of the log"),
    NUMBER(new_connections_per_address, "100", 0, 1000000,
           "new connections a second, in one worker, from one address (IPv6: "
           "/64), loopback and trusted_proxy apart; 0: no limit"),
    NUMBER(handshakes_per_address, "20", 0, 1000000,
           "the same where https is served, since each costs a handshake"),
    NUMBER(connections, "0", 0, 1000000,
           "open connections of one worker; 0: as many as files may be open"),
    NUMBER(connections_per_address, "5000", 1, 1000000,
           "open connections of one worker from one address (IPv6: /64), "
           "loopback and trusted_proxy apart"),
    NUMBER(held_bytes, "268435456", 8388608, 68719476736,
           "bytes of large request bodies, and of answers and frames that "
           "clients have not taken yet, in one worker; one user or address can "
           "have a quarter; beyond that, requests get 503 or 429, and "
           "connections with too much unread are closed"),
    NUMBER(least_rate, "4096", 1, 1073741824,
           "bytes a second: a client that takes less of an answer, over half a "
           "minute, is cut off"),
    NUMBER(ring_bytes, "1048576", 65536, 67108864,
           "newest events kept in memory per followed stream"),
    NUMBER(sockets_per_user, "10000", 1, 1000000,
           "open websockets of one user in one worker"),
    NUMBER(socket_blocked_s, "30", 1, 3600,
           "how long a websocket client may take nothing before it is closed"),
    NUMBER(socket_silent_s, "40", 2, 3600,
           "how long a websocket client may be silent before it is closed; it "
           "is pinged at 5/8 of that time"),
    TEXT(market_redis, "",
         "the Redis that carries market data to all workers (default: redis); "
         "without one, market data stays in this process"),
    TEXT(market_redis_file, "",
         "in place of market_redis: a file that holds it, and nothing else"),
    TEXT(market_stream, "",
         "the key of the stream there (default: one of this database's own); "
         "whoever may write to it may feed"),
    NUMBER(
        market_symbols, "10000", 1, 1000000,
        "symbols that may have market data; lines of further ones are dropped"),
    NUMBER(market_minutes, "5", 1, 60,
           "how long prices are kept second by second; up to 17 KB a symbol "
           "for 5"),
    NUMBER(market_trade_bytes, "8388608", 65536, 1073741824,
           "newest trades kept in memory, of all symbols together"),
    TEXT(market_sim, "",
         "make up market data, to try it out: symbols, each optionally with = "
         "and a price, then @, lines a second, and optionally : and a seed "
         "(EDF01,TTE=60.24@100:7)"),
    NUMBER(event_kept_days, "30", 1, 36500,
           "how long the log is kept; the newest event of an order as long as "
           "the order"),
    NUMBER(audit_kept_days, "365", 1, 36500,
           "how long the audit of accounts and logins is kept"),
};

#define SETTINGS_COUNT (sizeof(settings) / sizeof(settings[0]))

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
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
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
    bool given[SETTINGS_COUNT] = {false};

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
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
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
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
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

static void put_flag(struct buf *out, const struct setting *setting)
{
    buf_put_text(out, "--");
    for (const char *c = setting->name; *c; c++)
        buf_put_char(out, *c == '_' ? '-' : *c);
}

void config_help(struct buf *out)
{
    buf_put_text(out, "  --config FILE\n      settings as lines \"name = "
                      "value\"; LWSAPP_* variables and flags win over it\n");
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *s = &settings[i];

        buf_put_text(out, "  ");
        put_flag(out, s);
        if (s->kind == SETTING_NUMBER)
            buf_printf(out, " N (%ld to %ld)", s->min, s->max);
        else if (s->kind != SETTING_SWITCH)
            buf_put_text(out, " TEXT");
        buf_printf(out, "\n      %s", s->help);
        if (*s->fallback)
            buf_printf(out, " [%s]", s->fallback);
        buf_put_char(out, '\n');
    }
}

void config_table(struct buf *out)
{
    buf_put_text(out, "| flag | variable | default | what |\n"
                      "| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *s = &settings[i];

        buf_put_text(out, "| `");
        put_flag(out, s);
        buf_put_text(out, "` | `LWSAPP_");
        for (const char *c = s->name; *c; c++)
            buf_put_char(out, (char)toupper((unsigned char)*c));
        buf_printf(out, "` | %s%s%s | %s", *s->fallback ? "`" : "", s->fallback,
                   *s->fallback ? "`" : "", s->help);
        if (s->kind == SETTING_NUMBER)
            buf_printf(out, " (%ld to %ld)", s->min, s->max);
        buf_put_text(out, " |\n");
    }
}
