#include "app_market.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "fanout/market_sim.h"
#include "protocols/market/turn.h"
#include "protocols/orders/write.h"

#include "base/banned.h"

#define SIM_MS 10

struct app_market {
    struct server *server;
    const struct config *config;
    void (*wake)(void *arg);
    void *arg;
    char redis_url[REDIS_URL_MAX];
    struct market_port port;
    struct market_sim *sim;
    uv_timer_t sim_timer;
    bool sim_open;
};

static int port_put(void *arg, const char *lines, size_t len, struct err *err)
{
    struct app_market *app = arg;

    return market_feed_put(app->server->feed, lines, len, err);
}

static void port_feed(void *arg, struct buf *out)
{
    struct app_market *app = arg;

    market_put_feed(app->server->market, out);
}

static int port_list(void *arg, const char *names, const char *symbols,
                     struct buf *out, struct err *err)
{
    struct app_market *app = arg;

    return market_put_quotes(app->server->market, names, symbols, out, err);
}

static int port_quote(void *arg, const char *names, const char *symbol,
                      struct buf *out, struct err *err)
{
    struct app_market *app = arg;

    return market_open_quote(app->server->market, names, symbol, out, err);
}

static int port_bars(void *arg, const char *names, const char *symbol, int span,
                     int minutes, struct buf *out, struct err *err)
{
    struct app_market *app = arg;

    return market_put_bars(app->server->market, names, symbol, span, minutes,
                           out, err);
}

static int open_market(struct app_market *app, struct err *err)
{
    const struct config *config = app->config;
    const struct market_settings settings = {
        .symbols_max = (size_t)config->market_symbols,
        .trade_bytes = (size_t)config->market_trade_bytes,
        .minutes = (int)config->market_minutes,
        .wake = market_turn_wake,
        .arg = app->server,
    };

    app->server->market = market_new(&settings);
    if (!app->server->market)
        return err_set(err, ERR_NOMEM, "no memory for market data");
    if (*config->market_sim &&
        market_sim_new(&app->sim, config->market_sim, err) < 0)
        return -1;
    app->port = (struct market_port){
        .put = port_put,
        .feed = port_feed,
        .list = port_list,
        .quote = port_quote,
        .bars = port_bars,
        .minutes = settings.minutes,
        .arg = app,
    };
    return 0;
}

int app_market_open(struct app_market **out, struct server *server,
                    const struct config *config, void (*wake)(void *arg),
                    void *arg, struct err *err)
{
    struct app_market *app = mem_zalloc(sizeof(*app));

    *out = app;
    if (!app)
        return err_set(err, ERR_NOMEM, "no memory for market data");
    app->server = server;
    app->config = config;
    app->wake = wake;
    app->arg = arg;
    return open_market(app, err);
}

static void on_sim(uv_timer_t *timer)
{
    struct app_market *app = timer->data;
    struct err err = ERR_INIT;
    struct buf lines;

    if (!market_feed_is_keeper(app->server->feed))
        return;
    buf_init(&lines, 64 * 1024 * 1024);
    market_sim_make(app->sim, clock_mono_us(), &lines);
    if (lines.len && (buf_check(&lines, &err) < 0 ||
                      market_feed_put(app->server->feed, buf_text(&lines),
                                      lines.len, &err) < 0))
        log_warn("market.sim_refused", "text=\"%s\"", err.text);
    buf_release(&lines);
}

static int open_feed(struct app_market *app, struct err *err)
{
    const struct config *config = app->config;
    char key[CONFIG_TEXT_MAX];
    struct market_feed_config feed = {
        .market = app->server->market,
        .loop = app->server->loop,
        .key = key,
        .wake = app->wake,
        .arg = app->arg,
    };

    if (market_feed_url(config->market_redis, config->redis, app->redis_url,
                        err) < 0)
        return -1;
    market_feed_name(config->market_stream, app->server->web->meta.epoch, key,
                     sizeof(key));
    feed.redis_url = *app->redis_url ? app->redis_url : NULL;
    return market_feed_new(&app->server->feed, &feed, err);
}

int app_market_start(struct app_market *app, struct err *err)
{
    if (open_feed(app, err) < 0)
        return -1;
    app->server->web->market = &app->port;
    if (market_turn_open(app->server, orders_deliver, err) < 0)
        return -1;
    if (!app->sim)
        return 0;
    uv_timer_init(app->server->loop, &app->sim_timer);
    app->sim_timer.data = app;
    app->sim_open = true;
    uv_timer_start(&app->sim_timer, on_sim, SIM_MS, SIM_MS);
    return 0;
}

static void count(const struct app_market *app)
{
    struct metrics *slot = app->server->metrics;
    struct market_feed_stats feed;
    struct market_stats market;
    int64_t dropped = 0;

    market_get_stats(app->server->market, &market);
    market_feed_get_stats(app->server->feed, &feed);
    for (int i = MARKET_OUT_OF_ORDER; i < MARKET_VERDICTS; i++)
        dropped += market.verdicts[i];
    metrics_set(slot, METRIC_MARKET_LINES, market.verdicts[MARKET_TAKEN]);
    metrics_set(slot, METRIC_MARKET_DROPPED, dropped + feed.unreadable);
    metrics_set(slot, METRIC_MARKET_OVERFLOWS,
                market.verdicts[MARKET_TOO_MANY_SYMBOLS]);
    metrics_set(slot, METRIC_MARKET_REFUSED, feed.refused);
    metrics_set(slot, METRIC_MARKET_WAITING, feed.waiting);
    metrics_set(slot, METRIC_MARKET_UP, feed.is_up);
    metrics_set(slot, METRIC_MARKET_REDIS_LOST, feed.redis.lost);
    metrics_set(slot, METRIC_MARKET_REDIS_DROPPED, feed.redis.dropped);
    metrics_set(slot, METRIC_MARKET_GAPS, market.gaps);
    metrics_set(slot, METRIC_MARKET_CROSSED, market.crossed);
    metrics_set(slot, METRIC_MARKET_TRADES, market.trades);
    metrics_set(slot, METRIC_MARKET_SYMBOLS, market.symbols);
    metrics_set(slot, METRIC_MARKET_SESSIONS, market.sessions);
    metrics_set(slot, METRIC_MARKET_FOLLOWED, market.followed);
    metrics_set(slot, METRIC_MARKET_QUOTES_SENT, market.quotes_sent);
    metrics_set(slot, METRIC_MARKET_SKIPPED, market.skipped);
    metrics_set(slot, METRIC_MARKET_TRADES_SENT, market.trades_sent);
    metrics_set(slot, METRIC_MARKET_TRADES_LOST, market.trades_lost);
}

/* What nothing is heard of is removed by one for all. */
static void remove_old(const struct app_market *app)
{
    struct err err = ERR_INIT;
    struct buf lines;

    buf_init(&lines, 1 << 20);
    market_put_removals(app->server->market, clock_now_us(), &lines);
    if (market_feed_is_keeper(app->server->feed) && lines.len &&
        (buf_check(&lines, &err) < 0 ||
         market_feed_put(app->server->feed, buf_text(&lines), lines.len, &err) <
             0))
        log_warn("market.removal_refused", "text=\"%s\"", err.text);
    buf_release(&lines);
}

void app_market_look(struct app_market *app)
{
    market_look(app->server->market, clock_mono_us());
    remove_old(app);
    count(app);
}

void app_market_stop(struct app_market *app)
{
    if (!app)
        return;
    market_feed_close(app->server->feed);
    market_turn_close(app->server->market_turn);
    app->server->market_turn = NULL;
    if (app->sim_open)
        uv_close((uv_handle_t *)&app->sim_timer, NULL);
    app->sim_open = false;
}

void app_market_free(struct app_market *app)
{
    if (!app)
        return;
    market_sim_free(app->sim);
    market_feed_free(app->server->feed);
    market_free(app->server->market);
    app->server->feed = NULL;
    app->server->market = NULL;
    mem_free(app);
}
