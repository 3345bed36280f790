#pragma once
#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The settings, from one table: flags win over LWSAPP_* variables, variables
 * over the file of --config. A bad value is an error that names its setting.
 * Thread: filled once, before any thread starts; read-only afterwards.
 */
#define CONFIG_TEXT_MAX 1024

struct config {
    char database[CONFIG_TEXT_MAX];
    char database_durability[16]; /* checked by command_begin() */
    char listen[CONFIG_TEXT_MAX];
    char redis[4 * CONFIG_TEXT_MAX]; /* of several servers */
    char redis_file[CONFIG_TEXT_MAX];
    char public_url[CONFIG_TEXT_MAX];
    char allowed_hosts[CONFIG_TEXT_MAX];
    char cors_origins[CONFIG_TEXT_MAX];
    char trusted_proxy[CONFIG_TEXT_MAX];
    bool proxy_protocol;
    char tls_cert[CONFIG_TEXT_MAX];
    char tls_key[CONFIG_TEXT_MAX];
    char log_level[16];
    bool core_dumps;
    bool allow_root;
    long workers;
    bool no_migrate;
    long readers;
    long long_readers;
    long read_budget_ms;
    long search_memory;
    long view_memory;
    long export_budget_ms;
    long export_bytes;
    long queue_wait_ms;
    long hash_threads;
    long password_iterations;
    long session_lifetime_s;
    long staff_idle_s;
    long staff_lifetime_s;
    long confirm_window_s;
    long login_per_account;
    long login_per_address;
    long login_window_s;
    long login_attempts_per_account;
    long login_attempts_per_address;
    long api_per_token;
    long api_per_user;
    long api_per_address;
    long sockets_per_address;
    long commands_per_socket;
    long commands_per_user;
    long views_per_user;
    long profile_changes_per_user;
    long login_changes_per_user;
    long tickets_per_user;
    long page_changes_per_user;
    long admin_changes_per_user;
    long rows_per_day;
    long bytes_per_day;
    long new_connections_per_address;
    long handshakes_per_address;
    long connections;
    long connections_per_address;
    long held_bytes;
    long least_rate;
    long ring_bytes;
    long sockets_per_user;
    long socket_blocked_s;
    long socket_silent_s;
    long market_symbols;
    long market_minutes;
    long market_trade_bytes;
    char market_sim[CONFIG_TEXT_MAX];
    char market_redis[CONFIG_TEXT_MAX];
    char market_redis_file[CONFIG_TEXT_MAX];
    char market_stream[200];
    long event_kept_days;
    bool staff_second_factor;
    long audit_kept_days;
};

/* Reads the arguments behind the command's name. Words that are no flags are
 * left in rest (up to rest_max; *rest_count of them). Flags in own
 * (NULL-terminated: "--username", ...) belong to the command and are left to
 * config_flag(). */
int config_read(struct config *config, int argc, char **argv,
                const char *const *own, char **rest, size_t rest_max,
                size_t *rest_count, struct err *err);
/* database_durability is standby. */
bool config_needs_standby(const struct config *config);
/* Puts what the files hold that a setting NAME_FILE names in the place of NAME,
 * and warns, in the log, of every file with a secret that others may read. Both
 * given: ERR_INVALID. */
int config_read_secrets(struct config *config, struct err *err);
/* The value of one of the command's own flags ("--owner NAME" or
 * "--owner=NAME"); "" for a flag without value; NULL when not given. */
const char *config_flag(int argc, char **argv, const char *name);
/* One line per setting, for --help; and as a Markdown table for the README. */
void config_help(struct buf *out);
void config_table(struct buf *out);
