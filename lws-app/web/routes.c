#include "web/routes.h"
#include "web/handlers.h"
#include "web/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PAGE .html = true
/* What it does, in the words of the API's description. */
#define API(text) .summary = text

const struct route routes[] = {
    {HTTP_GET, "/", NULL, ROLE_PAGE_USER, RUN_READ, home_page, PAGE},
    {HTTP_GET, "/accounts/login/", NULL, ROLE_NONE, RUN_LOOP, login_page, PAGE},
    {HTTP_POST, "/accounts/login/", NULL, ROLE_NONE, RUN_HASH, login_submit,
     login_prepare, PAGE},
    {HTTP_POST, "/accounts/logout/", NULL, ROLE_PAGE_USER, RUN_WRITE,
     logout_submit, PAGE},

    {HTTP_GET, "/api/", NULL, ROLE_USER, RUN_READ, api_root,
     API("List the resources")},
    {HTTP_GET, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     API("One page of orders, as DataTables asks for it")},
    {HTTP_POST, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     API("The same, with what is asked in the body")},
    {HTTP_GET, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_list,
     API("List orders, newest first")},
    {HTTP_POST, "/api/data/", NULL, ROLE_USER, RUN_WRITE, orders_create,
     API("Place an order, or several, all or none")},
    {HTTP_OPTIONS, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_options,
     API("Describe the fields of an order")},
    {HTTP_GET, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_read,
     API("Show one order")},
    {HTTP_PUT, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_replace,
     API("Replace what was ordered")},
    {HTTP_PATCH, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_update,
     API("Change some fields of an order")},
    {HTTP_DELETE, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_delete,
     API("Remove an order")},
    {HTTP_OPTIONS, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_options,
     API("Describe the fields of an order")},
    {HTTP_GET, "/api/me/", NULL, ROLE_USER, RUN_READ, me_read,
     API("Say who is logged in, and what they may do")},
    {HTTP_GET, "/api/token/", NULL, ROLE_COOKIE, RUN_READ, tokens_list,
     API("List one's tokens")},
    {HTTP_POST, "/api/token/", NULL, ROLE_NONE, RUN_HASH, token_submit,
     token_prepare, API("Make a token")},
    {HTTP_DELETE, "/api/token/<id>/", NULL, ROLE_COOKIE, RUN_WRITE,
     token_delete, API("Revoke a token")},
    {HTTP_POST, "/api/ticket/", NULL, ROLE_USER, RUN_WRITE, ticket_submit,
     API("Get a ticket for a websocket that can set no header")},

    {HTTP_GET, "/data/stream/", NULL, ROLE_NONE, RUN_LOOP, stream_hint,
     .summary = NULL},
    {HTTP_GET, "/healthz", NULL, ROLE_NONE, RUN_LOOP, healthz,
     API("Say that the process is alive")},
    {HTTP_GET, "/readyz", NULL, ROLE_NONE, RUN_READ, readyz,
     API("Say whether the database and its schema are ready")},
    {HTTP_GET, "/metrics", NULL, ROLE_NONE, RUN_LOOP, metrics_read,
     .summary = NULL},
};
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);

/* Those outside of the table take two. */
_Static_assert(sizeof(routes) / sizeof(routes[0]) + 2 <= METRICS_ROUTES_MAX,
               "every route is counted");

bool route_fits(const struct route *route, const char *path, int64_t ids[2])
{
    const char *wanted = route->path;
    size_t count = 0;

    ids[0] = ids[1] = 0;
    while (*wanted) {
        if (!strncmp(wanted, "<id>", 4)) {
            size_t digits = strspn(path, "0123456789");

            if (digits < 1 || digits > 18 || *path == '0')
                return false;
            ids[count++] = strtoll(path, NULL, 10);
            path += digits;
            wanted += 4;
        } else if (*wanted++ != *path++) {
            return false;
        }
    }
    return !*path;
}
