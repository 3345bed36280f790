#include "protocols/market/turn.h"
#include "base/clock.h"
#include "base/mem.h"

#include <uv.h>

#include "base/banned.h"

#define DELIVER_US 1000
/* Handles of which each is closed by the loop. */
#define HANDLES 3

struct market_turn {
    struct server *server;
    void (*deliver)(void *socket);
    uv_check_t check;
    uv_idle_t idle; /* runs while there is more: the loop does not wait then */
    uv_timer_t timer;
    int64_t timer_us; /* when it is to fire; -1: it does not run */
    int open;
};

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_timer(uv_timer_t *timer)
{
    struct market_turn *turn = timer->data;

    /* Its time has come: the check behind this turn does the rest. */
    turn->timer_us = -1;
    uv_idle_start(&turn->idle, on_idle);
}

/* True: the time for this was over before they were all served. */
static bool deliver(struct market_turn *turn)
{
    struct market *market = turn->server->market;
    int64_t now_us = clock_mono_us();
    int64_t end_us = now_us + DELIVER_US;
    struct market_session *session;

    while ((session = market_next_session(market, now_us))) {
        turn->deliver(market_session_socket(session));
        now_us = clock_mono_us();
        if (now_us > end_us)
            return true;
    }
    return false;
}

static void set_timer(struct market_turn *turn, int64_t at_us, int64_t now_us)
{
    if (at_us == turn->timer_us)
        return;
    turn->timer_us = at_us;
    if (at_us < 0)
        uv_timer_stop(&turn->timer);
    else
        uv_timer_start(&turn->timer, on_timer,
                       (uint64_t)((at_us - now_us + 999) / 1000), 0);
}

static void on_check(uv_check_t *check)
{
    struct market_turn *turn = check->data;
    bool more = market_feed_turn(turn->server->feed);
    int64_t next_us;
    int64_t now_us;

    more = deliver(turn) || more;
    now_us = clock_mono_us();
    next_us = market_next_us(turn->server->market, now_us);
    if (more || (next_us >= 0 && next_us <= now_us)) {
        uv_idle_start(&turn->idle, on_idle);
        return;
    }
    uv_idle_stop(&turn->idle);
    set_timer(turn, next_us, now_us);
}

int market_turn_open(struct server *server, void (*deliver_fn)(void *socket),
                     struct err *err)
{
    struct market_turn *turn = mem_zalloc(sizeof(*turn));

    if (!turn)
        return err_set(err, ERR_NOMEM, "no memory for the market");
    turn->server = server;
    turn->deliver = deliver_fn;
    turn->timer_us = -1;
    turn->open = HANDLES;
    uv_check_init(server->loop, &turn->check);
    uv_idle_init(server->loop, &turn->idle);
    uv_timer_init(server->loop, &turn->timer);
    turn->check.data = turn->idle.data = turn->timer.data = turn;
    uv_check_start(&turn->check, on_check);
    server->market_turn = turn;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct market_turn *turn = handle->data;

    if (--turn->open == 0)
        mem_free(turn);
}

void market_turn_close(struct market_turn *turn)
{
    if (!turn)
        return;
    uv_close((uv_handle_t *)&turn->check, on_closed);
    uv_close((uv_handle_t *)&turn->idle, on_closed);
    uv_close((uv_handle_t *)&turn->timer, on_closed);
}

void market_turn_wake(void *arg)
{
    struct server *server = arg;

    if (server->market_turn)
        uv_idle_start(&server->market_turn->idle, on_idle);
}
