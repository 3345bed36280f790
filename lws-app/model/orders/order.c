#include "model/orders/order.h"
#include "base/json.h"
#include "base/text.h"
#include "model/log/event.h"
#include "model/orders/order_column.h"
#include "model/orders/order_json.h"
#include "model/orders/order_limits.h"
#include "model/orders/order_row.h"
#include "model/orders/stream.h"
#include <string.h>

#include "base/banned.h"

/* An order whose every character needs the longest escape takes half of one;
 * what changed, up to two of each of its texts, takes less than the other. */
#define ORDER_BYTES 8192
#define LINE_MAX (2 * ORDER_BYTES + 128)

/* The order's next positions, of which its row is to have both. */
static int reserve(struct db *db, struct order *order, int count_change,
                   struct err *err)
{
    return event_reserve(db, order->owner, count_change, &order->position,
                         &order->all_position, err);
}

/* Its row is written by then. previous: its event before, 0: none. changed:
 * what an update did, empty where nothing is told of that. */
static int append(struct db *db, enum event_kind kind,
                  const struct actor *actor, const struct order *order,
                  int64_t previous, const struct buf *changed, struct err *err)
{
    const struct event_by by = {actor->user, actor->address};
    struct event event = {
        .id = order->all_position,
        .owner = order->owner,
        .position = order->position,
        .order_id = order->id,
        .kind = kind,
        .changed = changed && changed->len ? changed->data : NULL,
        .changed_len = changed ? changed->len : 0,
    };
    struct buf line;
    int rc;

    buf_init(&line, LINE_MAX);
    event_begin(db, &line, &event);
    order_put_json(&line, NULL, order);
    rc = event_append(db, &event, &line, &by, previous, err);
    buf_release(&line);
    return rc;
}

void order_put_written(const struct db *db, struct buf *out,
                       const struct order *order)
{
    size_t len;
    const char *body = event_announced_body(db, order->all_position, &len);

    if (body)
        json_put_raw(out, NULL, body, len);
    else
        order_put_json(out, NULL, order);
}

static bool is_privileged(const struct actor *actor)
{
    return !actor->user || actor->is_staff;
}

/* may: the actor's right to do this to its own orders. */
static int check_right(const struct actor *actor, bool may, const char *what,
                       struct err *err)
{
    if (actor->user && !actor->is_active)
        return err_set(err, ERR_FORBIDDEN, "this account is not active");
    if (!may && !is_privileged(actor))
        return err_set(err, ERR_FORBIDDEN, "you may not %s orders", what);
    return 0;
}

static int check_own_name(const struct actor *actor, const char *name,
                          struct err *err)
{
    struct buf own;
    struct buf named;
    int rc = -1;

    buf_init(&own, USERNAME_MAX * 20);
    buf_init(&named, USERNAME_MAX * 20);
    text_fold(&own, actor->username, strlen(actor->username));
    text_fold(&named, name, strlen(name));
    if (buf_check(&own, err) < 0 || buf_check(&named, err) < 0)
        goto out;
    rc = 0;
    if (strcmp(buf_text(&own), buf_text(&named)))
        rc = err_set(err, ERR_FORBIDDEN, "you may not set the owner");
out:
    buf_release(&own);
    buf_release(&named);
    return rc;
}

/* Only staff may name another owner. */
static int check_owner_right(const struct actor *actor,
                             const struct order_draft *draft, struct err *err)
{
    if (!(draft->has & HAS_OWNER) || is_privileged(actor) ||
        !strcmp(draft->owner_name, actor->username))
        return 0;
    return check_own_name(actor, draft->owner_name, err);
}

/* The owner that a privileged actor named, regardless of case, and what he is
 * held to. */
static int find_owner(struct db *db, const char *name, struct order *order,
                      struct order_limits *limits, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf folded;
    int rc = -1;

    buf_init(&folded, USERNAME_MAX * 20);
    text_fold(&folded, name, strlen(name));
    if (buf_check(&folded, err) < 0 ||
        db_prepare(db,
                   "SELECT id, username, is_active, max_quantity, "
                   "max_notional FROM \"user\" "
                   "WHERE username_folded = ?1",
                   &stmt, err) < 0)
        goto out;
    db_bind_text(stmt, 1, buf_text(&folded), folded.len);
    rc = db_step(stmt, err);
    if (rc == 0)
        rc = err_field(err, "owner", "no such user");
    else if (rc == 1 && !db_int(stmt, 2))
        rc = err_field(err, "owner", "this user is not active");
    if (rc < 0)
        goto out;
    order->owner = db_int(stmt, 0);
    db_copy_text(stmt, 1, order->owner_name, sizeof(order->owner_name));
    limits->max_quantity = db_int(stmt, 3);
    limits->max_notional = db_int(stmt, 4);
    rc = 0;
out:
    db_done(&stmt);
    buf_release(&folded);
    return rc;
}

static int choose_owner(struct db *db, const struct actor *actor,
                        const struct order_draft *draft, struct order *order,
                        struct order_limits *limits, struct err *err)
{
    *limits = actor->limits;
    if (draft->has & HAS_OWNER && is_privileged(actor))
        return find_owner(db, draft->owner_name, order, limits, err);
    order->owner = actor->user;
    memcpy(order->owner_name, actor->username, sizeof(order->owner_name));
    return 0;
}

/* All that was given but the owner, who is somebody to be found. */
static void apply_draft(const struct order_draft *draft, struct order *order)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (draft->has & column->has && i != ORDER_COLUMN_OWNER)
            order_column_copy(column, order, draft);
    }
}

/* What its owner may give and did not is as in an order placed without it. */
static void clear_optional(struct order *order)
{
    static const struct order_draft none;

    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (column->flags & COLUMN_WRITE && !(column->flags & COLUMN_REQUIRED))
            order_column_copy(column, order, &none);
    }
}

/* The four fields that make a repeated request the same one. */
static bool is_same_request(const struct order *a, const struct order *b)
{
    return !strcmp(a->instrument, b->instrument) && a->side == b->side &&
           a->quantity == b->quantity && a->price == b->price;
}

/* first: the row as it is now, which becomes what it was in its first event,
 * where the log still has that. */
static int go_back(struct db *db, struct order *first, struct err *err)
{
    struct db_stmt *stmt = NULL;
    const char *body;
    size_t len;
    int rc = -1;

    if (db_prepare(db, "SELECT body FROM event WHERE id = ?1 AND order_id = ?1",
                   &stmt, err) < 0)
        goto out;
    db_bind_int(stmt, 1, first->id);
    rc = db_step(stmt, err);
    if (rc == 1) {
        body = db_text(stmt, 0, &len);
        rc = order_read_json(body, len, first, err);
    }
out:
    db_done(&stmt);
    return rc;
}

/* A client that got no answer asks again: *order becomes the first one. */
static int repeat_place(struct db *db, struct order *order, bool *existing,
                        struct err *err)
{
    struct order_bearer bearer;
    struct order now;
    struct order first;

    if (!order->client_order_id[0])
        return 0;
    if (order_row_bearer(db, order->owner, order->client_order_id, 0, &bearer,
                         err) < 0)
        return -1;
    if (!bearer.id)
        return 0;
    if (bearer.is_dead)
        return err_set(err, ERR_CONFLICT,
                       "this client_order_id belonged to a deleted order");
    if (order_row_load(db, bearer.id, &now, err) < 0)
        return -1;
    first = now;
    if (now.version > 1 && go_back(db, &first, err) < 0)
        return -1;
    if (!is_same_request(order, &first))
        return err_set(err, ERR_CONFLICT,
                       "this client_order_id belongs to order %lld, which was "
                       "placed with different content",
                       (long long)bearer.id);
    *order = now;
    *existing = true;
    return 0;
}

/* What a new order must keep to, beside what it was asked with. */
static int check_bounds(struct db *db, const struct order_limits *limits,
                        const struct order *order, struct err *err)
{
    struct instrument_terms terms;

    if (instrument_terms_of(db, order->instrument, &terms, err) < 0)
        return -1;
    order_limits_check(limits, &terms, order, err);
    order_terms_check(&terms, NULL, order, err);
    return err->code == ERR_NONE ? 0 : -1;
}

/* What the draft makes of nothing. Faults of it stay in err and do not end it:
 * the owner's limits may have more to say. */
static int draw_new(struct db *db, const struct actor *actor,
                    const struct order_draft *draft, struct order *order,
                    struct order_limits *limits, struct err *err)
{
    memset(order, 0, sizeof(*order));
    if (check_right(actor, actor->may_add, "add", err) < 0 ||
        check_owner_right(actor, draft, err) < 0)
        return -1;
    order_draft_check(draft, actor, true, true, err);
    if (choose_owner(db, actor, draft, order, limits, err) < 0)
        return -1;
    apply_draft(draft, order);
    return 0;
}

int order_place_check(struct db *db, const struct actor *actor,
                      const struct order_draft *draft, struct order *order,
                      struct err *err)
{
    struct order_limits limits;
    bool is_good;

    if (draw_new(db, actor, draft, order, &limits, err) < 0)
        return -1;
    is_good = err->code == ERR_NONE;
    /* One that is there already may be beyond limits that are newer. */
    if (is_good && order->client_order_id[0])
        return 0;
    return check_bounds(db, &limits, order, err);
}

int order_place(struct db *db, const struct actor *actor,
                const struct order_draft *draft, struct order *order,
                bool *existing, struct err *err)
{
    struct order_limits limits;

    *existing = false;
    if (draw_new(db, actor, draft, order, &limits, err) < 0)
        return -1;
    /* The repeat of one that is placed already is not held to limits that are
     * newer than it. */
    if (err->code == ERR_NONE && repeat_place(db, order, existing, err) < 0)
        return -1;
    if (*existing)
        return 0;
    if (check_bounds(db, &limits, order, err) < 0)
        return -1;
    order->version = 1;
    order->created_us = db_time_us(db);
    order->updated_us = order->created_us;
    if (reserve(db, order, 1, err) < 0)
        return -1;
    order->id = order->all_position;
    if (order_row_insert(db, order, err) < 0)
        return -1;
    return append(db, EVENT_NEW, actor, order, 0, NULL, err);
}

/* One that the actor may see; another's is as good as none. */
static int load_visible(struct db *db, const struct actor *actor, int64_t id,
                        bool all, struct order *order, struct err *err)
{
    if (order_row_load(db, id, order, err) < 0)
        return -1;
    if (order->owner != actor->user && !all) {
        memset(order, 0, sizeof(*order));
        return err_set(err, ERR_MISSING, "there is no order %lld",
                       (long long)id);
    }
    return 0;
}

static int check_version(const struct order *order, int64_t version,
                         struct err *err)
{
    if (!version || version == order->version)
        return 0;
    return err_set(err, ERR_STALE, "order %lld is now at version %lld",
                   (long long)order->id, (long long)order->version);
}

static bool is_final(const struct order *order)
{
    return order->status != STATUS_NEW &&
           order->status != STATUS_PARTIALLY_FILLED;
}

static bool cancels(const struct order_draft *draft)
{
    return draft->has & HAS_STATUS && draft->status == STATUS_CANCELED;
}

/* Whether a draft may be applied to what is final. Its owner may only ask again
 * for what is done already. */
static bool may_touch_final(const struct actor *actor,
                            const struct order_draft *draft,
                            const struct order *order)
{
    if (order->status == STATUS_CANCELED)
        return is_privileged(actor) ||
               (cancels(draft) && draft->has == HAS_STATUS);
    return is_privileged(actor) && (!cancels(draft) || draft->correct);
}

static int check_open(const struct actor *actor,
                      const struct order_draft *draft,
                      const struct order *order, struct err *err)
{
    if (!is_final(order) || may_touch_final(actor, draft, order))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "Order %lld is %s: it can no longer be %s",
                   (long long)order->id, order_status_name(order->status),
                   cancels(draft) ? "canceled" : "changed");
}

/* What a trade has come of stays in its owner's list. */
static int check_removable(const struct actor *actor, const struct order *order,
                           struct err *err)
{
    bool is_filled = order->status == STATUS_FILLED;

    if (is_privileged(actor) || (!is_filled && !order->filled_quantity &&
                                 order->status != STATUS_PARTIALLY_FILLED))
        return 0;
    return err_set(
        err, ERR_CONFLICT, "Order %lld is %s: it can no longer be removed%s",
        (long long)order->id, is_filled ? "filled" : "filled in part",
        is_final(order) ? "" : ", but what is left can be canceled");
}

/* What the draft makes of an order. */
static int draw_next(struct db *db, const struct actor *actor,
                     const struct order_draft *draft, bool replace,
                     const struct order *now, struct order *next,
                     struct err *err)
{
    struct order_limits limits;

    *next = *now;
    if (draft->has & HAS_OWNER && is_privileged(actor) &&
        strcmp(draft->owner_name, next->owner_name) &&
        find_owner(db, draft->owner_name, next, &limits, err) < 0 &&
        err->code != ERR_INVALID)
        return -1;
    if (replace)
        clear_optional(next);
    apply_draft(draft, next);
    /* A row from before this rule stays as it is until one of them is set. */
    if (next->filled_quantity > next->quantity &&
        (next->filled_quantity != now->filled_quantity ||
         next->quantity != now->quantity))
        err_field(
            err, draft->has & HAS_QUANTITY ? "quantity" : "filled_quantity",
            draft->has & HAS_QUANTITY ? "must not be below the filled quantity"
                                      : "must not be above the quantity");
    return err->code == ERR_NONE ? 0 : -1;
}

static bool is_unchanged(const struct order *a, const struct order *b)
{
    return a->owner == b->owner && !order_columns_changed(a, b);
}

/* An order from before a limit, or from before its instrument had a tick, may
 * stay, and be filled or canceled. */
static int check_change(struct db *db, const struct actor *actor,
                        const struct order *now, const struct order *next,
                        struct err *err)
{
    struct order_limits limits;
    struct instrument_terms terms;

    if (now->owner == next->owner && now->quantity == next->quantity &&
        now->price == next->price && !strcmp(now->instrument, next->instrument))
        return 0;
    if (order_limits_of(db, actor, next->owner, &limits, err) < 0 ||
        instrument_terms_of(db, next->instrument, &terms, err) < 0)
        return -1;
    order_limits_check(&limits, &terms, next, err);
    return order_terms_check(&terms, now, next, err);
}

static int check_bearer(struct db *db, const struct order *now,
                        const struct order *next, struct err *err)
{
    struct order_bearer bearer;

    if (!next->client_order_id[0] ||
        (now->owner == next->owner &&
         !strcmp(now->client_order_id, next->client_order_id)))
        return 0;
    if (order_row_bearer(db, next->owner, next->client_order_id, next->id,
                         &bearer, err) < 0)
        return -1;
    if (!bearer.id)
        return 0;
    return err_set(err, ERR_CONFLICT, "this client_order_id belongs to %s",
                   bearer.is_dead ? "a deleted order" : "another order");
}

/* The old owner's stream is told first, in the order's last state there. *told:
 * that event. */
static int leave_owner(struct db *db, const struct actor *actor,
                       const struct order *now, int64_t *told, struct err *err)
{
    struct order last = *now;

    if (reserve(db, &last, -1, err) < 0 ||
        order_row_bury(db, last.owner, &last, last.position,
                       last.client_order_id, err) < 0)
        return -1;
    *told = last.all_position;
    return append(db, EVENT_DELETE, actor, &last, now->all_position, NULL, err);
}

static int append_update(struct db *db, const struct actor *actor,
                         const struct order *now, const struct order *next,
                         int64_t previous, struct err *err)
{
    struct buf changed;
    int rc;

    buf_init(&changed, ORDER_BYTES);
    order_put_changes(&changed, now, next);
    rc = buf_check(&changed, err) < 0
             ? -1
             : append(db, EVENT_UPDATE, actor, next, previous, &changed, err);
    buf_release(&changed);
    return rc;
}

static int write_change(struct db *db, const struct actor *actor,
                        const struct order *now, struct order *next,
                        struct err *err)
{
    bool moved = now->owner != next->owner;
    int64_t previous = now->all_position;

    if (moved && (leave_owner(db, actor, now, &previous, err) < 0 ||
                  order_row_unbury(db, next->owner, next->id, err) < 0))
        return -1;
    if (now->version >= INT64_MAX)
        return err_set(err, ERR_STORE, "order %lld has no next version",
                       (long long)now->id);
    next->version++;
    next->updated_us = db_time_us(db);
    if (reserve(db, next, moved ? 1 : 0, err) < 0 ||
        order_row_update(db, now, next, err) < 0)
        return -1;
    /* A new owner is told nothing of what it was before. */
    return moved ? append(db, EVENT_NEW, actor, next, previous, NULL, err)
                 : append_update(db, actor, now, next, previous, err);
}

int order_change(struct db *db, const struct actor *actor, int64_t id,
                 const struct order_draft *draft, bool replace, int64_t version,
                 struct order *order, struct err *err)
{
    struct order next;

    memset(order, 0, sizeof(*order));
    if (check_right(actor, actor->may_change, "change", err) < 0 ||
        check_owner_right(actor, draft, err) < 0 ||
        load_visible(db, actor, id, is_privileged(actor), order, err) < 0)
        return -1;
    if (order_draft_check(draft, actor, false, replace, err) < 0 ||
        check_version(order, version, err) < 0 ||
        check_open(actor, draft, order, err) < 0)
        return -1;
    if (draw_next(db, actor, draft, replace, order, &next, err) < 0)
        return -1;
    if (is_unchanged(order, &next))
        return 0;
    if (check_change(db, actor, order, &next, err) < 0 ||
        check_bearer(db, order, &next, err) < 0 ||
        write_change(db, actor, order, &next, err) < 0)
        return -1;
    if (draft->correct && is_final(order) &&
        event_mark_correction(db, next.all_position, err) < 0)
        return -1;
    *order = next;
    return 0;
}

int order_cancel(struct db *db, const struct actor *actor, int64_t id,
                 int64_t version, struct order *order, struct err *err)
{
    struct order_draft draft = {.has = HAS_STATUS, .status = STATUS_CANCELED};

    return order_change(db, actor, id, &draft, false, version, order, err);
}

int order_remove(struct db *db, const struct actor *actor, int64_t id,
                 int64_t version, struct order *order, struct err *err)
{
    int64_t previous;

    memset(order, 0, sizeof(*order));
    if (check_right(actor, actor->may_delete, "delete", err) < 0 ||
        load_visible(db, actor, id, is_privileged(actor), order, err) < 0 ||
        check_version(order, version, err) < 0 ||
        check_removable(actor, order, err) < 0)
        return -1;
    previous = order->all_position;
    if (reserve(db, order, -1, err) < 0 || order_row_delete(db, id, err) < 0 ||
        order_row_bury(db, order->owner, order, order->position,
                       order->client_order_id, err) < 0 ||
        order_row_bury(db, STREAM_ALL, order, order->all_position, NULL, err) <
            0)
        return -1;
    return append(db, EVENT_DELETE, actor, order, previous, NULL, err);
}

int order_get(struct db *db, const struct actor *actor, int64_t id, bool all,
              struct order *order, struct err *err)
{
    bool is_any = !actor->user || (all && actor->is_staff);

    memset(order, 0, sizeof(*order));
    return load_visible(db, actor, id, is_any, order, err);
}
