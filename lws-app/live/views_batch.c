#include "base/clock.h"
#include "base/log.h"
#include "live/views_private.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

/* After a batch that could not be read. */
#define RETRY_MS 250
/* From the beginning of one batch to that of the next: what is shown is made
 * for each view and batch, and nobody is sent more than 60 frames a second.
 * Where a batch takes long, for there are many views, the engine rests three
 * times as long, up to the most: batches that come together cost less. */
#define BATCH_EVERY_US 5000
#define BATCH_EVERY_MAX_US 50000
#define BATCH_SHARE 4
/* What the views of one user may take of the engine in a second. */
#define USER_COST_MAX_US 50000

void views_put_op(struct live_view *view, enum engine_op_kind kind,
                  struct order_load *load)
{
    struct views *views = view->views;

    order_load_release(&view->op.load);
    view->op.kind = kind;
    view->op.view = &view->core;
    if (load) {
        view->op.load = *load;
        *load = (struct order_load){0};
    }
    if (view->has_op)
        return;
    view->has_op = true;
    view->next_op = NULL;
    if (views->last_op)
        views->last_op->next_op = view;
    else
        views->ops = view;
    views->last_op = view;
    views->op_count++;
}

void views_take_back_op(struct live_view *view)
{
    struct views *views = view->views;

    if (!view->has_op)
        return;
    LL_DELETE2(views->ops, view, next_op);
    views->op_count--;
    views->last_op = NULL;
    for (struct live_view *at = views->ops; at; at = at->next_op)
        views->last_op = at;
    view->has_op = false;
}

/* All followers that its page is for. */
static void tell_followers(struct live_view *view, bool is_other)
{
    struct views *views = view->views;
    struct view_follower *follower;

    DL_FOREACH(view->followers, follower)
    {
        bool is_first = !follower->is_shown;

        if (is_first && follower->since > views->batch.number)
            continue;
        if (is_first) {
            follower->is_shown = true;
            views->joining--;
        }
        if (is_first || is_other)
            follower->changed(follower, NULL);
    }
}

/* Those that joined a view that was there already. What one shows that waits
 * for a load may be older than what they know of. */
static void tell_joining(struct views *views)
{
    struct live_view *view;

    if (views->joining == 0)
        return;
    DL_FOREACH(views->all, view)
    {
        if (view->page && !view->load && !view->has_op)
            tell_followers(view, false);
    }
}

static void end_as_told(struct live_view *view,
                        const struct engine_result *result)
{
    struct err err = ERR_INIT;

    if (result->code == ERR_INVALID)
        err_field(&err, "search", "%s", result->text);
    else
        err_set(&err, result->code, "%s", result->text);
    views_end(view, &err);
}

/* The one of a user's that cost the most in this second. */
static struct live_view *find_dearest(struct views *views, int64_t user)
{
    struct live_view *dearest = NULL;
    struct live_view *view;

    DL_FOREACH(views->all, view)
    {
        if (view->user == user &&
            (!dearest || view->cost_us > dearest->cost_us))
            dearest = view;
    }
    return dearest;
}

static void begin_second(struct views *views, struct tally *user, int64_t now)
{
    struct live_view *view;

    user->second_us = now;
    user->cost_us = 0;
    DL_FOREACH(views->all, view)
    {
        if (view->user == user->key)
            view->cost_us = 0;
    }
}

/* What the views of one user take of the engine's thread, which is everybody's,
 * is bounded. */
static void count_cost(struct live_view *view, int64_t cost_us)
{
    struct views *views = view->views;
    struct tally *user = views_tally(views->users, view->user);
    int64_t now = clock_mono_us();
    struct live_view *dearest;
    struct err err = ERR_INIT;

    view->engine_us += cost_us;
    if (!user)
        return;
    if (now - user->second_us >= CLOCK_S)
        begin_second(views, user, now);
    user->cost_us += cost_us;
    view->cost_us += cost_us;
    if (user->cost_us <= USER_COST_MAX_US)
        return;
    dearest = find_dearest(views, user->key);
    begin_second(views, user, now);
    err_set(&err, ERR_BUDGET,
            "your views cost too much: use fewer or simpler ones");
    views_end(dearest, &err);
}

static void take_result(struct live_view *view, struct engine_result *result)
{
    struct err err = ERR_INIT;

    if (view->is_removed)
        return;
    switch (result->outcome) {
    case ENGINE_SHOWS:
        order_page_unref(view->page);
        view->page = result->page;
        result->page = NULL;
        view->position = result->position;
        views_set_bytes(view, result->bytes + order_page_bytes(view->page));
        tell_followers(view, true);
        break;
    case ENGINE_STANDS: view->position = result->position; break;
    case ENGINE_LOADS:
        if (views_load(view, &result->load, &err) < 0)
            views_end(view, &err);
        break;
    case ENGINE_ENDS: end_as_told(view, result); break;
    }
    if (!view->is_removed)
        count_cost(view, result->cost_us);
}

static void free_removed(const struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->op_count; i++) {
        if (batch->ops[i].kind == ENGINE_REMOVE)
            views_free_view((struct live_view *)batch->ops[i].view);
    }
}

static void on_time(uv_timer_t *timer);

static void batch_done(struct job *job)
{
    struct batch_job *run = (struct batch_job *)job;
    struct views *views = run->views;
    struct engine_batch *batch = &run->batch;
    struct engine_view *view;

    views->stats.batches++;
    views->stats.events += batch->events;
    views->stats.engine_us += run->took_us;
    views->took_us = run->took_us;
    if (!views->gone) {
        for (view = batch->results; view; view = view->next_result)
            take_result((struct live_view *)view, &view->result);
        if (!job->err.code)
            tell_joining(views);
        if (!job->err.code && run->heard_us && batch->events)
            views->config.brought(views->config.arg,
                                  clock_mono_us() - run->heard_us);
    }
    engine_batch_release(batch);
    free_removed(batch);
    mem_free(batch->ops);
    batch->ops = NULL;
    batch->op_count = 0;
    /* Until here nothing begins the next one, which takes this one's place. */
    views->is_running = false;
    if (!views->gone && job->err.code) {
        views->stats.failures++;
        if (run->heard_us)
            views->heard_us = run->heard_us;
        log_warn("views.unreadable", "code=%s text=\"%s\"",
                 err_code_name(job->err.code), job->err.text);
        uv_timer_start(&views->batch_timer, on_time, RETRY_MS, 0);
    } else if (!views->gone && views->is_wanted) {
        views_run(views);
    }
    views_unref(views);
}

static int batch_run(struct job *job, struct db *db, struct err *err)
{
    struct batch_job *run = (struct batch_job *)job;
    int64_t began_us = clock_mono_us();
    int rc = engine_run(run->views->engine, db, &run->batch, err);

    run->took_us = clock_mono_us() - began_us;
    return rc;
}

/* What waits becomes the batch's. -1: no memory. */
static int take_ops(struct views *views)
{
    struct engine_batch *batch = &views->batch.batch;
    struct live_view *view = views->ops;

    if (views->op_count == 0)
        return 0;
    batch->ops = mem_alloc(views->op_count * sizeof(*batch->ops));
    if (!batch->ops)
        return -1;
    for (; view; view = view->next_op) {
        batch->ops[batch->op_count++] = view->op;
        view->op.load = (struct order_load){0};
        view->has_op = false;
        view->has_engine = true;
    }
    views->ops = views->last_op = NULL;
    views->op_count = 0;
    return 0;
}

/* Given back as they were: nothing was run. */
static void return_ops(struct views *views)
{
    struct engine_batch *batch = &views->batch.batch;

    for (size_t i = 0; i < batch->op_count; i++) {
        struct live_view *view = (struct live_view *)batch->ops[i].view;

        views_put_op(view, batch->ops[i].kind, &batch->ops[i].load);
    }
    mem_free(batch->ops);
    batch->ops = NULL;
    batch->op_count = 0;
}

static void start_batch(struct views *views)
{
    struct batch_job *run = &views->batch;
    struct err err = ERR_INIT;

    views->is_wanted = false;
    views->began_us = clock_mono_us();
    memset(run, 0, sizeof(*run));
    run->job.run = batch_run;
    run->job.done = batch_done;
    run->views = views;
    run->number = ++views->batches;
    run->heard_us = views->heard_us;
    views->heard_us = 0;
    if (take_ops(views) < 0 ||
        readers_submit(views->config.engine, &run->job, &err) < 0) {
        return_ops(views);
        views->heard_us = run->heard_us;
        uv_timer_start(&views->batch_timer, on_time, RETRY_MS, 0);
        return;
    }
    views->is_running = true;
    views->refs++;
}

static int64_t every_us(const struct views *views)
{
    int64_t us = views->took_us * BATCH_SHARE;

    if (us < BATCH_EVERY_US)
        return BATCH_EVERY_US;
    return us < BATCH_EVERY_MAX_US ? us : BATCH_EVERY_MAX_US;
}

void views_run(struct views *views)
{
    int64_t rest_us = views->began_us + every_us(views) - clock_mono_us();

    if (views->gone)
        return;
    views->is_wanted = true;
    if (views->is_running || uv_is_active((uv_handle_t *)&views->batch_timer))
        return;
    if (rest_us <= 0 || !views->began_us)
        start_batch(views);
    else
        uv_timer_start(&views->batch_timer, on_time,
                       (uint64_t)(rest_us + 999) / 1000, 0);
}

static void on_time(uv_timer_t *timer)
{
    struct views *views = timer->data;

    if (!views->gone && !views->is_running)
        start_batch(views);
}
