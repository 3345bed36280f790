#include "web/access/admit.h"
#include "model/accounts/scopes.h"
#include "web/access/auth.h"
#include "web/access/login.h"
#include "web/access/logins.h"
#include "web/access/lookup.h"
#include "web/http/problem.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static bool is_unsafe(enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
}

/* A cookie travels by itself, so what it may change must also carry a token
 * that another site can't know. */
static int check_forgery(struct call *call, struct err *err)
{
    const struct input *input;
    const char *field = NULL;

    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    if (!call->request->headers[HEADER_CSRF]) {
        if (call_input(call, &input, err) == 0)
            field = input_text(input, "csrfmiddlewaretoken");
        else
            err_clear(err);
    }
    return csrf_check(call->web, call->request, call->session, field, err);
}

static int check_role(const struct call *call, struct err *err)
{
    switch (call->route->role) {
    case ROLE_COOKIE:
        if (!call->by_cookie)
            return err_set(err, ERR_FORBIDDEN,
                           "only a login by cookie or password may do this, "
                           "not a token");
        return 0;
    case ROLE_PAGE_STAFF:
    case ROLE_STAFF:
        if (!call->actor.is_staff && !call->actor.is_superuser)
            return err_set(err, ERR_FORBIDDEN, "only staff may do this");
        return 0;
    case ROLE_SUPERUSER:
        if (!call->actor.is_superuser)
            return err_set(err, ERR_FORBIDDEN, "only superusers may do this");
        return 0;
    case ROLE_NONE:
    case ROLE_PAGE_USER:
    case ROLE_USER: return 0;
    }
    return err_set(err, ERR_INTERNAL, "a route without a role");
}

static bool is_limited(const struct call *call)
{
    /* A browser shows its page no refusal of a preflight, only one of what
     * comes behind; and a refusal would cost no less than the answer. */
    return !strncmp(call->request->path, "/api/", 5) &&
           !auth_is_preflight(call->web, call->request);
}

static int too_often(const char *who, int wait_s, struct err *err)
{
    err_set(err, ERR_THROTTLED, "too many requests %s: wait, then try again",
            who);
    err->retry_after_s = wait_s;
    return -1;
}

/* One that nobody asks at another's: a health check, and OPTIONS as one, which
 * has no Host where it is HTTP/1.0. */
static bool is_any_host(const struct call *call)
{
    return call->route->any_host || (call->request->method == HTTP_OPTIONS &&
                                     !call->request->headers[HEADER_HOST]);
}

static int check_host(const struct call *call, struct err *err)
{
    return is_any_host(call) ? 0
                             : auth_check_host(call->web, call->request, err);
}

/* Of a body that has come, or is to come. */
static int check_coding(const struct request *request, struct err *err)
{
    const char *coding = request->headers[HEADER_CONTENT_ENCODING];

    if (!coding || !*coding || !strcasecmp(coding, "identity"))
        return 0;
    return err_set(err, ERR_ENCODING,
                   "Content-Encoding: send the body uncompressed (identity)");
}

/* Of all that may be the login, since none has been looked up yet: or whoever
 * sends something else beside it each time would never be limited. */
static int admit_login(const struct call *call, struct err *err)
{
    struct limit *limit = call->web->limits.token;
    struct credentials credentials;
    struct err unreadable = ERR_INIT;

    if (!limit ||
        credentials_read(call->request, &credentials, &unreadable) < 0)
        return 0;
    for (size_t i = 0; i < credentials.count; i++) {
        const char *text = credentials.of[i].text;
        int wait_s = limit_take(limit, text, strlen(text));

        if (wait_s)
            return too_often("by one login", wait_s, err);
    }
    return 0;
}

int web_admit(struct call *call, struct err *err)
{
    const struct web_limits *limits = &call->web->limits;
    int wait_s;

    if (check_host(call, err) < 0 ||
        (call->request->body.len && check_coding(call->request, err) < 0))
        return -1;
    /* Whatever costs a hash, which a password may be guessed by. */
    if (call->route->run == RUN_HASH && call->route->role == ROLE_NONE &&
        login_admit(call, err) < 0)
        return -1;
    if ((!limits->address && !limits->token) || !is_limited(call))
        return 0;
    wait_s = limit_take_address(limits->address, call->request->address);
    if (wait_s)
        return too_often("from one address", wait_s, err);
    return admit_login(call, err);
}

int web_admit_known(struct call *call, struct err *err)
{
    return call->route->run == RUN_HASH && call->route->role == ROLE_COOKIE
               ? login_admit_again(call, err)
               : 0;
}

int web_invite(const struct call *call, struct err *err)
{
    struct credentials credentials;

    if (check_host(call, err) < 0 || check_coding(call->request, err) < 0)
        return -1;
    if (call->route->role == ROLE_NONE)
        return 0;
    if (credentials_read(call->request, &credentials, err) < 0)
        return -1;
    if (credentials.count)
        return 0;
    return err_set(err, ERR_UNAUTHENTICATED, "not logged in");
}

int web_admit_large(const struct call *call, struct err *err)
{
    if (check_host(call, err) < 0)
        return -1;
    if (call->route->role == ROLE_NONE)
        return err_set(err, ERR_TOO_LARGE,
                       "without a login a body may have at most %d bytes",
                       WEB_STRANGER_BODY);
    return 0;
}

static int take_turn(const struct call *call, struct limit *limit,
                     const char *who, struct err *err)
{
    int wait_s = limit_take(limit, &call->actor.user, sizeof(call->actor.user));

    return wait_s ? too_often(who, wait_s, err) : 0;
}

int web_admit_logins(const struct call *call, struct err *err)
{
    return take_turn(call, call->web->limits.logins,
                     "of one user that create or end logins", err);
}

static int take_bound(const struct call *call, struct err *err)
{
    const struct web_limits *limits = &call->web->limits;

    switch (call->route->bound) {
    case BOUND_PROFILE:
        return take_turn(call, limits->profile,
                         "of one user that change an account", err);
    case BOUND_LOGINS: return web_admit_logins(call, err);
    case BOUND_TICKETS:
        return take_turn(call, limits->tickets, "of one user for tickets", err);
    case BOUND_PAGES:
        return take_turn(call, limits->pages,
                         "of one user that keep how pages look", err);
    case BOUND_ADMIN:
        return take_turn(call, limits->admin,
                         "of one user that change accounts or instruments",
                         err);
    case BOUND_NONE:
    case BOUND_ONCE:
    case BOUND_LOGIN: /* admit_password() */
    case BOUND_ORDERS: /* check_quota() */ break;
    }
    return 0;
}

/* What is run again counts once. */
static int admit_user(struct call *call, struct err *err)
{
    if (call->admitted || !is_limited(call))
        return 0;
    if (take_turn(call, call->web->limits.user, "of one user", err) < 0 ||
        take_bound(call, err) < 0)
        return -1;
    call->admitted = true;
    return 0;
}

bool web_writes_orders(const struct call *call)
{
    return call->route->bound == BOUND_ORDERS;
}

/* Told before it costs; what it comes to is known afterwards. */
static int check_quota(const struct call *call, struct err *err)
{
    return web_writes_orders(call)
               ? quota_take(call->web->limits.quota, call->actor.user,
                            (struct quota_use){0}, err)
               : 0;
}

/* An event is a line. */
static struct quota_use written(const struct call *call, size_t from)
{
    size_t len;
    const char *outbox = db_announced(call->db, &len);
    struct quota_use use = {.bytes = (int64_t)(len - from)};

    for (const char *at = outbox + from;
         (at = memchr(at, '\n', (size_t)(outbox + len - at))); at++)
        use.rows++;
    return use;
}

static void add_unwritten(const struct call *call, int64_t rows)
{
    const struct quota_use unwritten = {
        .rows = rows, .bytes = (int64_t)call->request->body.len};

    quota_add_unwritten(call->web->limits.quota, call->actor.user, unwritten);
}

int web_take_quota(const struct call *call, size_t from, struct err *err)
{
    struct quota_use use = written(call, from);
    int rc = quota_take(call->web->limits.quota, call->actor.user, use, err);

    if (rc == 0 && use.rows < call->orders)
        add_unwritten(call, call->orders - use.rows);
    return rc;
}

void web_count_refused(const struct call *call, const struct err *err)
{
    if (problem_status(err->code) < 500)
        add_unwritten(call, call->orders);
}

static int look_up_actor(struct call *call, struct err *err)
{
    struct response *response = call->response;

    /* The loop has none: it was looked up beforehand. */
    if (!call->db)
        return lookup_take(call, err);
    if (call->logins)
        return logins_actor(call->logins, call->request, &call->actor,
                            call->session, &response->touch_session,
                            &response->touch_token, err);
    return auth_actor(call->db, call->request, &call->actor, call->session,
                      &response->touch_session, &response->touch_token, err);
}

static int find_actor(struct call *call, struct err *err)
{
    int rc = look_up_actor(call, err);

    call->by_cookie = *call->session != '\0';
    auth_note_confirmed(call->web, &call->actor);
    return rc;
}

/* A link is followed by whoever is logged in by then, in all tabs of a browser:
 * one that says whose page it stands on is that user's alone. */
static int check_asked_by(const struct call *call, struct err *err)
{
    const char *name = params_get(&call->request->args, ARG_ASKED_BY);

    if (!name || !strcmp(name, call->actor.username))
        return 0;
    return err_set(
        err, ERR_FORBIDDEN,
        "somebody else has logged in here: only the user named by " ARG_ASKED_BY
        " may have this");
}

static int check_factor(const struct call *call, struct err *err)
{
    return call->route->for_setup
               ? 0
               : second_factor_check(&call->actor,
                                     call->web->staff_second_factor, err);
}

int web_check_login(struct call *call, struct err *err)
{
    if (call->route->role == ROLE_NONE)
        return 0;
    if (find_actor(call, err) < 0)
        return -1;
    if (admit_user(call, err) < 0 || check_asked_by(call, err) < 0 ||
        scope_check(&call->actor, call->route->scope, err) < 0 ||
        check_role(call, err) < 0 || check_factor(call, err) < 0 ||
        check_quota(call, err) < 0)
        return -1;
    if (call->by_cookie && is_unsafe(call->request->method))
        return check_forgery(call, err);
    return 0;
}
