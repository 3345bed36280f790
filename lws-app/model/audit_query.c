#include "model/audit_query.h"
#include "base/mem.h"

#include <limits.h>
#include <string.h>

#include "base/banned.h"

/* Events looked at in one call: some 10 ms. */
#define SCAN_MAX 20000
#define ORDER_ACTION "order"

static const char *const event_actions[] = {
    [EVENT_NEW] = "order.new",
    [EVENT_UPDATE] = "order.update",
    [EVENT_DELETE] = "order.delete",
};

/* An event that corrects what was final. */
static const char correct_action[] = "order.correct";

/* The events of a page, and how far the look for them went. */
struct found {
    int64_t ids[HISTORY_MAX];
    int64_t times_us[HISTORY_MAX];
    int count;
    int next;          /* the first not yet given */
    int64_t looked_id; /* nothing above it is missing */
    int64_t looked_us; /* its time */
    bool at_end;       /* there are none below */
};

static int64_t or_all(int64_t bound)
{
    return bound ? bound : INT64_MAX;
}

/* "order" begins "order.update"; "ord" does not. */
static bool action_fits(const char *wanted, const char *action)
{
    size_t len = strlen(wanted);

    return !len || (!strncmp(wanted, action, len) &&
                    (!action[len] || action[len] == '.'));
}

static bool wants_events(const struct audit_query *query)
{
    if (action_fits(query->action, correct_action))
        return true;
    for (size_t i = 0; i < sizeof(event_actions) / sizeof(event_actions[0]);
         i++) {
        if (action_fits(query->action, event_actions[i]))
            return true;
    }
    return false;
}

static bool wants_audit(const struct audit_query *query)
{
    size_t len = sizeof(ORDER_ACTION) - 1;

    return !query->order && (strncmp(query->action, ORDER_ACTION, len) != 0 ||
                             (query->action[len] && query->action[len] != '.'));
}

static const char *event_action(enum event_kind kind, bool is_correction)
{
    return is_correction ? correct_action : event_actions[kind];
}

/* Columns of stmt: id, time, actor, owner, kind, is_correction. */
static bool event_fits(const struct audit_query *query,
                       const struct db_stmt *stmt)
{
    enum event_kind kind;
    size_t len;
    const char *word = db_text(stmt, 4, &len);

    return (!query->actor || db_int(stmt, 2) == query->actor) &&
           (!query->subject || db_int(stmt, 3) == query->subject) &&
           db_int(stmt, 1) <= query->until_us &&
           event_kind_read(word, len, &kind) == 0 &&
           action_fits(query->action, event_action(kind, db_int(stmt, 5) != 0));
}

/* Takes the event that stmt stands at. False: the look ends before it. */
static bool take(const struct audit_query *query, struct found *found,
                 const struct db_stmt *stmt)
{
    if (db_int(stmt, 1) < query->since_us) {
        found->at_end = true;
        return false;
    }
    if (event_fits(query, stmt)) {
        if (found->count == query->max)
            return false;
        found->ids[found->count] = db_int(stmt, 0);
        found->times_us[found->count++] = db_int(stmt, 1);
    }
    found->looked_id = db_int(stmt, 0);
    found->looked_us = db_int(stmt, 1);
    return true;
}

static int scan(struct db *db, const struct audit_query *query,
                struct found *found, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    if (db_prepare(
            db,
            "SELECT id, time, actor, owner, kind, is_correction FROM event "
            "WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, or_all(query->before_event));
    db_bind_int(stmt, 2, SCAN_MAX);
    while ((rc = db_step(stmt, err)) == 1 && take(query, found, stmt))
        count++;
    if (rc == 0 && count < SCAN_MAX)
        found->at_end = true;
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* An order's events are a chain, so all of them are found. */
static int walk(struct db *db, const struct audit_query *query,
                struct found *found, struct err *err)
{
    int64_t at = 0;
    int rc = 1;

    if (history_newest(db, query->order, &at, err) < 0)
        return -1;
    for (int step = 0; at && rc == 1 && step < SCAN_MAX; step++) {
        struct db_stmt *stmt = NULL;

        if (db_prepare(db,
                       "SELECT id, time, actor, owner, kind, is_correction, "
                       "previous FROM event WHERE id = ?1",
                       &stmt, err) < 0)
            return -1;
        db_bind_int(stmt, 1, at);
        rc = db_step(stmt, err);
        at = rc == 1 && !db_is_null(stmt, 6) ? db_int(stmt, 6) : 0;
        if (rc == 1 && db_int(stmt, 0) < or_all(query->before_event) &&
            !take(query, found, stmt))
            rc = 2;
        db_done(&stmt);
    }
    if (rc == 1 || rc == 0)
        found->at_end = !at;
    return rc < 0 ? -1 : 0;
}

/* The first event that is not older, so that the look for those until a time
 * begins there: 0 where all are older. */
static int event_after(struct db *db, int64_t time_us, int64_t *id,
                       struct err *err)
{
    int64_t low = 0;
    int64_t high = INT64_MAX;

    *id = 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        struct db_stmt *stmt = NULL;
        int rc;

        if (db_prepare(db,
                       "SELECT id, time FROM event WHERE id > ?1 "
                       "ORDER BY id LIMIT 1",
                       &stmt, err) < 0)
            return -1;
        db_bind_int(stmt, 1, middle);
        rc = db_step(stmt, err);
        if (rc == 1 && db_int(stmt, 1) <= time_us) {
            low = db_int(stmt, 0);
        } else {
            high = middle;
            if (rc == 1)
                *id = db_int(stmt, 0);
        }
        db_done(&stmt);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int find_events(struct db *db, struct audit_query *query,
                       struct found *found, struct err *err)
{
    found->at_end = !wants_events(query);
    if (found->at_end)
        return 0;
    if (query->order)
        return walk(db, query, found, err);
    if (query->until_us < INT64_MAX && !query->before_event &&
        event_after(db, query->until_us, &query->before_event, err) < 0)
        return -1;
    return scan(db, query, found, err);
}

static int begin_audit(struct db *db, const struct audit_query *query,
                       struct db_stmt **stmt, struct err *err)
{
    if (db_prepare(db,
                   "SELECT l.id, l.time, a.username, l.address, l.action, "
                   "s.username, l.detail FROM audit l "
                   "LEFT JOIN \"user\" a ON a.id = l.actor "
                   "LEFT JOIN \"user\" s ON s.id = l.subject "
                   "WHERE l.id < ?1 AND (?2 = 0 OR l.actor = ?2) "
                   "AND (?3 = 0 OR l.subject = ?3) AND (?4 = '' OR "
                   "l.action = ?4 OR "
                   "substr(l.action, 1, length(?4) + 1) = ?4 || '.') "
                   "AND l.time >= ?5 AND l.time <= ?6 ORDER BY l.id DESC",
                   stmt, err) < 0)
        return -1;
    db_expect_many(*stmt);
    db_bind_int(*stmt, 1, or_all(query->before_audit));
    db_bind_int(*stmt, 2, query->actor);
    db_bind_int(*stmt, 3, query->subject);
    db_bind_str(*stmt, 4, query->action);
    db_bind_int(*stmt, 5, query->since_us);
    db_bind_int(*stmt, 6, query->until_us);
    return 0;
}

struct give {
    audit_fn *fn;
    void *arg;
};

static int give_event(void *arg, const struct history_row *event,
                      struct err *err)
{
    const struct give *give = arg;
    struct audit_row row = {
        .event = event,
        .id = event->id,
        .time_us = event->time_us,
        .actor = event->has_actor ? event->actor : NULL,
        .address = event->address,
        .action = event_action(event->kind, event->is_correction),
        .subject = event->owner_name,
    };

    return give->fn(give->arg, &row, err);
}

static int give_audit(const struct give *give, const struct db_stmt *stmt,
                      struct err *err)
{
    struct audit_row row = {
        .id = db_int(stmt, 0),
        .time_us = db_int(stmt, 1),
        .actor = db_is_null(stmt, 2) ? NULL : db_text(stmt, 2, NULL),
        .address = db_text(stmt, 3, NULL),
        .action = db_text(stmt, 4, NULL),
        .subject = db_is_null(stmt, 5) ? NULL : db_text(stmt, 5, NULL),
    };

    row.detail = db_text(stmt, 6, &row.detail_len);
    return give->fn(give->arg, &row, err);
}

static bool is_event_next(const struct found *found,
                          const struct db_stmt *audit, bool has_audit)
{
    return found->next < found->count &&
           (!has_audit || found->times_us[found->next] >= db_int(audit, 1));
}

/* Events that were not looked at may be newer than this row of the audit. */
static bool is_beyond(const struct found *found, const struct db_stmt *audit)
{
    return !found->at_end && db_int(audit, 1) < found->looked_us;
}

static int merge(struct db *db, struct audit_query *query, struct found *found,
                 struct db_stmt *audit, bool *more, const struct give *give,
                 struct err *err)
{
    int has_audit = audit ? db_step(audit, err) : 0;

    for (int count = 0; has_audit >= 0; count++) {
        bool is_event = is_event_next(found, audit, has_audit);
        int rc;

        if (!is_event && (!has_audit || is_beyond(found, audit)))
            break;
        if (count == query->max) {
            *more = true;
            return 0;
        }
        if (is_event) {
            query->before_event = found->ids[found->next];
            rc = history_read(db, found->ids[found->next++], give_event,
                              (void *)give, err);
        } else {
            query->before_audit = db_int(audit, 0);
            rc = give_audit(give, audit, err);
            has_audit = rc < 0 ? rc : db_step(audit, err);
        }
        if (rc < 0)
            return -1;
    }
    /* All that was found is given: on from where the look ended. */
    if (!found->at_end)
        query->before_event = found->looked_id;
    *more = !found->at_end || has_audit > 0;
    return has_audit < 0 ? -1 : 0;
}

int audit_query_run(struct db *db, struct audit_query *query, bool *more,
                    audit_fn *fn, void *arg, struct err *err)
{
    struct found *found = mem_zalloc(sizeof(*found));
    const struct give give = {fn, arg};
    struct db_stmt *audit = NULL;
    int rc = -1;

    *more = false;
    if (!found)
        return err_set(err, ERR_NOMEM, "no memory for a list");
    if (find_events(db, query, found, err) == 0 &&
        (!wants_audit(query) || begin_audit(db, query, &audit, err) == 0))
        rc = merge(db, query, found, audit, more, &give, err);
    db_done(&audit);
    mem_free(found);
    return rc;
}
