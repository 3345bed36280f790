#pragma once
#include "base/err.h"
#include "store/jobs/readers.h"
#include "view/order_cache.h"
#include "view/order_page.h"
#include "view/order_query.h"
#include "view/order_view.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
/*
 * The live views of one worker, and who looks at them. Equal queries are one
 * view. The log is read by one engine (live/engine.h), on a thread of its own,
 * whenever it is told that a stream has something new; loads run where draws
 * do, in turn with those of other users.
 * Thread: loop thread only, save for the run() of jobs. Never blocks.
 */
struct views;
struct live_view;

struct views_config {
    uv_loop_t *loop;
    struct readers *engine; /* one thread, for this alone */
    struct readers *readers;
    struct readers *long_readers;
    struct order_cache *cache; /* NULL: none */
    size_t bytes_max;          /* of all views; one user has a quarter */
    /* The first and the last interest in a stream. */
    void (*opened)(void *arg, int64_t owner);
    void (*closed)(void *arg, int64_t owner);
    /* Events were given to their views so long after the first of them was
     * heard of. */
    void (*brought)(void *arg, int64_t us);
    void *arg;
};
struct views_stats {
    int64_t views, followers, bytes;
    int64_t batches, events, loads, failures;
    int64_t engine_us; /* that the engine's thread was busy */
};

/* Whoever looks at a view; in the memory of that one. */
struct view_follower {
    struct view_follower *next, *prev;
    struct live_view *view; /* NULL: at none */
    int64_t user;           /* whose it is */
    int64_t since;          /* shown something by this batch, or a later one */
    bool is_shown;          /* it has been */
    /* Its view shows something else, or something for the first time; or has
     * ended, for that reason: then it looks at none. Must not follow or
     * unfollow. */
    void (*changed)(struct view_follower *follower, const struct err *ended);
};
/* How a view is looked at. */
struct view_choice {
    int64_t user; /* whose it is, for limits and turns */
    struct order_view_options options;
};

/* ERR_NOMEM. */
int views_new(struct views **views, const struct views_config *config,
              struct err *err);
/* With no follower left. Jobs still under way find it gone: jobs_finish() once
 * more behind it. NULL is fine. */
void views_free(struct views *views);
/* changed() is called once there is something to be shown, never from within.
 * query: taken, also where it fails. One that looks at another view already
 * leaves that, where it does not fail. ERR_INVALID (field "search");
 * ERR_THROTTLED (64 views of that user); ERR_UNAVAILABLE (no memory is left for
 * views); ERR_NOMEM. */
int views_follow(struct views *views, struct view_follower *follower,
                 struct order_query *query, const struct view_choice *choice,
                 struct err *err);
void views_unfollow(struct view_follower *follower); /* safe twice */
/* Of one that is shown something: what that is. Borrowed until the next
 * batch. */
struct order_page *views_page(const struct view_follower *follower);
/* The position up to which that is so. */
int64_t views_position(const struct view_follower *follower);
const struct order_query *views_query(const struct view_follower *follower);
/* Of one that looks at a view. */
struct views_cost {
    int64_t engine_us; /* that the engine took for it so far */
    int64_t bytes;     /* of memory */
    int64_t sharers;   /* all that look at it */
};
void views_get_cost(const struct view_follower *follower,
                    struct views_cost *cost);

/* A stream has something new. */
void views_heard(struct views *views, int64_t owner);
/* Whether there is a view of that stream. */
bool views_has(const struct views *views, int64_t owner);
/* Whether every view has been brought to all that was heard of. */
bool views_are_current(const struct views *views);
void views_get_stats(const struct views *views, struct views_stats *stats);
