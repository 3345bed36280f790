#include "base/address.h"
#include "store/postgres/private.h"

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

/* Those before dbname are what the address may overrule. */
static const char *const names[] = {
    "fallback_application_name", "connect_timeout",
    "keepalives_idle",           "keepalives_interval",
    "keepalives_count",          "tcp_user_timeout",
    "target_session_attrs",      "dbname",
    "client_encoding",           NULL,
};

int pg_connect_to(const char *where, PGconn **conn, struct err *err)
{
    const char *const values[] = {
        "lws-app", "5",          "1",   "1",    "3",
        "5000",    "read-write", where, "UTF8", NULL,
    };
    PGconn *begun = PQconnectStartParams(names, values, 1);
    PQconninfoOption *options = begun ? PQconninfo(begun) : NULL;
    int rc = begun ? check_hosts(options, err) : 0;

    PQconninfoFree(options);
    PQfinish(begun);
    if (rc < 0)
        return -1;
    *conn = begun ? PQconnectdbParams(names, values, 1) : NULL;
    return *conn ? 0
                 : err_set(err, ERR_NOMEM, "out of memory for a connection");
}
