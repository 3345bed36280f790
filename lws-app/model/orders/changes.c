#include "model/orders/changes.h"
#include "model/orders/order_column.h"
#include "model/orders/stream.h"

#include <string.h>

#include "base/banned.h"

static int prepare(struct changes *changes, struct db *db, int64_t owner,
                   int64_t after, int64_t max, struct err *err)
{
    static const char *const owners =
        ORDER_SELECT "WHERE o.position > ?1 AND o.owner = ?3 "
                     "ORDER BY o.position LIMIT ?2";
    static const char *const everybodys =
        ORDER_SELECT "WHERE o.all_position > ?1 "
                     "ORDER BY o.all_position LIMIT ?2";

    if (db_prepare(db, changes->all ? everybodys : owners, &changes->live,
                   err) < 0 ||
        db_prepare(db,
                   "SELECT position, order_id FROM tombstone "
                   "WHERE position > ?1 AND stream = ?3 "
                   "ORDER BY position LIMIT ?2",
                   &changes->dead, err) < 0)
        return -1;
    db_expect_many(changes->live);
    db_expect_many(changes->dead);
    db_bind_int(changes->live, 1, after);
    db_bind_int(changes->live, 2, max);
    if (!changes->all)
        db_bind_int(changes->live, 3, owner);
    db_bind_int(changes->dead, 1, after);
    db_bind_int(changes->dead, 2, max);
    db_bind_int(changes->dead, 3, owner);
    return 0;
}

static int next_live(struct changes *changes, struct err *err)
{
    changes->live_rc = db_step(changes->live, err);
    if (changes->live_rc == 1)
        order_from_row(changes->live, &changes->order);
    return changes->live_rc < 0 ? -1 : 0;
}

static int next_dead(struct changes *changes, struct err *err)
{
    changes->dead_rc = db_step(changes->dead, err);
    return changes->dead_rc < 0 ? -1 : 0;
}

int changes_begin(struct changes *changes, struct db *db, int64_t owner,
                  int64_t after, int64_t max, struct err *err)
{
    memset(changes, 0, sizeof(*changes));
    changes->all = owner == STREAM_ALL;
    return prepare(changes, db, owner, after, max, err);
}

/* Past the one that was given last. */
static int step(struct changes *changes, struct err *err)
{
    bool is_first = !changes->is_begun;

    changes->is_begun = true;
    if ((is_first || changes->is_live) && next_live(changes, err) < 0)
        return -1;
    return is_first || !changes->is_live ? next_dead(changes, err) : 0;
}

int changes_next(struct changes *changes, struct err *err)
{
    const struct order *order = &changes->order;
    int64_t live = INT64_MAX;
    int64_t dead = INT64_MAX;

    if (step(changes, err) < 0)
        return -1;
    if (changes->live_rc == 1)
        live = changes->all ? order->all_position : order->position;
    if (changes->dead_rc == 1)
        dead = db_int(changes->dead, 0);
    changes->is_live = live < dead;
    changes->position = changes->is_live ? live : dead;
    if (changes->is_live)
        changes->order_id = order->id;
    else if (changes->dead_rc == 1)
        changes->order_id = db_int(changes->dead, 1);
    return changes->live_rc == 1 || changes->dead_rc == 1;
}

void changes_end(struct changes *changes)
{
    db_done(&changes->live);
    db_done(&changes->dead);
}
