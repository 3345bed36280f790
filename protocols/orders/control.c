#include "protocols/orders/control.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/symbols.h"
#include "model/accounts/scopes.h"
#include "model/accounts/session.h"
#include "protocols/orders/receive.h"
#include "protocols/orders/reply.h"
#include "protocols/orders/user.h"
#include "protocols/orders/view.h"

#include <inttypes.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define TICKET_WAIT_US (5 * CLOCK_S)
/* What a client may take to read its close frame. */
#define CLOSE_MAX_US (15 * CLOCK_S)
#define LOOK_FRESH_US (1 * CLOCK_S)
#define SHUTDOWN_SPREAD_MS 5000
#define HEARTBEAT_MAX 8192 /* bytes */

static bool concerns(const struct control *control,
                     const struct orders_socket *s)
{
    switch (control->kind) {
    case CONTROL_SESSION_ENDED: return s->session == control->which;
    case CONTROL_TOKEN_ENDED: return s->token == control->which;
    case CONTROL_PASSWORD: return true;
    case CONTROL_RIGHTS: return true;
    case CONTROL_SOCKET_ENDED:
        return roster_id(s->server->web->roster, s->server->worker, s->place) ==
               control->which;
    case CONTROL_ACTIVE: break;
    }
    return true;
}

void orders_control(struct server *server, const struct control *control)
{
    struct orders_user *user = orders_user_find(server, control->user);
    struct orders_socket *s;
    struct orders_socket *next;

    if (!user)
        return;
    DL_FOREACH_SAFE(user->sockets, s, next)
    {
        if (control->kind == CONTROL_SOCKET_ENDED)
            orders_end_view(s, control->which);
        if (!concerns(control, s))
            continue;
        if (control->kind == CONTROL_RIGHTS)
            orders_close_with(s, CLOSE_RIGHTS_CHANGED, "rights have changed");
        else if (control->kind == CONTROL_SOCKET_ENDED)
            orders_close_with(s, CLOSE_LOGIN_ENDED, "closed by an admin");
        else
            orders_close_with(s, CLOSE_LOGIN_ENDED, "the login has ended");
    }
}

/* Every login that has sockets here, read again in one job. */
struct recheck_job {
    struct job job; /* first */
    struct server *server;
    size_t count;
    struct recheck_login {
        int64_t user, session, token;
        uint64_t market; /* a hash of what it may see */
        bool is_staff;
        uint16_t close_code;
    } logins[];
};

static int recheck_run(struct job *base, struct db *db, struct err *err)
{
    struct recheck_job *job = (struct recheck_job *)base;

    for (size_t i = 0; i < job->count; i++) {
        struct recheck_login *login = &job->logins[i];
        struct actor actor;

        if (session_reread(db, login->session, login->token, &actor, err) ==
            0) {
            if (actor.is_staff != login->is_staff ||
                symbols_hash(actor.market_symbols) != login->market ||
                scope_check(&actor, SCOPES_OF_SOCKETS, err) < 0 ||
                second_factor_check(
                    &actor, job->server->web->staff_second_factor, err) < 0)
                login->close_code = CLOSE_RIGHTS_CHANGED;
            err_clear(err);
            continue;
        }
        if (err->code != ERR_UNAUTHENTICATED)
            return -1;
        err_clear(err);
        login->close_code = CLOSE_LOGIN_ENDED;
    }
    return 0;
}

static void close_login(struct server *server,
                        const struct recheck_login *login)
{
    struct orders_user *user = orders_user_find(server, login->user);
    struct orders_socket *s;
    struct orders_socket *next;

    if (!user)
        return;
    DL_FOREACH_SAFE(user->sockets, s, next)
    {
        if (s->session == login->session && s->token == login->token)
            orders_close_with(s, login->close_code, "the login has changed");
    }
}

static void recheck_done(struct job *base)
{
    struct recheck_job *job = (struct recheck_job *)base;

    if (job->job.err.code)
        log_error("orders.recheck_failed", "text=\"%s\"", job->job.err.text);
    for (size_t i = 0; i < job->count; i++) {
        if (job->logins[i].close_code)
            close_login(job->server, &job->logins[i]);
    }
    mem_free(job);
}

void orders_recheck(struct server *server)
{
    struct recheck_job *job =
        mem_zalloc(sizeof(*job) + server->orders->sockets.count *
                                      sizeof(struct recheck_login));
    struct err err = ERR_INIT;

    if (!job) {
        log_error("orders.recheck_failed", "text=\"no memory\"");
        return;
    }
    job->job.run = recheck_run;
    job->job.done = recheck_done;
    job->server = server;
    lws_start_foreach_dll(struct lws_dll2 *, at, server->orders->sockets.head)
    {
        struct orders_socket *s =
            lws_container_of(at, struct orders_socket, in_all);

        if (s->user) {
            struct recheck_login *login = &job->logins[job->count++];

            login->user = s->user;
            login->session = s->session;
            login->token = s->token;
            login->market = symbols_hash(orders_market_names(s));
            login->is_staff = s->is_staff;
        }
    }
    lws_end_foreach_dll(at);
    if (readers_submit(server->pools.readers, &job->job, &err) < 0) {
        log_error("orders.recheck_failed", "text=\"%s\"", err.text);
        mem_free(job);
    }
}

static void put_streams(struct buf *out, const struct orders_socket *s)
{
    const struct follow *follow;
    int64_t own = -1;

    json_open_key(out, "streams");
    LL_FOREACH(s->follows, follow)
    {
        int64_t position;

        if (follow->state != FOLLOW_LIVE)
            continue;
        position = subscription_position(follow->sub);
        json_put_int(out, follow->label, position);
        if (!strcmp(follow->label, "orders"))
            own = position;
    }
    json_close(out);
    if (own >= 0)
        json_put_int(out, "seq", own);
}

/* The last position given per stream; the caller knows that there is none
 * beyond it. */
static int say_heartbeat(struct orders_socket *s)
{
    struct buf out;
    int rc;

    buf_init(&out, HEARTBEAT_MAX);
    json_open(&out);
    json_put_str(&out, "type", "heartbeat");
    if (s->follows)
        put_streams(&out, s);
    if (s->views)
        orders_put_views(&out, s);
    if (s->market)
        market_put_beat(s->server->market, &out);
    json_put_time(&out, "time", clock_now_us());
    json_close(&out);
    s->beat_us = clock_mono_us();
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

/* A heartbeat says that nothing was missed: so only after a look at the log,
 * and with nothing of what is known still to be given. */
static bool may_say_heartbeat(const struct orders_socket *s, int64_t now)
{
    const struct follow *follow;

    if (s->replies || now - relay_looked_us(s->server->relay) > LOOK_FRESH_US)
        return false;
    LL_FOREACH(s->follows, follow)
    {
        if (follow->state != FOLLOW_LIVE ||
            !subscription_is_current(follow->sub))
            return false;
    }
    return true;
}

/* A client that says nothing is asked; false: it has not answered either. What
 * it does not take has a time of its own. */
static bool is_there(struct orders_socket *s, int64_t now)
{
    int64_t silent_us = s->server->orders->silent_us;
    /* lws would not tell of the pong to an empty one. */
    unsigned char bytes[LWS_PRE + 1] = {[LWS_PRE] = '?'};

    if (s->pinged_us)
        return now - s->pinged_us <= silent_us / 8 * 3;
    if (now - s->heard_us <= silent_us / 8 * 5 || s->blocked_us ||
        lws_partial_buffered(s->wsi))
        return true;
    s->pinged_us = now;
    return lws_write(s->wsi, bytes + LWS_PRE, 1, LWS_WRITE_PING) >= 0;
}

static void sweep_one(struct orders_socket *s, int64_t now, int64_t now_utc)
{
    orders_read_on(s);
    if (s->close_code) {
        if (now - s->close_us > CLOSE_MAX_US)
            server_kill(s->wsi);
        return;
    }
    if (s->ending)
        return;
    if (s->expires_us && s->expires_us <= now_utc) {
        orders_close_with(s, CLOSE_LOGIN_ENDED, "the login has ended");
        return;
    }
    if (!s->user && now - s->opened_us > TICKET_WAIT_US) {
        orders_close_with(s, CLOSE_LOGIN_ENDED, "no ticket came");
        return;
    }
    if (s->blocked_us && now - s->blocked_us > s->server->orders->blocked_us) {
        log_warn("orders.not_reading", "user=%" PRId64, s->user);
        orders_close_with(s, CLOSE_TRY_AGAIN, "nothing is read");
        return;
    }
    if (!is_there(s, now)) {
        server_kill(s->wsi);
        return;
    }
    if ((s->follows || s->views || s->market) &&
        now - s->beat_us >= s->heartbeat_s * CLOCK_S &&
        may_say_heartbeat(s, now) && say_heartbeat(s) < 0)
        orders_close_with(s, CLOSE_TRY_AGAIN, "too much waits to be read");
}

void orders_sweep(struct server *server)
{
    int64_t now = clock_mono_us();
    int64_t now_utc = clock_now_us();

    lws_start_foreach_dll_safe(struct lws_dll2 *, at, next,
                               server->orders->sockets.head)
    {
        sweep_one(lws_container_of(at, struct orders_socket, in_all), now,
                  now_utc);
    }
    lws_end_foreach_dll_safe(at, next);
}

static void say_shutdown(struct orders_socket *s, uint32_t random)
{
    struct buf out;

    buf_init(&out, 256);
    json_open(&out);
    json_put_str(&out, "type", "shutdown");
    json_put_int(&out, "delay_ms", random % SHUTDOWN_SPREAD_MS);
    json_close(&out);
    orders_say(s, &out);
    buf_release(&out);
}

void orders_shutdown(struct server *server)
{
    lws_start_foreach_dll_safe(struct lws_dll2 *, at, next,
                               server->orders->sockets.head)
    {
        struct orders_socket *s =
            lws_container_of(at, struct orders_socket, in_all);
        struct err err = ERR_INIT;
        uint32_t random = 0;

        if (!s->close_code) {
            secret_random(&random, sizeof(random), &err);
            say_shutdown(s, random);
            s->going = true;
            lws_callback_on_writable(s->wsi);
        }
    }
    lws_end_foreach_dll_safe(at, next);
}
