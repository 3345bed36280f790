#include "base/address.h"
#include "store/postgres/private.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *value_of(const PQconninfoOption *options, const char *name)
{
    for (; options && options->keyword; options++)
        if (!strcmp(options->keyword, name))
            return options->val ? options->val : "";
    return "";
}

/* A word that a log, a list of processes and an error would show. */
static bool has_secret(const PQconninfoOption *options)
{
    return *value_of(options, "password") || *value_of(options, "sslpassword");
}

int pg_check_url(const char *where, struct err *err)
{
    PQconninfoOption *options = PQconninfoParse(where, NULL);
    int rc = 0;

    if (!options)
        rc = err_field(err, "database",
                       "is no address of PostgreSQL: "
                       "postgresql://user@host:port/name?option=value");
    else if (has_secret(options))
        rc = err_field(err, "database",
                       "must hold no password: libpq takes it from "
                       "PGPASSWORD, ~/.pgpass or passfile=FILE");
    PQconninfoFree(options);
    return rc;
}

/* ------------------------------------------------------ other machines */

static bool is_near(const char *host, size_t len)
{
    struct address address;

    if (!len || *host == '/' || *host == '@')
        return true;
    if (len == strlen("localhost") && !memcmp(host, "localhost", len))
        return true;
    return address_parse(host, len, &address) && address_is_loopback(&address);
}

/* A list with commas; "": a socket. */
static bool are_near(const char *hosts)
{
    for (;;) {
        size_t len = strcspn(hosts, ",");

        if (!is_near(hosts, len))
            return false;
        hosts += len;
        if (!*hosts)
            return true;
        hosts++;
    }
}

static int fail_peer(const char *host, struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE,
                   "%.60s is another machine: add sslmode=verify-full", host);
}

/* Who listens in between could change what is read and written, and have the
 * password: looked at before anything is sent. options: as libpq has put them
 * together from the address, the environment and files. */
static int check_hosts(const PQconninfoOption *options, struct err *err)
{
    const char *hosts = value_of(options, "host");
    const char *numbers = value_of(options, "hostaddr");

    if (!strcmp(value_of(options, "sslmode"), "verify-full"))
        return 0;
    if (*numbers)
        return are_near(numbers) ? 0 : fail_peer(numbers, err);
    return are_near(hosts) ? 0 : fail_peer(hosts, err);
}

/* A name may mean anything; verify-full is of no use where a server was taken
 * that speaks no TLS. */
int pg_check_peer(const PGconn *conn, struct err *err)
{
    const char *host = PQhost(conn);
    const char *number = PQhostaddr(conn);
    PQconninfoOption *options = PQconninfo((PGconn *)conn);
    bool is_verified = !strcmp(value_of(options, "sslmode"), "verify-full");

    PQconninfoFree(options);
    if ((host && *host == '/') || (number && is_near(number, strlen(number))) ||
        (is_verified && PQsslInUse((PGconn *)conn)))
        return 0;
    return fail_peer(host ? host : "the server", err);
}

/* ----------------------------------------------------------- connecting */

/* Those before dbname are what the address may overrule, those behind it
 * overrule the address. */
static const char *const names[] = {
    "fallback_application_name",
    "connect_timeout",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "target_session_attrs",
    "dbname",
    "client_encoding",
    "host",
    "hostaddr",
    "port",
    NULL,
};

#define LIST_MAX 1024

/* Which of several hosts was reached last: the others may say nothing, which
 * takes connect_timeout each time. */
static _Atomic size_t reached;

/* The start of item number i of a list with commas, or its end. */
static const char *item_of(const char *list, size_t i)
{
    for (; i > 0 && list; i--) {
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    return list;
}

static bool is_item(const char *item, const char *text)
{
    size_t len = item ? strcspn(item, ",") : 0;

    return item && len == strlen(text) && !memcmp(item, text, len);
}

/* The same list, from item number first on and around. One that is too short
 * or too long stays as it is. */
static const char *turned(const char *list, size_t first, char out[LIST_MAX])
{
    const char *from = item_of(list, first);

    if (!first || !from || strlen(list) + 1 >= LIST_MAX)
        return list;
    snprintf(out, LIST_MAX, "%s,%.*s", from, (int)(from - 1 - list), list);
    return out;
}

/* By the lists as they are in the address. */
static void note_reached(const PQconninfoOption *options, const PGconn *conn)
{
    const char *hosts = value_of(options, "host");
    const char *ports = value_of(options, "port");
    const char *name = PQhost(conn);
    const char *port = PQport(conn);
    bool is_one_port = !strchr(ports, ',');

    if (!*hosts)
        hosts = value_of(options, "hostaddr");
    for (size_t i = 0; name && port && item_of(hosts, i); i++)
        if (is_item(item_of(hosts, i), name) &&
            (is_one_port || is_item(item_of(ports, i), port))) {
            atomic_store(&reached, i);
            return;
        }
}

static PGconn *connect_by(const char *const *values,
                          const PQconninfoOption *options)
{
    size_t first = atomic_load(&reached);
    const char *all[sizeof(names) / sizeof(names[0])] = {NULL};
    char lists[3][LIST_MAX];
    size_t count = sizeof(names) / sizeof(names[0]) - 1;

    memcpy(all, values, (count - 3) * sizeof(all[0]));
    for (size_t i = 0; i < 3; i++) {
        const char *name = names[count - 3 + i];
        const char *list = value_of(options, name);

        all[count - 3 + i] = *list ? turned(list, first, lists[i]) : NULL;
    }
    return PQconnectdbParams(names, all, 1);
}

int pg_connect_to(const char *where, PGconn **conn, struct err *err)
{
    const char *const values[sizeof(names) / sizeof(names[0])] = {
        "lws-app", "5", "1", "1", "3", "5000", "read-write", where, "UTF8",
    };
    PGconn *begun = PQconnectStartParams(names, values, 1);
    PQconninfoOption *options = begun ? PQconninfo(begun) : NULL;
    int rc = begun ? check_hosts(options, err) : 0;

    PQfinish(begun);
    *conn = rc == 0 && begun ? connect_by(values, options) : NULL;
    if (PQstatus(*conn) == CONNECTION_OK)
        note_reached(options, *conn);
    PQconninfoFree(options);
    if (rc < 0)
        return -1;
    return *conn ? 0
                 : err_set(err, ERR_NOMEM, "out of memory for a connection");
}
