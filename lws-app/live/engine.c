#include "live/engine.h"
#include "base/clock.h"
#include "live/engine_private.h"
#include "model/orders/order_json.h"
#include "model/orders/stream.h"

#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/banned.h"

#define ROW_MAX (64 * 1024)

struct engine *engine_new(void)
{
    struct engine *engine = mem_zalloc(sizeof(*engine));

    if (!engine)
        return NULL;
    engine->last = -1;
    order_ready_init(&engine->before.ready);
    order_ready_init(&engine->after.ready);
    buf_init(&engine->json, ROW_MAX);
    return engine;
}

void engine_free(struct engine *engine)
{
    struct engine_stream *stream;
    struct engine_stream *next;

    if (!engine)
        return;
    HASH_ITER(hh, engine->streams, stream, next)
    {
        HASH_DEL(engine->streams, stream);
        mem_free(stream);
    }
    order_ready_release(&engine->before.ready);
    order_ready_release(&engine->after.ready);
    buf_release(&engine->json);
    mem_free(engine);
}

struct engine_stream *engine_find(struct engine *engine, int64_t owner)
{
    struct engine_stream *stream;

    HASH_FIND(hh, engine->streams, &owner, sizeof(owner), stream);
    return stream;
}

void engine_touch(struct engine *engine, struct engine_stream *stream)
{
    if (stream->is_touched)
        return;
    stream->is_touched = true;
    stream->next_touched = engine->touched;
    engine->touched = stream;
}

static struct engine_stream *stream_of(struct engine *engine, int64_t owner)
{
    struct engine_stream *stream = engine_find(engine, owner);

    if (stream)
        return stream;
    stream = mem_zalloc(sizeof(*stream));
    if (!stream)
        return NULL;
    stream->owner = owner;
    HASH_ADD(hh, engine->streams, owner, sizeof(stream->owner), stream);
    if (!stream->hh.tbl) {
        mem_free(stream);
        return NULL;
    }
    return stream;
}

static void leave_stream(struct engine_view *view)
{
    if (!view->stream)
        return;
    DL_DELETE(view->stream->views, view);
    view->stream = NULL;
}

/* Behind a batch: while it lasts it may be walked through. */
static void drop_empty_streams(struct engine *engine)
{
    struct engine_stream *stream;
    struct engine_stream *next;

    HASH_ITER(hh, engine->streams, stream, next)
    {
        if (stream->views)
            continue;
        HASH_DEL(engine->streams, stream);
        mem_free(stream);
    }
    if (!engine->streams)
        engine->last = -1;
}

struct engine_result *engine_say(struct engine *engine,
                                 struct engine_view *view,
                                 enum engine_outcome outcome)
{
    struct engine_batch *batch = engine->batch;

    view->next_result = batch->results;
    batch->results = view;
    view->result = (struct engine_result){
        .outcome = outcome,
        .position = order_view_position(view->view),
        .cost_us = view->cost_us,
        .bytes = order_view_bytes(view->view),
    };
    view->cost_us = 0;
    return &view->result;
}

void engine_end_view(struct engine *engine, struct engine_view *view,
                     const struct err *err)
{
    struct engine_result *result = engine_say(engine, view, ENGINE_ENDS);

    view->is_behind = true;
    result->code = err->code;
    snprintf(result->text, sizeof(result->text), "%s",
             err->field_count ? err->fields[0].text : err->text);
}

void engine_fall_behind(struct engine *engine, struct engine_view *view)
{
    struct order_load load;
    struct err err = ERR_INIT;

    if (order_view_begin_load(view->view, &load, &err) < 0) {
        engine_end_view(engine, view, &err);
        return;
    }
    view->is_behind = true;
    engine_say(engine, view, ENGINE_LOADS)->load = load;
}

/* In the batch's snapshot. */
static struct order_page_row *read_row(void *arg, int64_t id, struct err *err)
{
    struct db *db = arg;
    struct order_page_row *row = NULL;
    struct db_stmt *stmt = NULL;
    struct order order;
    struct buf json;
    int rc;

    buf_init(&json, ROW_MAX);
    if (db_prepare(db, ORDER_SELECT "WHERE o.id = ?1", &stmt, err) < 0)
        return NULL;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1) {
        order_from_row(stmt, &order);
        order_put_row(&json, &order);
        row = json.failed
                  ? NULL
                  : order_page_row_new(id, order.version, json.data, json.len);
        if (!row)
            err_set(err, ERR_NOMEM, "no memory for a row");
    } else if (rc == 0) {
        err_set(err, ERR_MISSING, "a view shows an order that has left");
    }
    db_done(&stmt);
    buf_release(&json);
    return row;
}

static void show(struct engine *engine, struct db *db, struct engine_view *view)
{
    int64_t began_us = clock_mono_us();
    struct order_page *page;
    struct err err = ERR_INIT;
    int rc;

    if (!order_view_is_covered(view->view)) {
        engine_fall_behind(engine, view);
        return;
    }
    rc = order_view_page(view->view, read_row, db, &page, &err);
    view->cost_us += clock_mono_us() - began_us;
    if (rc < 0) {
        if (err.code == ERR_MISSING)
            engine_fall_behind(engine, view);
        else
            engine_end_view(engine, view, &err);
        return;
    }
    view->far_loads = 0;
    if (view->page && order_page_equal(view->page, page)) {
        engine_say(engine, view, ENGINE_STANDS);
        order_page_unref(page);
        return;
    }
    order_page_unref(view->page);
    view->page = page;
    engine_say(engine, view, ENGINE_SHOWS)->page = order_page_ref(page);
}

static void show_touched(struct engine *engine, struct db *db)
{
    struct engine_stream *stream;
    struct engine_view *view;

    for (stream = engine->touched; stream; stream = stream->next_touched) {
        DL_FOREACH(stream->views, view)
        {
            if (!view->is_behind)
                show(engine, db, view);
        }
    }
}

static void untouch(struct engine *engine)
{
    for (; engine->touched; engine->touched = engine->touched->next_touched)
        engine->touched->is_touched = false;
}

static void touch_all(struct engine *engine)
{
    struct engine_stream *stream;
    struct engine_stream *next;

    HASH_ITER(hh, engine->streams, stream, next)
    engine_touch(engine, stream);
}

static bool has_pattern(const struct order_filter *filter)
{
    for (size_t i = 0; i < filter->node_count; i++) {
        if (filter->nodes[i].kind == FILTER_TERM &&
            filter->nodes[i].op == QUERY_MATCHES)
            return true;
    }
    return false;
}

static void take_load(struct engine *engine, struct engine_op *op)
{
    struct engine_view *view = op->view;
    struct err err = ERR_INIT;

    if (!view->stream) {
        view->stream = stream_of(engine, order_view_query(view->view)->owner);
        if (!view->stream) {
            err_set(&err, ERR_NOMEM, "no memory for a view");
            engine_end_view(engine, view, &err);
            return;
        }
        view->is_dear = has_pattern(&order_view_query(view->view)->filter);
        DL_APPEND(view->stream->views, view);
    }
    order_view_load(view->view, &op->load);
    view->is_behind = false;
    view->is_fresh = engine->has_fresh = true;
}

static void do_ops(struct engine *engine, struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->op_count; i++) {
        struct engine_op *op = &batch->ops[i];

        if (op->kind == ENGINE_LOADED)
            take_load(engine, op);
        else
            leave_stream(op->view);
        order_load_release(&op->load);
    }
}

/* What the log has beyond the snapshots of those loads. */
static int catch_up_fresh(struct engine *engine, struct db *db, struct err *err)
{
    struct engine_stream *stream;
    struct engine_stream *next;
    struct engine_view *view;
    struct engine_view *after;

    if (!engine->has_fresh)
        return 0;
    HASH_ITER(hh, engine->streams, stream, next)
    {
        DL_FOREACH_SAFE(stream->views, view, after)
        {
            if (view->is_fresh && !view->is_behind &&
                engine_catch_up(engine, db, view, err) < 0)
                return -1;
            view->is_fresh = false;
        }
    }
    engine->has_fresh = false;
    return 0;
}

static int bring_forward(struct engine *engine, struct db *db, struct err *err)
{
    int rc = -1;

    if (db_read_begin(db, err) < 0)
        return -1;
    if (catch_up_fresh(engine, db, err) == 0 &&
        engine_feed(engine, db, err) == 0) {
        if (engine->is_owing)
            touch_all(engine);
        engine->is_owing = false;
        show_touched(engine, db);
        rc = 0;
    }
    db_read_end(db);
    return rc;
}

/* Where the processor was taken away meanwhile, no view is to blame. */
static void bound_costs(const struct engine_batch *batch, int64_t most_us)
{
    struct engine_view *view;

    for (view = batch->results; view; view = view->next_result) {
        if (view->result.cost_us > most_us)
            view->result.cost_us = most_us;
    }
}

int engine_run(struct engine *engine, struct db *db, struct engine_batch *batch,
               struct err *err)
{
    int64_t began_us = clock_thread_us();
    int rc = 0;

    engine->batch = batch;
    do_ops(engine, batch);
    drop_empty_streams(engine);
    if (engine->streams)
        rc = bring_forward(engine, db, err);
    if (rc < 0)
        engine->is_owing = true;
    untouch(engine);
    bound_costs(batch, clock_thread_us() - began_us);
    engine->batch = NULL;
    return rc;
}

void engine_batch_release(struct engine_batch *batch)
{
    struct engine_view *view;

    for (view = batch->results; view; view = view->next_result) {
        order_page_unref(view->result.page);
        view->result.page = NULL;
        order_load_release(&view->result.load);
    }
    batch->results = NULL;
}
