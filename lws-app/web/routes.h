#pragma once
#include "web/access/route.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The routes: what is served at which path, who may use it, and where it runs.
 * Rights sit in the row, so that a route without them shows in review; so does
 * what the API's description says of it.
 */
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
