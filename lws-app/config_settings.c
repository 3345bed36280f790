#include "config_settings.h"

#include <ctype.h>

#include "base/banned.h"

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

const struct setting settings[] = {
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

_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX,
               "SETTINGS_MAX is too small");
const size_t settings_count = sizeof(settings) / sizeof(settings[0]);

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
    for (size_t i = 0; i < settings_count; i++) {
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
    for (size_t i = 0; i < settings_count; i++) {
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
