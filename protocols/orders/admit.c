#include "protocols/orders/admit.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/accounts/scopes.h"
#include "protocols/host/listener.h"
#include "protocols/http/send.h"
#include "protocols/http/wire.h"
#include "protocols/orders/user.h"
#include "web/access/auth.h"

#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

/* Longer than a reader's queue and budget: by then there is an answer. */
#define WAIT_S 60

/* From its head until there is a socket. Outlives its connection when a reader
 * has it by then. */
struct handshake {
    struct job job; /* first */
    struct server *server;
    struct lws *wsi; /* NULL: the client has gone */
    struct request request;
    struct actor actor;
    char session[CREDENTIAL_MAX]; /* its cookie's value; "": a token's */
    bool has_login;               /* the actor is known */
    bool is_waiting;              /* a reader has the job */
};

static struct handshake *handshake_new(struct lws *wsi)
{
    struct handshake *handshake = mem_zalloc(sizeof(*handshake));

    if (!handshake)
        return NULL;
    handshake->server = server_of(wsi);
    handshake->wsi = wsi;
    request_init(&handshake->request);
    listener_connection(wsi)->handshake = handshake;
    return handshake;
}

static void handshake_free(struct handshake *handshake)
{
    if (handshake->wsi)
        listener_connection(handshake->wsi)->handshake = NULL;
    request_release(&handshake->request);
    mem_free(handshake);
}

/* An answer that is not 101, counted by whom it was said to. lws is to close.
 */
static void refuse(struct handshake *handshake, const struct err *err)
{
    int64_t user = handshake->has_login ? handshake->actor.user : 0;

    refusals_note_err(handshake->server->web->refusals, err,
                      handshake->request.address, user);
    send_refusal(handshake->wsi, err);
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

/* What comes then is told nothing, and would not be said goodbye to. */
static int check_stays(const struct server *server, struct err *err)
{
    if (!server->draining)
        return 0;
    err_set(err, ERR_UNAVAILABLE, "going away: try again");
    err->retry_after_s = 1;
    return -1;
}

static int check_request(struct handshake *handshake, struct err *err)
{
    const struct server *server = handshake->server;
    struct request *request = &handshake->request;
    char peer[ADDRESS_MAX] = "";

    if (wire_read(handshake->wsi, peer, request, err) < 0 ||
        check_rate(handshake->server, request, err) < 0)
        return -1;
    if (strcmp(request->path, "/data/stream/") != 0)
        return err_set(err, ERR_MISSING, "the websocket is at /data/stream/");
    return check_stays(server, err) < 0
               ? -1
               : auth_check_host(server->web, request, err);
}

/* ?login=ticket: a client that can set no header; it logs in by its first
 * frame. Otherwise the login must be there now. */
static bool is_by_ticket(const struct handshake *handshake)
{
    const char *login = params_get(&handshake->request.args, "login");

    return login && !strcmp(login, "ticket");
}

static int check_ticket(const struct handshake *handshake, struct err *err)
{
    const struct web *web = handshake->server->web;

    return auth_cors_origin(web, &handshake->request)
               ? 0
               : auth_check_origin(web, &handshake->request, err);
}

static int look_up(struct handshake *handshake, struct db *db, struct err *err)
{
    int64_t touch_session;
    int64_t touch_token;

    return auth_actor(db, &handshake->request, &handshake->actor,
                      handshake->session, &touch_session, &touch_token, err);
}

static int check_login(struct handshake *handshake, struct err *err)
{
    const struct web *web = handshake->server->web;

    handshake->has_login = true;
    /* No browser can set Authorization here, so no page has sent a token. */
    if (*handshake->session &&
        auth_check_origin(web, &handshake->request, err) < 0)
        return -1;
    if (scope_check(&handshake->actor, SCOPES_OF_SOCKETS, err) < 0)
        return -1;
    return second_factor_check(&handshake->actor, web->staff_second_factor,
                               err);
}

static void log_failure(const struct err *err)
{
    static struct log_pace pace;
    uint64_t left_out;

    if (err->code != ERR_UNAUTHENTICATED && err->code != ERR_MALFORMED &&
        log_is_due(&pace, &left_out))
        log_write(err->code == ERR_UNAVAILABLE ? LOG_WARN : LOG_ERROR,
                  "orders.admission", "text=\"%s\" left_out=%" PRIu64,
                  err->text, left_out);
}

static int job_run(struct job *job, struct db *db, struct err *err)
{
    return look_up((struct handshake *)job, db, err);
}

static void resume(struct handshake *handshake)
{
    struct lws *wsi = handshake->wsi;
    struct err err = handshake->job.err;

    if (err.code)
        log_failure(&err);
    else if (check_stays(handshake->server, &err) == 0)
        check_login(handshake, &err);
    if (err.code) {
        refuse(handshake, &err);
        handshake_free(handshake);
        server_kill(wsi);
        return;
    }
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    if (lws_upgrade_resume(wsi))
        server_kill(wsi);
}

static void set_waiting(struct handshake *handshake, bool is_waiting)
{
    handshake->is_waiting = is_waiting;
    if (is_waiting)
        handshake->server->orders->handshakes++;
    else
        handshake->server->orders->handshakes--;
}

static void job_done(struct job *job)
{
    struct handshake *handshake = (struct handshake *)job;

    set_waiting(handshake, false);
    if (!job->err.code)
        flows_learn(handshake->server->admission.flows, &handshake->request,
                    handshake->actor.user);
    if (handshake->wsi)
        resume(handshake);
    else
        handshake_free(handshake);
}

static int submit(struct handshake *handshake, struct err *err)
{
    const struct server *server = handshake->server;

    handshake->job.run = job_run;
    handshake->job.done = job_done;
    handshake->job.flow =
        flows_of_request(server->admission.flows, &handshake->request);
    if (readers_submit(server->pools.readers, &handshake->job, err) < 0)
        return -1;
    set_waiting(handshake, true);
    lws_set_timeout(handshake->wsi, PENDING_TIMEOUT_USER_OK, WAIT_S);
    return LWS_UPGRADE_LATER;
}

static int confirm(struct handshake *handshake, struct err *err)
{
    struct db *db = handshake->server->admission.db;

    if (check_request(handshake, err) < 0)
        return -1;
    if (is_by_ticket(handshake))
        return check_ticket(handshake, err);
    if (!db)
        return submit(handshake, err);
    if (look_up(handshake, db, err) < 0) {
        log_failure(err);
        return -1;
    }
    return check_login(handshake, err);
}

int orders_confirm(struct lws *wsi)
{
    struct handshake *handshake = handshake_new(wsi);
    struct err err = ERR_INIT;
    int rc;

    if (!handshake)
        return -1;
    rc = confirm(handshake, &err);
    if (rc < 0) {
        refuse(handshake, &err);
        handshake_free(handshake);
    }
    return rc;
}

int orders_admit(struct orders_socket *s)
{
    struct handshake *handshake = listener_connection(s->wsi)->handshake;
    struct err err = ERR_INIT;

    if (!handshake)
        return 1;
    s->place = roster_add(s->server->web->roster, s->server->worker,
                          handshake->request.address);
    if (handshake->has_login && orders_set_login(s, &handshake->actor) < 0) {
        err_set(&err, ERR_UNAVAILABLE, "too many sockets of this user");
        refuse(handshake, &err);
    }
    handshake_free(handshake);
    return err.code ? 1 : 0;
}

void orders_forget_handshake(struct lws *wsi)
{
    struct connection *connection = listener_connection(wsi);
    struct handshake *handshake = connection ? connection->handshake : NULL;

    if (!handshake)
        return;
    connection->handshake = NULL;
    handshake->wsi = NULL;
    if (handshake->is_waiting) {
        if (!readers_cancel(handshake->server->pools.readers, &handshake->job))
            return;
        set_waiting(handshake, false);
    }
    handshake_free(handshake);
}
