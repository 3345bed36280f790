#pragma once
#include "web/request.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The routes: what is served at which path, who may use it, and where it runs.
 * Rights sit in the row, so that a route without them shows in review; so does
 * what the API's description says of it.
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
    RUN_LOOP,   /* at once, no database */
    RUN_READ,   /* on a reader */
    RUN_WRITE,  /* on the writer */
    RUN_EXPORT, /* on a reader for exports, which may take longer */
    RUN_HASH,   /* prepare on a hashing thread (a reader), then the writer */
};

#define ROUTE_STATUSES 4
enum route_mark {
    ROUTE_ETAG = 1 << 0,     /* gives an ETag */
    ROUTE_IF_MATCH = 1 << 1, /* takes If-Match, and gives 412 */
    ROUTE_LOCATION = 1 << 2, /* gives a Location */
};

struct route {
    enum http_method method;
    const char *path;   /* "<id>", twice at most, stands for a number */
    const char *format; /* of ?format=; NULL: any */
    enum role role;
    enum run run;
    handler_fn *handle;
    handler_fn *prepare; /* RUN_HASH alone */
    unsigned scope;      /* what a token with scopes needs; 0: none of them */
    bool html;           /* errors as pages, not problems */
    bool for_setup;   /* also before a second factor that must be is set up */
    bool is_profile;  /* changes one's own account */
    bool ends_logins; /* one's own */
    bool any_host;    /* for health checks, whatever they call us */
    /* For the API's description: what it does, for people (NULL: not part of
     * the API, which nothing under /api/ may be), and the shapes (web/shape.h)
     * of its arguments, of what it takes and of what it gives. */
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

extern const struct route routes[];
extern const size_t routes_count;

/* ids: of each <id>, 1 to 18 digits without a leading zero; 0: there is none.*/
bool route_fits(const struct route *route, const char *path, int64_t ids[2]);
/* The name of the resource i, of those that GET /api/ lists: /api/NAME/. False:
 * there are no more. */
#define ROUTE_RESOURCE_MAX 32
bool route_resource(size_t i, char name[ROUTE_RESOURCE_MAX]);

/* Which methods there are for a path: of the routes, the assets and what is
 * redirected; HEAD beside GET and OPTIONS beside any. 0: there is no such path.
 */
unsigned route_methods(const char *path);
/* "GET, HEAD, OPTIONS", as Allow has it. */
#define ROUTE_ALLOW_MAX 64
/* Whatever some path has. */
#define ROUTE_ALL_METHODS (METHOD_BIT(HTTP_OTHER) - 1)
void route_allow(unsigned methods, char allow[ROUTE_ALLOW_MAX]);
/* "/api/data" where "/api/data/" is one. */
bool route_lacks_slash(const char *path);
