#include "model/orders/stream.h"
#include "base/json.h"
#include "model/log/event.h"
#include "model/orders/changes.h"
#include "model/orders/order_json.h"
#include <string.h>

#include "base/banned.h"

/* What a frame or an event in it needs at most besides its label and orders. */
#define FRAME_BYTES 144
#define ESCAPE_BYTES 6 /* of one byte of a label */

const char *stream_select(int64_t owner)
{
    if (owner == STREAM_ALL)
        return "SELECT (SELECT COALESCE(MAX(id), 0) FROM event) AS position, "
               "(SELECT COALESCE(SUM(order_count), 0) FROM stream) "
               "AS order_count";
    return "SELECT s.position, s.order_count FROM (SELECT 1) one "
           "LEFT JOIN stream s ON s.owner = ?1";
}

int stream_from_row(const struct db_stmt *stmt, int first, int64_t owner,
                    int64_t *position, int64_t *order_count, struct err *err)
{
    *position = db_int(stmt, first);
    if (order_count)
        *order_count = db_int(stmt, first + 1);
    if (position_is_sound(*position))
        return 0;
    return err_set(err, ERR_STORE, "stream %lld stands where none can",
                   (long long)owner);
}

static int read_one(struct db *db, const char *sql, int64_t owner,
                    int64_t *position, int64_t *order_count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    *position = 0;
    if (order_count)
        *order_count = 0;
    if (db_prepare(db, sql, &stmt, err) < 0)
        goto out;
    if (owner != STREAM_ALL)
        db_bind_int(stmt, 1, owner);
    rc = db_step(stmt, err);
    if (rc == 1)
        rc = stream_from_row(stmt, 0, owner, position, order_count, err);
out:
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int stream_position(struct db *db, int64_t owner, int64_t *position,
                    int64_t *order_count, struct err *err)
{
    const char *sql = "SELECT position, order_count FROM stream "
                      "WHERE owner = ?1";

    if (owner == STREAM_ALL && order_count)
        sql = stream_select(owner);
    else if (owner == STREAM_ALL)
        sql = "SELECT COALESCE(MAX(id), 0) FROM event";
    return read_one(db, sql, owner, position, order_count, err);
}

struct replay {
    struct buf *out;
    const char *label;
    bool all;
    int64_t after;
    int64_t to;
    size_t start; /* of the frame in out */
};

/* Measured before it is written: out may end where the frame must. */
static bool replay_is_full(const struct replay *replay,
                           const struct event *event)
{
    size_t used = replay->out->len - replay->start + FRAME_BYTES;
    size_t need = event->body_len + event->changed_len + FRAME_BYTES +
                  strlen(replay->label) * ESCAPE_BYTES;

    return replay->to > replay->after && used + need > STREAM_CHUNK_BYTES;
}

static int replay_add(void *arg, const struct event *event, struct err *err)
{
    struct replay *replay = arg;
    int64_t seq = replay->all ? event->id : event->position;

    if (seq != replay->to + 1)
        return err_set(err, ERR_MISSING, "the log does not hold event %lld",
                       (long long)(replay->to + 1));
    if (replay_is_full(replay, event))
        return 1;
    if (replay->to == replay->after) {
        json_open(replay->out);
        json_open_array(replay->out, "events");
    }
    event_put_json(replay->out, replay->label, seq, event);
    replay->to = seq;
    return replay->out->failed;
}

int stream_replay(struct db *db, int64_t owner, const char *label,
                  int64_t after, struct buf *out, int64_t *to, struct err *err)
{
    struct replay replay = {
        .out = out,
        .label = label,
        .all = owner == STREAM_ALL,
        .after = after,
        .to = after,
        .start = out->len,
    };

    *to = after;
    if (event_read(db, owner, after, STREAM_CHUNK_ITEMS, replay_add, &replay,
                   err) < 0)
        goto fail;
    if (replay.to == after)
        return 0;
    json_close_array(out);
    json_close(out);
    if (buf_check(out, err) < 0)
        goto fail;
    *to = replay.to;
    return 0;
fail:
    buf_truncate(out, replay.start);
    return -1;
}

struct fold {
    struct changes changes;
    struct buf orders;
    struct buf deleted;
};

/* Writes the change, where it still fits in room; *taken says whether it did.
 * The first one always does. */
static int fold_item(struct fold *fold, size_t room, bool *taken,
                     struct err *err)
{
    const struct changes *change = &fold->changes;
    struct buf *buf = change->is_live ? &fold->orders : &fold->deleted;
    bool is_first = !fold->orders.len && !fold->deleted.len;
    size_t len = buf->len;

    *taken = true;
    if (!len)
        json_open_array(buf, NULL);
    if (change->is_live)
        order_put_json(buf, NULL, &change->order);
    else
        json_put_int(buf, NULL, change->order_id);
    if (buf_check(buf, err) < 0)
        return -1;
    if (!is_first && fold->orders.len + fold->deleted.len > room) {
        buf_truncate(buf, len);
        *taken = false;
    }
    return 0;
}

/* Fills both lists; *to moves to the last item, *more: some were left. */
static int fold_collect(struct fold *fold, size_t room, int64_t *to, bool *more,
                        struct err *err)
{
    bool taken = true;
    int rc = 0;

    for (int count = 0; taken && (rc = changes_next(&fold->changes, err)) == 1;
         count++) {
        taken = count < STREAM_CHUNK_ITEMS;
        if (taken && fold_item(fold, room, &taken, err) < 0)
            return -1;
        if (taken)
            *to = fold->changes.position;
    }
    *more = !taken;
    return rc < 0 ? -1 : 0;
}

static void put_list(struct buf *out, const char *key, struct buf *list)
{
    if (!list->len)
        json_open_array(list, NULL);
    json_close_array(list);
    json_put_raw(out, key, buf_text(list), list->len);
    if (list->failed)
        out->failed = true;
}

int stream_fold(struct db *db, int64_t owner, const char *label, int64_t after,
                struct buf *out, int64_t *to, bool *more, struct err *err)
{
    size_t start = out->len;
    struct fold fold = {.changes = {.live = NULL}};
    int64_t committed;
    size_t used;
    int rc = -1;

    *to = after;
    *more = false;
    buf_init(&fold.orders, STREAM_CHUNK_BYTES * 2);
    buf_init(&fold.deleted, STREAM_CHUNK_BYTES * 2);
    if (db_read_begin(db, err) < 0)
        goto out;
    json_open(out);
    json_put_str(out, "type", "folded");
    json_put_str(out, "stream", label);
    json_put_int(out, "from", after);
    used = out->len - start + FRAME_BYTES;
    if (stream_position(db, owner, &committed, NULL, err) < 0 ||
        changes_begin(&fold.changes, db, owner, after, STREAM_CHUNK_ITEMS + 1,
                      err) < 0 ||
        fold_collect(&fold, STREAM_CHUNK_BYTES - used, to, more, err) < 0)
        goto end;
    if (!*more)
        *to = committed;
    json_put_int(out, "to", *to);
    put_list(out, "orders", &fold.orders);
    put_list(out, "deleted", &fold.deleted);
    json_put_bool(out, "more", *more);
    json_close(out);
    rc = buf_check(out, err);
end:
    changes_end(&fold.changes);
    db_read_end(db);
out:
    if (rc < 0)
        buf_truncate(out, start);
    buf_release(&fold.orders);
    buf_release(&fold.deleted);
    return rc;
}
