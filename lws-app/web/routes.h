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
    RUN_LOOP,  /* at once, no database */
    RUN_READ,  /* on a reader */
    RUN_WRITE, /* on the writer */
    RUN_HASH,  /* prepare on a hashing thread (a reader), then the writer */
};

struct route {
    enum http_method method;
    const char *path;   /* "<id>", twice at most, stands for a number */
    const char *format; /* of ?format=; NULL: any */
    enum role role;
    enum run run;
    handler_fn *handle;
    handler_fn *prepare; /* RUN_HASH alone */
    bool html;           /* errors as pages, not problems */
    /* For people: what it does; NULL: not part of the API. */
    const char *summary;
};

extern const struct route routes[];
extern const size_t routes_count;

/* ids: of each <id>, 1 to 18 digits without a leading zero; 0: there is none.*/
bool route_fits(const struct route *route, const char *path, int64_t ids[2]);
