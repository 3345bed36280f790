#include "model/stream.h"
#include "base/json.h"
#include "model/event.h"
#include "model/order_column.h"
#include <string.h>

#include "base/banned.h"

/* What a frame or an event in it needs at most besides its label and orders. */
#define FRAME_BYTES 128
#define ESCAPE_BYTES 6 /* of one byte of a label */

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
    if (rc == 1) {
        *position = db_int(stmt, 0);
        if (order_count)
            *order_count = db_int(stmt, 1);
        if (!position_is_sound(*position))
            rc = err_set(err, ERR_STORE, "stream %lld stands where none can",
                         (long long)owner);
    }
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
        sql = "SELECT (SELECT COALESCE(MAX(id), 0) FROM event), "
              "(SELECT COALESCE(SUM(order_count), 0) FROM stream)";
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
    size_t need =
        event->body_len + FRAME_BYTES + strlen(replay->label) * ESCAPE_BYTES;

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

/* Two lists of what changed, each by position: live rows and tombstones. */
struct fold {
    struct db_stmt *live;
    struct db_stmt *dead;
    int live_rc; /* 1: at a row, 0: at the end */
    int dead_rc;
    bool all;
    struct order order;
    struct buf orders;
    struct buf deleted;
};

static int fold_prepare(struct fold *fold, struct db *db, int64_t owner,
                        int64_t after, struct err *err)
{
    static const char *const owners =
        ORDER_SELECT "WHERE o.position > ?1 AND o.owner = ?3 "
                     "ORDER BY o.position LIMIT ?2";
    static const char *const everybodys =
        ORDER_SELECT "WHERE o.all_position > ?1 "
                     "ORDER BY o.all_position LIMIT ?2";

    fold->all = owner == STREAM_ALL;
    if (db_prepare(db, fold->all ? everybodys : owners, &fold->live, err) < 0 ||
        db_prepare(db,
                   "SELECT position, order_id FROM tombstone "
                   "WHERE position > ?1 AND stream = ?3 "
                   "ORDER BY position LIMIT ?2",
                   &fold->dead, err) < 0)
        return -1;
    db_bind_int(fold->live, 1, after);
    db_bind_int(fold->live, 2, STREAM_CHUNK_ITEMS + 1);
    if (!fold->all)
        db_bind_int(fold->live, 3, owner);
    db_bind_int(fold->dead, 1, after);
    db_bind_int(fold->dead, 2, STREAM_CHUNK_ITEMS + 1);
    db_bind_int(fold->dead, 3, owner);
    return 0;
}

static int next_live(struct fold *fold, struct err *err)
{
    fold->live_rc = db_step(fold->live, err);
    if (fold->live_rc == 1)
        order_from_row(fold->live, &fold->order);
    return fold->live_rc < 0 ? -1 : 0;
}

static int next_dead(struct fold *fold, struct err *err)
{
    fold->dead_rc = db_step(fold->dead, err);
    return fold->dead_rc < 0 ? -1 : 0;
}

/* Writes the next item of the two lists, in order of position, where it still
 * fits in room; *taken says whether it did. The first one always does. */
static int fold_item(struct fold *fold, size_t room, int64_t *position,
                     bool *taken, struct err *err)
{
    int64_t live = fold->all ? fold->order.all_position : fold->order.position;
    int64_t dead = fold->dead_rc == 1 ? db_int(fold->dead, 0) : 0;
    bool is_live = fold->live_rc == 1 && (fold->dead_rc != 1 || live < dead);
    struct buf *buf = is_live ? &fold->orders : &fold->deleted;
    bool is_first = !fold->orders.len && !fold->deleted.len;
    size_t len = buf->len;

    *taken = true;
    if (!len)
        json_open_array(buf, NULL);
    if (is_live)
        order_put_json(buf, NULL, &fold->order);
    else
        json_put_int(buf, NULL, db_int(fold->dead, 1));
    if (buf_check(buf, err) < 0)
        return -1;
    if (!is_first && fold->orders.len + fold->deleted.len > room) {
        buf_truncate(buf, len);
        *taken = false;
        return 0;
    }
    *position = is_live ? live : dead;
    return is_live ? next_live(fold, err) : next_dead(fold, err);
}

/* Fills both lists; *to moves to the last item, *more: some were left. */
static int fold_collect(struct fold *fold, size_t room, int64_t *to, bool *more,
                        struct err *err)
{
    bool taken = true;
    int count = 0;

    if (next_live(fold, err) < 0 || next_dead(fold, err) < 0)
        return -1;
    while (taken && count < STREAM_CHUNK_ITEMS &&
           (fold->live_rc == 1 || fold->dead_rc == 1)) {
        if (fold_item(fold, room, to, &taken, err) < 0)
            return -1;
        count++;
    }
    *more = fold->live_rc == 1 || fold->dead_rc == 1;
    return 0;
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
    struct fold fold = {.live = NULL};
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
        fold_prepare(&fold, db, owner, after, err) < 0 ||
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
    db_done(&fold.live);
    db_done(&fold.dead);
    db_read_end(db);
out:
    if (rc < 0)
        buf_truncate(out, start);
    buf_release(&fold.orders);
    buf_release(&fold.deleted);
    return rc;
}
