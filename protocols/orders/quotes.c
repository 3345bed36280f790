#include "protocols/orders/quotes.h"
#include "base/clock.h"
#include "base/json.h"
#include "model/accounts/scopes.h"
#include "protocols/market/command.h"
#include "protocols/orders/reply.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/banned.h"

/* Beside orders: what an event waits for, where it comes while one is sent. */
#define FRAME_BESIDE_ORDERS (16 * 1024)
/* So much unsent in the kernel, of which no event can get ahead. */
#define NOT_SENT_MAX (16 * 1024)
/* A command is 16 KiB at most, and each byte of it six at most, escaped. */
#define ANSWER_MAX (128 * 1024)

static int refuse_err(struct orders_socket *s,
                      const struct orders_command *command,
                      const struct err *err)
{
    if (err->code == ERR_TOO_LARGE)
        return orders_refuse(s, command->name, command->ref, command->stream,
                             "too_many", err->text);
    return orders_refuse_err(s, command->name, command->ref, command->stream,
                             err);
}

static void bound_unsent(struct orders_socket *s)
{
    int most = NOT_SENT_MAX;

    setsockopt(lws_get_socket_fd(s->wsi), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most,
               sizeof(most));
}

static int check_access(const struct orders_socket *s, struct err *err)
{
    return s->may_watch ? 0
                        : err_set(err, ERR_FORBIDDEN,
                                  "this token does not have the scope \"%s\"",
                                  scope_name(SCOPE_MARKET_READ));
}

static int open_session(struct orders_socket *s, struct err *err)
{
    if (s->market)
        return 0;
    s->market =
        market_session_new(s->server->market, s, orders_market_names(s));
    if (!s->market)
        return err_set(err, ERR_NOMEM, "no memory to follow the market");
    bound_unsent(s);
    return 0;
}

void orders_unfollow_market(struct orders_socket *s)
{
    market_session_free(s->market);
    s->market = NULL;
}

/* One that follows nothing is none: the next begins anew. */
static void settle(struct orders_socket *s)
{
    if (s->market && market_session_is_empty(s->market))
        orders_unfollow_market(s);
}

/* *resync: it is of another feed, or ahead of this one. */
static int check_position(const struct orders_socket *s,
                          const struct market_command *wanted, bool *resync,
                          struct err *err)
{
    const struct server *server = s->server;
    struct market_at now;

    *resync = false;
    if (!wanted->has_position)
        return 0;
    if (!(wanted->kinds & MARKET_TRADES) ||
        market_session_has_trades(s->market))
        return err_field(err, "position",
                         "is only for the first subscription to trades");
    now = market_position(server->market);
    *resync = strcmp(wanted->epoch, market_feed_epoch(server->feed)) != 0 ||
              market_at_compare(&wanted->at, &now) > 0;
    return 0;
}

static int say_following(struct orders_socket *s,
                         const struct orders_command *command,
                         const struct buf *unknown, bool resync)
{
    struct market_at at = market_position(s->server->market);
    char text[MARKET_AT_MAX];
    struct buf out;
    int rc;

    buf_init(&out, ANSWER_MAX);
    orders_ok_begin(&out, command->name, command->ref, command->stream);
    json_put_int(&out, "symbols", (int64_t)market_session_symbols(s->market));
    json_open_array(&out, "unknown");
    buf_put(&out, buf_text(unknown), unknown->len);
    json_close_array(&out);
    json_put_int(&out, "max_rate", market_session_rate(s->market));
    market_put_feed(s->server->market, &out);
    json_open_key(&out, "position");
    json_put_str(&out, "epoch", market_feed_epoch(s->server->feed));
    market_at_format(&at, text);
    json_put_str(&out, "at", text);
    json_close(&out);
    if (resync)
        json_put_bool(&out, "resync", true);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

static int follow(struct orders_socket *s, const struct market_command *wanted,
                  struct buf *unknown, bool *resync, struct err *err)
{
    struct market_want want = {
        .names = wanted->names,
        .count = wanted->count,
        .max_rate = wanted->max_rate,
        .kinds = wanted->kinds,
    };

    if (open_session(s, err) < 0 || check_position(s, wanted, resync, err) < 0)
        return -1;
    if (wanted->has_position && !*resync)
        want.after = &wanted->at;
    if (market_follow(s->market, &want, unknown, err) < 0)
        return -1;
    return buf_check(unknown, err);
}

int orders_subscribe_market(struct orders_socket *s,
                            const struct orders_command *command)
{
    struct market_command wanted;
    struct err err = ERR_INIT;
    struct buf unknown;
    bool resync = false;
    int rc;

    buf_init(&unknown, ANSWER_MAX);
    if (check_access(s, &err) < 0 ||
        market_command_read(command->object, &wanted, &err) < 0 ||
        follow(s, &wanted, &unknown, &resync, &err) < 0)
        rc = refuse_err(s, command, &err);
    else
        rc = say_following(s, command, &unknown, resync);
    if (!err.code && command->heartbeat_s)
        orders_set_heartbeat(s, command->heartbeat_s);
    buf_release(&unknown);
    settle(s);
    return rc;
}

int orders_unsubscribe_market(struct orders_socket *s,
                              const struct orders_command *command)
{
    struct market_command wanted;
    struct err err = ERR_INIT;
    struct buf out;
    int rc;

    if (market_command_read(command->object, &wanted, &err) < 0)
        return refuse_err(s, command, &err);
    if (s->market && (wanted.count || !wanted.has_symbols))
        market_unfollow(s->market, wanted.names, wanted.count);
    settle(s);
    buf_init(&out, ANSWER_MAX);
    orders_ok_begin(&out, command->name, command->ref, command->stream);
    json_put_int(&out, "symbols",
                 s->market ? (int64_t)market_session_symbols(s->market) : 0);
    json_close(&out);
    rc = orders_say(s, &out);
    buf_release(&out);
    return rc;
}

bool quotes_are_due(const struct orders_socket *s)
{
    return s->market && market_session_is_due(s->market);
}

/* Room for the library's header; what ends it makes no comma behind it. */
static const char room[FRAME_ROOM] = {[FRAME_ROOM - 1] = '\n'};

int quotes_write(struct orders_socket *s, size_t *sent, size_t turn)
{
    struct buf *out = &s->server->orders->frame;
    size_t most =
        s->follows || s->views ? FRAME_BESIDE_ORDERS : MARKET_FRAME_MAX;

    while (quotes_are_due(s) && *sent < turn && !lws_partial_buffered(s->wsi) &&
           !lws_send_pipe_choked(s->wsi)) {
        int rc;

        buf_clear(out);
        buf_put(out, room, sizeof(room));
        rc = market_session_frame(s->market, most, clock_mono_us(), out);
        if (rc <= 0)
            return rc;
        if (orders_send(s, (unsigned char *)out->data + FRAME_ROOM,
                        out->len - FRAME_ROOM) < 0)
            return -1;
        *sent += out->len;
    }
    return 0;
}
