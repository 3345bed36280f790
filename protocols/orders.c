#include "protocols/orders.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/scopes.h"
#include "web/auth.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/* Bytes written per turn, so that no socket holds up the others. */
#define WRITE_TURN (64 * 1024)
/* Written without asking the kernel whether there is room. */
#define FRAME_SMALL 2048
#define HEARTBEAT_DEFAULT_S 10

/* What lws keeps per connection. Admission leaves the login here for open. */
struct orders_slot {
    struct orders_socket *socket;
};

_Static_assert(FRAME_ROOM >= LWS_PRE, "a frame has room for lws's header");

/* Since the first of these that was not answered by a WRITEABLE, the client has
 * taken nothing. */
void orders_wake(struct orders_socket *s)
{
    if (s->ending)
        return;
    if (!s->blocked_us)
        s->blocked_us = clock_mono_us();
    lws_callback_on_writable(s->wsi);
}

void orders_close_with(struct orders_socket *s, uint16_t code,
                       const char *reason)
{
    if (s->close_code || s->ending)
        return;
    s->close_code = code;
    s->close_reason = reason;
    if (code == CLOSE_LOGIN_ENDED || code == CLOSE_RIGHTS_CHANGED)
        metrics_add(s->server->metrics, METRIC_CLOSED_LOGIN, 1);
    else if (code == CLOSE_TRY_AGAIN)
        metrics_add(s->server->metrics, METRIC_CLOSED_SLOW, 1);
    s->close_us = clock_mono_us();
    /* Behind what lws still holds of the last frame; the sweep ends those that
     * don't read it. */
    lws_callback_on_writable(s->wsi);
}

static struct orders_user *user_get_or_new(struct server *server, int64_t id)
{
    struct orders_user *user;

    HASH_FIND(hh, server->users, &id, sizeof(id), user);
    if (user)
        return user;
    user = mem_zalloc(sizeof(*user));
    if (!user)
        return NULL;
    user->id = id;
    HASH_ADD(hh, server->users, id, sizeof(user->id), user);
    if (!user->hh.tbl) {
        mem_free(user);
        return NULL;
    }
    return user;
}

int orders_set_login(struct orders_socket *s, const struct actor *actor)
{
    struct orders_user *user = user_get_or_new(s->server, actor->user);

    if (!user)
        return -1;
    if (user->count >= s->server->web->limits.sockets_per_user)
        return -1;
    s->user = actor->user;
    s->session = actor->session;
    s->token = actor->token;
    s->expires_us = actor->expires_us;
    s->is_staff = actor->is_staff;
    roster_login(s->server->web->roster, s->server->worker, s->place, actor);
    DL_APPEND(user->sockets, s);
    user->count++;
    return 0;
}

static void leave_user(struct orders_socket *s)
{
    struct orders_user *user;

    if (!s->user)
        return;
    HASH_FIND(hh, s->server->users, &s->user, sizeof(s->user), user);
    if (!user)
        return;
    DL_DELETE(user->sockets, s);
    if (--user->count)
        return;
    HASH_DEL(s->server->users, user);
    mem_free(user);
}

/* An answer to the handshake that is not 101. lws then closes. */
static int reject(struct lws *wsi, const struct err *err)
{
    answer_refuse(wsi, err);
    return 1;
}

static struct orders_socket *socket_new(struct lws *wsi)
{
    struct orders_socket *s = mem_zalloc(sizeof(*s));

    if (!s)
        return NULL;
    s->wsi = wsi;
    s->server = server_of(wsi);
    s->heartbeat_s = HEARTBEAT_DEFAULT_S;
    s->opened_us = clock_mono_us();
    s->heard_us = s->opened_us;
    s->sent_us = s->opened_us;
    s->place = ROSTER_NOWHERE;
    return s;
}

static void message_free(struct orders_socket *s)
{
    if (s->message)
        buf_release(s->message);
    mem_free(s->message);
    s->message = NULL;
}

static void socket_free(struct orders_socket *s)
{
    struct answer *answer;
    struct answer *next;

    orders_unfollow_all(s);
    orders_login_forget(s);
    leave_user(s);
    roster_remove(s->server->web->roster, s->server->worker, s->place);
    LL_FOREACH_SAFE(s->answers, answer, next)
    {
        frame_unref(answer->frame);
        mem_free(answer);
    }
    message_free(s);
    mem_free(s);
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
        return auth_check_origin(s->server->web, request, &err) < 0
                   ? refuse(wsi, request, &err)
                   : 0;
    if (auth_actor(s->server->admission_db, request, &actor, session,
                   &touch_session, &touch_token, &err) < 0) {
        if (err.code != ERR_UNAUTHENTICATED && err.code != ERR_MALFORMED)
            log_error("orders.admission", "text=\"%s\"", err.text);
        return refuse(wsi, request, &err);
    }
    /* No browser can set Authorization here, so no page has sent a token. */
    if (*session && auth_check_origin(s->server->web, request, &err) < 0)
        return refuse_user(wsi, request, actor.user, &err);
    if (scope_check(&actor, SCOPE_ORDERS_READ, &err) < 0 ||
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

static int orders_admit(struct lws *wsi, struct orders_slot *slot)
{
    struct orders_socket *s = socket_new(wsi);
    struct request request;
    int rc;

    if (!s)
        return 1;
    request_init(&request);
    rc = admit(wsi, s, &request);
    request_release(&request);
    if (rc)
        socket_free(s);
    else
        slot->socket = s;
    return rc;
}

static int orders_open(struct orders_slot *slot)
{
    struct orders_socket *s = slot->socket;

    if (!s)
        return SOCKET_DROP;
    lws_dll2_add_tail(&s->in_all, &s->server->sockets);
    s->server->socket_count++;
    s->server->unlisted_count += s->place == ROSTER_NOWHERE;
    return SOCKET_KEEP;
}

static int orders_close(struct orders_slot *slot)
{
    struct orders_socket *s = slot->socket;

    if (!s)
        return SOCKET_KEEP;
    slot->socket = NULL;
    if (!lws_dll2_is_detached(&s->in_all)) {
        lws_dll2_remove(&s->in_all);
        s->server->socket_count--;
        s->server->unlisted_count -= s->place == ROSTER_NOWHERE;
    }
    socket_free(s);
    return SOCKET_KEEP;
}

/* From here on lws says goodbye, for us, for the client, or for a frame that is
 * none; no data comes behind that (RFC 6455, 5.5.1). */
static int orders_end(struct orders_slot *slot)
{
    if (slot->socket)
        slot->socket->ending = true;
    return SOCKET_KEEP;
}

/* So many a second, as many at once. */
static bool is_socket_too_fast(struct orders_socket *s)
{
    long rate = s->server->web->limits.commands_per_socket;
    int64_t now_us = clock_mono_us();

    if (!rate)
        return false;
    if (s->commands_us < now_us)
        s->commands_us = now_us;
    if (s->commands_us + CLOCK_S / rate > now_us + CLOCK_S)
        return true;
    s->commands_us += CLOCK_S / rate;
    return false;
}

static int check_command_rate(struct orders_socket *s, struct err *err)
{
    const char *who = NULL;

    if (is_socket_too_fast(s))
        who = "on one socket";
    else if (s->user && limit_take(s->server->web->limits.commands, &s->user,
                                   sizeof(s->user)))
        who = "of one user";
    if (!who)
        return 0;
    metrics_add(s->server->metrics, METRIC_COMMANDS_REFUSED, 1);
    return err_set(err, ERR_THROTTLED,
                   "too many commands %s: wait a second, then go on", who);
}

static int obey(struct orders_socket *s, const char *text, size_t len)
{
    struct orders_command command;
    struct err unreadable = ERR_INIT;
    struct err err = ERR_INIT;
    int rc = orders_command_read(text, len, &command, &unreadable);

    /* One that can't be read counts too. */
    if (check_command_rate(s, &err) == 0)
        err = unreadable;
    if (rc < 0 || err.code)
        return orders_refuse_err(s, command.name, command.ref, NULL, &err);
    if (!s->user && command.verb != VERB_LOGIN)
        return orders_refuse(s, command.name, command.ref, NULL,
                             "unauthenticated", "send the ticket first");
    switch (command.verb) {
    case VERB_SUBSCRIBE: return orders_subscribe(s, &command);
    case VERB_UNSUBSCRIBE: return orders_unsubscribe(s, &command);
    case VERB_PING: return orders_pong(s, &command);
    case VERB_LOGIN: break;
    }
    return orders_login(s, &command);
}

static int close_now(struct lws *wsi, uint16_t code, const char *reason)
{
    unsigned char text[64];
    int len = snprintf((char *)text, sizeof(text), "%s", reason);

    lws_close_reason(wsi, (enum lws_close_status)code, text, (size_t)len);
    return SOCKET_DROP;
}

/* Keeps a piece of a message that is not whole yet. */
static int gather(struct orders_socket *s, const char *bytes, size_t len)
{
    if (!s->message) {
        s->message = mem_alloc(sizeof(*s->message));
        if (!s->message)
            return -1;
        buf_init(s->message, COMMAND_MAX);
    }
    buf_put(s->message, bytes, len);
    return s->message->failed ? -1 : 0;
}

static void orders_hear(struct orders_socket *s)
{
    s->heard_us = clock_mono_us();
    s->pinged_us = 0;
}

/* Even a short message can come in two pieces. */
static int orders_receive(struct orders_slot *slot, const char *bytes,
                          size_t len)
{
    struct orders_socket *s = slot->socket;
    bool first = lws_is_first_fragment(s->wsi);
    bool last = lws_is_final_fragment(s->wsi);
    int rc;

    orders_hear(s);
    if (s->close_code || s->ending)
        return SOCKET_KEEP;
    if (lws_frame_is_binary(s->wsi))
        return close_now(s->wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
                         "text frames only");
    if ((s->message ? s->message->len : 0) + len > COMMAND_MAX)
        return close_now(s->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
                         "a command is at most 4096 bytes");
    if (first && last) {
        rc = obey(s, bytes, len);
    } else {
        if (gather(s, bytes, len) < 0)
            return SOCKET_DROP;
        if (!last)
            return SOCKET_KEEP;
        rc = obey(s, buf_text(s->message), s->message->len);
        message_free(s);
    }
    return rc < 0
               ? close_now(s->wsi, CLOSE_TRY_AGAIN, "too much waits to be read")
               : SOCKET_KEEP;
}

static int orders_heard(struct orders_slot *slot)
{
    orders_hear(slot->socket);
    return SOCKET_KEEP;
}

static int send_frame(struct orders_socket *s, struct frame *frame)
{
    if (lws_write(s->wsi, frame->body, frame->len, LWS_WRITE_TEXT) < 0)
        return -1;
    s->sent_us = clock_mono_us();
    metrics_add(s->server->metrics, METRIC_FRAMES_SENT, 1);
    metrics_add(s->server->metrics, METRIC_BYTES_SENT, (int64_t)frame->len);
    return 0;
}

/* Answers first, then what the streams have. *frame NULL: nothing. */
static int send_answer(struct orders_socket *s, size_t *sent)
{
    struct answer *answer = s->answers;
    int rc;

    s->answers = answer->next;
    if (!s->answers)
        s->answers_tail = NULL;
    s->answer_count--;
    rc = send_frame(s, answer->frame);
    *sent += answer->frame->len;
    frame_unref(answer->frame);
    mem_free(answer);
    return rc;
}

static int send_events(struct orders_socket *s, struct follow *follow,
                       size_t *sent)
{
    struct frame *frame = NULL;
    int rc;

    if (follow_next(follow, &frame) < 0)
        return -1;
    if (!frame)
        return 0;
    /* What the kernel does not take, lws keeps a copy of. */
    if (frame->len > FRAME_SMALL && lws_send_pipe_choked(s->wsi))
        return 0;
    rc = send_frame(s, frame);
    *sent += frame->len;
    follow_sent(follow);
    return rc < 0 ? -1 : 1;
}

static bool has_more(const struct orders_socket *s)
{
    const struct follow *follow;

    if (s->answers)
        return true;
    LL_FOREACH(s->follows, follow)
    {
        if (follow_has_more(follow))
            return true;
    }
    return false;
}

/* As much as one turn allows. What is left waits for WRITEABLE. */
static int write_turn(struct orders_socket *s)
{
    size_t sent = 0;

    while (s->answers && sent < WRITE_TURN && !lws_partial_buffered(s->wsi)) {
        if (send_answer(s, &sent) < 0)
            return -1;
    }
    for (struct follow *f = s->follows; f; f = f->next) {
        int rc = 1;

        while (rc == 1 && sent < WRITE_TURN && !lws_partial_buffered(s->wsi)) {
            rc = send_events(s, f, &sent);
            if (rc < 0)
                return -1;
        }
    }
    if (lws_partial_buffered(s->wsi) || has_more(s))
        orders_wake(s);
    return 0;
}

static int orders_write(struct orders_slot *slot)
{
    struct orders_socket *s = slot->socket;

    if (!s)
        return SOCKET_DROP;
    s->blocked_us = 0;
    if (s->ending)
        return s->going ? SOCKET_DROP : SOCKET_KEEP;
    if (s->close_code)
        return close_now(s->wsi, s->close_code, s->close_reason);
    if (write_turn(s) < 0)
        return SOCKET_DROP;
    if (s->going && !s->answers)
        return close_now(s->wsi, LWS_CLOSE_STATUS_GOINGAWAY, "going away");
    return SOCKET_KEEP;
}

/* A client that has taken all so far gets it at once: WRITEABLE would cost two
 * calls of the kernel and a turn of the loop for each socket. */
void orders_deliver(void *socket)
{
    struct orders_socket *s = socket;

    if (s->blocked_us || s->close_code || s->going || s->ending)
        orders_wake(s);
    else if (write_turn(s) < 0)
        server_kill(s->wsi);
}

static lws_callback_function orders_callback;

void orders_forget(struct lws *wsi, void *slot)
{
    const struct lws_protocols *protocol = lws_get_protocol(wsi);

    /* Admitted, but the handshake did not end. */
    if (slot && protocol && protocol->callback == orders_callback)
        orders_close(slot);
}

static int orders_callback(struct lws *wsi, enum lws_callback_reasons reason,
                           void *user, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return orders_admit(wsi, user);
    case LWS_CALLBACK_ESTABLISHED: return orders_open(user);
    case LWS_CALLBACK_RECEIVE: return orders_receive(user, in, len);
    case LWS_CALLBACK_RECEIVE_PONG: return orders_heard(user);
    case LWS_CALLBACK_SERVER_WRITEABLE: return orders_write(user);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return orders_end(user);
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL: return orders_end(user);
    case LWS_CALLBACK_CLOSED: return orders_close(user);
    default: return SOCKET_KEEP;
    }
}

/* A handshake that names none comes here. */
const struct lws_protocols protocol_orders = {
    .name = PROTOCOL_ORDERS,
    .callback = orders_callback,
    .per_session_data_size = sizeof(struct orders_slot),
    .tx_packet_size = SEND_MAX,
};
