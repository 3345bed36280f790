#include "protocols/orders/receive.h"
#include "base/clock.h"
#include "protocols/orders/follow.h"
#include "protocols/orders/login.h"
#include "protocols/orders/reply.h"
#include "protocols/orders/write.h"

#include "base/banned.h"

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

void orders_heard(struct orders_socket *s)
{
    s->heard_us = clock_mono_us();
    s->pinged_us = 0;
}

/* Even a short message can come in two pieces. */
int orders_receive(struct orders_socket *s, const char *bytes, size_t len)
{
    bool first = lws_is_first_fragment(s->wsi);
    bool last = lws_is_final_fragment(s->wsi);
    int rc;

    orders_heard(s);
    if (s->close_code || s->ending)
        return SOCKET_KEEP;
    if (lws_frame_is_binary(s->wsi))
        return orders_close_now(s->wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
                                "text frames only");
    if ((s->message ? s->message->len : 0) + len > COMMAND_MAX)
        return orders_close_now(s->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
                                "a command is at most 4096 bytes");
    if (first && last) {
        rc = obey(s, bytes, len);
    } else {
        if (gather(s, bytes, len) < 0)
            return SOCKET_DROP;
        if (!last)
            return SOCKET_KEEP;
        rc = obey(s, buf_text(s->message), s->message->len);
        orders_message_free(s);
    }
    return rc < 0 ? orders_close_now(s->wsi, CLOSE_TRY_AGAIN,
                                     "too much waits to be read")
                  : SOCKET_KEEP;
}

void orders_message_free(struct orders_socket *s)
{
    if (s->message)
        buf_release(s->message);
    mem_free(s->message);
    s->message = NULL;
}
