#include "model/orders/stream.h"
#include "view/query_sql_private.h"

#include <string.h>

#include "base/banned.h"

/*
 * Pages that an index gives, in words that leave a server no choice. It plans a
 * statement once, for any values: it takes what a LIMIT leaves for a tenth of
 * all rows, and would rather read the whole table than look up so many. What
 * ends with OFFSET 0 is run as it is written: for each row before it.
 */

const char *query_index_key(const struct order_query *query)
{
    size_t first = order_query_first_order(query);
    const char *name = "id";

    if (first < query->order_count)
        name = order_columns[query->orders[first].column].name;
    if (!strcmp(name, "id") ||
        (!strcmp(name, "position") && query->owner != STREAM_ALL))
        return name;
    return NULL;
}

static bool is_down(const struct order_query *query)
{
    size_t first = order_query_first_order(query);

    return first == query->order_count || query->orders[first].descending;
}

static bool is_by_id(const struct query_sql *sql)
{
    return !strcmp(sql->index_key, "id");
}

/* first: of the order, before the key. */
static void put_order(struct query_sql *sql, const char *first, bool down)
{
    buf_put_text(&sql->text, " ORDER BY ");
    buf_put_text(&sql->text, first);
    buf_put_text(&sql->text, is_by_id(sql) ? "o.id" : "o.position");
    buf_put_text(&sql->text, down ? " DESC" : " ASC");
}

void query_put_index_page(struct query_sql *sql, const char *select)
{
    bool down = is_down(sql->query) != sql->is_from_end;
    const char *owner = "";

    if (sql->query->owner != STREAM_ALL)
        owner = down ? "o.owner DESC, " : "o.owner ASC, ";
    buf_put_text(&sql->text, select);
    query_put_from(sql);
    put_order(sql, owner, down);
    query_put_limit(sql);
}

/* u: of the owner of a row o. */
static void put_username(struct query_sql *sql)
{
    buf_put_text(&sql->text,
                 sql->query->owner == STREAM_ALL
                     ? "LEFT JOIN LATERAL (SELECT username FROM \"user\" "
                       "WHERE id = o.owner OFFSET 0) u ON 1 = 1"
                     : "LEFT JOIN (SELECT username FROM \"user\" "
                       "WHERE id = ?1 OFFSET 0) u ON 1 = 1");
}

/* Only the rows of the page are looked up in the table, and not those that are
 * passed over. */
void query_put_index_rows(struct query_sql *sql)
{
    buf_put_text(&sql->text, "SELECT " ORDER_FIELDS " FROM (");
    query_put_index_page(sql,
                         is_by_id(sql) ? "SELECT o.id" : "SELECT o.position");
    buf_put_text(&sql->text,
                 is_by_id(sql)
                     ? ") p CROSS JOIN LATERAL (SELECT * FROM orders o "
                       "WHERE o.id = p.id OFFSET 0) o "
                     : ") p CROSS JOIN LATERAL (SELECT * FROM orders o "
                       "WHERE o.owner = ?1 AND o.position = p.position "
                       "OFFSET 0) o ");
    put_username(sql);
    put_order(sql, "", is_down(sql->query));
}

/* The rows as the index gives them: a look-up of each would take longer than to
 * pass over some hundred of them. */
void query_put_stream_rows(struct query_sql *sql)
{
    buf_put_text(&sql->text,
                 "SELECT " ORDER_FIELDS ", s.position, s.order_count FROM (");
    buf_put_text(&sql->text, stream_select(sql->query->owner));
    buf_put_text(&sql->text, ") s LEFT JOIN (");
    query_put_index_page(sql, "SELECT *");
    buf_put_text(&sql->text, ") o ON 1 = 1 ");
    put_username(sql);
    put_order(sql, "", is_down(sql->query));
}
