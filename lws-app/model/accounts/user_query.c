#include "model/accounts/user_query.h"
#include "base/text.h"

#include <string.h>

#include "base/banned.h"

#define SQL_MAX 8192
/* The fold of a needle may be longer than the needle. */
#define FOLDED_MAX (USER_QUERY_TEXT_MAX * 18)

/* The names below are the column table's own. */
static void put_where(struct buf *sql, const struct user_query *query)
{
    const char *between = " WHERE (";

    for (size_t i = 0; query->search[0] && i < user_columns_count; i++) {
        if (!(user_columns[i].flags & USER_SEARCH))
            continue;
        buf_printf(sql, "%sapp_contains(%s, ?1)", between,
                   user_columns[i].name);
        between = " OR ";
    }
    buf_put_text(sql, query->search[0] ? ")" : " WHERE ?1 = ''");
    for (size_t i = 0; i < user_columns_count; i++) {
        if (!(query->filters & 1UL << i))
            continue;
        buf_put_text(sql, " AND ");
        buf_put_text(sql, user_columns[i].name);
        buf_put_text(sql, query->wanted & 1UL << i ? " = 1" : " = 0");
    }
}

static void put_order(struct buf *sql, const struct user_column *column,
                      bool descending)
{
    const char *way = descending ? " DESC, " : ", ";

    if (column->type == USER_TEXT)
        buf_printf(sql, "app_fold(%s)%s", column->name, way);
    buf_printf(sql, "%s%s", column->name, way);
}

static void put_orders(struct buf *sql, const struct user_query *query)
{
    bool descending = false;

    buf_put_text(sql, " ORDER BY ");
    for (size_t i = 0; i < query->order_count; i++) {
        descending = query->orders[i].descending;
        put_order(sql, &user_columns[query->orders[i].column], descending);
    }
    if (!query->order_count)
        buf_put_text(sql, "username_folded, ");
    buf_put_text(sql, descending ? "id DESC" : "id");
}

static int read_count(struct db *db, const struct user_query *query,
                      const struct buf *needle, int64_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf sql;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, "SELECT count(*) FROM \"user\"");
    put_where(&sql, query);
    if (buf_check(&sql, err) < 0 ||
        db_prepare(db, buf_text(&sql), &stmt, err) < 0)
        goto out;
    db_bind_text(stmt, 1, buf_text(needle), needle->len);
    rc = db_step(stmt, err);
    if (rc == 1)
        *count = db_int(stmt, 0);
out:
    db_done(&stmt);
    buf_release(&sql);
    return rc < 0 ? -1 : 0;
}

static int read_page(struct db *db, const struct user_query *query,
                     const struct buf *needle, user_row_fn *fn, void *arg,
                     struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct user user;
    struct buf sql;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, USER_SELECT);
    put_where(&sql, query);
    put_orders(&sql, query);
    buf_put_text(&sql, " LIMIT ?2 OFFSET ?3");
    if (buf_check(&sql, err) < 0 ||
        db_prepare(db, buf_text(&sql), &stmt, err) < 0)
        goto out;
    db_bind_text(stmt, 1, buf_text(needle), needle->len);
    db_bind_int(stmt, 2, query->limit);
    db_bind_int(stmt, 3, query->offset);
    while ((rc = db_step(stmt, err)) == 1) {
        user_from_row(stmt, &user);
        rc = fn(arg, &user, err);
        if (rc < 0)
            goto out;
    }
out:
    db_done(&stmt);
    buf_release(&sql);
    return rc;
}

int user_query_run(struct db *db, const struct user_query *query,
                   int64_t *count, user_row_fn *fn, void *arg, struct err *err)
{
    struct buf needle;
    int rc = -1;

    buf_init(&needle, FOLDED_MAX);
    text_fold(&needle, query->search, strlen(query->search));
    if (buf_check(&needle, err) < 0 || db_read_begin(db, err) < 0)
        goto out;
    rc = read_count(db, query, &needle, count, err);
    if (rc == 0)
        rc = read_page(db, query, &needle, fn, arg, err);
    db_read_end(db);
out:
    buf_release(&needle);
    return rc;
}
