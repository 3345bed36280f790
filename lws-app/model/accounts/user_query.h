#pragma once
#include "base/err.h"
#include "model/accounts/user_column.h"
#include "store/db.h"
/*
 * The list of users: search (contained in the username, the email or a name,
 * folded by base/text), filters by yes-or-no columns, sorting (text by its
 * fold, ties by id, no login before every login), exact count and page from one
 * snapshot.
 * Thread: the caller's. Blocks on the database.
 */
#define USER_QUERY_ORDERS 4
#define USER_QUERY_TEXT_MAX 257 /* bytes of a needle, NUL included */

struct user_query {
    char search[USER_QUERY_TEXT_MAX]; /* "": all */
    unsigned long filters;            /* bit i: user_columns[i] is asked for */
    unsigned long wanted;             /* and must be this */
    size_t order_count;               /* none: by username */
    struct {
        size_t column;
        bool descending;
    } orders[USER_QUERY_ORDERS];
    int64_t offset;
    int64_t limit;
};
/* Called per row; borrowed. */
typedef int user_row_fn(void *arg, const struct user *user, struct err *err);

/* *count, of all that match, is set before the first row. ERR_BUDGET. */
int user_query_run(struct db *db, const struct user_query *query,
                   int64_t *count, user_row_fn *fn, void *arg, struct err *err);
