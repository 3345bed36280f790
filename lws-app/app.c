#include "app.h"
#include "app_limits.h"
#include "app_machines.h"
#include "app_market.h"
#include "app_metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/context.h"
#include "protocols/host/listener.h"
#include "protocols/host/upkeep.h"
#include "protocols/http/http.h"
#include "protocols/orders/control.h"
#include "protocols/orders/orders.h"
#include "protocols/orders/view.h"
#include "protocols/orders/write.h"
#include "schema.h"
#include "signals.h"
#include "store/migrate.h"
#include "store/redis/redis_tls.h"
#include "web/access/names.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/banned.h"

/* Streams of fewer orders are searched in the database: it takes 0.2 ms. */
#define ORDERS_KEPT_MIN 256
#define SWEEP_MS 250
#define PURGE_MS 60000
/* From SIGTERM: how long answers and close frames may take. */
#define DRAIN_MS 5000
#define DRAIN_LOOK_MS 20
/* And behind that, how long a database server that says nothing is waited for.
 */
#define GIVE_UP_US (5 * CLOCK_S)
/* Long enough for a client just accepted to send its request. */
#define DRAIN_MIN_MS 100

struct app {
    const struct config *config;
    uv_loop_t loop;
    uv_timer_t sweep, purge, drain;
    uv_signal_t on_term, on_int, on_hup;
    const struct app_hooks *hooks;
    bool is_to_begin_anew; /* with other settings, or another database */
    struct server server;
    struct web web;
    struct app_market *market;
    struct app_machines machines;
    _Atomic int64_t export_users[WEB_EXPORTS_MAX];
    unsigned sweeps;
    bool is_own; /* what is delivered now was committed here */
    bool loop_open;
    int64_t drain_began_us;
};

static void wake_loop(void *arg)
{
    struct app *app = arg;

    lws_cancel_service(app->server.context);
}

static void on_committed(void *arg, const char *outbox, size_t len)
{
    struct app *app = arg;

    app->is_own = true;
    relay_committed(app->server.relay, outbox, len);
    app->is_own = false;
}

static void on_control(void *arg, const struct control *control)
{
    struct app *app = arg;

    orders_control(&app->server, control);
}

static void on_recheck(void *arg)
{
    struct app *app = arg;

    orders_recheck(&app->server);
}

static void on_opened(void *arg, int64_t owner)
{
    struct app *app = arg;

    relay_opened(app->server.relay, owner);
}

/* The last follower of its events, or the last view of it. */
static void on_closed(void *arg, int64_t owner)
{
    struct server *server = &((struct app *)arg)->server;

    if (server->relay && /* gone already while lws closes what is left */
        !hub_has(server->hub, owner) &&
        !(server->views && views_has(server->views, owner)))
        relay_closed(server->relay, owner);
}

static void on_heard(void *arg, int64_t owner)
{
    struct app *app = arg;

    /* What is still under way at the end is told when they have gone. */
    if (app->server.views)
        views_heard(app->server.views, owner);
}

static void on_hole(void *arg, int64_t owner, int64_t after)
{
    struct app *app = arg;

    relay_hole(app->server.relay, owner, after);
}

static void on_entered(void *arg, const struct event *event)
{
    struct app *app = arg;

    metrics_pass(app->server.metrics, app->is_own ? HOP_COMMIT : HOP_RELAY,
                 clock_now_us() - event->time_us);
}

static void on_asked(void *arg, int64_t user, struct buf *answer)
{
    app_machines_asked(&((struct app *)arg)->server, user, answer);
}

static void on_brought(void *arg, int64_t us)
{
    struct app *app = arg;

    metrics_pass(app->server.metrics, HOP_ENGINE, us);
}

static void on_purge(uv_timer_t *timer)
{
    struct app *app = timer->data;

    upkeep_purge(&app->server, app->config->event_kept_days * 86400,
                 app->config->audit_kept_days * 86400);
}

static void on_sweep(uv_timer_t *timer)
{
    struct app *app = timer->data;

    app_count_fanout(&app->server);
    app_count_views(&app->server);
    app_market_look(app->market);
    pools_expire(&app->server.pools, app->config->queue_wait_ms * 1000);
    orders_sweep(&app->server);
    /* The costlier looks once a second. */
    if (++app->sweeps % (1000 / SWEEP_MS))
        return;
    app_count_store(&app->server);
    app_machines_look(&app->machines, &app->server);
    upkeep_note_refusals(&app->server);
    orders_list_views(&app->server);
}

static bool is_drained(const struct app *app)
{
    return app->server.http->exchanges == 0 && app->server.orders->count == 0 &&
           app->server.orders->handshakes == 0;
}

static void on_drain(uv_timer_t *timer)
{
    struct app *app = timer->data;
    int64_t waited_us = clock_mono_us() - app->drain_began_us;

    if (waited_us < (is_drained(app) ? DRAIN_MIN_MS : DRAIN_MS) * 1000)
        return;
    if (!is_drained(app))
        log_warn("app.drain_incomplete",
                 "requests=%zu sockets=%" PRId64 " handshakes=%zu",
                 app->server.http->exchanges, app->server.orders->count,
                 app->server.orders->handshakes);
    uv_stop(&app->loop);
}

static void begin_drain(struct app *app)
{
    app->server.draining = true;
    atomic_store(&app->web.draining, true);
    app->drain_began_us = clock_mono_us();
    listener_stop(&app->server);
    orders_shutdown(&app->server);
    uv_timer_start(&app->drain, on_drain, DRAIN_LOOK_MS, DRAIN_LOOK_MS);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct app *app = handle->data;

    if (app->server.draining || (number == SIGHUP && !app->hooks->reload))
        return;
    if (number == SIGHUP) {
        if (app->hooks->reload(app->hooks->arg) < 0)
            return;
        app->is_to_begin_anew = true;
    }
    log_info("app.stopping", "signal=%d", number);
    begin_drain(app);
}

/* What clients know belongs to a database that is gone. */
static void on_elsewhere(void *arg)
{
    struct app *app = arg;

    if (app->server.draining)
        return;
    log_warn("app.another_database", "epoch=%s", app->web.meta.epoch);
    app->is_to_begin_anew = true;
    begin_drain(app);
}

static void folder_of(const char *path, char *folder, size_t max)
{
    const char *slash = strrchr(path, '/');

    if (slash == path)
        snprintf(folder, max, "/");
    else
        snprintf(folder, max, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
}

static void find_export_folder(const char *database, char *folder, size_t max)
{
    const char *scratch = getenv("TMPDIR");

    if (db_is_url(database))
        snprintf(folder, max, "%s", scratch && *scratch ? scratch : "/var/tmp");
    else
        folder_of(database, folder, max);
}

/* Of a server it may have become another one since the last start. A new epoch
 * that is lost with it is followed by one more, so that reading need not wait
 * for a standby. */
static int read_meta(const struct config *config, struct meta *meta,
                     struct err *err)
{
    bool is_server = db_is_url(config->database);
    struct db *db = NULL;
    int rc =
        db_open(&db, config->database, is_server ? DB_WRITE : DB_READ, err);

    if (rc == 0 && is_server)
        db_commit_locally(db);
    if (rc == 0)
        rc = is_server ? meta_prepare(db, meta, err) : meta_read(db, meta, err);
    db_close(db);
    return rc;
}

static int open_web(struct app *app, const struct app_listen *listen,
                    struct db *db, struct err *err)
{
    const struct config *config = app->config;
    struct web *web = &app->web;

    web->is_tls = listen->tls;
    if (web_set_names(web, config->public_url, config->allowed_hosts,
                      listen->address, listen->port, err) < 0 ||
        web_set_cors(web, config->cors_origins, err) < 0 ||
        read_meta(config, &web->meta, err) < 0 || web_open(web, err) < 0)
        return -1;
    web->schema = schema_for(db);
    web->metrics = listen->metrics;
    web->metrics_count = listen->metrics_count;
    web->roster = listen->roster;
    web->view_list = listen->view_list;
    web->login_limits.per_account = (int)config->login_per_account;
    web->login_limits.per_address = (int)config->login_per_address;
    web->login_limits.window_s = (int)config->login_window_s;
    web->code_limits.failures = (int)config->login_per_account;
    web->code_limits.wait_s = (int)config->login_window_s;
    web->staff_second_factor = config->staff_second_factor;
    web->password_iterations = (int)config->password_iterations;
    web->export_bytes = config->export_bytes;
    web->export_users = app->export_users;
    find_export_folder(config->database, web->export_folder,
                       sizeof(web->export_folder));
    web->confirm_window_s = (int)config->confirm_window_s;
    web->session_limits = (struct session_limits){
        .lifetime_s = (int)config->session_lifetime_s,
        .staff_idle_s = (int)config->staff_idle_s,
        .staff_lifetime_s = (int)config->staff_lifetime_s,
    };
    web->refusals = refusals_new();
    if (!web->refusals)
        return err_set(err, ERR_NOMEM, "no memory to count refusals");
    web->order_cache =
        order_cache_new((size_t)config->search_memory, ORDERS_KEPT_MIN);
    if (!web->order_cache)
        return err_set(err, ERR_NOMEM, "no memory for searches");
    atomic_init(&web->redis_up, *config->redis ? 0 : -1);
    atomic_init(&web->redis_down, *config->redis ? 1 : 0);
    atomic_init(&web->writes_fail, false);
    atomic_init(&web->standby, -1);
    atomic_init(&web->draining, false);
    if (proxies_read(&web->proxies, config->trusted_proxy, err) < 0)
        return -1;
    return app_limits_open(web, config, listen->tls, err);
}

int app_check(const struct config *config, bool is_tls, struct err *err)
{
    struct web *web = mem_zalloc(sizeof(*web));
    int rc;

    if (!web)
        return err_set(err, ERR_NOMEM, "no memory for settings");
    web->is_tls = is_tls;
    rc = web_set_names(web, config->public_url, config->allowed_hosts,
                       "localhost", 0, err);
    if (rc == 0)
        rc = web_set_cors(web, config->cors_origins, err);
    if (rc == 0)
        rc = proxies_read(&web->proxies, config->trusted_proxy, err);
    mem_free(web);
    return rc;
}

static int open_pools(struct app *app, struct err *err)
{
    const struct config *config = app->config;
    const struct pools_settings settings = {
        .database = config->database,
        .needs_standby = config_needs_standby(config),
        .readers = (int)config->readers,
        .long_readers = (int)config->long_readers,
        .hashers = (int)config->hash_threads,
        .read_budget_ms = (int)config->read_budget_ms,
        .export_budget_ms = (int)config->export_budget_ms,
        .wake = wake_loop,
        .committed = on_committed,
        .arg = app,
    };

    return pools_open(&app->server.pools, &settings, err);
}

static int open_fanout(struct app *app, struct err *err)
{
    const struct hub_hooks hooks = {
        .wake = orders_deliver,
        .opened = on_opened,
        .closed = on_closed,
        .hole = on_hole,
        .entered = on_entered,
        .arg = app,
    };
    bool is_asked = app->web.machines && app->server.worker == 0;
    struct relay_config config = {
        .loop = &app->loop,
        .readers = app->server.pools.lookers,
        .epoch = app->web.meta.epoch,
        .redis_urls = *app->config->redis ? app->config->redis : NULL,
        .control = on_control,
        .heard = on_heard,
        .recheck = on_recheck,
        .elsewhere = on_elsewhere,
        .asked = is_asked ? on_asked : NULL,
        .arg = app,
    };

    app->server.hub = hub_new((size_t)app->config->ring_bytes, &hooks);
    if (!app->server.hub)
        return err_set(err, ERR_NOMEM, "no memory for the hub");
    config.hub = app->server.hub;
    return relay_new(&app->server.relay, &config, err);
}

static int open_views(struct app *app, struct err *err)
{
    const struct views_config config = {
        .loop = &app->loop,
        .engine = app->server.pools.engine,
        .readers = app->server.pools.readers,
        .long_readers = app->server.pools.long_readers,
        .cache = app->web.order_cache,
        .bytes_max = (size_t)app->config->view_memory,
        .opened = on_opened,
        .closed = on_closed,
        .brought = on_brought,
        .arg = app,
    };

    return views_new(&app->server.views, &config, err);
}

static void start_timers(struct app *app)
{
    uv_timer_start(&app->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    uv_timer_start(&app->purge, on_purge, PURGE_MS, PURGE_MS);
    uv_signal_start(&app->on_term, on_signal, SIGTERM);
    uv_signal_start(&app->on_int, on_signal, SIGINT);
    uv_signal_start(&app->on_hup, on_signal, SIGHUP);
}

static void open_handles(struct app *app)
{
    uv_timer_init(&app->loop, &app->sweep);
    uv_timer_init(&app->loop, &app->purge);
    uv_timer_init(&app->loop, &app->drain);
    uv_signal_init(&app->loop, &app->on_term);
    uv_signal_init(&app->loop, &app->on_int);
    uv_signal_init(&app->loop, &app->on_hup);
    app->sweep.data = app->purge.data = app->drain.data = app;
    app->on_term.data = app->on_int.data = app->on_hup.data = app;
}

static int open_all(struct app *app, const struct app_listen *listen,
                    struct err *err)
{
    struct db *db = NULL;
    int rc;

    app->server.web = &app->web;
    app->server.tls = listen->tls;
    app->server.metrics = &listen->metrics[listen->worker];
    app->server.worker = listen->worker;
    metrics_set(app->server.metrics, METRIC_START_TIME_US, clock_now_us());
    if (http_open(&app->server, (size_t)app->config->held_bytes,
                  app->config->least_rate, err) < 0 ||
        orders_open(&app->server, app->config->socket_blocked_s * CLOCK_S,
                    app->config->socket_silent_s * CLOCK_S, err) < 0)
        return -1;
    if (db_open(&db, app->config->database, DB_READ, err) < 0)
        return -1;
    rc = open_web(app, listen, db, err);
    app_machines_open(&app->machines, &app->server, app->config,
                      listen->address, listen->port);
    if (rc == 0)
        rc = app_find_standby(&app->server, db, err);
    db_close(db);
    if (rc == 0)
        rc = app_market_open(&app->market, &app->server, app->config, wake_loop,
                             app, err);
    if (rc == 0)
        rc = listener_new(&app->server.listener, &app->server,
                          app->config->connections,
                          app->config->connections_per_address,
                          app->config->proxy_protocol, err);
    if (rc < 0 || uv_loop_init(&app->loop) != 0)
        return rc < 0 ? rc : err_set(err, ERR_INTERNAL, "no event loop");
    app->loop_open = true;
    app->server.loop = &app->loop;
    open_handles(app);
    if (context_open(&app->server, err) < 0)
        return -1;
    /* lws finishes its protocols in the first turns; threads that wake it
     * before that would race with it. */
    for (int i = 0; i < 3; i++)
        uv_run(&app->loop, UV_RUN_NOWAIT);
    if (admission_open(&app->server.admission, app->config->database, err) <
            0 ||
        open_pools(app, err) < 0 || open_views(app, err) < 0 ||
        open_fanout(app, err) < 0 || app_market_start(app->market, err) < 0)
        return -1;
    orders_open_views(&app->server);
    jobs_enable_wake(app->server.pools.jobs, true);
    for (size_t i = 0; i < listen->fd_count; i++) {
        if (listener_adopt(&app->server, listen->fds[i], err) < 0)
            return -1;
    }
    start_timers(app);
    return 0;
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* The order matters: the relay's own reads find it gone, and no thread may wake
 * lws once it is destroyed. */
static void close_pools(struct server *server)
{
    if (!server->pools.jobs)
        return;
    db_give_up_servers(clock_mono_us() + GIVE_UP_US);
    views_free(server->views);
    server->views = NULL;
    pools_close_readers(&server->pools);
    upkeep_note_refusals(server);
    pools_close_writer(&server->pools);
    relay_free(server->relay);
    server->relay = NULL;
    pools_close(&server->pools);
    db_give_up_servers(0);
}

static void close_loop(struct app *app)
{
    struct server *server = &app->server;

    if (server->context) {
        lws_context_destroy(server->context);
        uv_close((uv_handle_t *)&app->sweep, NULL);
        uv_close((uv_handle_t *)&app->purge, NULL);
        uv_close((uv_handle_t *)&app->drain, NULL);
        uv_close((uv_handle_t *)&app->on_term, NULL);
        uv_close((uv_handle_t *)&app->on_int, NULL);
        uv_close((uv_handle_t *)&app->on_hup, NULL);
        orders_close_views(server);
        linger_end_all(server);
        uv_run(&app->loop, UV_RUN_DEFAULT);
        lws_context_destroy(server->context);
    } else {
        uv_walk(&app->loop, close_handle, NULL);
        uv_run(&app->loop, UV_RUN_DEFAULT);
    }
    /* Of connections that have been closed by now. */
    redis_tls_wait();
    uv_loop_close(&app->loop);
}

static void close_all(struct app *app)
{
    struct server *server = &app->server;

    close_pools(server);
    order_cache_free(app->web.order_cache);
    app_market_stop(app->market);
    if (app->loop_open)
        close_loop(app);
    hub_free(server->hub);
    app_market_free(app->market);
    admission_close(&server->admission);
    orders_close(server);
    http_close(server);
    listener_free(server->listener);
    web_close(&app->web);
}

static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < 200000 ? limit.rlim_max : 200000;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int app_serve(const struct config *config, const struct app_listen *listen,
              const struct app_hooks *hooks, struct err *err)
{
    struct app *app = mem_zalloc(sizeof(*app));
    int rc;

    if (!app)
        return err_set(err, ERR_NOMEM, "no memory to serve");
    raise_file_limit();
    app->config = config;
    app->hooks = hooks;
    rc = open_all(app, listen, err);
    if (rc == 0) {
        log_info("app.ready", "port=%d database=%s redis=%s epoch=%s",
                 listen->port, config->database, *config->redis ? "yes" : "no",
                 app->web.meta.epoch);
        hooks->ready(hooks->arg);
        signals_let_in();
        uv_run(&app->loop, UV_RUN_DEFAULT);
        signals_hold();
        log_info("app.stopped", "port=%d", listen->port);
        rc = app->is_to_begin_anew ? 1 : 0;
    }
    close_all(app);
    mem_free(app);
    return rc;
}
