#include "view/order_walk.h"
#include "base/mem.h"
#include "base/smallest.h"
#include "model/orders/stream.h"
#include "view/query_sql.h"

#include "base/banned.h"

#define ROWS_MAX 1000 /* held at once: a megabyte */
#define SORT_BYTES_MAX ((size_t)256 << 20)

bool order_walk_is_needed(const struct db *db, const struct order_query *query)
{
    return db_is_server(db) && query_sql_has_functions(query);
}

/* By the index of all orders or of an owner's, a part at a time. As a range the
 * owner leaves a server no other one: query_sql.c. */
static const char *sql_of(bool is_all, bool is_down)
{
    if (is_all)
        return is_down ? ORDER_SELECT "WHERE o.id < ?1 "
                                      "ORDER BY o.id DESC LIMIT ?2"
                       : ORDER_SELECT "WHERE o.id > ?1 ORDER BY o.id LIMIT ?2";
    return is_down ? ORDER_SELECT
               "WHERE o.id < ?1 AND o.owner >= ?3 AND o.owner <= ?3 "
               "ORDER BY o.owner DESC, o.id DESC LIMIT ?2"
                   : ORDER_SELECT
               "WHERE o.id > ?1 AND o.owner >= ?3 AND o.owner <= ?3 "
               "ORDER BY o.owner, o.id LIMIT ?2";
}

struct walk {
    struct db *db;
    const struct order_query *query;
    struct order_match *match;
    bool is_down;
    order_walk_fn *fn;
    void *arg;
    struct order_ready ready;
    int64_t last_id;
};

static int take_row(struct walk *walk, const struct db_stmt *stmt,
                    struct err *err)
{
    struct order order;
    bool is_met;
    int rc = 0;

    order_from_row(stmt, &order);
    walk->last_id = order.id;
    if (!order_ready_set(&walk->ready, &order))
        return err_set(err, ERR_NOMEM, "no memory for a search");
    if (order_match_test(walk->match, &walk->ready, &is_met, err) < 0)
        return -1;
    if (is_met)
        rc = walk->fn(walk->arg, &walk->ready, err);
    return rc;
}

/* *count: of the rows that there were. */
static int take_part(struct walk *walk, int64_t *count, struct err *err)
{
    bool is_all = walk->query->owner == STREAM_ALL;
    struct db_stmt *stmt = NULL;
    int rc;

    *count = 0;
    if (db_prepare(walk->db, sql_of(is_all, walk->is_down), &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, walk->last_id);
    db_bind_int(stmt, 2, ROWS_MAX);
    if (!is_all)
        db_bind_int(stmt, 3, walk->query->owner);
    rc = db_step(stmt, err);
    while (rc == 1) {
        ++*count;
        rc = take_row(walk, stmt, err);
        if (rc != 0)
            break;
        rc = db_step(stmt, err);
    }
    db_done(&stmt);
    return rc;
}

int order_walk_run(struct db *db, const struct order_query *query,
                   struct order_match *match, bool is_down, order_walk_fn *fn,
                   void *arg, struct err *err)
{
    struct walk walk = {
        .db = db,
        .query = query,
        .match = match,
        .is_down = is_down,
        .fn = fn,
        .arg = arg,
        .last_id = is_down ? INT64_MAX : 0,
    };
    int64_t count;
    int rc;

    order_ready_init(&walk.ready);
    do
        rc = take_part(&walk, &count, err);
    while (rc == 0 && count == ROWS_MAX);
    order_ready_release(&walk.ready);
    return rc < 0 ? -1 : 0;
}

/* ------------------------------------------------------------------ pages */

/* One page that is looked for. */
struct search {
    const struct order_query *query;
    const struct order_match *match;
    struct order_walk_page *page;
    size_t cap;
    bool is_by_id;
    int64_t passed; /* of those that match, before the page */
    struct smallest smallest;
    struct buf key;
};

static int keep_id(struct search *search, int64_t id, struct err *err)
{
    struct order_walk_page *page = search->page;

    if (page->count == search->cap) {
        size_t cap = search->cap ? 2 * search->cap : 32;
        int64_t *ids = mem_realloc(page->ids, cap * sizeof(*ids));

        if (!ids)
            return err_set(err, ERR_NOMEM, "no memory for a page");
        page->ids = ids;
        search->cap = cap;
    }
    page->ids[page->count++] = id;
    return 0;
}

/* Rows come in the order that is asked for. 1: the page is full, and nothing
 * is counted. */
static int take_next(struct search *search, int64_t id, struct err *err)
{
    const struct order_query *query = search->query;

    if (query->before_id && id >= query->before_id)
        return 0;
    if (search->passed < query->offset) {
        search->passed++;
        return 0;
    }
    if ((int64_t)search->page->count < query->limit)
        return keep_id(search, id, err);
    return query->totals ? 0 : 1;
}

static int take_any(struct search *search, struct order_ready *order,
                    struct err *err)
{
    buf_clear(&search->key);
    order_match_put_key(search->match, order, &search->key);
    if (buf_check(&search->key, err) < 0)
        return -1;
    if (!smallest_add(&search->smallest, order->order->id, search->key.data,
                      search->key.len))
        return err_set(err, ERR_NOMEM, "no memory to sort so many orders");
    return 0;
}

static int take(void *arg, struct order_ready *order, struct err *err)
{
    struct search *search = arg;

    search->page->matching++;
    return search->is_by_id ? take_next(search, order->order->id, err)
                            : take_any(search, order, err);
}

static int keep_sorted(struct search *search, struct err *err)
{
    const struct smallest *smallest = &search->smallest;

    smallest_sort(&search->smallest);
    for (size_t i = (size_t)search->query->offset; i < smallest->count; i++)
        if (keep_id(search, smallest->items[i].id, err) < 0)
            return -1;
    return 0;
}

int order_walk_page(struct db *db, const struct order_query *query,
                    struct order_walk_page *page, struct err *err)
{
    struct search search = {.query = query, .page = page};
    struct order_match *match = NULL;
    bool is_down = true;
    int rc = -1;

    *page = (struct order_walk_page){.ids = NULL};
    search.is_by_id = order_query_is_by_id(query, &is_down);
    smallest_init(&search.smallest,
                  query->limit > INT64_MAX - query->offset
                      ? SIZE_MAX
                      : (size_t)(query->offset + query->limit),
                  SORT_BYTES_MAX);
    buf_init(&search.key, SIZE_MAX);
    if (order_match_new(query, &match, err) < 0)
        goto out;
    search.match = match;
    rc = order_walk_run(db, query, match, is_down || !search.is_by_id, take,
                        &search, err);
    if (rc == 0 && !search.is_by_id)
        rc = keep_sorted(&search, err);
    if (!query->totals)
        page->matching = -1;
out:
    order_match_free(match);
    buf_release(&search.key);
    smallest_release(&search.smallest);
    return rc;
}
