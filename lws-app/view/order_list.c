#include "view/order_list.h"
#include "base/mem.h"
#include "model/orders/stream.h"
#include "view/order_scan.h"
#include "view/order_trips.h"
#include "view/order_walk.h"
#include "view/query_sql.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* Beyond it the ids of a page are not kept: 8 bytes each. */
#define KEPT_MAX 100000
/* Rows passed over, or given, that are soon done: some milliseconds. */
#define SHORT_MAX 20000
/* As many as it takes a server to answer two statements more. */
#define NEAR_MAX 1000

bool order_list_is_long(const struct order_query *query)
{
    return !query_sql_has_index(query) || query->limit > SHORT_MAX ||
           query->offset > SHORT_MAX;
}

/* One run of a query. */
struct run {
    struct db *db;
    const struct order_query *query;
    struct order_list *list;
    struct query_sql sql;
    struct order_cached *cached; /* locked; NULL: only the database will do */
    int64_t *ids; /* the page, where it was read before the totals were known */
    size_t id_count;
    size_t id_cap;
};

static int keep_id(struct run *run, int64_t id, struct err *err)
{
    if (run->id_count == run->id_cap) {
        size_t cap = run->id_cap ? run->id_cap * 2 : 32;
        int64_t *ids = mem_realloc(run->ids, cap * sizeof(*ids));

        if (!ids)
            return err_set(err, ERR_NOMEM, "no memory for a page");
        run->ids = ids;
        run->id_cap = cap;
    }
    run->ids[run->id_count++] = id;
    return 0;
}

static int read_int(struct db *db, const char *sql, int64_t *value,
                    struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, sql, &stmt, err) < 0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1)
        *value = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* Whether passing over the whole table is the shorter way to the owner's
 * orders. */
static int find_density(struct run *run, struct err *err)
{
    int64_t last_id = 0;

    if (run->query->owner == STREAM_ALL || query_sql_has_index(run->query))
        return 0;
    if (read_int(run->db, "SELECT COALESCE(MAX(id), 0) FROM orders", &last_id,
                 err) < 0)
        return -1;
    run->sql.is_dense = run->list->total > last_id / 2;
    return 0;
}

static int count(struct run *run, int64_t *matching, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (query_sql_prepare(&run->sql, QUERY_COUNT, run->db, &stmt, err) < 0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1)
        *matching = db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

static int keep_page(struct run *run, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_PAGE, run->db, &stmt, err) == 0)
        rc = db_step(stmt, err);
    while (rc == 1) {
        rc = keep_id(run, db_int(stmt, 0), err);
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc;
}

/* In order of the id the page tells where the rest begins, so that no row is
 * looked at twice. */
static int count_by_id(struct run *run, bool is_down, struct err *err)
{
    const struct order_query *query = run->query;
    int64_t rest = 0;
    int64_t last;
    bool is_full;

    if (keep_page(run, err) < 0)
        return -1;
    is_full = (int64_t)run->id_count == query->limit;
    run->list->matching = query->offset + (int64_t)run->id_count;
    if (run->id_count == 0 && (query->offset > 0 || is_full)) {
        /* Past the end, or no rows asked for: nothing is known yet. */
        run->list->matching = 0;
    } else if (is_full) {
        last = run->ids[run->id_count - 1];
        run->sql.below_id = is_down ? last : 0;
        run->sql.above_id = is_down ? 0 : last;
    } else {
        return 0;
    }
    if (count(run, &rest, err) < 0)
        return -1;
    run->list->matching += rest;
    return 0;
}

static int count_sorted(struct run *run, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_PAGE_COUNT, run->db, &stmt, err) ==
        0)
        rc = db_step(stmt, err);
    while (rc == 1) {
        run->list->matching = db_int(stmt, 1);
        rc = db_is_null(stmt, 0) ? 0 : keep_id(run, db_int(stmt, 0), err);
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc;
}

/* Counted apart from the page: a cursor's page is not all that matches, and an
 * export's is too long to be kept. */
static int count_apart(struct run *run, struct err *err)
{
    int rc;

    run->sql.below_id = 0;
    rc = count(run, &run->list->matching, err);
    run->sql.below_id = run->query->before_id;
    return rc;
}

/* Whether rows in memory would help: all of them must be looked at, and the
 * page is one that is kept. */
static bool wants_cache(const struct order_query *query)
{
    return query->limit <= KEPT_MAX && !query_sql_has_index(query) &&
           order_scan_can(query);
}

/* *is_found stays false where the rows are not in memory. */
static int find_in_memory(struct run *run, bool *is_found, struct err *err)
{
    const struct order_rows *rows;
    struct order_scan_page page;

    if (order_cache_rows(run->cached, run->db, run->list->position,
                         run->list->total, &rows, err) < 0)
        return -1;
    if (!rows)
        return 0;
    if (!order_scan_run(rows, run->query, &page))
        return err_set(err, ERR_NOMEM, "no memory for a search");
    run->ids = page.ids;
    run->id_count = page.count;
    if (run->query->totals || order_filter_is_empty(&run->query->filter))
        run->list->matching = page.matching;
    *is_found = true;
    return 0;
}

/* An export in order of the id is walked as it is given. */
static bool is_given_by_walk(const struct run *run)
{
    bool is_down;

    return order_walk_is_needed(run->db, run->query) &&
           run->query->limit > KEPT_MAX && !run->query->before_id &&
           order_query_is_by_id(run->query, &is_down);
}

static int find_by_walk(struct run *run, bool *is_kept, struct err *err)
{
    struct order_query query = *run->query; /* borrows its filter */
    struct order_walk_page page;
    int rc = 0;

    *is_kept = !is_given_by_walk(run);
    if (!*is_kept)
        query.limit = query.offset = 0;
    if (!*is_kept && !query.totals)
        return 0;
    rc = order_walk_page(run->db, &query, &page, err);
    run->ids = page.ids;
    run->id_count = page.count;
    if (query.totals)
        run->list->matching = page.matching;
    return rc;
}

static void let_go(struct run *run)
{
    order_cache_unlock(run->cached);
    run->cached = NULL;
}

/* *is_kept: the page has been read on the way. */
static int find_totals(struct run *run, bool *is_kept, struct err *err)
{
    const struct order_query *query = run->query;
    bool is_down;

    *is_kept = false;
    if (stream_position(run->db, query->owner, &run->list->position,
                        &run->list->total, err) < 0)
        return -1;
    run->list->matching =
        order_filter_is_empty(&query->filter) ? run->list->total : -1;
    if (run->cached && find_in_memory(run, is_kept, err) < 0)
        return -1;
    let_go(run);
    if (*is_kept)
        return 0;
    if (order_walk_is_needed(run->db, query))
        return find_by_walk(run, is_kept, err);
    if (find_density(run, err) < 0)
        return -1;
    if (order_filter_is_empty(&query->filter) || !query->totals)
        return 0;
    if (query->before_id || query->limit > KEPT_MAX)
        return count_apart(run, err);
    *is_kept = true;
    if (order_query_is_by_id(query, &is_down))
        return count_by_id(run, is_down, err);
    return count_sorted(run, err);
}

static int read_order(struct run *run, int64_t id, struct order *order,
                      struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(run->db, ORDER_SELECT "WHERE o.id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1)
        order_from_row(stmt, order);
    else if (rc == 0)
        err_set(err, ERR_STORE, "an order left within its own snapshot");
    db_done(&stmt);
    return rc == 1 ? 0 : -1;
}

static int give_row(struct run *run, int64_t id, order_row_fn *fn, void *arg,
                    struct err *err)
{
    struct order order;

    if (read_order(run, id, &order, err) < 0 || fn(arg, &order, err) < 0)
        return -1;
    run->list->returned++;
    run->list->last_id = id;
    return 0;
}

static int give_ids(struct run *run, const int64_t *ids, size_t count,
                    order_row_fn *fn, void *arg, struct err *err)
{
    if (!count)
        return 0;
    if (order_trips_give(run->db, ids, count, fn, arg, err) < 0)
        return -1;
    run->list->returned += (int64_t)count;
    run->list->last_id = ids[count - 1];
    return 0;
}

/* Of a server: a trip for each part, and none of the ids is kept. */
static int give_sorted_by_trips(struct run *run, order_row_fn *fn, void *arg,
                                struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t ids[ORDER_TRIP];
    size_t count = 0;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_PAGE, run->db, &stmt, err) == 0) {
        db_expect_many(stmt);
        rc = 1;
    }
    while (rc == 1) {
        rc = db_step(stmt, err);
        if (rc == 1)
            ids[count++] = db_int(stmt, 0);
        if (rc < 0 || (rc == 1 && count < ORDER_TRIP))
            continue;
        if (give_ids(run, ids, count, fn, arg, err) < 0)
            rc = -1;
        count = 0;
    }
    db_done(&stmt);
    return rc;
}

/* Row by row: where the whole rows would have to be sorted. */
static int give_sorted(struct run *run, order_row_fn *fn, void *arg,
                       struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_PAGE, run->db, &stmt, err) == 0)
        rc = db_step(stmt, err);
    while (rc == 1) {
        rc = give_row(run, db_int(stmt, 0), fn, arg, err);
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc;
}

/* rc: what the first step was. */
static int give_rows(struct run *run, struct db_stmt *stmt, int rc,
                     order_row_fn *fn, void *arg, struct err *err)
{
    struct order order;

    while (rc == 1) {
        order_from_row(stmt, &order);
        rc = fn(arg, &order, err);
        run->list->returned++;
        run->list->last_id = order.id;
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    return rc;
}

static int give_by_index(struct run *run, order_row_fn *fn, void *arg,
                         struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_ROWS, run->db, &stmt, err) == 0)
        rc = give_rows(run, stmt, db_step(stmt, err), fn, arg, err);
    db_done(&stmt);
    return rc;
}

/* In one statement, which is one snapshot. */
static int give_at_once(struct run *run, order_row_fn *fn, void *arg,
                        struct err *err)
{
    struct order_list *list = run->list;
    struct db_stmt *stmt = NULL;
    int rc = -1;

    if (query_sql_prepare(&run->sql, QUERY_STREAM_ROWS, run->db, &stmt, err) ==
        0)
        rc = db_step(stmt, err);
    if (rc == 1 && stream_from_row(stmt, ORDER_FIELDS_COUNT, run->query->owner,
                                   &list->position, &list->total, err) < 0)
        rc = -1;
    list->matching = list->total;
    if (rc == 1 && !db_is_null(stmt, 0))
        rc = give_rows(run, stmt, rc, fn, arg, err);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

/* What order_walk_run() gives to. */
struct walked {
    struct run *run;
    order_row_fn *fn;
    void *arg;
    int64_t passed;
};

static int give_walked_one(void *arg, struct order_ready *order,
                           struct err *err)
{
    struct walked *walked = arg;
    struct run *run = walked->run;

    if (walked->passed++ < run->query->offset)
        return 0;
    if (walked->fn(walked->arg, order->order, err) < 0)
        return -1;
    run->list->last_id = order->order->id;
    return ++run->list->returned == run->query->limit;
}

static int give_walked(struct run *run, order_row_fn *fn, void *arg,
                       struct err *err)
{
    struct walked walked = {.run = run, .fn = fn, .arg = arg};
    struct order_match *match = NULL;
    bool is_down = true;
    int rc;

    if (order_match_new(run->query, &match, err) < 0)
        return -1;
    order_query_is_by_id(run->query, &is_down);
    rc = order_walk_run(run->db, run->query, match, is_down, give_walked_one,
                        &walked, err);
    order_match_free(match);
    return rc;
}

static int give_kept(struct run *run, order_row_fn *fn, void *arg,
                     struct err *err)
{
    if (db_is_server(run->db))
        return give_ids(run, run->ids, run->id_count, fn, arg, err);
    for (size_t i = 0; i < run->id_count; i++) {
        if (give_row(run, run->ids[i], fn, arg, err) < 0)
            return -1;
    }
    return 0;
}

/* Whether QUERY_ROWS gives the page. */
static bool is_by_index(const struct run *run)
{
    bool is_down;

    return run->query->limit <= KEPT_MAX &&
           (order_query_is_by_id(run->query, &is_down) ||
            (db_is_server(run->db) && query_sql_has_index(run->query)));
}

/* Rows before a page are passed over one by one, and so are those behind it,
 * where it is looked for from the end. */
static void choose_end(struct run *run)
{
    int64_t left = run->list->total - run->query->offset;
    int64_t behind = left > run->query->limit ? left - run->query->limit : 0;

    if (behind >= run->query->offset || run->query->before_id ||
        !is_by_index(run) || !query_sql_has_index(run->query))
        return;
    run->sql.is_from_end = true;
    run->sql.offset = behind;
    run->sql.limit = left > 0 ? left - behind : 0;
}

static bool is_given_at_once(const struct run *run)
{
    return db_is_server(run->db) && is_by_index(run) &&
           query_sql_has_index(run->query) && run->query->offset <= NEAR_MAX;
}

/* A long page is not held as a list of ids by the engine. */
static int give_page(struct run *run, order_row_fn *fn, void *arg,
                     struct err *err)
{
    if (is_given_by_walk(run))
        return give_walked(run, fn, arg, err);
    choose_end(run);
    if (is_by_index(run))
        return give_by_index(run, fn, arg, err);
    if (db_is_server(run->db))
        return give_sorted_by_trips(run, fn, arg, err);
    return give_sorted(run, fn, arg, err);
}

int order_list_run(struct db *db, struct order_cache *cache,
                   const struct order_query *query, struct order_list *list,
                   order_row_fn *fn, void *arg, struct err *err)
{
    struct run run = {.db = db, .query = query, .list = list};
    bool is_kept = false;
    int rc = -1;

    assert(query->limit >= 0 && query->offset >= 0);
    assert(!query->before_id || query->order_count == 0);
    memset(list, 0, sizeof(*list));
    query_sql_init(&run.sql, query);
    if (is_given_at_once(&run)) {
        rc = give_at_once(&run, fn, arg, err);
        goto out;
    }
    if (wants_cache(query))
        run.cached = order_cache_lock(cache, query->owner);
    if (db_read_begin(db, err) < 0)
        goto out;
    if (find_totals(&run, &is_kept, err) == 0)
        rc = is_kept ? give_kept(&run, fn, arg, err)
                     : give_page(&run, fn, arg, err);
    db_read_end(db);
out:
    let_go(&run);
    query_sql_release(&run.sql);
    mem_free(run.ids);
    return rc;
}
