#pragma once
#include "base/buf.h"
#include "fanout/relay.h"
#include "scene.h"
#include "store/jobs/readers.h"
#include "support/redis_server.h"
#include <uv.h>
/*
 * A database in a file, a loop, and workers on it: each a hub and a relay with
 * readers of its own. Commits are made by the test, which then says who is
 * told.
 */
#define WORKERS 2
#define ANN 1 /* owners */
#define BOB 2

struct worker {
    struct world *world;
    struct scene scene; /* its hub, hooked to the relay */
    struct jobs *jobs;
    struct readers *readers;
    struct relay *relay;
    uv_async_t async;
    int64_t controls[16];
    int control_count;
    int rechecks;
    int heard;
};

struct world {
    char dir[64];
    char path[96];
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    struct db *db;
    struct buf outbox; /* of the last commit */
    struct server redis;
    struct worker workers[WORKERS];
};

int world_open(void **state); /* no redis-server runs yet */
int world_close(void **state);
#define WORLD_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)

/* redis_url NULL: none. Its first look is done when it returns. */
struct worker *worker_start(struct world *w, size_t index, const char *epoch,
                            const char *redis_url);
/* The same, the first look not awaited. */
struct worker *worker_begin(struct world *w, size_t index, const char *epoch,
                            const char *redis_url);
void worker_stop(struct worker *worker);
struct relay_stats worker_stats(const struct worker *worker);

/* One order of owner more, committed; the outbox is in w->outbox. */
void world_commit(struct world *w, int64_t owner);
/* The end of a session, committed. */
void world_commit_control(struct world *w, int64_t session);
void world_exec(struct world *w, const char *sql);
void world_tell(struct world *w, struct worker *worker);

/* Turns the loop until done says so; a test that hangs fails. */
void world_until(struct world *w, bool (*done)(const struct worker *worker),
                 const struct worker *worker);
/* Reads until it was given from + 1 to to; fails at the first other one. */
void socket_await(struct world *w, struct scene_socket *socket, int64_t from,
                  int64_t to);
void worker_await_look(struct worker *worker); /* one that begins now */
void worker_await_redis(struct worker *worker, bool up);
