#include "app.h"
#include "app_metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "protocols/linger.h"
#include "protocols/orders.h"
#include "protocols/server.h"
#include "schema.h"
#include "store/migrate.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/banned.h"

#define READ_QUEUE_MAX 4096
#define WRITE_QUEUE_MAX 16384
#define HASH_QUEUE_MAX 64
#define EXPORT_QUEUE_MAX 8
/* Of these, as of all readers, one user has all but one. */
#define EXPORT_THREADS 2
#define HASH_BUDGET_MS 60000
#define LOOK_BUDGET_MS 10000
/* lws keeps this much of a request's head; its default is 4096. */
#define HEADER_DATA_MAX (REQUEST_TARGET_MAX + REQUEST_HEADERS_MAX)
/* Some thousand pages of 25 orders. */
#define ANSWER_BYTES (32 * 1024 * 1024)
/* Streams of fewer orders are searched in the database: it takes 0.2 ms. */
#define ORDERS_KEPT_MIN 256
#define SWEEP_MS 250
#define PURGE_MS 60000
/* From SIGTERM: how long answers and close frames may take. */
#define DRAIN_MS 5000
#define DRAIN_LOOK_MS 20
/* Long enough for a client just accepted to send its request. */
#define DRAIN_MIN_MS 100

struct app {
    const struct config *config;
    uv_loop_t loop;
    uv_timer_t sweep, purge, drain;
    uv_signal_t on_term, on_int, on_hup;
    const struct app_hooks *hooks;
    bool reloaded;
    struct server server;
    struct web web;
    struct readers *look_readers;
    _Atomic int64_t export_users[WEB_EXPORTS_MAX];
    unsigned sweeps;
    bool loop_open;
    int64_t drain_began_us;
};

static void *loops[1];

static void wake_loop(void *arg)
{
    struct app *app = arg;

    lws_cancel_service(app->server.context);
}

static void on_committed(void *arg, const char *outbox, size_t len)
{
    struct app *app = arg;

    relay_committed(app->server.relay, outbox, len);
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

static void on_closed(void *arg, int64_t owner)
{
    struct app *app = arg;

    if (app->server.relay) /* gone already while lws closes what is left */
        relay_closed(app->server.relay, owner);
}

static void on_hole(void *arg, int64_t owner, int64_t after)
{
    struct app *app = arg;

    relay_hole(app->server.relay, owner, after);
}

static void on_entered(void *arg, const struct event *event)
{
    struct app *app = arg;

    metrics_delivery(app->server.metrics, clock_now_us() - event->time_us);
}

static void lws_log(int level, const char *line)
{
    int len = (int)strcspn(line, "\n");

    if (level == LLL_ERR)
        log_warn("lws", "text=\"%.*s\"", len, line);
    else
        log_debug("lws", "text=\"%.*s\"", len, line);
}

static void on_purge(uv_timer_t *timer)
{
    struct app *app = timer->data;

    server_purge(&app->server, app->config->event_kept_days * 86400,
                 app->config->audit_kept_days * 86400);
}

static void expire_jobs(struct app *app)
{
    int64_t waited_us = app->config->queue_wait_ms * 1000;

    writer_expire(app->server.writer, waited_us);
    readers_expire(app->server.readers, waited_us);
    readers_expire(app->server.long_readers, waited_us);
    readers_expire(app->server.exporters, waited_us);
    readers_expire(app->server.hashers, waited_us);
}

static void on_sweep(uv_timer_t *timer)
{
    struct app *app = timer->data;

    app_count_fanout(&app->server);
    expire_jobs(app);
    orders_sweep(&app->server);
    /* The costlier looks once a second. */
    if (++app->sweeps % (1000 / SWEEP_MS))
        return;
    app_count_store(&app->server);
    server_note_refusals(&app->server);
}

static bool is_drained(const struct app *app)
{
    return app->server.exchange_count == 0 && app->server.socket_count == 0;
}

static void on_drain(uv_timer_t *timer)
{
    struct app *app = timer->data;
    int64_t waited_us = clock_mono_us() - app->drain_began_us;

    if (waited_us < (is_drained(app) ? DRAIN_MIN_MS : DRAIN_MS) * 1000)
        return;
    if (!is_drained(app))
        log_warn("app.drain_incomplete", "requests=%zu sockets=%" PRId64,
                 app->server.exchange_count, app->server.socket_count);
    uv_stop(&app->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct app *app = handle->data;

    if (app->server.draining || (number == SIGHUP && !app->hooks->reload))
        return;
    if (number == SIGHUP) {
        if (app->hooks->reload(app->hooks->arg) < 0)
            return;
        app->reloaded = true;
    }
    log_info("app.stopping", "signal=%d", number);
    app->server.draining = true;
    atomic_store(&app->web.draining, true);
    app->drain_began_us = clock_mono_us();
    listener_stop(&app->server);
    orders_shutdown(&app->server);
    uv_timer_start(&app->drain, on_drain, DRAIN_LOOK_MS, DRAIN_LOOK_MS);
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

static int open_web(struct app *app, const struct app_listen *listen,
                    struct db *db, struct err *err)
{
    const struct config *config = app->config;
    struct web *web = &app->web;

    web->is_tls = listen->tls;
    if (meta_read(db, &web->meta, err) < 0 || web_open(web, err) < 0)
        return -1;
    web->schema = schema_text;
    web->metrics = listen->metrics;
    web->metrics_count = listen->metrics_count;
    web->roster = listen->roster;
    web->login_limits.per_account = (int)config->login_per_account;
    web->login_limits.per_address = (int)config->login_per_address;
    web->login_limits.window_s = (int)config->login_window_s;
    web->code_limits.failures = (int)config->login_per_account;
    web->code_limits.wait_s = (int)config->login_window_s;
    web->staff_second_factor = config->staff_second_factor;
    web->password_iterations = (int)config->password_iterations;
    web->export_bytes = config->export_bytes;
    web->export_users = app->export_users;
    folder_of(config->database, web->export_folder, sizeof(web->export_folder));
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
    atomic_init(&web->writes_fail, false);
    atomic_init(&web->draining, false);
    if (proxies_read(&web->proxies, config->trusted_proxy, err) < 0 ||
        limit_new(&web->limits.token, config->api_per_token, 60, err) < 0 ||
        limit_new(&web->limits.user, config->api_per_user, 60, err) < 0 ||
        limit_new(&web->limits.address, config->api_per_address, 60, err) < 0 ||
        limit_new(&web->limits.login_account,
                  config->login_attempts_per_account, 60, err) < 0 ||
        limit_new(&web->limits.login_address,
                  config->login_attempts_per_address, 60, err) < 0 ||
        limit_new(&web->limits.commands, config->commands_per_user, 1, err) <
            0 ||
        limit_new(&web->limits.connections,
                  listen->tls ? config->handshakes_per_address
                              : config->new_connections_per_address,
                  1, err) < 0 ||
        limit_new(&web->limits.sockets, config->sockets_per_address, 60, err) <
            0 ||
        limit_new(&web->limits.profile, config->profile_changes_per_user, 3600,
                  err) < 0 ||
        limit_new(&web->limits.logins, config->login_changes_per_user, 60,
                  err) < 0 ||
        quota_new(&web->limits.quota,
                  (struct quota_use){.rows = config->rows_per_day,
                                     .bytes = config->bytes_per_day},
                  err) < 0)
        return -1;
    web->limits.commands_per_socket = config->commands_per_socket;
    web->limits.sockets_per_user = config->sockets_per_user;
    return web_set_names(web, config->public_url, config->allowed_hosts,
                         listen->address, listen->port, err);
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
        rc = proxies_read(&web->proxies, config->trusted_proxy, err);
    mem_free(web);
    return rc;
}

static int open_context(struct app *app, struct err *err)
{
    static const struct lws_protocols *const protocols[] = {
        &protocol_host,  &protocol_orders,   &protocol_api,
        &protocol_pages, &protocol_listener, NULL};
    /* A handshake that names no subprotocol is for orders. */
    static const struct lws_protocol_vhost_options is_default = {
        NULL, NULL, "default", "1"};
    static const struct lws_protocol_vhost_options orders = {
        NULL, &is_default, PROTOCOL_ORDERS, ""};
    /* No pings by lws: it keeps their times in a list, and walks through it
     * for each new socket. orders_sweep() pings. */
    static const lws_retry_bo_t validity = {.secs_since_valid_hangup = 0};
    struct lws_context_creation_info info;

    loops[0] = &app->loop;
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.vhost_name = "lws-app";
    info.pprotocols = (const struct lws_protocols **)protocols;
    info.pvo = &orders;
    info.mounts = server_mounts;
    info.headers = server_headers(app->server.tls != NULL);
    info.foreign_loops = loops;
    info.user = &app->server;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8;
    /* Plain HTTP gets an answer that says what is spoken: see wire_read(). */
    if (app->server.tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                        LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX |
                        LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT |
                        LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
    info.alpn = "http/1.1";
    info.max_http_header_data2 = HEADER_DATA_MAX;
    info.retry_and_idle_policy = &validity;
    info.keepalive_timeout = 75;
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);
    app->server.context = lws_create_context(&info);
    if (!app->server.context)
        return err_set(err, ERR_INTERNAL, "libwebsockets would not start");
    app->server.vhost =
        lws_get_vhost_by_name(app->server.context, info.vhost_name);
    return 0;
}

static int open_store(struct app *app, struct err *err)
{
    const struct config *config = app->config;
    struct server *server = &app->server;
    const char *database = config->database;

    if (db_open(&server->admission_db, database, DB_READ, err) < 0)
        return -1;
    server->logins = logins_new(server->admission_db);
    server->answers = answers_new(ANSWER_BYTES);
    if (!server->logins || !server->answers)
        return err_set(err, ERR_NOMEM, "no memory for logins and answers");
    if (flows_new(&server->flows, err) < 0 ||
        holds_new(&server->holds, (size_t)config->held_bytes, err) < 0)
        return -1;
    server->jobs = jobs_new(wake_loop, app);
    if (!server->jobs)
        return err_set(err, ERR_NOMEM, "no memory for the job queue");
    if (writer_new(&server->writer, database, server->jobs, on_committed, app,
                   WRITE_QUEUE_MAX, err) < 0 ||
        readers_new(&server->readers, database, server->jobs,
                    (int)config->readers, (int)config->read_budget_ms,
                    READ_QUEUE_MAX, err) < 0 ||
        readers_new(&server->long_readers, database, server->jobs,
                    (int)config->long_readers, (int)config->read_budget_ms,
                    READ_QUEUE_MAX, err) < 0 ||
        readers_new(&server->exporters, database, server->jobs, EXPORT_THREADS,
                    (int)config->export_budget_ms, EXPORT_QUEUE_MAX, err) < 0 ||
        readers_new(&server->hashers, database, server->jobs,
                    (int)config->hash_threads, HASH_BUDGET_MS, HASH_QUEUE_MAX,
                    err) < 0)
        return -1;
    return readers_new(&app->look_readers, database, server->jobs, 1,
                       LOOK_BUDGET_MS, READ_QUEUE_MAX, err);
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
    struct relay_config config = {
        .loop = &app->loop,
        .readers = app->look_readers,
        .epoch = app->web.meta.epoch,
        .redis_url = *app->config->redis ? app->config->redis : NULL,
        .control = on_control,
        .recheck = on_recheck,
        .arg = app,
    };

    app->server.hub = hub_new((size_t)app->config->ring_bytes, &hooks);
    if (!app->server.hub)
        return err_set(err, ERR_NOMEM, "no memory for the hub");
    config.hub = app->server.hub;
    return relay_new(&app->server.relay, &config, err);
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
    app->server.least_rate = app->config->least_rate;
    app->server.socket_blocked_us = app->config->socket_blocked_s * CLOCK_S;
    app->server.socket_silent_us = app->config->socket_silent_s * CLOCK_S;
    buf_init(&app->server.scratch, RESPONSE_BODY_MAX + 65536);
    app->server.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (db_open(&db, app->config->database, DB_READ, err) < 0)
        return -1;
    rc = open_web(app, listen, db, err);
    db_close(db);
    if (rc == 0)
        rc = connections_new(&app->server.connections, app->config->connections,
                             app->config->connections_per_address,
                             app->web.limits.connections, &app->web.proxies,
                             err);
    if (rc < 0 || uv_loop_init(&app->loop) != 0)
        return rc < 0 ? rc : err_set(err, ERR_INTERNAL, "no event loop");
    app->loop_open = true;
    app->server.loop = &app->loop;
    open_handles(app);
    if (open_context(app, err) < 0)
        return -1;
    /* lws finishes its protocols in the first turns; threads that wake it
     * before that would race with it. */
    for (int i = 0; i < 3; i++)
        uv_run(&app->loop, UV_RUN_NOWAIT);
    if (open_store(app, err) < 0 || open_fanout(app, err) < 0)
        return -1;
    jobs_enable_wake(app->server.jobs, true);
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

/* The order matters. A pool that is gone refuses jobs, so each is emptied while
 * those that its jobs may go on to are still there; the relay's own reads find
 * it gone; and no thread may wake lws once it is destroyed. */
static void close_store(struct app *app)
{
    struct server *server = &app->server;

    if (!server->jobs)
        return;
    jobs_enable_wake(server->jobs, false);
    readers_free(server->hashers);
    server->hashers = NULL;
    readers_free(server->exporters);
    server->exporters = NULL;
    readers_free(server->long_readers);
    server->long_readers = NULL;
    readers_free(server->readers);
    server->readers = NULL;
    jobs_finish(server->jobs);
    server_note_refusals(server);
    writer_free(server->writer);
    server->writer = NULL;
    jobs_finish(server->jobs);
    relay_free(server->relay);
    server->relay = NULL;
    readers_free(app->look_readers);
    jobs_free(server->jobs);
    server->jobs = NULL;
}

static void close_all(struct app *app)
{
    struct server *server = &app->server;

    close_store(app);
    order_cache_free(app->web.order_cache);
    db_close(server->admission_db);
    if (!app->loop_open)
        return;
    if (server->context) {
        lws_context_destroy(server->context);
        uv_close((uv_handle_t *)&app->sweep, NULL);
        uv_close((uv_handle_t *)&app->purge, NULL);
        uv_close((uv_handle_t *)&app->drain, NULL);
        uv_close((uv_handle_t *)&app->on_term, NULL);
        uv_close((uv_handle_t *)&app->on_int, NULL);
        uv_close((uv_handle_t *)&app->on_hup, NULL);
        linger_end_all(server);
        uv_run(&app->loop, UV_RUN_DEFAULT);
        lws_context_destroy(server->context);
    } else {
        uv_walk(&app->loop, close_handle, NULL);
        uv_run(&app->loop, UV_RUN_DEFAULT);
    }
    hub_free(server->hub);
    answers_free(server->answers);
    holds_free(server->holds);
    flows_free(server->flows);
    logins_free(server->logins);
    buf_release(&server->scratch);
    uv_loop_close(&app->loop);
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
    app->server.spare_fd = -1;
    rc = open_all(app, listen, err);
    if (rc == 0) {
        log_info("app.ready", "port=%d database=%s redis=%s epoch=%s",
                 listen->port, config->database, *config->redis ? "yes" : "no",
                 app->web.meta.epoch);
        hooks->ready(hooks->arg);
        uv_run(&app->loop, UV_RUN_DEFAULT);
        log_info("app.stopped", "port=%d", listen->port);
        rc = app->reloaded ? 1 : 0;
    }
    close_all(app);
    connections_free(app->server.connections);
    if (app->server.spare_fd >= 0)
        close(app->server.spare_fd);
    web_close(&app->web);
    mem_free(app);
    return rc;
}
