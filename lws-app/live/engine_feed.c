#include "base/clock.h"
#include "live/engine_private.h"
#include "model/log/event.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"

#include <limits.h>
#include <utlist.h>

#include "base/banned.h"

/* Beyond it each stream is looked at by itself, and a view that is as far
 * behind is loaded: that costs less than its events. */
#define FAR_EVENTS 10000
/* In a row: a list that takes longer to load than it takes to fall behind is
 * caught up whatever that costs. */
#define FAR_LOADS_MAX 2

/* One event on its way to views. */
struct telling {
    struct engine *engine;
    const struct event_change *change;
    struct order_view_event event;
    bool is_ready; /* the orders have been read from their texts */
};
struct feed {
    struct engine *engine;
    struct engine_view *only; /* NULL: all of the streams concerned */
};

/* NULL: its text is not ours. */
static struct order_ready *read_side(struct engine_side *side,
                                     const struct event_change *change,
                                     const char *json, size_t len)
{
    struct err unreadable = ERR_INIT;

    if (order_read_json(json, len, &side->order, &unreadable) < 0)
        return NULL;
    side->order.owner = change->event.owner;
    return order_ready_set(&side->ready, &side->order) ? &side->ready : NULL;
}

static struct order_page_row *make_row(struct engine *engine,
                                       const struct event *event)
{
    buf_clear(&engine->json);
    order_put_row_json(&engine->json, event->order_id, event->body,
                       event->body_len);
    return engine->json.failed
               ? NULL
               : order_page_row_new(event->order_id,
                                    engine->after.order.version,
                                    engine->json.data, engine->json.len);
}

/* Once for all views. */
static void make_ready(struct telling *telling)
{
    struct engine *engine = telling->engine;
    const struct event_change *change = telling->change;
    const struct event *event = &change->event;

    telling->is_ready = true;
    telling->event = (struct order_view_event){
        .time_us = event->time_us,
        .order_id = event->order_id,
        .is_new = event->kind == EVENT_NEW,
        .is_delete = event->kind == EVENT_DELETE,
    };
    if (event->kind != EVENT_NEW && change->before)
        telling->event.before = read_side(&engine->before, change,
                                          change->before, change->before_len);
    if (event->kind == EVENT_DELETE)
        return;
    telling->event.after =
        read_side(&engine->after, change, event->body, event->body_len);
    if (telling->event.after)
        telling->event.row = make_row(engine, event);
    if (telling->event.before && telling->event.after)
        telling->event.changed = order_columns_changed(
            telling->event.before->order, telling->event.after->order);
}

/* An order that came or stayed, of which it is not known what it is. */
static bool is_unreadable(const struct telling *telling)
{
    return !telling->event.after && !telling->event.is_delete;
}

/* -1: it is of no more use. */
static int apply(const struct telling *telling, struct engine_view *view,
                 struct err *err)
{
    int64_t began_us;

    if (!view->is_dear)
        return order_view_apply(view->view, &telling->event, err);
    began_us = clock_thread_us();
    if (order_view_apply(view->view, &telling->event, err) < 0)
        return -1;
    view->cost_us += clock_thread_us() - began_us;
    if (view->cost_us > ENGINE_VIEW_MAX_US)
        return err_set(err, ERR_BUDGET,
                       "the view costs too much: use a "
                       "simpler pattern");
    return 0;
}

static void tell_view(struct telling *telling, struct engine_view *view,
                      int64_t position)
{
    struct err err = ERR_INIT;

    if (view->is_behind || order_view_position(view->view) >= position)
        return;
    if (!telling->is_ready)
        make_ready(telling);
    telling->event.position = position;
    if (!is_unreadable(telling) && apply(telling, view, &err) == 0)
        return;
    if (!err.code || err.code == ERR_MISSING)
        engine_fall_behind(telling->engine, view);
    else
        engine_end_view(telling->engine, view, &err);
}

static void tell_stream(struct telling *telling, int64_t owner)
{
    struct engine_stream *stream = engine_find(telling->engine, owner);
    const struct event *event = &telling->change->event;
    struct engine_view *view;
    struct engine_view *next;

    if (!stream)
        return;
    engine_touch(telling->engine, stream);
    DL_FOREACH_SAFE(stream->views, view, next)
    tell_view(telling, view, owner == STREAM_ALL ? event->id : event->position);
}

static int take_change(void *arg, const struct event_change *change,
                       struct err *err)
{
    struct feed *feed = arg;
    struct telling telling = {.engine = feed->engine, .change = change};

    (void)err;
    feed->engine->batch->events++;
    if (feed->only) {
        tell_view(&telling, feed->only,
                  feed->only->stream->owner == STREAM_ALL
                      ? change->event.id
                      : change->event.position);
    } else {
        tell_stream(&telling, change->event.owner);
        tell_stream(&telling, STREAM_ALL);
        feed->engine->last = change->event.id;
    }
    order_page_row_unref(telling.event.row);
    return 0;
}

int engine_catch_up(struct engine *engine, struct db *db,
                    struct engine_view *view, struct err *err)
{
    struct feed feed = {.engine = engine, .only = view};

    engine_touch(engine, view->stream);
    return event_read_changes(db, view->stream->owner,
                              order_view_position(view->view), INT_MAX,
                              take_change, &feed, err) < 0
               ? -1
               : 0;
}

static int catch_up_far(struct engine *engine, struct db *db,
                        struct engine_view *view, int64_t position,
                        struct err *err)
{
    if (view->is_behind || order_view_position(view->view) >= position)
        return 0;
    if (position - order_view_position(view->view) <= FAR_EVENTS ||
        view->far_loads >= FAR_LOADS_MAX)
        return engine_catch_up(engine, db, view, err);
    view->far_loads++;
    engine_fall_behind(engine, view);
    return 0;
}

/* Each stream by itself. */
static int feed_far(struct engine *engine, struct db *db, struct err *err)
{
    struct engine_stream *stream;
    struct engine_stream *next;

    HASH_ITER(hh, engine->streams, stream, next)
    {
        struct engine_view *view;
        struct engine_view *after;
        int64_t position;

        if (stream_position(db, stream->owner, &position, NULL, err) < 0)
            return -1;
        DL_FOREACH_SAFE(stream->views, view, after)
        {
            if (catch_up_far(engine, db, view, position, err) < 0)
                return -1;
        }
    }
    return 0;
}

int engine_feed(struct engine *engine, struct db *db, struct err *err)
{
    struct feed feed = {.engine = engine};
    int64_t newest;

    if (stream_position(db, STREAM_ALL, &newest, NULL, err) < 0)
        return -1;
    /* What views there are have just been loaded and caught up. */
    if (engine->last < 0)
        engine->last = newest;
    if (newest - engine->last <= FAR_EVENTS)
        return event_read_changes(db, STREAM_ALL, engine->last, INT_MAX,
                                  take_change, &feed, err) < 0
                   ? -1
                   : 0;
    if (feed_far(engine, db, err) < 0)
        return -1;
    engine->last = newest;
    return 0;
}
