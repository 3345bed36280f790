#include "model/check.h"
#include "model/accounts/audit_chain.h"
#include "model/orders/order.h"
#include "model/orders/order_column.h"
#include "model/orders/order_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PURGED                                                                 \
    "(SELECT CAST(value AS BIGINT) AS id FROM meta WHERE key = "               \
    "'event_purged') p"

/* Each gives one text per fault, at most ?1 of them. An event takes the next id
 * and the next position of one stream; all behind the newest that was purged
 * are there, and below it those that are still in use (log/event.h). */
static const char *const checks[] = {
    "SELECT 'the log: its newest event is ' || n.id || ', the streams stand at "
    "' || s.total || ' together' FROM (SELECT coalesce(max(id), 0) AS id "
    "FROM event) n, (SELECT coalesce(sum(position), 0) AS total FROM stream) s "
    "WHERE n.id <> s.total LIMIT ?1",

    "SELECT 'the log: ' || count(*) || ' events from ' || (p.id + 1) || ' to ' "
    "|| max(e.id) FROM " PURGED " JOIN event e ON e.id > p.id GROUP BY p.id "
    "HAVING count(*) <> max(e.id) - p.id LIMIT ?1",

    "SELECT 'stream ' || e.owner || ': ' || count(*) || ' events from ' || "
    "min(e.position) || ' to ' || max(e.position) FROM " PURGED
    " JOIN event e ON e.id > p.id GROUP BY e.owner "
    "HAVING count(*) <> max(e.position) - min(e.position) + 1 LIMIT ?1",

    "SELECT 'stream ' || s.owner || ': stands at ' || s.position || "
    "', its newest event at ' || coalesce(max(e.position), 0) FROM stream s "
    "LEFT JOIN event e ON e.owner = s.owner GROUP BY s.owner, s.position "
    "HAVING s.position <> coalesce(max(e.position), 0) LIMIT ?1",

    "SELECT 'stream ' || s.owner || ': counts ' || s.order_count || "
    "' orders, there are ' || (SELECT count(*) FROM orders o "
    "WHERE o.owner = s.owner) FROM stream s WHERE s.order_count <> "
    "(SELECT count(*) FROM orders o WHERE o.owner = s.owner) LIMIT ?1",

    "SELECT 'order ' || o.id || ': its owner has no stream' FROM orders o "
    "WHERE NOT EXISTS (SELECT 1 FROM stream s WHERE s.owner = o.owner) "
    "LIMIT ?1",

    /* Purges of older versions did not spare it. */
    "SELECT 'order ' || o.id || ': stands at ' || o.position || "
    "', where the log has no event of it' FROM " PURGED
    " JOIN orders o ON o.all_position > p.id "
    "WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.owner = o.owner "
    "AND e.position = o.position AND e.order_id = o.id "
    "AND e.id = o.all_position AND e.kind <> 'delete') LIMIT ?1",

    "SELECT 'order ' || o.id || ': is there, and has a tombstone' "
    "FROM tombstone t JOIN orders o ON o.id = t.order_id "
    "WHERE t.stream = 0 OR t.stream = o.owner LIMIT ?1",

    "SELECT 'order ' || e.order_id || ': left stream ' || e.owner || "
    "' without a tombstone' FROM event e WHERE e.kind = 'delete' "
    "AND NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.stream = e.owner "
    "AND t.order_id = e.order_id) AND NOT EXISTS (SELECT 1 FROM orders o "
    "WHERE o.id = e.order_id AND o.owner = e.owner) LIMIT ?1",

    "SELECT 'order ' || o.id || ': bears the client_order_id of order ' || "
    "p.id FROM orders o JOIN orders p ON p.owner = o.owner AND "
    "p.client_order_id = o.client_order_id AND p.id < o.id LIMIT ?1",

    /* No write makes one, but older versions did. */
    ("SELECT 'order ' || id || ': more of it is filled than was ordered' "
     "FROM orders WHERE filled_quantity > quantity LIMIT ?1"),

    ("SELECT 'user ' || u.id || ': their second factor has no secret' "
     "FROM \"user\" u WHERE u.second_factor IS NOT NULL AND NOT EXISTS "
     "(SELECT 1 FROM second_factor f WHERE f.\"user\" = u.id) LIMIT ?1"),
};

static int run_one(struct db *db, const char *sql, check_fn *fn, void *arg,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, CHECK_SHOWN_MAX);
    while ((rc = db_step(stmt, err)) == 1) {
        fn(arg, db_text(stmt, 0, NULL));
        count++;
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

/* An order, and the event's text behind it. */
#define BODY_SELECT                                                            \
    "SELECT " ORDER_FIELDS ", e.body FROM orders o JOIN \"user\" u "           \
    "ON u.id = o.owner JOIN event e ON e.owner = o.owner "                     \
    "AND e.position = o.position"

/* The event of an order's last change tells the order as it is. */
static int compare_bodies(struct db *db, check_fn *fn, void *arg,
                          struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct order order;
    struct buf body;
    int count = 0;
    int rc;

    if (db_prepare(db, BODY_SELECT, &stmt, err) < 0)
        return -1;
    buf_init(&body, 65536);
    while (count < CHECK_SHOWN_MAX && (rc = db_step(stmt, err)) == 1) {
        size_t len;
        const char *told = db_text(stmt, ORDER_FIELDS_COUNT, &len);
        char fault[128];

        order_from_row(stmt, &order);
        buf_clear(&body);
        order_put_json(&body, NULL, &order);
        if (body.len == len && !memcmp(body.data, told, len))
            continue;
        snprintf(fault, sizeof(fault),
                 "order %" PRId64 ": differs from its newest event", order.id);
        fn(arg, fault);
        count++;
    }
    buf_release(&body);
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

static int run_all(struct db *db, check_fn *fn, void *arg, struct err *err)
{
    int total = 0;
    int count;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        count = run_one(db, checks[i], fn, arg, err);
        if (count < 0)
            return -1;
        total += count;
    }
    count = compare_bodies(db, fn, arg, err);
    if (count < 0)
        return -1;
    total += count;
    count = audit_chain_check(db, fn, arg, err);
    return count < 0 ? -1 : total + count;
}

int check_run(struct db *db, check_fn *fn, void *arg, struct err *err)
{
    int total;

    if (db_integrity(db, err) < 0) {
        if (err->code != ERR_STORE)
            return -1;
        /* Of a damaged file nothing else can be told. */
        fn(arg, err->text);
        err_clear(err);
        return 1;
    }
    if (db_read_begin(db, err) < 0)
        return -1;
    total = run_all(db, fn, arg, err);
    db_read_end(db);
    return total;
}
