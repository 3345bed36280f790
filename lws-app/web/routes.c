#include "web/routes.h"
#include "metrics/metrics.h"
#include "model/accounts/scopes.h"
#include "web/api/handlers.h"
#include "web/http/asset.h"
#include "web/import/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define PAGE .html = true
/* For the API's description: what it does, the shapes of its arguments, of what
 * it takes and of what it gives with which status, and what it refuses beyond
 * what every such route does. */
#define API(text) .summary = text
#define ARGS(shape) .query = shape
#define TAKES(shape) .input = shape
#define GIVES(shape, ...) .output = shape, .answers = {__VA_ARGS__, 0}
#define GIVES_NOTHING .answers = {204}
#define REFUSES(...) .refuses = {__VA_ARGS__, 0}
#define MARKS(which) .marks = which
#define ANY_HOST .any_host = true
#define ANSWERED_IN(seconds) .answer_s = seconds
#define FOR_SETUP .for_setup = true
#define PACKED .is_packed = true
/* What bounds how often. */
#define ONCE .bound = BOUND_ONCE
#define LOGIN .bound = BOUND_LOGIN
#define PROFILE .bound = BOUND_PROFILE
#define LOGINS .bound = BOUND_LOGINS
#define TICKETS .bound = BOUND_TICKETS
#define PAGES .scope = SCOPE_ORDERS_WRITE, .bound = BOUND_PAGES
/* What a token with scopes needs. */
#define READS .scope = SCOPE_ORDERS_READ
#define WRITES .scope = SCOPE_ORDERS_WRITE, .bound = BOUND_ORDERS
#define ADMIN .scope = SCOPE_ADMIN
#define ADMIN_WRITES .scope = SCOPE_ADMIN, .bound = BOUND_ADMIN
#define WATCHES .scope = SCOPE_MARKET_READ
#define SOCKETS .scope = SCOPES_OF_SOCKETS
#define LOOKS_UP .scope = SCOPES_OF_SOCKETS
#define FEEDS .scope = SCOPE_MARKET_WRITE

const struct route routes[] = {
    {HTTP_GET, "/", NULL, ROLE_PAGE_USER, RUN_READ, desk_page, PAGE},
    {HTTP_GET, "/orders/<id>/", NULL, ROLE_PAGE_USER, RUN_READ, desk_page,
     PAGE},
    {HTTP_GET, "/accounts/", NULL, ROLE_PAGE_USER, RUN_READ, desk_page,
     FOR_SETUP, PAGE},
    {HTTP_GET, "/admin/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page, ADMIN,
     PAGE},
    {HTTP_GET, "/admin/orders/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page,
     ADMIN, PAGE},
    {HTTP_GET, "/admin/users/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page,
     ADMIN, PAGE},
    {HTTP_GET, "/admin/users/<id>/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page,
     ADMIN, PAGE},
    {HTTP_GET, "/admin/instruments/", NULL, ROLE_PAGE_STAFF, RUN_READ,
     desk_page, ADMIN, PAGE},
    {HTTP_GET, "/admin/audit/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page,
     ADMIN, PAGE},
    {HTTP_GET, "/admin/import/", NULL, ROLE_PAGE_STAFF, RUN_READ, desk_page,
     ADMIN, PAGE},
    {HTTP_GET, "/accounts/login/", NULL, ROLE_NONE, RUN_LOOP, login_page, PAGE},
    {HTTP_POST, "/accounts/login/", NULL, ROLE_NONE, RUN_HASH, login_submit,
     login_prepare, LOGIN, PAGE},
    {HTTP_POST, "/accounts/logout/", NULL, ROLE_PAGE_USER, RUN_WRITE,
     logout_submit, FOR_SETUP, ONCE, PAGE},

    {HTTP_GET, "/api/", NULL, ROLE_USER, RUN_READ, api_root,
     API("List the resources"), GIVES("Resources", 200)},
    {HTTP_GET, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     READS, API("One page of orders, as DataTables asks for it"), PACKED,
     ARGS("DataTablesArguments"), GIVES("OrderTable", 200), REFUSES(403)},
    {HTTP_POST, "/api/data/", "datatables", ROLE_USER, RUN_READ, orders_table,
     READS, API("One page of orders, as DataTables asks for it by POST"),
     PACKED, ARGS("OrderScopeArguments"), TAKES("DataTablesBody"),
     GIVES("OrderTable", 200)},
    {HTTP_GET, "/api/data/", "csv", ROLE_USER, RUN_EXPORT, orders_export, READS,
     API("Export all orders that match, as CSV"), PACKED,
     ARGS("OrderListArguments"), GIVES("Csv", 200)},
    {HTTP_GET, "/api/data/", "ndjson", ROLE_USER, RUN_EXPORT, orders_export,
     READS, API("Export all orders that match, one JSON object per line"),
     PACKED, ARGS("OrderListArguments"), GIVES("Ndjson", 200)},
    {HTTP_GET, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_list, READS,
     API("List orders, newest first"), PACKED, ARGS("OrderListArguments"),
     GIVES("OrderList", 200), REFUSES(403)},
    {HTTP_POST, "/api/data/", NULL, ROLE_USER, RUN_WRITE, orders_create, WRITES,
     API("Place an order, or several, all or none"),
     TAKES("OrderInput|OrderInput[]"),
     GIVES("Order|Order[]|OrderKey|OrderKey[]", 201, 200), REFUSES(409),
     MARKS(ROUTE_ETAG | ROUTE_LOCATION)},
    {HTTP_OPTIONS, "/api/data/", NULL, ROLE_USER, RUN_READ, orders_options,
     READS, API("Describe the fields of an order"),
     GIVES("OrderOptions", 200, 204)},
    {HTTP_POST, "/api/data/bulk/", NULL, ROLE_USER, RUN_WRITE, orders_bulk,
     WRITES,
     API("Cancel several orders where possible, or remove several, all or "
         "none"),
     TAKES("Bulk"), GIVES("BulkDone", 200), REFUSES(409)},
    {HTTP_POST, "/api/data/import/", NULL, ROLE_STAFF, RUN_WRITE, orders_import,
     WRITES,
     API("Place the orders of a file, or of part of one, all or none; or check "
         "what would happen"),
     TAKES("Import"), GIVES("ImportDone", 200)},
    {HTTP_GET, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_read, READS,
     API("Show one order"), GIVES("Order", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PUT, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_replace,
     WRITES, API("Replace an order's terms"), TAKES("OrderReplacement"),
     GIVES("Order|OrderKey", 200), REFUSES(409),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PATCH, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_update,
     WRITES, API("Change some fields of an order"), TAKES("OrderChange"),
     GIVES("Order|OrderKey", 200), REFUSES(409),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_DELETE, "/api/data/<id>/", NULL, ROLE_USER, RUN_WRITE, order_delete,
     WRITES, API("Remove an order"), GIVES_NOTHING, REFUSES(409),
     MARKS(ROUTE_IF_MATCH)},
    {HTTP_OPTIONS, "/api/data/<id>/", NULL, ROLE_USER, RUN_READ, order_options,
     READS, API("Describe the fields of an order"),
     GIVES("OrderOptions", 200, 204)},
    {HTTP_GET, "/api/data/<id>/history/", NULL, ROLE_USER, RUN_READ,
     order_history, READS, API("Show the history of an order, newest first"),
     PACKED, ARGS("HistoryArguments"), GIVES("History", 200)},
    {HTTP_GET, "/api/market/", NULL, ROLE_USER, RUN_LOOP, market_list, WATCHES,
     API("Show the latest quotes"), PACKED, ARGS("MarketArguments"),
     GIVES("Market", 200), REFUSES(503)},
    {HTTP_POST, "/api/market/", NULL, ROLE_USER, RUN_READ, market_submit, FEEDS,
     API("Feed market data: an array of lines, or one JSON object per line"),
     TAKES("MarketLine|MarketLine[]"), GIVES("MarketQueued", 202)},
    {HTTP_GET, "/api/market/<symbol>/bars/", NULL, ROLE_USER, RUN_LOOP,
     market_bars, WATCHES,
     API("Show the prices of a symbol, by second or by minute"), PACKED,
     ARGS("MarketBarsArguments"), GIVES("MarketBars", 200), REFUSES(503)},
    {HTTP_GET, "/api/market/<symbol>/", NULL, ROLE_USER, RUN_LOOP, market_read,
     WATCHES, API("Show the latest quote of one symbol"),
     GIVES("MarketSymbol", 200), REFUSES(503)},
    {HTTP_GET, "/api/latency/", NULL, ROLE_USER, RUN_LOOP, latency_read, READS,
     API("Show how long changes take on their way through the server"),
     GIVES("Latency", 200)},
    {HTTP_GET, "/api/instruments/", "datatables", ROLE_USER, RUN_READ,
     instruments_table, LOOKS_UP,
     API("One page of instruments, as DataTables asks for it"),
     ARGS("InstrumentTableArguments"), GIVES("InstrumentTable", 200)},
    {HTTP_GET, "/api/instruments/", NULL, ROLE_USER, RUN_READ, instruments_list,
     LOOKS_UP, API("List instruments, by symbol"),
     ARGS("InstrumentListArguments"), GIVES("InstrumentList", 200)},
    {HTTP_POST, "/api/instruments/", NULL, ROLE_STAFF, RUN_WRITE,
     instruments_create, ADMIN_WRITES,
     API("Create an instrument, or several, all or none"),
     TAKES("InstrumentInput|InstrumentInput[]"),
     GIVES("Instrument|Instrument[]", 201), MARKS(ROUTE_ETAG | ROUTE_LOCATION)},
    {HTTP_GET, "/api/instruments/<id>/", NULL, ROLE_USER, RUN_READ,
     instrument_read, LOOKS_UP, API("Show one instrument"),
     GIVES("Instrument", 200), MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PATCH, "/api/instruments/<id>/", NULL, ROLE_STAFF, RUN_WRITE,
     instrument_update, ADMIN_WRITES,
     API("Change some fields of an instrument"), TAKES("InstrumentChange"),
     GIVES("Instrument", 200), MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_DELETE, "/api/instruments/<id>/", NULL, ROLE_STAFF, RUN_WRITE,
     instrument_delete, ADMIN_WRITES,
     API("Remove an instrument; orders keep its symbol"), GIVES_NOTHING,
     MARKS(ROUTE_IF_MATCH)},
    {HTTP_GET, "/api/audit/", NULL, ROLE_STAFF, RUN_READ, audit_list, ADMIN,
     API("List who did what, newest first"), PACKED, ARGS("AuditArguments"),
     GIVES("Audit", 200)},
    {HTTP_GET, "/api/admin/", NULL, ROLE_STAFF, RUN_READ, admin_read, ADMIN,
     API("Show how busy the service is, and the latest actions"),
     GIVES("Figures", 200)},
    {HTTP_GET, "/api/admin/hour/", NULL, ROLE_STAFF, RUN_READ, admin_read_hour,
     ADMIN, API("Show how busy the service was in the last hour"),
     GIVES("Hour", 200)},
    {HTTP_GET, "/api/views/", NULL, ROLE_STAFF, RUN_READ, views_list, ADMIN,
     API("List the live views that are open, the most expensive first"),
     ARGS("PageArguments"), GIVES("ViewList", 200)},
    {HTTP_DELETE, "/api/views/<id>/", NULL, ROLE_STAFF, RUN_WRITE, view_end,
     ADMIN_WRITES, API("End somebody's live view"), GIVES_NOTHING},
    {HTTP_GET, "/api/users/<id>/sockets/", NULL, ROLE_SUPERUSER, RUN_READ,
     sockets_list, ADMIN, API("List a user's open websockets, newest first"),
     ARGS("PageArguments"), GIVES("SocketList", 200)},
    {HTTP_DELETE, "/api/users/<id>/sockets/<id>/", NULL, ROLE_SUPERUSER,
     RUN_WRITE, socket_end, ADMIN_WRITES, API("Close a user's websocket"),
     GIVES_NOTHING},
    {HTTP_GET, "/api/me/", NULL, ROLE_USER, RUN_READ, me_read, FOR_SETUP,
     API("Show who is logged in, and what they may do"), GIVES("Me", 200)},
    {HTTP_PATCH, "/api/me/", NULL, ROLE_COOKIE, RUN_WRITE, me_update, PROFILE,
     API("Change your own email and names"), TAKES("MeChange"),
     GIVES("User", 200)},
    {HTTP_POST, "/api/me/password/", NULL, ROLE_COOKIE, RUN_HASH,
     me_password_submit, me_password_prepare, PROFILE,
     API("Change your own password; ends all other logins"),
     TAKES("PasswordChange"), GIVES_NOTHING},
    {HTTP_GET, "/api/me/activity/", NULL, ROLE_COOKIE, RUN_READ, me_activity,
     API("List your own logins, and what was done to your account, newest "
         "first"),
     ARGS("ActivityArguments"), GIVES("Activity", 200)},
    {HTTP_GET, "/api/me/layouts/", NULL, ROLE_USER, RUN_READ, layouts_list,
     READS, API("List your table layouts, and those that are shared"),
     GIVES("LayoutList", 200)},
    {HTTP_GET, "/api/me/layouts/<name>/", NULL, ROLE_USER, RUN_READ,
     layout_read, READS,
     API("Show your own layout of that name, or else the shared one"),
     ARGS("LayoutArguments"), GIVES("Layout", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PUT, "/api/me/layouts/<name>/", NULL, ROLE_USER, RUN_WRITE,
     layout_write, PAGES, API("Save a layout under a name"),
     TAKES("LayoutInput"), GIVES("Layout", 200, 201), REFUSES(409),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH | ROUTE_LOCATION)},
    {HTTP_DELETE, "/api/me/layouts/<name>/", NULL, ROLE_USER, RUN_WRITE,
     layout_delete, PAGES, API("Remove a layout"), ARGS("LayoutArguments"),
     GIVES_NOTHING, MARKS(ROUTE_IF_MATCH)},
    {HTTP_GET, "/api/me/settings/", NULL, ROLE_USER, RUN_READ, settings_read,
     READS, API("Show your settings for the pages"), GIVES("Settings", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PUT, "/api/me/settings/", NULL, ROLE_USER, RUN_WRITE,
     settings_replace, PAGES, API("Replace your settings"),
     TAKES("SettingsContent"), GIVES("Settings", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_PATCH, "/api/me/settings/", NULL, ROLE_USER, RUN_WRITE,
     settings_merge, PAGES, API("Change some of your settings"),
     TAKES("SettingsChange"), GIVES("Settings", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_DELETE, "/api/me/settings/", NULL, ROLE_USER, RUN_WRITE,
     settings_delete, PAGES, API("Remove your settings"), GIVES_NOTHING,
     MARKS(ROUTE_IF_MATCH)},
    {HTTP_POST, "/api/confirm/", NULL, ROLE_COOKIE, RUN_HASH, confirm_submit,
     confirm_prepare, FOR_SETUP, LOGIN,
     API("Give your password again, and a code if you have a second factor, "
         "for what asks for it"),
     TAKES("Confirmation"), GIVES_NOTHING},
    {HTTP_GET, "/api/me/second-factor/", NULL, ROLE_COOKIE, RUN_READ,
     factor_read, FOR_SETUP, API("Show whether you have a second factor"),
     GIVES("SecondFactor", 200)},
    {HTTP_POST, "/api/me/second-factor/", NULL, ROLE_COOKIE, RUN_WRITE,
     factor_begin, FOR_SETUP, PROFILE,
     API("Get the secret of a second factor; it counts once it is verified"),
     GIVES("SecondFactorSecret", 201), REFUSES(409)},
    {HTTP_POST, "/api/me/second-factor/verify/", NULL, ROLE_COOKIE, RUN_WRITE,
     factor_verify, FOR_SETUP, PROFILE,
     API("Give the first code: from then on logins need one; ends all other "
         "logins by cookie"),
     TAKES("SecondFactorCode"), GIVES("RecoveryCodes", 200), REFUSES(409)},
    {HTTP_POST, "/api/me/second-factor/recovery-codes/", NULL, ROLE_COOKIE,
     RUN_HASH, factor_codes_submit, factor_prepare, PROFILE,
     API("Get new recovery codes; the old ones no longer work"),
     TAKES("PasswordAndCode"), GIVES("RecoveryCodes", 200), REFUSES(409)},
    {HTTP_POST, "/api/me/second-factor/remove/", NULL, ROLE_COOKIE, RUN_HASH,
     factor_remove_submit, factor_prepare, PROFILE,
     API("Remove your second factor"), TAKES("PasswordAndCode"), GIVES_NOTHING,
     REFUSES(409)},
    {HTTP_GET, "/api/users/", NULL, ROLE_STAFF, RUN_READ, users_list, ADMIN,
     API("List users"), PACKED, ARGS("UserListArguments"),
     GIVES("UserList", 200)},
    {HTTP_POST, "/api/users/", NULL, ROLE_SUPERUSER, RUN_HASH,
     user_create_submit, user_create_prepare, ADMIN_WRITES,
     API("Create a user"), TAKES("UserInput"), GIVES("User", 201),
     MARKS(ROUTE_LOCATION)},
    {HTTP_GET, "/api/users/<id>/", NULL, ROLE_STAFF, RUN_READ, user_read, ADMIN,
     API("Show one user"), GIVES("User", 200)},
    {HTTP_PATCH, "/api/users/<id>/", NULL, ROLE_SUPERUSER, RUN_WRITE,
     user_update, ADMIN_WRITES, API("Change a user, and their rights"),
     TAKES("UserChange"), GIVES("User", 200), REFUSES(409)},
    {HTTP_POST, "/api/users/<id>/password/", NULL, ROLE_SUPERUSER, RUN_HASH,
     user_password_submit, user_password_prepare, ADMIN_WRITES,
     API("Set a user's password; ends their logins"), TAKES("PasswordInput"),
     GIVES_NOTHING},
    {HTTP_DELETE, "/api/users/<id>/second-factor/", NULL, ROLE_SUPERUSER,
     RUN_WRITE, user_factor_delete, ADMIN_WRITES,
     API("Remove a user's second factor; ends their logins by cookie"),
     GIVES_NOTHING},
    {HTTP_GET, "/api/users/<id>/sessions/", NULL, ROLE_SUPERUSER, RUN_READ,
     user_sessions_list, ADMIN, API("List a user's logins by cookie"),
     GIVES("SessionList", 200)},
    {HTTP_DELETE, "/api/users/<id>/sessions/", NULL, ROLE_SUPERUSER, RUN_WRITE,
     user_sessions_delete, ADMIN_WRITES, API("End all of them"), GIVES_NOTHING},
    {HTTP_DELETE, "/api/users/<id>/sessions/<id>/", NULL, ROLE_SUPERUSER,
     RUN_WRITE, user_session_delete, ADMIN_WRITES, API("End one of them"),
     GIVES_NOTHING},
    {HTTP_GET, "/api/users/<id>/tokens/", NULL, ROLE_SUPERUSER, RUN_READ,
     user_tokens_list, ADMIN, API("List a user's tokens"),
     GIVES("TokenList", 200)},
    {HTTP_DELETE, "/api/users/<id>/tokens/<id>/", NULL, ROLE_SUPERUSER,
     RUN_WRITE, user_token_delete, ADMIN_WRITES, API("Revoke one of them"),
     GIVES_NOTHING},
    {HTTP_GET, "/api/sessions/", NULL, ROLE_COOKIE, RUN_READ, sessions_list,
     API("List your logins by cookie, newest first"),
     GIVES("SessionList", 200)},
    {HTTP_DELETE, "/api/sessions/", NULL, ROLE_COOKIE, RUN_WRITE,
     sessions_delete, LOGINS, API("Log out everywhere"),
     ARGS("SessionsEndArguments"), GIVES_NOTHING},
    {HTTP_DELETE, "/api/sessions/<id>/", NULL, ROLE_COOKIE, RUN_WRITE,
     session_delete, LOGINS, API("End one of your logins"), GIVES_NOTHING},
    {HTTP_GET, "/api/token/", NULL, ROLE_COOKIE, RUN_READ, tokens_list,
     API("List your tokens"), GIVES("TokenList", 200)},
    {HTTP_POST, "/api/token/", NULL, ROLE_NONE, RUN_HASH, token_submit,
     token_prepare, LOGIN, API("Create a token"), TAKES("TokenInput"),
     GIVES("NewToken", 200), REFUSES(401, 403, 409)},
    {HTTP_DELETE, "/api/token/<id>/", NULL, ROLE_COOKIE, RUN_WRITE,
     token_delete, LOGINS, API("Revoke a token"), GIVES_NOTHING},
    {HTTP_POST, "/api/ticket/", NULL, ROLE_USER, RUN_WRITE, ticket_submit,
     SOCKETS, TICKETS,
     API("Get a ticket for a websocket that can't set headers"),
     GIVES("Ticket", 201)},

    {HTTP_GET, "/data/stream/", NULL, ROLE_NONE, RUN_LOOP, stream_hint,
     .summary = NULL},
    {HTTP_GET, "/api/schema/", NULL, ROLE_NONE, RUN_LOOP, description_read,
     API("Describe the API: this document"), GIVES("Description", 200),
     MARKS(ROUTE_ETAG | ROUTE_IF_MATCH)},
    {HTTP_GET, "/api/docs/", NULL, ROLE_NONE, RUN_LOOP, desk_page, PAGE,
     API("Describe the API as a page for people"), GIVES("Page", 200)},

    {HTTP_GET, "/healthz", NULL, ROLE_NONE, RUN_LOOP, healthz, ANY_HOST,
     API("Check that the process is alive"), GIVES("Health", 200)},
    {HTTP_GET, "/readyz", NULL, ROLE_NONE, RUN_READ, readyz, ANY_HOST,
     ANSWERED_IN(2), API("Check whether the database and its schema are ready"),
     GIVES("Ready", 200, 503)},
    {HTTP_GET, "/metrics", NULL, ROLE_NONE, RUN_LOOP, metrics_read, PACKED,
     .summary = NULL},
};
const size_t routes_count = sizeof(routes) / sizeof(routes[0]);

/* Those outside of the table take two. */
_Static_assert(sizeof(routes) / sizeof(routes[0]) + 2 <= METRICS_ROUTES_MAX,
               "every route is counted");

/* Any text but none, slashes as well, before what stands behind it. */
static bool fits_text(const char *path, const char *tail)
{
    size_t len = strlen(path);
    size_t tail_len = strlen(tail);

    return len > tail_len && !strcmp(path + len - tail_len, tail);
}

bool route_fits(const struct route *route, const char *path, int64_t ids[2])
{
    const char *wanted = route->path;
    size_t count = 0;

    ids[0] = ids[1] = 0;
    while (*wanted) {
        if (*wanted == '<' && strncmp(wanted, "<id>", 4) != 0)
            return fits_text(path, strchr(wanted, '>') + 1);
        if (*wanted == '<') {
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

static unsigned methods_of_rows(const char *path)
{
    unsigned methods = 0;
    int64_t ids[2];

    for (size_t i = 0; i < routes_count; i++) {
        if (route_fits(&routes[i], path, ids))
            methods |= METHOD_BIT(routes[i].method);
    }
    return methods;
}

bool route_lacks_slash(const char *path)
{
    char longer[256];

    if (strlen(path) + 2 > sizeof(longer))
        return false;
    snprintf(longer, sizeof(longer), "%s/", path);
    return methods_of_rows(longer) != 0;
}

unsigned route_methods(const char *path)
{
    unsigned methods = methods_of_rows(path);

    if (!methods && (asset_is_served(path) || route_lacks_slash(path)))
        methods = METHOD_BIT(HTTP_GET);
    if (methods & METHOD_BIT(HTTP_GET))
        methods |= METHOD_BIT(HTTP_HEAD);
    return methods ? methods | METHOD_BIT(HTTP_OPTIONS) : 0;
}

void route_allow(unsigned methods, char allow[ROUTE_ALLOW_MAX])
{
    size_t len = 0;

    *allow = '\0';
    for (enum http_method method = HTTP_GET; method < HTTP_OTHER; method++) {
        if (methods & METHOD_BIT(method))
            len += (size_t)snprintf(allow + len, ROUTE_ALLOW_MAX - len, "%s%s",
                                    len ? ", " : "", http_method_name(method));
    }
}

/* "data" of "/api/data/"; NULL: no such path. */
static const char *resource_of(const struct route *route, size_t *len)
{
    const char *name = route->path + 5;

    if (strncmp(route->path, "/api/", 5) != 0)
        return NULL;
    *len = strcspn(name, "/");
    return name[*len] && !name[*len + 1] ? name : NULL;
}

static bool is_first(size_t at, const char *name, size_t len)
{
    size_t other_len;

    for (size_t i = 0; i < at; i++) {
        const char *other = resource_of(&routes[i], &other_len);

        if (other && other_len == len && !memcmp(other, name, len))
            return false;
    }
    return true;
}

bool route_resource(size_t i, char name[ROUTE_RESOURCE_MAX])
{
    size_t len;

    for (size_t at = 0; at < routes_count; at++) {
        const char *found = resource_of(&routes[at], &len);

        if (!found || !is_first(at, found, len) || i-- > 0)
            continue;
        snprintf(name, ROUTE_RESOURCE_MAX, "%.*s", (int)len, found);
        return true;
    }
    return false;
}
