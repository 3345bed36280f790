#pragma once
#include "base/mem.h"
#include "live/engine.h"
#include "live/views.h"

/* Short of memory it is told, and not ended. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>
/*
 * The inside of the views of a worker.
 */
struct live_view {
    struct engine_view core;       /* the engine's while a batch is under way */
    struct live_view *next, *prev; /* of all */
    struct views *views;
    const struct order_query *query; /* the core's, which never changes */
    unsigned totals;                 /* that were asked for */
    struct view_follower *followers;
    int64_t follower_count;
    struct order_page *page; /* NULL: none yet */
    int64_t position;
    int64_t user;
    size_t bytes;
    int64_t cost_us;        /* in the second of its user's */
    int64_t engine_us;      /* so far */
    struct view_load *load; /* under way, or waiting for its time; NULL: none */
    int64_t loaded_us;      /* monotonic: when the last load came back */
    bool is_shared;         /* others may look at it too */
    bool has_engine;        /* the engine has got it, or is about to */
    bool is_removed;        /* nobody looks at it any more */
    bool has_op;            /* op waits for the next batch */
    struct engine_op op;
    struct live_view *next_op;
    uint64_t hash;     /* of its query */
    UT_hash_handle hh; /* is_shared: by that */
};
/* A draw on its way into a view. */
struct view_load {
    struct job job;                /* first */
    struct view_load *next, *prev; /* of those that wait for their time */
    struct views *views;
    struct live_view *view; /* NULL: gone */
    struct order_load load;
    struct readers **pool; /* where it runs; load is the job's meanwhile */
    bool is_waiting;
};
/* How much of something a number has: views a user, interest in a stream. */
struct tally {
    int64_t key;
    int64_t count;
    size_t bytes;
    int64_t second_us; /* monotonic: when the second began in which it cost */
    int64_t cost_us;   /* so much of the engine's thread */
    UT_hash_handle hh;
};
struct batch_job {
    struct job job; /* first */
    struct views *views;
    struct engine_batch batch;
    int64_t number;
    int64_t took_us;
    int64_t heard_us; /* as in views, of what it is to bring */
};
struct views {
    struct views_config config;
    struct engine *engine;
    struct live_view *all;
    struct live_view *shared; /* by the hash of their queries */
    int64_t joining;          /* followers that were shown nothing yet */
    struct tally *users;
    struct tally *streams;
    struct view_load *waiting;
    uv_timer_t load_timer;
    uv_timer_t batch_timer; /* when the next batch may begin */
    struct batch_job batch;
    bool is_running; /* a batch is under way */
    bool is_wanted;  /* and another one behind it */
    bool gone;
    unsigned refs;         /* the owner, two timers, jobs under way */
    struct live_view *ops; /* whose op waits for the next batch */
    struct live_view *last_op;
    size_t op_count;
    int64_t batches;  /* begun */
    int64_t began_us; /* monotonic: the last one; 0: none yet */
    int64_t took_us;  /* the last one that is done */
    int64_t heard_us; /* likewise: of the first event that no batch has begun
                         to bring; 0: there is none */
    size_t bytes;
    struct views_stats stats;
};

void views_unref(struct views *views);
void views_free_view(struct live_view *view);
void views_set_bytes(struct live_view *view, size_t bytes);
/* It has ended: its followers are told, and look at none then. */
void views_end(struct live_view *view, const struct err *err);

struct tally *views_tally(struct tally *tallies, int64_t key); /* or NULL */

/* views_batch.c */
void views_run(struct views *views); /* a batch, as soon as there can be one */
/* For the next batch; in place of one that waits. load: taken; NULL: none. */
void views_put_op(struct live_view *view, enum engine_op_kind kind,
                  struct order_load *load);
void views_take_back_op(struct live_view *view); /* safe twice */

/* views_load.c. load: taken, also where it fails. */
int views_load(struct live_view *view, struct order_load *load,
               struct err *err);
void views_load_forget(struct live_view *view); /* safe twice */
/* A uv_timer_cb: loads whose time has come. */
void views_load_waiting(uv_timer_t *timer);
