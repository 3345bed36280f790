#include "live/views.h"
#include "base/clock.h"
#include "live/views_private.h"
#include "model/log/event.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define USER_VIEWS_MAX 64
#define ROW_BYTES 512 /* of a page's row, about */

void views_free_view(struct live_view *view)
{
    order_load_release(&view->op.load);
    order_page_unref(view->page);
    order_page_unref(view->core.page);
    order_view_free(view->core.view);
    mem_free(view);
}

void views_unref(struct views *views)
{
    struct live_view *view;

    if (--views->refs > 0)
        return;
    engine_free(views->engine);
    for (view = views->ops; view; view = views->ops) {
        views->ops = view->next_op;
        views_free_view(view);
    }
    mem_free(views);
}

/* The count of a key, changed by that much; what comes to 0 is forgotten. -1:
 * no memory. */
static int64_t tally_add(struct tally **tallies, int64_t key, int64_t change,
                         size_t bytes_more, size_t bytes_less)
{
    struct tally *tally;
    int64_t count;

    HASH_FIND(hh, *tallies, &key, sizeof(key), tally);
    if (!tally) {
        tally = mem_zalloc(sizeof(*tally));
        if (!tally)
            return -1;
        tally->key = key;
        HASH_ADD(hh, *tallies, key, sizeof(tally->key), tally);
        if (!tally->hh.tbl) {
            mem_free(tally);
            return -1;
        }
    }
    tally->bytes = tally->bytes + bytes_more - bytes_less;
    count = tally->count += change;
    if (count == 0) {
        HASH_DEL(*tallies, tally);
        mem_free(tally);
    }
    return count;
}

struct tally *views_tally(struct tally *tallies, int64_t key)
{
    struct tally *tally;

    HASH_FIND(hh, tallies, &key, sizeof(key), tally);
    return tally;
}

/* Sharing */

static uint64_t hash_of(const struct order_query *query, unsigned totals)
{
    return query_hash_bytes(order_query_hash(query), &totals, sizeof(totals));
}

static struct live_view *find_shared(struct views *views,
                                     const struct order_query *query,
                                     unsigned totals)
{
    uint64_t hash = hash_of(query, totals);
    struct live_view *view;

    HASH_FIND(hh, views->shared, &hash, sizeof(hash), view);
    return view && order_query_equal(view->query, query) &&
                   view->totals == totals
               ? view
               : NULL;
}

/* Where another one has its hash already, it stays by itself. */
static void share(struct live_view *view)
{
    struct live_view *other;

    view->hash = hash_of(view->query, view->totals);
    HASH_FIND(hh, view->views->shared, &view->hash, sizeof(view->hash), other);
    if (other)
        return;
    HASH_ADD(hh, view->views->shared, hash, sizeof(view->hash), view);
    view->is_shared = view->hh.tbl != NULL;
}

static void keep_apart(struct live_view *view)
{
    if (view->is_shared)
        HASH_DEL(view->views->shared, view);
    view->is_shared = false;
}

/* Life and death of a view */

void views_set_bytes(struct live_view *view, size_t bytes)
{
    struct views *views = view->views;

    tally_add(&views->users, view->user, 0, bytes, view->bytes);
    views->bytes = views->bytes + bytes - view->bytes;
    view->bytes = bytes;
}

static void forget_interest(struct views *views, int64_t owner)
{
    if (tally_add(&views->streams, owner, -1, 0, 0) == 0)
        views->config.closed(views->config.arg, owner);
}

/* Nobody looks at it any more. */
static void remove_view(struct live_view *view)
{
    struct views *views = view->views;

    if (view->is_removed)
        return;
    view->is_removed = true;
    keep_apart(view);
    views_load_forget(view);
    views_set_bytes(view, 0);
    tally_add(&views->users, view->user, -1, 0, 0);
    forget_interest(views, view->query->owner);
    DL_DELETE(views->all, view);
    views->stats.views--;
    if (!view->has_engine) {
        views_take_back_op(view);
        views_free_view(view);
        return;
    }
    views_put_op(view, ENGINE_REMOVE, NULL);
    views_run(views);
}

/* Takes query. */
static struct live_view *view_new(struct views *views,
                                  struct order_query *query,
                                  const struct view_choice *choice,
                                  struct err *err)
{
    struct live_view *view = mem_zalloc(sizeof(*view));

    if (!view) {
        order_query_release(query);
        err_set(err, ERR_NOMEM, "no memory for a view");
        return NULL;
    }
    view->views = views;
    view->user = choice->user;
    view->position = -1;
    if (order_view_new(&view->core.view, query, &choice->options, err) < 0) {
        mem_free(view);
        return NULL;
    }
    view->query = order_view_query(view->core.view);
    view->totals = choice->options.totals;
    return view;
}

/* Counted; -1: no memory. */
static int count_view(struct live_view *view)
{
    struct views *views = view->views;
    int64_t interest;

    if (tally_add(&views->users, view->user, 1, 0, 0) < 0)
        return -1;
    interest = tally_add(&views->streams, view->query->owner, 1, 0, 0);
    if (interest < 0) {
        tally_add(&views->users, view->user, -1, 0, 0);
        return -1;
    }
    if (interest == 1)
        views->config.opened(views->config.arg, view->query->owner);
    DL_APPEND(views->all, view);
    views->stats.views++;
    return 0;
}

/* What a view will take, before it shows its first page. */
static size_t expected_bytes(const struct order_query *query)
{
    return (size_t)query->limit * ROW_BYTES;
}

/* leaving: the one that goes when another one comes in its place; NULL: none.
 */
static int check_limits(const struct views *views, int64_t user,
                        const struct order_query *query,
                        const struct live_view *leaving, struct err *err)
{
    const struct tally *tally = views_tally(views->users, user);
    bool is_own = leaving && leaving->user == user;
    size_t less = leaving ? leaving->bytes : 0;
    size_t more = expected_bytes(query);

    if (tally && tally->count - is_own >= USER_VIEWS_MAX)
        return err_set(err, ERR_THROTTLED,
                       "you have %d different views open already",
                       USER_VIEWS_MAX);
    if (views->bytes - less + more > views->config.bytes_max ||
        (tally ? tally->bytes : 0) - (is_own ? less : 0) + more >
            views->config.bytes_max / 4)
        return err_set(err, ERR_UNAVAILABLE,
                       "no memory is left for views: close some");
    return 0;
}

/* Takes query. */
static struct live_view *open_view(struct views *views,
                                   struct order_query *query,
                                   const struct view_choice *choice,
                                   const struct live_view *leaving,
                                   struct err *err)
{
    struct live_view *view;
    struct order_load load;

    if (check_limits(views, choice->user, query, leaving, err) < 0) {
        order_query_release(query);
        return NULL;
    }
    view = view_new(views, query, choice, err);
    if (!view)
        return NULL;
    if (count_view(view) < 0) {
        err_set(err, ERR_NOMEM, "no memory for a view");
        views_free_view(view);
        return NULL;
    }
    views_set_bytes(view, order_view_bytes(view->core.view) +
                              expected_bytes(view->query));
    if (!choice->options.is_anchored)
        share(view);
    if (order_view_begin_load(view->core.view, &load, err) < 0 ||
        views_load(view, &load, err) < 0) {
        remove_view(view);
        return NULL;
    }
    return view;
}

/* A view counts as that of one who looks at it: when he goes, as another's. */
static void hand_on(struct live_view *view)
{
    struct views *views = view->views;
    struct view_follower *heir = view->followers;
    struct view_follower *at;

    DL_FOREACH(view->followers, at)
    {
        if (at->user == view->user)
            return;
    }
    if (!heir || tally_add(&views->users, heir->user, 1, view->bytes, 0) < 0)
        return;
    tally_add(&views->users, view->user, -1, 0, view->bytes);
    view->user = heir->user;
    view->cost_us = 0;
}

static void part(struct view_follower *follower)
{
    struct live_view *view = follower->view;

    DL_DELETE(view->followers, follower);
    view->views->stats.followers--;
    view->follower_count--;
    view->views->joining -= !follower->is_shown;
    follower->view = NULL;
    follower->is_shown = false;
    if (follower->user == view->user)
        hand_on(view);
}

void views_unfollow(struct view_follower *follower)
{
    struct live_view *view = follower->view;

    if (!view)
        return;
    part(follower);
    if (!view->followers)
        remove_view(view);
}

int views_follow(struct views *views, struct view_follower *follower,
                 struct order_query *query, const struct view_choice *choice,
                 struct err *err)
{
    struct live_view *had = follower->view;
    bool is_alone = had && had->followers == follower && !follower->next;
    struct live_view *view =
        choice->options.is_anchored
            ? NULL
            : find_shared(views, query, choice->options.totals);

    if (view)
        order_query_release(query);
    else
        view = open_view(views, query, choice, is_alone ? had : NULL, err);
    if (!view)
        return -1;
    assert(view != had);
    views_unfollow(follower);
    follower->view = view;
    follower->user = choice->user;
    /* One that begins after now knows all that is committed by now. */
    follower->since = views->batches + 1;
    follower->is_shown = false;
    views->joining++;
    DL_APPEND(view->followers, follower);
    views->stats.followers++;
    view->follower_count++;
    /* A batch that brings its first page may be under way, without this one. */
    if (view->page || view->has_engine)
        views_run(views);
    return 0;
}

void views_end(struct live_view *view, const struct err *err)
{
    struct view_follower *follower = view->followers;

    keep_apart(view);
    for (; follower; follower = view->followers) {
        part(follower);
        follower->changed(follower, err);
    }
    remove_view(view);
}

void views_get_cost(const struct view_follower *follower,
                    struct views_cost *cost)
{
    const struct live_view *view = follower->view;

    *cost = (struct views_cost){0};
    if (!view)
        return;
    cost->engine_us = view->engine_us;
    cost->bytes = (int64_t)view->bytes;
    cost->sharers = view->follower_count;
}

void views_heard(struct views *views, int64_t owner)
{
    if (!views_tally(views->streams, owner) &&
        !views_tally(views->streams, STREAM_ALL))
        return;
    if (!views->heard_us)
        views->heard_us = clock_mono_us();
    views_run(views);
}

bool views_has(const struct views *views, int64_t owner)
{
    return views_tally(views->streams, owner) != NULL;
}

bool views_are_current(const struct views *views)
{
    return !views->is_running &&
           !uv_is_active((uv_handle_t *)&views->batch_timer);
}

/* All together */

int views_new(struct views **out, const struct views_config *config,
              struct err *err)
{
    struct views *views = mem_zalloc(sizeof(*views));

    if (views)
        views->engine = engine_new();
    if (!views || !views->engine) {
        mem_free(views);
        return err_set(err, ERR_NOMEM, "no memory for views");
    }
    views->config = *config;
    views->refs = 3;
    uv_timer_init(config->loop, &views->load_timer);
    uv_timer_init(config->loop, &views->batch_timer);
    views->load_timer.data = views->batch_timer.data = views;
    *out = views;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    views_unref(handle->data);
}

void views_free(struct views *views)
{
    if (!views)
        return;
    while (views->all) {
        struct err err = ERR_INIT;

        err_set(&err, ERR_UNAVAILABLE, "going away");
        views_end(views->all, &err);
    }
    views->gone = true;
    uv_close((uv_handle_t *)&views->load_timer, on_closed);
    uv_close((uv_handle_t *)&views->batch_timer, on_closed);
    views_unref(views);
}

struct order_page *views_page(const struct view_follower *follower)
{
    return follower->view->page;
}

int64_t views_position(const struct view_follower *follower)
{
    return follower->view->position;
}

const struct order_query *views_query(const struct view_follower *follower)
{
    return follower->view->query;
}

void views_get_stats(const struct views *views, struct views_stats *stats)
{
    *stats = views->stats;
    stats->bytes = (int64_t)views->bytes;
}
