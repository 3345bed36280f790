#include "protocols/orders/receive.h"
#include "base/clock.h"
#include "protocols/orders/follow.h"
#include "protocols/orders/login.h"
#include "protocols/orders/quotes.h"
#include "protocols/orders/reply.h"
#include "protocols/orders/view.h"
#include "protocols/orders/write.h"

#include "base/banned.h"

/* After so many refusals in a row nothing is read for a while, or reading and
 * refusing would take the loop's time as well. */
#define REFUSED_MAX 10
/* Pings, pongs and pieces of a command cost little, and so many of them are
 * as good as one command. */
#define FRAMES_PER_COMMAND 20
/* Who goes on is read every so many sweeps in the end. */
#define SWEEPS_MAX 8
/* Who kept to the rate for so long has not gone on. */
#define QUIET_US CLOCK_S

static void read_less(struct orders_socket *s)
{
    int64_t now_us = clock_mono_us();

    if (s->is_unread)
        return;
    if (now_us - s->read_on_us > QUIET_US)
        s->sweeps = 1;
    else if (s->sweeps < SWEEPS_MAX)
        s->sweeps *= 2;
    s->unread_sweeps = s->sweeps;
    s->refused = 0;
    s->is_unread = true;
    metrics_add(s->server->metrics, METRIC_SOCKETS_UNREAD, 1);
    lws_rx_flow_control(s->wsi, 0);
}

static void note_refusal(struct orders_socket *s)
{
    if (++s->refused >= REFUSED_MAX)
        read_less(s);
}

void orders_read_on(struct orders_socket *s)
{
    if (!s->is_unread || --s->unread_sweeps)
        return;
    s->is_unread = false;
    s->read_on_us = clock_mono_us();
    lws_rx_flow_control(s->wsi, 1);
}

/* rate: of a second, 0 for any; as many at once. until: up to when what came
 * has used it up. */
static bool is_too_fast(long rate, int64_t *until_us)
{
    int64_t now_us = clock_mono_us();

    if (!rate)
        return false;
    if (*until_us < now_us)
        *until_us = now_us;
    if (*until_us + CLOCK_S / rate > now_us + CLOCK_S)
        return true;
    *until_us += CLOCK_S / rate;
    return false;
}

/* A frame, or a part of one, that is no command. */
static void count_frame(struct orders_socket *s)
{
    long rate = s->server->web->limits.commands_per_socket;

    if (is_too_fast(rate * FRAMES_PER_COMMAND, &s->frames_us))
        read_less(s);
}

static int check_command_rate(struct orders_socket *s, struct err *err)
{
    const char *who = NULL;

    if (is_too_fast(s->server->web->limits.commands_per_socket,
                    &s->commands_us))
        who = "on one socket";
    else if (s->user && limit_take(s->server->web->limits.commands, &s->user,
                                   sizeof(s->user)))
        who = "of one user";
    if (!who) {
        s->refused = 0;
        return 0;
    }
    note_refusal(s);
    metrics_add(s->server->metrics, METRIC_COMMANDS_REFUSED, 1);
    return err_set(err, ERR_THROTTLED,
                   "too many commands %s: wait a second, then try again", who);
}

static bool is_view(const struct orders_command *command)
{
    return command->verb == VERB_VIEW || command->verb == VERB_UNVIEW;
}

static int refuse(struct orders_socket *s, const struct orders_command *command,
                  const struct err *err)
{
    if (is_view(command))
        return orders_refuse_view(s, command, err);
    return orders_refuse_err(s, command->name, command->ref, NULL, err);
}

static int obey_command(struct orders_socket *s, struct orders_command *command)
{
    switch (command->verb) {
    case VERB_SUBSCRIBE:
        return command->object ? orders_subscribe_market(s, command)
                               : orders_subscribe(s, command);
    case VERB_UNSUBSCRIBE:
        return command->object ? orders_unsubscribe_market(s, command)
                               : orders_unsubscribe(s, command);
    case VERB_PING: return orders_pong(s, command);
    case VERB_VIEW: return orders_view(s, command);
    case VERB_UNVIEW: return orders_unview(s, command);
    case VERB_LOGIN: return orders_login(s, command);
    case VERB_NONE: break;
    }
    return 0;
}

static int obey(struct orders_socket *s, const char *text, size_t len)
{
    struct orders_command command;
    struct err unreadable = ERR_INIT;
    struct err err = ERR_INIT;
    int rc = orders_command_read(text, len, s->is_market ? "market" : "orders",
                                 &command, &unreadable);

    /* One that can't be read counts too. */
    if (check_command_rate(s, &err) == 0)
        err = unreadable;
    if (rc < 0 || err.code)
        rc = refuse(s, &command, &err);
    else if (!s->user && command.verb != VERB_LOGIN)
        rc = orders_refuse(s, command.name, command.ref, NULL,
                           "unauthenticated", "send the ticket first");
    else
        rc = obey_command(s, &command);
    orders_command_release(&command);
    return rc;
}

/* Of who is not logged in yet, a ticket alone is of any use. */
static size_t message_max(const struct orders_socket *s)
{
    return s->user ? COMMAND_MAX : COMMAND_PLAIN_MAX;
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

static void note_heard(struct orders_socket *s)
{
    s->heard_us = clock_mono_us();
    s->pinged_us = 0;
}

void orders_hear_control(struct orders_socket *s)
{
    note_heard(s);
    count_frame(s);
}

/* Even a short message can come in two pieces. */
int orders_receive(struct orders_socket *s, const char *bytes, size_t len)
{
    bool first = lws_is_first_fragment(s->wsi);
    bool last = lws_is_final_fragment(s->wsi);
    int rc;

    note_heard(s);
    if (s->close_code || s->ending)
        return SOCKET_KEEP;
    if (lws_frame_is_binary(s->wsi))
        return orders_close_now(s->wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
                                "text frames only");
    if ((s->message ? s->message->len : 0) + len > message_max(s))
        return orders_close_now(s->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
                                s->user
                                    ? "a command may have at most 16384 bytes"
                                    : "a ticket may have at most 4096 bytes");
    if (first && last) {
        rc = obey(s, bytes, len);
    } else {
        if (gather(s, bytes, len) < 0)
            return SOCKET_DROP;
        if (!last) {
            count_frame(s);
            return SOCKET_KEEP;
        }
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
