#include "model/orders.h"
#include "model/orders/order_json.h"
#include <string.h>

#include "base/banned.h"

int draft_set(struct order_draft *draft, struct err *err, ...)
{
    va_list args;
    const char *name;
    int rc = 0;

    va_start(args, err);
    while ((name = va_arg(args, const char *))) {
        const char *text = va_arg(args, const char *);

        if (order_draft_set(draft, name, text, text ? strlen(text) : 0, err) <
            0)
            rc = -1;
    }
    va_end(args);
    return rc;
}

struct order_draft draft_plain(void)
{
    struct order_draft draft = {.has = 0};
    struct err err = ERR_INIT;

    assert_int_equal(draft_set(&draft, &err, "instrument", "EDF01", "quantity",
                               "100", "price", "338.67", NULL),
                     0);
    return draft;
}

/* What any write would move. */
static int64_t trace(struct world *w)
{
    return world_int(
        w, "SELECT (SELECT COUNT(*) FROM event) * 1000003 + "
           "(SELECT COALESCE(SUM(position * 31 + order_count), 0) FROM stream) "
           "* 1009 + (SELECT COUNT(*) * 7 + COALESCE(SUM(version), 0) "
           "FROM orders) * 101 + (SELECT COUNT(*) FROM tombstone)");
}

/* Savepoint, call, release. Whoever is refused has written nothing even before
 * the savepoint is taken back. */
#define STEP(w, call)                                                          \
    do {                                                                       \
        struct db_savepoint point = DB_SAVEPOINT_NONE;                         \
        int64_t before = trace(w);                                             \
        int rc;                                                                \
                                                                               \
        assert_int_equal(db_savepoint((w)->db, &point, err), 0);               \
        rc = (call);                                                           \
        if (rc < 0) {                                                          \
            assert_int_equal(trace(w), before);                                \
            db_rollback(&point);                                               \
            return -1;                                                         \
        }                                                                      \
        assert_int_equal(err->code, ERR_NONE);                                 \
        return db_release(&point, err);                                        \
    } while (0)

static int place(struct world *w, const struct actor *actor,
                 const struct order_draft *draft, struct order *order,
                 bool *existing, struct err *err)
{
    STEP(w, order_place(w->db, actor, draft, order, existing, err));
}

/* What an order is refused for can be told before, in the same words, but for
 * what it takes the other orders to know. */
static void assert_told_before(int rc, const struct order_draft *draft,
                               const struct err *err, int checked,
                               const struct err *told)
{
    bool needs_others = err->code == ERR_CONFLICT ||
                        (draft->has & HAS_CLIENT_ORDER_ID &&
                         draft->client_order_id[0] && told->code == ERR_NONE);

    if (checked == 0) {
        assert_int_equal(told->code, ERR_NONE);
        assert_true(rc == 0 || needs_others);
        return;
    }
    assert_int_equal(rc, -1);
    assert_int_equal(told->code, err->code);
    assert_string_equal(told->text, err->text);
    assert_int_equal(told->field_count, err->field_count);
    for (size_t i = 0; i < told->field_count; i++) {
        assert_string_equal(told->fields[i].name, err->fields[i].name);
        assert_string_equal(told->fields[i].text, err->fields[i].text);
    }
}

int step_place(struct world *w, const struct actor *actor,
               const struct order_draft *draft, struct order *order,
               bool *existing, struct err *err)
{
    struct err told = *err;
    int64_t before = trace(w);
    int checked = order_place_check(w->db, actor, draft, order, &told);
    int rc;

    assert_int_equal(trace(w), before);
    rc = place(w, actor, draft, order, existing, err);
    assert_told_before(rc, draft, err, checked, &told);
    return rc;
}

int step_change(struct world *w, const struct actor *actor, int64_t id,
                const struct order_draft *draft, bool replace, int64_t version,
                struct order *order, struct err *err)
{
    STEP(w,
         order_change(w->db, actor, id, draft, replace, version, order, err));
}

int step_cancel(struct world *w, const struct actor *actor, int64_t id,
                int64_t version, struct order *order, struct err *err)
{
    STEP(w, order_cancel(w->db, actor, id, version, order, err));
}

int step_remove(struct world *w, const struct actor *actor, int64_t id,
                int64_t version, struct order *order, struct err *err)
{
    STEP(w, order_remove(w->db, actor, id, version, order, err));
}

void assert_same_order(const struct order *a, const struct order *b)
{
    struct buf texts[2];

    buf_init(&texts[0], 8192);
    buf_init(&texts[1], 8192);
    order_put_json(&texts[0], NULL, a);
    order_put_json(&texts[1], NULL, b);
    assert_string_equal(buf_text(&texts[0]), buf_text(&texts[1]));
    assert_int_equal(a->owner, b->owner);
    assert_int_equal(a->all_position, b->all_position);
    buf_release(&texts[0]);
    buf_release(&texts[1]);
}

struct order placed(struct world *w, const struct actor *actor)
{
    return placed_with(w, actor, "instrument", "EDF01");
}

struct order placed_with(struct world *w, const struct actor *actor,
                         const char *name, const char *text)
{
    struct order_draft draft = draft_plain();
    struct err err = ERR_INIT;
    struct order order;
    bool existing;

    assert_int_equal(draft_set(&draft, &err, name, text, NULL), 0);
    assert_int_equal(step_place(w, actor, &draft, &order, &existing, &err), 0);
    assert_false(existing);
    return order;
}

int changed(struct world *w, const struct actor *actor, int64_t id,
            const char *name, const char *text, struct order *order,
            struct err *err)
{
    struct order_draft draft = {.has = 0};

    err_clear(err);
    assert_int_equal(draft_set(&draft, err, name, text, NULL), 0);
    return step_change(w, actor, id, &draft, false, 0, order, err);
}

const char *field_text(const struct err *err, const char *name)
{
    for (size_t i = 0; i < err->field_count; i++) {
        if (!strcmp(err->fields[i].name, name))
            return err->fields[i].text;
    }
    return NULL;
}

struct newest {
    struct event *event;
    struct buf *text;
};

static int keep_event(void *arg, const struct event *event, struct err *err)
{
    struct newest *newest = arg;

    (void)err;
    *newest->event = *event;
    buf_clear(newest->text);
    buf_put(newest->text, event->body, event->body_len);
    newest->event->body = buf_text(newest->text);
    return 0;
}

void newest_event(struct world *w, struct event *event, struct buf *text)
{
    struct newest newest = {event, text};
    struct err err = ERR_INIT;
    int64_t last = world_int(w, "SELECT MAX(id) FROM event");

    assert_int_equal(
        event_read(w->db, 0, last - 1, 10, keep_event, &newest, &err), 1);
}
