#pragma once
#include "web/http/request.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * A row of the table of routes (web/routes.h): who may use it, where it runs,
 * and what the API's description says of it.
 */
struct call;
struct err;
typedef int handler_fn(struct call *call, struct err *err);

enum role {
    ROLE_NONE,       /* anybody */
    ROLE_PAGE_USER,  /* a login, else off to the login page */
    ROLE_PAGE_STAFF, /* the same, of staff, else 403 */
    ROLE_USER,       /* a login, else 401 */
    ROLE_STAFF,      /* the same, of staff, else 403 */
    ROLE_SUPERUSER,
    ROLE_COOKIE, /* a login by cookie: tokens can't */
};
enum run {
    RUN_LOOP,   /* at once; the database for a login alone */
    RUN_READ,   /* on a reader */
    RUN_WRITE,  /* on the writer */
    RUN_EXPORT, /* on a reader for exports, which may take longer */
    RUN_HASH,   /* prepare on a hashing thread (a reader), then the writer */
};

/* What bounds how often a route is used, beside the fair turns of whatever
 * waits for a thread: docs/security.md says which settings these are. */
enum bound {
    BOUND_NONE,    /* reads: turns alone */
    BOUND_ONCE,    /* a login is good for it once */
    BOUND_LOGIN,   /* passwords that are tried */
    BOUND_ORDERS,  /* what is written in a day */
    BOUND_PROFILE, /* changes of one's own account */
    BOUND_LOGINS,  /* one's own, made and ended */
    BOUND_TICKETS,
    BOUND_PAGES, /* how one's own pages look */
    BOUND_ADMIN, /* changes of others' accounts, and of instruments */
};

#define ROUTE_SYMBOL "<symbol>"
#define ROUTE_NAME "<name>"
#define ROUTE_STATUSES 4
enum route_mark {
    ROUTE_ETAG = 1 << 0,     /* gives an ETag */
    ROUTE_IF_MATCH = 1 << 1, /* takes If-Match, and gives 412 */
    ROUTE_LOCATION = 1 << 2, /* gives a Location */
};

struct route {
    enum http_method method;
    const char *path;   /* "<id>", twice at most, stands for a number,
                           ROUTE_SYMBOL and ROUTE_NAME for any text */
    const char *format; /* of ?format=; NULL: any */
    enum role role;
    enum run run;
    handler_fn *handle;
    handler_fn *prepare; /* RUN_HASH alone */
    unsigned scope;      /* what a token with scopes needs; 0: none of them */
    bool html;           /* errors as pages, not problems */
    bool for_setup; /* also before a second factor that must be is set up */
    bool any_host;  /* for health checks, whatever they call us */
    int answer_s;   /* RUN_READ: 503 where it takes longer; 0: however long */
    /* Its answers are compressed. Never where a secret (a CSRF token) stands
     * beside what somebody else may choose: its length would give it away. */
    bool is_packed;
    enum bound bound;
    /* For the API's description: what it does, for people (NULL: not part of
     * the API, which nothing under /api/ may be), and the shapes
     * (web/query/shape.h) of its arguments, of what it takes and of what it
     * gives. */
    const char *summary;
    const char *query;               /* NULL: none */
    const char *input;               /* as shape_field.of; NULL: no body */
    const char *output;              /* likewise */
    int answers[ROUTE_STATUSES + 1]; /* of success; 0 ends */
    int refuses[ROUTE_STATUSES + 1]; /* beyond those of every such route */
    unsigned marks;
};

/* A method that a path has, as a bit of a set of them. */
#define METHOD_BIT(method) (1u << (method))

struct route_table {
    const struct route *rows;
    size_t count;
};
