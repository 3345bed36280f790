#include "model/accounts/user_query.h"
#include "base/mem.h"
#include "base/smallest.h"
#include "base/sort_key.h"
#include "base/text.h"

#include <string.h>

#include "base/banned.h"

#define SQL_MAX 8192
/* The fold of a needle may be longer than the needle. */
#define FOLDED_MAX (USER_QUERY_TEXT_MAX * 18)
#define SORT_BYTES_MAX ((size_t)256 << 20)

/* One run: every user that the filters mean is looked at once, by an engine or,
 * for what needs folds, here. */
struct run {
    struct db *db;
    const struct user_query *query;
    struct buf needle;    /* folded */
    unsigned long wanted; /* bit i: user_columns[i] is read */
    struct buf folded;
    struct buf key;
    struct smallest page;
    int64_t matching;
};

static bool is_searched(const struct user_query *query, size_t column)
{
    return query->search[0] && user_columns[column].flags & USER_SEARCH;
}

static bool needs_folds(const struct user_query *query)
{
    for (size_t i = 0; i < query->order_count; i++) {
        if (user_columns[query->orders[i].column].type == USER_TEXT)
            return true;
    }
    return query->search[0] != '\0';
}

static void put_filters(struct buf *sql, const struct user_query *query)
{
    const char *between = " WHERE ";

    for (size_t i = 0; i < user_columns_count; i++) {
        if (!(query->filters & 1UL << i))
            continue;
        buf_printf(sql, "%s%s = %d", between, user_columns[i].name,
                   query->wanted & 1UL << i ? 1 : 0);
        between = " AND ";
    }
}

static int prepare(struct run *run, const struct buf *sql,
                   struct db_stmt **stmt, struct err *err)
{
    return buf_check(sql, err) < 0
               ? -1
               : db_prepare(run->db, buf_text(sql), stmt, err);
}

/* ------------------------------------------------------- by the engine */

/* Of numbers alone; nothing at all sorts before everything else. */
static void put_orders(struct buf *sql, const struct user_query *query)
{
    bool descending = false;

    buf_put_text(sql, " ORDER BY ");
    for (size_t i = 0; i < query->order_count; i++) {
        descending = query->orders[i].descending;
        buf_printf(sql, "%s %s, ", user_columns[query->orders[i].column].name,
                   descending ? "DESC NULLS LAST" : "ASC NULLS FIRST");
    }
    if (!query->order_count)
        buf_put_text(sql, "username_folded, ");
    buf_put_text(sql, descending ? "id DESC" : "id");
}

static int read_count(struct run *run, int64_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf sql;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, "SELECT count(*) FROM \"user\"");
    put_filters(&sql, run->query);
    if (prepare(run, &sql, &stmt, err) == 0)
        rc = db_step(stmt, err);
    if (rc == 1)
        *count = db_int(stmt, 0);
    db_done(&stmt);
    buf_release(&sql);
    return rc < 0 ? -1 : 0;
}

static int read_page(struct run *run, user_row_fn *fn, void *arg,
                     struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct user user;
    struct buf sql;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, USER_SELECT);
    put_filters(&sql, run->query);
    put_orders(&sql, run->query);
    buf_put_text(&sql, " LIMIT ?1 OFFSET ?2");
    if (prepare(run, &sql, &stmt, err) < 0)
        goto out;
    db_bind_int(stmt, 1, run->query->limit);
    db_bind_int(stmt, 2, run->query->offset);
    while ((rc = db_step(stmt, err)) == 1) {
        user_from_row(stmt, &user);
        rc = fn(arg, &user, err);
        if (rc < 0)
            break;
    }
out:
    db_done(&stmt);
    buf_release(&sql);
    return rc;
}

/* ---------------------------------------------------------------- here */

static void choose_columns(struct run *run)
{
    const struct user_query *query = run->query;

    for (size_t i = 0; i < user_columns_count; i++) {
        if (is_searched(query, i))
            run->wanted |= 1UL << i;
    }
    for (size_t i = 0; i < query->order_count; i++)
        run->wanted |= 1UL << query->orders[i].column;
}

/* Where the column stands in the row that is read: behind the id and the name's
 * fold. */
static int place_of(const struct run *run, size_t column)
{
    int place = 2;

    for (size_t i = 0; i < column; i++)
        place += (run->wanted & 1UL << i) != 0;
    return place;
}

static void put_columns(struct buf *sql, const struct run *run)
{
    buf_put_text(sql, "SELECT id, username_folded");
    for (size_t i = 0; i < user_columns_count; i++) {
        if (run->wanted & 1UL << i)
            buf_printf(sql, ", %s", user_columns[i].name);
    }
    buf_put_text(sql, " FROM \"user\"");
}

static void fold(struct run *run, const struct db_stmt *stmt, int place)
{
    size_t len;
    const char *text = db_text(stmt, place, &len);

    buf_clear(&run->folded);
    text_fold(&run->folded, text, len);
}

static bool matches(struct run *run, const struct db_stmt *stmt)
{
    if (!run->query->search[0])
        return true;
    for (size_t i = 0; i < user_columns_count; i++) {
        if (!is_searched(run->query, i))
            continue;
        fold(run, stmt, place_of(run, i));
        if (memmem(buf_text(&run->folded), run->folded.len,
                   buf_text(&run->needle), run->needle.len))
            return true;
    }
    return false;
}

/* Text by its fold, and then by itself. Numbers are 0 where there are none, and
 * no other is less. */
static void put_key(struct run *run, const struct db_stmt *stmt, size_t column)
{
    int place = place_of(run, column);
    const char *text;
    size_t len;

    if (user_columns[column].type != USER_TEXT) {
        sort_key_put_int(&run->key, db_int(stmt, place));
        return;
    }
    fold(run, stmt, place);
    sort_key_put_text(&run->key, buf_text(&run->folded), run->folded.len);
    text = db_text(stmt, place, &len);
    sort_key_put_text(&run->key, text, len);
}

static int take_row(struct run *run, const struct db_stmt *stmt,
                    struct err *err)
{
    const struct user_query *query = run->query;
    bool descending = false;
    int64_t id = db_int(stmt, 0);
    size_t start;
    size_t len;

    if (!matches(run, stmt))
        return buf_check(&run->folded, err);
    run->matching++;
    buf_clear(&run->key);
    for (size_t i = 0; i < query->order_count; i++) {
        start = run->key.len;
        descending = query->orders[i].descending;
        put_key(run, stmt, query->orders[i].column);
        if (descending)
            sort_key_turn(&run->key, start);
    }
    if (!query->order_count) {
        const char *name = db_text(stmt, 1, &len);

        sort_key_put_text(&run->key, name, len);
    }
    start = run->key.len;
    sort_key_put_int(&run->key, id);
    if (descending)
        sort_key_turn(&run->key, start);
    if (buf_check(&run->folded, err) < 0 || buf_check(&run->key, err) < 0)
        return -1;
    if (!smallest_add(&run->page, id, run->key.data, run->key.len))
        return err_set(err, ERR_NOMEM, "no memory to sort so many users");
    return 0;
}

static int look_at_all(struct run *run, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf sql;
    int rc = -1;

    choose_columns(run);
    buf_init(&sql, SQL_MAX);
    put_columns(&sql, run);
    put_filters(&sql, run->query);
    rc = prepare(run, &sql, &stmt, err);
    if (rc == 0) {
        db_expect_many(stmt);
        rc = db_step(stmt, err);
    }
    while (rc == 1) {
        rc = take_row(run, stmt, err);
        if (rc == 0)
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    buf_release(&sql);
    smallest_sort(&run->page);
    return rc;
}

static int give_one(struct run *run, int64_t id, user_row_fn *fn, void *arg,
                    struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct user user;
    int rc;

    if (db_prepare(run->db, USER_SELECT "WHERE id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    if (rc == 1)
        user_from_row(stmt, &user);
    db_done(&stmt);
    return rc == 1 ? fn(arg, &user, err) : rc;
}

static int give_page(struct run *run, user_row_fn *fn, void *arg,
                     struct err *err)
{
    int rc = 0;

    for (size_t i = (size_t)run->query->offset; i < run->page.count && rc == 0;
         i++)
        rc = give_one(run, run->page.items[i].id, fn, arg, err);
    return rc;
}

int user_query_run(struct db *db, const struct user_query *query,
                   int64_t *count, user_row_fn *fn, void *arg, struct err *err)
{
    struct run run = {.db = db, .query = query};
    int rc = -1;

    buf_init(&run.needle, FOLDED_MAX);
    buf_init(&run.folded, SIZE_MAX);
    buf_init(&run.key, SIZE_MAX);
    smallest_init(&run.page, (size_t)(query->offset + query->limit),
                  SORT_BYTES_MAX);
    text_fold(&run.needle, query->search, strlen(query->search));
    if (buf_check(&run.needle, err) < 0 || db_read_begin(db, err) < 0)
        goto out;
    if (!needs_folds(query)) {
        rc = read_count(&run, count, err);
        if (rc == 0)
            rc = read_page(&run, fn, arg, err);
    } else if (look_at_all(&run, err) == 0) {
        *count = run.matching;
        rc = give_page(&run, fn, arg, err);
    }
    db_read_end(db);
out:
    smallest_release(&run.page);
    buf_release(&run.key);
    buf_release(&run.folded);
    buf_release(&run.needle);
    return rc;
}
