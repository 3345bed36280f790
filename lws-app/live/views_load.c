#include "base/clock.h"
#include "live/views_private.h"

#include <utlist.h>

#include "base/banned.h"

/* Between two loads of one view, which are draws. */
#define LOAD_REST_US (CLOCK_S / 4)

static void load_free(struct view_load *load)
{
    order_load_release(&load->load);
    mem_free(load);
}

static int load_run(struct job *job, struct db *db, struct err *err)
{
    struct view_load *load = (struct view_load *)job;

    return order_load_run(db, load->views->config.cache, &load->load, err);
}

static void load_done(struct job *job)
{
    struct view_load *load = (struct view_load *)job;
    struct views *views = load->views;
    struct live_view *view = load->view;

    if (view) {
        view->load = NULL;
        view->loaded_us = clock_mono_us();
        if (job->err.code) {
            views_end(view, &job->err);
        } else {
            views_put_op(view, ENGINE_LOADED, &load->load);
            views_run(views);
        }
    }
    load_free(load);
    views_unref(views);
}

static struct readers **pool_of(struct view_load *load)
{
    struct views_config *config = &load->views->config;

    return order_load_is_long(&load->load) ? &config->long_readers
                                           : &config->readers;
}

static int submit(struct view_load *load, struct err *err)
{
    load->is_waiting = false;
    load->views->stats.loads++;
    load->pool = pool_of(load);
    if (readers_submit(*load->pool, &load->job, err) < 0)
        return -1;
    load->views->refs++;
    return 0;
}

static void wait_for_time(struct view_load *load, int64_t wait_us)
{
    struct views *views = load->views;

    load->is_waiting = true;
    DL_APPEND(views->waiting, load);
    if (!uv_is_active((uv_handle_t *)&views->load_timer))
        uv_timer_start(&views->load_timer, views_load_waiting,
                       (uint64_t)wait_us / 1000 + 1, 0);
}

void views_load_waiting(uv_timer_t *timer)
{
    struct views *views = timer->data;
    int64_t now = clock_mono_us();

    while (views->waiting) {
        struct view_load *load = views->waiting;
        struct live_view *view = load->view;
        int64_t wait_us = view->loaded_us + LOAD_REST_US - now;
        struct err err = ERR_INIT;

        if (wait_us > 0) {
            uv_timer_start(timer, views_load_waiting,
                           (uint64_t)wait_us / 1000 + 1, 0);
            return;
        }
        DL_DELETE(views->waiting, load);
        if (submit(load, &err) < 0) {
            view->load = NULL;
            load_free(load);
            views_end(view, &err);
        }
    }
}

int views_load(struct live_view *view, struct order_load *wanted,
               struct err *err)
{
    struct view_load *load = mem_zalloc(sizeof(*load));
    int64_t wait_us = view->loaded_us + LOAD_REST_US - clock_mono_us();

    if (!load) {
        order_load_release(wanted);
        return err_set(err, ERR_NOMEM, "no memory for a view");
    }
    load->job.run = load_run;
    load->job.done = load_done;
    load->job.flow = (uint64_t)view->user;
    load->views = view->views;
    load->view = view;
    load->load = *wanted;
    *wanted = (struct order_load){0};
    view->load = load;
    if (view->loaded_us && wait_us > 0) {
        wait_for_time(load, wait_us);
        return 0;
    }
    if (submit(load, err) == 0)
        return 0;
    view->load = NULL;
    load_free(load);
    return -1;
}

void views_load_forget(struct live_view *view)
{
    struct view_load *load = view->load;

    view->load = NULL;
    if (!load)
        return;
    load->view = NULL;
    if (load->is_waiting) {
        DL_DELETE(load->views->waiting, load);
        load_free(load);
    } else if (readers_cancel(*load->pool, &load->job)) {
        views_unref(load->views);
        load_free(load);
    }
}
