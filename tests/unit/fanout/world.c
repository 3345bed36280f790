#include "world.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/log/control.h"
#include "model/orders/order.h"
#include "store/migrate.h"
#include "support/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define DEADLINE_MS 60000 /* for a test that hangs; none comes near it */

static void make_database(struct world *w)
{
    struct err err = ERR_INIT;
    struct buf schema;
    int applied;

    buf_init(&schema, 1 << 20);
    schema_read(LWSAPP_SCHEMA, &schema);
    assert_int_equal(db_open(&w->db, w->path, DB_WRITE, &err), 0);
    assert_int_equal(migrate_run(w->db, buf_text(&schema), &applied, &err), 0);
    buf_release(&schema);
    world_exec(w, "INSERT INTO \"user\" (username, username_folded, password, "
                  "date_joined) VALUES ('ann', 'ann', '!', 0), "
                  "('bob', 'bob', '!', 0)");
}

static void on_deadline(uv_timer_t *timer)
{
    struct world *w = timer->data;

    w->late = true;
}

int world_open(void **state)
{
    struct world *w = mem_zalloc(sizeof *w);

    assert_non_null(w);
    snprintf(w->dir, sizeof w->dir, "/tmp/test_relay_XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/orders.db", w->dir);
    make_database(w);
    buf_init(&w->outbox, 1 << 24);
    server_init(&w->redis);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    uv_timer_init(&w->loop, &w->deadline);
    w->deadline.data = w;
    uv_timer_start(&w->deadline, on_deadline, DEADLINE_MS, 0);
    *state = w;
    return 0;
}

int world_close(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-turn"};
    struct world *w = *state;
    char path[128];

    for (size_t i = 0; i < WORKERS; i++)
        worker_stop(&w->workers[i]);
    uv_close((uv_handle_t *)&w->deadline, NULL);
    assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    server_release(&w->redis);
    db_close(w->db);
    buf_release(&w->outbox);
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        snprintf(path, sizeof path, "%s%s", w->path, suffixes[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(w->dir), 0);
    mem_free(w);
    return 0;
}

static void on_async(uv_async_t *async)
{
    struct worker *worker = async->data;

    jobs_finish(worker->jobs);
}

static void wake_loop(void *arg)
{
    struct worker *worker = arg;

    uv_async_send(&worker->async);
}

static void on_wake(void *arg)
{
    struct scene_socket *socket = arg;

    socket->woken++;
}

static void on_opened(void *arg, int64_t owner)
{
    struct worker *worker = arg;

    relay_opened(worker->relay, owner);
}

static void on_closed(void *arg, int64_t owner)
{
    struct worker *worker = arg;

    relay_closed(worker->relay, owner);
}

static void on_hole(void *arg, int64_t owner, int64_t after)
{
    struct worker *worker = arg;

    worker->scene.holes++;
    relay_hole(worker->relay, owner, after);
}

static void on_control(void *arg, const struct control *control)
{
    struct worker *worker = arg;

    assert_true(worker->control_count < (int)ARRAY_LEN(worker->controls));
    worker->controls[worker->control_count++] = control->id;
}

static void on_heard(void *arg, int64_t owner)
{
    struct worker *worker = arg;

    (void)owner;
    worker->heard++;
}

static void on_recheck(void *arg)
{
    struct worker *worker = arg;

    worker->rechecks++;
}

struct worker *worker_begin(struct world *w, size_t index, const char *epoch,
                            const char *redis_url)
{
    struct worker *worker = &w->workers[index];
    const struct hub_hooks hooks = {on_wake, on_opened, on_closed,
                                    on_hole, NULL,      worker};
    struct relay_config config = {.loop = &w->loop,
                                  .epoch = epoch,
                                  .redis_urls = redis_url,
                                  .control = on_control,
                                  .heard = on_heard,
                                  .recheck = on_recheck,
                                  .arg = worker};
    struct err err = ERR_INIT;

    *worker = (struct worker){.world = w};
    assert_int_equal(uv_async_init(&w->loop, &worker->async, on_async), 0);
    worker->async.data = worker;
    worker->jobs = jobs_new(wake_loop, worker);
    assert_non_null(worker->jobs);
    jobs_enable_wake(worker->jobs, true);
    assert_int_equal(readers_new(&worker->readers, w->path, worker->jobs, 1,
                                 10000, 100, &err),
                     0);
    worker->scene.hub = hub_new(1 << 20, &hooks);
    assert_non_null(worker->scene.hub);
    config.hub = worker->scene.hub;
    config.readers = worker->readers;
    assert_int_equal(relay_new(&worker->relay, &config, &err), 0);
    return worker;
}

struct worker *worker_start(struct world *w, size_t index, const char *epoch,
                            const char *redis_url)
{
    struct worker *worker = worker_begin(w, index, epoch, redis_url);

    worker_await_look(worker);
    return worker;
}

void worker_stop(struct worker *worker)
{
    if (!worker->relay)
        return;
    relay_free(worker->relay);
    worker->relay = NULL;
    readers_free(worker->readers);
    jobs_enable_wake(worker->jobs, false);
    jobs_finish(worker->jobs);
    jobs_free(worker->jobs);
    hub_free(worker->scene.hub);
    uv_close((uv_handle_t *)&worker->async, NULL);
}

struct relay_stats worker_stats(const struct worker *worker)
{
    struct relay_stats stats;

    relay_get_stats(worker->relay, &stats);
    return stats;
}

static void end_commit(struct world *w)
{
    struct err err = ERR_INIT;

    assert_int_equal(db_commit(w->db, &err), 0);
    buf_release(&w->outbox);
    buf_init(&w->outbox, 1 << 24);
    db_take_outbox(w->db, &w->outbox);
}

void world_commit(struct world *w, int64_t owner)
{
    const struct actor actor = {.address = "command"};
    struct order_draft draft = {0};
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    order_draft_set(&draft, "owner", owner == ANN ? "ann" : "bob", 3, &err);
    order_draft_set(&draft, "instrument", "EDF01", 5, &err);
    order_draft_set(&draft, "quantity", "100", 3, &err);
    order_draft_set(&draft, "price", "338.67", 6, &err);
    assert_int_equal(err.code, ERR_NONE);
    assert_int_equal(db_begin(w->db, &err), 0);
    assert_int_equal(
        order_place(w->db, &actor, &draft, &order, &existing, &err), 0);
    end_commit(w);
}

void world_commit_control(struct world *w, int64_t session)
{
    struct control control = {
        .user = ANN, .kind = CONTROL_SESSION_ENDED, .which = session};
    struct err err = ERR_INIT;

    assert_int_equal(db_begin(w->db, &err), 0);
    assert_int_equal(control_append(w->db, &control, &err), 0);
    end_commit(w);
}

void world_exec(struct world *w, const char *sql)
{
    struct err err = ERR_INIT;

    assert_int_equal(db_exec(w->db, sql, &err), 0);
}

void world_tell(struct world *w, struct worker *worker)
{
    relay_committed(worker->relay, w->outbox.data, w->outbox.len);
}

static void turn(struct world *w)
{
    if (w->late)
        fail_msg("waited for what never came");
    uv_run(&w->loop, UV_RUN_ONCE);
}

void world_until(struct world *w, bool (*done)(const struct worker *worker),
                 const struct worker *worker)
{
    while (!done(worker))
        turn(w);
}

void socket_await(struct world *w, struct scene_socket *socket, int64_t from,
                  int64_t to)
{
    socket_read(socket);
    while (socket->count < to - from) {
        turn(w);
        socket_read(socket);
    }
    socket_expect(socket, from, to);
}

void worker_await_look(struct worker *worker)
{
    int64_t now_us = clock_mono_us();

    relay_look(worker->relay);
    while (relay_looked_us(worker->relay) < now_us)
        turn(worker->world);
}

void worker_await_redis(struct worker *worker, bool up)
{
    while (worker_stats(worker).redis_up != (up ? 1 : 0))
        turn(worker->world);
}
