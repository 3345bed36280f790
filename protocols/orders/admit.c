#include "protocols/orders/admit.h"
#include "base/log.h"
#include "model/accounts/scopes.h"
#include "protocols/http/send.h"
#include "protocols/http/wire.h"
#include "protocols/orders/user.h"
#include "web/access/auth.h"

#include <string.h>

#include "base/banned.h"

/* An answer to the handshake that is not 101. lws then closes. */
static int reject(struct lws *wsi, const struct err *err)
{
    send_refusal(wsi, err);
    return 1;
}

/* The same, counted by whom it was said to. */
static int refuse_user(struct lws *wsi, const struct request *request,
                       int64_t user, const struct err *err)
{
    refusals_note_err(server_of(wsi)->web->refusals, err, request->address,
                      user);
    return reject(wsi, err);
}

static int refuse(struct lws *wsi, const struct request *request,
                  const struct err *err)
{
    return refuse_user(wsi, request, 0, err);
}

/* ?login=ticket: a client that can set no header; it logs in by its first
 * frame. Otherwise the login must be there now. */
static int admit_login(struct lws *wsi, struct orders_socket *s,
                       const struct request *request)
{
    const char *login = params_get(&request->args, "login");
    char session[CREDENTIAL_MAX];
    struct actor actor;
    struct err err = ERR_INIT;
    int64_t touch_session = 0;
    int64_t touch_token = 0;

    s->place =
        roster_add(s->server->web->roster, s->server->worker, request->address);
    if (login && !strcmp(login, "ticket"))
        return !auth_cors_origin(s->server->web, request) &&
                       auth_check_origin(s->server->web, request, &err) < 0
                   ? refuse(wsi, request, &err)
                   : 0;
    if (auth_actor(s->server->admission.db, request, &actor, session,
                   &touch_session, &touch_token, &err) < 0) {
        if (err.code != ERR_UNAUTHENTICATED && err.code != ERR_MALFORMED)
            log_error("orders.admission", "text=\"%s\"", err.text);
        return refuse(wsi, request, &err);
    }
    /* No browser can set Authorization here, so no page has sent a token. */
    if (*session && auth_check_origin(s->server->web, request, &err) < 0)
        return refuse_user(wsi, request, actor.user, &err);
    if (scope_check(&actor, SCOPES_OF_SOCKETS, &err) < 0 ||
        second_factor_check(&actor, s->server->web->staff_second_factor, &err) <
            0)
        return refuse_user(wsi, request, actor.user, &err);
    if (orders_set_login(s, &actor) < 0) {
        err_set(&err, ERR_UNAVAILABLE, "too many sockets of this user");
        return refuse(wsi, request, &err);
    }
    return 0;
}

static int check_rate(struct server *server, const struct request *request,
                      struct err *err)
{
    int wait_s =
        limit_take_address(server->web->limits.sockets, request->address);

    if (!wait_s)
        return 0;
    metrics_add(server->metrics, METRIC_SOCKETS_REFUSED, 1);
    err_set(err, ERR_THROTTLED,
            "too many new sockets from one address: wait, then try again");
    err->retry_after_s = wait_s;
    return -1;
}

static int admit(struct lws *wsi, struct orders_socket *s,
                 struct request *request)
{
    char peer[ADDRESS_MAX] = "";
    struct err err = ERR_INIT;

    if (wire_read(wsi, peer, request, &err) < 0)
        return refuse(wsi, request, &err);
    if (check_rate(s->server, request, &err) < 0)
        return refuse(wsi, request, &err);
    if (strcmp(request->path, "/data/stream/") != 0)
        err_set(&err, ERR_MISSING, "the websocket is at /data/stream/");
    else if (s->server->draining)
        err_set(&err, ERR_UNAVAILABLE, "going away: try again");
    else
        auth_check_host(s->server->web, request, &err);
    if (err.code)
        return refuse(wsi, request, &err);
    return admit_login(wsi, s, request);
}

int orders_admit(struct orders_socket *s)
{
    struct request request;
    int rc;

    request_init(&request);
    rc = admit(s->wsi, s, &request);
    request_release(&request);
    return rc;
}
