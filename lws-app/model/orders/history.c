#include "model/orders/history.h"
#include "base/json.h"
#include "model/orders/order_column.h"
#include "model/orders/stream.h"

#include <string.h>

#include "base/banned.h"

/* Steps of one walk: an order that has been somebody else's for longer is not
 * followed further in one answer. */
#define STEPS_MAX 10000

static void from_row(const struct db_stmt *stmt, struct history_row *row)
{
    memset(row, 0, sizeof(*row));
    row->id = db_int(stmt, 0);
    row->order_id = db_int(stmt, 2);
    row->owner = db_int(stmt, 3);
    row->position = db_int(stmt, 4);
    row->time_us = db_int(stmt, 5);
    row->previous = db_is_null(stmt, 6) ? 0 : db_int(stmt, 6);
    db_copy_text(stmt, 7, row->owner_name, sizeof(row->owner_name));
    row->has_actor = !db_is_null(stmt, 8);
    if (row->has_actor)
        db_copy_text(stmt, 8, row->actor, sizeof(row->actor));
    db_copy_text(stmt, 9, row->address, sizeof(row->address));
    row->body = db_text(stmt, 10, &row->body_len);
    if (!db_is_null(stmt, 11))
        row->before = db_text(stmt, 11, &row->before_len);
    row->is_correction = db_int(stmt, 12) != 0;
    row->actor_id = row->has_actor ? db_int(stmt, 13) : 0;
    row->before_owner = row->before ? db_int(stmt, 14) : 0;
    if (!db_is_null(stmt, 15))
        row->changed = db_text(stmt, 15, &row->changed_len);
}

static int missing(int64_t order_id, struct err *err)
{
    return err_set(err, ERR_MISSING, "there is no order %lld",
                   (long long)order_id);
}

int history_read(struct db *db, int64_t event, history_fn *fn, void *arg,
                 struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct history_row row;
    const char *kind;
    size_t len;
    int rc = -1;

    if (db_prepare(db,
                   "SELECT e.id, e.kind, e.order_id, e.owner, e.position, "
                   "e.time, e.previous, u.username, a.username, e.address, "
                   "e.body, p.body, e.is_correction, e.actor, p.owner, "
                   "e.changed "
                   "FROM event e "
                   "JOIN \"user\" u ON u.id = e.owner "
                   "LEFT JOIN \"user\" a ON a.id = e.actor "
                   "LEFT JOIN event p ON p.id = e.previous WHERE e.id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, event);
    rc = db_step(stmt, err);
    if (rc == 1) {
        from_row(stmt, &row);
        kind = db_text(stmt, 1, &len);
        rc = event_kind_read(kind, len, &row.kind) < 0
                 ? err_set(err, ERR_STORE, "event %lld is of no known kind",
                           (long long)row.id)
                 : fn(arg, &row, err);
    } else if (rc == 0) {
        rc = err_set(err, ERR_MISSING, "there is no event %lld",
                     (long long)event);
    }
    db_done(&stmt);
    return rc;
}

int history_newest(struct db *db, int64_t order_id, int64_t *event,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *event = 0;
    if (db_prepare(db,
                   "SELECT COALESCE((SELECT o.all_position FROM orders o "
                   "WHERE o.id = ?1), (SELECT t.position FROM tombstone t "
                   "WHERE t.stream = 0 AND t.order_id = ?1), 0)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, order_id);
    rc = db_step(stmt, err);
    if (rc == 1)
        *event = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* What a step of the walk needs to know. *found false: not kept any more. */
static int look(struct db *db, int64_t event, struct history_row *row,
                bool *found, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT order_id, owner, previous FROM event WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, event);
    rc = db_step(stmt, err);
    *found = rc == 1;
    if (rc == 1) {
        row->order_id = db_int(stmt, 0);
        row->owner = db_int(stmt, 1);
        row->previous = db_is_null(stmt, 2) ? 0 : db_int(stmt, 2);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* Whether the order is, or was when it left, in the actor's own stream. */
static int is_own(struct db *db, const struct actor *actor, int64_t order_id,
                  bool *own, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT EXISTS (SELECT 1 FROM orders o WHERE o.id = ?1 AND "
                   "o.owner = ?2) OR EXISTS (SELECT 1 FROM tombstone t "
                   "WHERE t.stream = ?2 AND t.order_id = ?1)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, order_id);
    db_bind_int(stmt, 2, actor->user);
    rc = db_step(stmt, err);
    *own = rc == 1 && db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* What an owner may know. */
struct own {
    const struct actor *reader;
    history_fn *fn;
    void *arg;
};

static int give_own(void *arg, const struct history_row *row, struct err *err)
{
    const struct own *own = arg;
    struct history_row shown = *row;

    if (shown.before_owner != shown.owner) {
        shown.before = NULL;
        shown.before_len = 0;
        shown.before_owner = 0;
    }
    if (shown.has_actor && shown.actor_id != own->reader->user) {
        shown.is_by_staff = true;
        shown.actor_id = 0;
        shown.actor[0] = '\0';
        shown.address[0] = '\0';
    }
    return own->fn(own->arg, &shown, err);
}

int history_of_order(struct db *db, const struct actor *actor, int64_t order_id,
                     int64_t from, int max, int64_t *next, history_fn *fn,
                     void *arg, struct err *err)
{
    bool sees_all = !actor->user || actor->is_staff;
    struct own own = {actor, fn, arg};
    struct history_row row = {.order_id = order_id};
    int64_t at = from;
    bool found = sees_all;
    int count = 0;

    *next = 0;
    if (!sees_all && is_own(db, actor, order_id, &found, err) < 0)
        return -1;
    if (found && !from && history_newest(db, order_id, &at, err) < 0)
        return -1;
    if (!found || !at)
        return missing(order_id, err);
    for (int step = 0; at && step < STEPS_MAX; step++) {
        if (look(db, at, &row, &found, err) < 0)
            return -1;
        if (found && row.order_id != order_id)
            return missing(order_id, err);
        if (!found)
            return 0;
        if (sees_all || row.owner == actor->user) {
            if (count == max)
                break;
            if (history_read(db, at, sees_all ? fn : give_own,
                             sees_all ? arg : &own, err) < 0)
                return -1;
            count++;
        }
        at = row.previous;
    }
    *next = at;
    return 0;
}

static void put_value(struct buf *out, const cJSON *value)
{
    json_put_str(out, NULL, cJSON_GetStringValue(value));
}

static void put_differences(struct buf *out, const cJSON *before,
                            const cJSON *after)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        const char *name = order_columns[i].name;
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, name);
        const cJSON *new = cJSON_GetObjectItemCaseSensitive(after, name);

        if (!order_column_is_chosen(&order_columns[i]) ||
            cJSON_Compare(old, new, true))
            continue;
        json_open_array(out, name);
        put_value(out, old);
        put_value(out, new);
        json_close_array(out);
    }
}

int history_put_changes(struct buf *out, const char *key,
                        const struct history_row *row, struct err *err)
{
    cJSON *before = NULL;
    cJSON *after = NULL;
    int rc = 0;

    if (row->changed) {
        json_put_raw(out, key, row->changed, row->changed_len);
        return 0;
    }
    json_open_key(out, key);
    if (row->before) {
        rc = json_parse(row->before, row->before_len, &before, err);
        if (rc == 0)
            rc = json_parse(row->body, row->body_len, &after, err);
        if (rc == 0)
            put_differences(out, before, after);
        else if (err->code != ERR_NOMEM)
            err_set(err, ERR_STORE, "event %lld is unreadable",
                    (long long)row->id);
    }
    json_close(out);
    cJSON_Delete(before);
    cJSON_Delete(after);
    return rc;
}
