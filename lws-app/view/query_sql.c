#include "view/query_sql.h"
#include "model/orders/stream.h"
#include "view/query_sql_private.h"

#include <string.h>

#include "base/banned.h"

/* Every column in every condition, at its longest, and to spare. */
#define TEXT_MAX (256 * 1024)

void query_sql_init(struct query_sql *sql, const struct order_query *query)
{
    memset(sql, 0, sizeof(*sql));
    sql->query = query;
    sql->below_id = query->before_id;
    sql->offset = query->offset;
    sql->limit = query->limit;
    buf_init(&sql->text, TEXT_MAX);
}

void query_sql_release(struct query_sql *sql)
{
    buf_release(&sql->text);
}

/* Both return the number after the question mark. */
static int bind_number(struct query_sql *sql, int64_t number)
{
    sql->binds[sql->bind_count] = (struct query_bind){.number = number};
    return (int)++sql->bind_count;
}

static int bind_text(struct query_sql *sql, const char *text, size_t len)
{
    sql->binds[sql->bind_count] = (struct query_bind){.text = text, .len = len};
    return (int)++sql->bind_count;
}

/* owner is a number in the table and a name on the wire. */
static bool is_owner(const struct order_column *column)
{
    return !strcmp(column->name, "owner");
}

/* What stands between these two is read from the owner's row: of one owner only
 * once, not for every order. */
static void open_owner(struct query_sql *sql)
{
    buf_put_text(&sql->text, "(SELECT ");
}

static void close_owner(struct query_sql *sql)
{
    buf_put_text(&sql->text, " FROM \"user\" WHERE id = ");
    buf_put_text(&sql->text,
                 sql->query->owner == STREAM_ALL ? "o.owner)" : "?1)");
}

static void put_column(struct query_sql *sql, const struct order_column *column)
{
    if (is_owner(column))
        buf_put_text(&sql->text, "username");
    else
        buf_printf(&sql->text, "o.%s", column->name);
}

/* The column as the text that a person sees. */
static void put_shown(struct query_sql *sql, const struct order_column *column)
{
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_CHOICE: put_column(sql, column); break;
    case COLUMN_INT:
        buf_printf(&sql->text, "CAST(o.%s AS TEXT)", column->name);
        break;
    case COLUMN_DECIMAL:
        buf_printf(&sql->text, "app_decimal(o.%s)", column->name);
        break;
    case COLUMN_TIME:
        buf_printf(&sql->text, "app_time(o.%s)", column->name);
        break;
    }
}

/* Whether a time can hold the needle: all of them are written alike, digits
 * where the form has a 0. */
static bool fits_time(const char *needle, size_t len)
{
    static const char form[] = "0000-00-00t00:00:00.000000z";

    for (size_t start = 0; start + len < sizeof(form); start++) {
        size_t i = 0;

        while (i < len &&
               (form[start + i] == '0' ? needle[i] >= '0' && needle[i] <= '9'
                                       : needle[i] == form[start + i]))
            i++;
        if (i == len)
            return true;
    }
    return false;
}

/* A needle that no value of the column can hold need not be looked for row by
 * row. */
static bool can_hold(const struct order_column *column, const char *needle,
                     size_t len)
{
    switch (column->type) {
    case COLUMN_TEXT: return true;
    case COLUMN_INT: return strspn(needle, "0123456789") == len;
    case COLUMN_DECIMAL: return strspn(needle, "0123456789.-") == len;
    case COLUMN_TIME: return fits_time(needle, len);
    case COLUMN_CHOICE: break;
    }
    return true;
}

/* The words that meet the condition are known without a look at the rows; they
 * are their own folds. */
static void put_choices(struct query_sql *sql, const struct filter_node *node,
                        const struct order_column *column)
{
    const char *needle = order_filter_text(&sql->query->filter, node);
    bool is_first = true;

    for (size_t i = 0; column->choices[i]; i++) {
        const char *word = column->choices[i];

        if (!query_op_finds(node->op, word, strlen(word), needle,
                            node->text_len))
            continue;
        if (is_first)
            buf_printf(&sql->text, "o.%s IN (", column->name);
        buf_printf(&sql->text, is_first ? "'%s'" : ", '%s'", word);
        is_first = false;
    }
    buf_put_text(&sql->text, is_first ? "1 = 0" : ")");
}

/* The number of the condition's value in the text: all of its columns share
 * one. bound: 0 at first. */
static int bind_value(struct query_sql *sql, const struct filter_node *node,
                      const struct order_column *column, int *bound)
{
    const char *text = order_filter_text(&sql->query->filter, node);
    size_t len = node->text_len;

    if (*bound)
        return *bound;
    if (query_op_is_typed(node->op) && column->type == COLUMN_CHOICE) {
        text = column->choices[node->number];
        len = strlen(text);
    } else if (query_op_is_typed(node->op) && column->type != COLUMN_TEXT) {
        *bound = bind_number(sql, node->number);
        return *bound;
    }
    *bound = bind_text(sql, text, len);
    return *bound;
}

static void put_typed(struct query_sql *sql, const struct filter_node *node,
                      const struct order_column *column, int *bound)
{
    static const char *const signs[] = {
        [QUERY_EQUAL] = "=", [QUERY_AT_LEAST] = ">=", [QUERY_AT_MOST] = "<=",
        [QUERY_ABOVE] = ">", [QUERY_BELOW] = "<",
    };

    put_column(sql, column);
    if (node->is_null && (column->flags & COLUMN_NULL))
        buf_put_text(&sql->text, " IS NULL");
    else
        buf_printf(&sql->text, " %s ?%d", signs[node->op],
                   bind_value(sql, node, column, bound));
}

static void put_condition(struct query_sql *sql, const struct filter_node *node,
                          const struct order_column *column, int *bound)
{
    static const char *const calls[] = {
        [QUERY_CONTAINS] = "app_contains(", [QUERY_STARTS] = "app_starts(",
        [QUERY_ENDS] = "app_ends(",         [QUERY_IS] = "app_is(",
        [QUERY_MATCHES] = "app_match(",
    };

    if (is_owner(column))
        open_owner(sql);
    if (query_op_is_folded(node->op) && column->type == COLUMN_CHOICE) {
        put_choices(sql, node, column);
    } else if (!query_op_is_typed(node->op)) {
        buf_put_text(&sql->text, calls[node->op]);
        put_shown(sql, column);
        buf_printf(&sql->text, ", ?%d)", bind_value(sql, node, column, bound));
    } else {
        put_typed(sql, node, column, bound);
    }
    if (is_owner(column))
        close_owner(sql);
}

static void put_term(struct query_sql *sql, const struct filter_node *node)
{
    const char *text = order_filter_text(&sql->query->filter, node);
    bool is_first = true;
    int bound = 0;

    buf_put_char(&sql->text, '(');
    for (size_t i = 0; i < order_columns_count; i++) {
        const struct order_column *column = &order_columns[i];

        if (!(node->columns & 1UL << i) ||
            (query_op_is_folded(node->op) &&
             !can_hold(column, text, node->text_len)))
            continue;
        if (!is_first)
            buf_put_text(&sql->text, " OR ");
        put_condition(sql, node, column, &bound);
        is_first = false;
    }
    buf_put_text(&sql->text, is_first ? "1 = 0)" : ")");
}

static void put_node(struct query_sql *sql, const struct filter_node *node);

static void put_group(struct query_sql *sql, const struct filter_node *group)
{
    const struct filter_node *end = group + group->span;
    const char *word = group->kind == FILTER_OR ? " OR " : " AND ";

    buf_put_char(&sql->text, '(');
    if (group->span == 1)
        buf_put_text(&sql->text, group->kind == FILTER_OR ? "1 = 0" : "1 = 1");
    for (const struct filter_node *at = group + 1; at < end; at += at->span) {
        if (at > group + 1)
            buf_put_text(&sql->text, word);
        put_node(sql, at);
    }
    buf_put_char(&sql->text, ')');
}

/* As deep as QUERY_DEPTH. What can't be told of nothing at all is not met, and
 * so its opposite is. */
static void put_node(struct query_sql *sql, const struct filter_node *node)
{
    switch (node->kind) {
    case FILTER_TERM: put_term(sql, node); break;
    case FILTER_AND:
    case FILTER_OR: put_group(sql, node); break;
    case FILTER_NOT:
        buf_put_char(&sql->text, '(');
        put_node(sql, node + 1);
        buf_put_text(&sql->text, " IS NOT TRUE)");
        break;
    }
}

/* As a range no index gives its rows in order but one that begins with it: a
 * server might walk all orders, by their ids, in search of a few. The plus
 * keeps the index out: for most of the table's rows its detour costs twice as
 * much as passing over the others' rows. */
static void put_owner(struct query_sql *sql)
{
    bind_number(sql, sql->query->owner);
    if (sql->index_key)
        buf_put_text(&sql->text, "o.owner >= ?1 AND o.owner <= ?1");
    else
        buf_put_text(&sql->text,
                     sql->is_dense ? "+o.owner = ?1" : "o.owner = ?1");
}

/* The owner comes first, so that it is ?1 wherever there is one. */
void query_put_from(struct query_sql *sql)
{
    const struct order_query *query = sql->query;
    const char *word = " WHERE ";

    buf_put_text(&sql->text, " FROM orders o");
    if (query->owner != STREAM_ALL) {
        buf_put_text(&sql->text, word);
        put_owner(sql);
        word = " AND ";
    }
    if (sql->below_id) {
        buf_printf(&sql->text, "%so.id < ?%d", word,
                   bind_number(sql, sql->below_id));
        word = " AND ";
    }
    if (sql->above_id) {
        buf_printf(&sql->text, "%so.id > ?%d", word,
                   bind_number(sql, sql->above_id));
        word = " AND ";
    }
    for (size_t i = 0; i < query->filter.node_count;
         i += query->filter.nodes[i].span) {
        buf_put_text(&sql->text, word);
        put_node(sql, &query->filter.nodes[i]);
        word = " AND ";
    }
}

bool query_sql_has_index(const struct order_query *query)
{
    return order_filter_is_empty(&query->filter) && query_index_key(query);
}

static bool term_has_functions(const struct filter_node *node)
{
    if (query_op_is_typed(node->op))
        return false;
    for (size_t i = 0; i < order_columns_count; i++) {
        if ((node->columns & 1UL << i) &&
            (order_columns[i].type != COLUMN_CHOICE ||
             !query_op_is_folded(node->op)))
            return true;
    }
    return false;
}

bool query_sql_has_functions(const struct order_query *query)
{
    for (size_t i = 0; i < query->filter.node_count; i++) {
        const struct filter_node *node = &query->filter.nodes[i];

        if (node->kind == FILTER_TERM && term_has_functions(node))
            return true;
    }
    for (size_t i = 0; i < query->order_count; i++) {
        const struct order_column *column =
            &order_columns[query->orders[i].column];

        if (order_query_has_order(query, i) && column->type == COLUMN_TEXT &&
            !is_owner(column))
            return true;
    }
    return false;
}

static void put_key(struct query_sql *sql, const struct order_column *column,
                    bool is_folded)
{
    if (is_owner(column)) {
        open_owner(sql);
        buf_put_text(&sql->text, is_folded ? "username_folded" : "username");
        close_owner(sql);
    } else if (is_folded) {
        buf_printf(&sql->text, "app_fold(o.%s)", column->name);
    } else {
        put_column(sql, column);
    }
}

typedef void key_fn(struct query_sql *sql, const struct order_column *column,
                    bool is_folded, bool is_down, int n);

static void name_key(struct query_sql *sql, const struct order_column *column,
                     bool is_folded, bool is_down, int n)
{
    (void)is_down;
    buf_put_text(&sql->text, ", ");
    put_key(sql, column, is_folded);
    buf_printf(&sql->text, " AS k%d", n);
}

/* Nothing at all sorts before everything else. */
static void put_direction(struct query_sql *sql,
                          const struct order_column *column, bool is_down)
{
    buf_put_text(&sql->text, is_down ? " DESC" : " ASC");
    if (column->flags & COLUMN_NULL)
        buf_put_text(&sql->text, is_down ? " NULLS LAST" : " NULLS FIRST");
    buf_put_text(&sql->text, ", ");
}

static void order_by_named(struct query_sql *sql,
                           const struct order_column *column, bool is_folded,
                           bool is_down, int n)
{
    (void)is_folded;
    buf_printf(&sql->text, "k%d", n);
    put_direction(sql, column, is_down);
}

static void order_by_key(struct query_sql *sql,
                         const struct order_column *column, bool is_folded,
                         bool is_down, int n)
{
    (void)n;
    put_key(sql, column, is_folded);
    put_direction(sql, column, is_down);
}

/* Text is ordered by its fold, and where that is the same by itself. */
static void each_key(struct query_sql *sql, key_fn *put)
{
    const struct order_query *query = sql->query;
    int n = 0;

    for (size_t i = 0; i < query->order_count; i++) {
        const struct query_order *order = &query->orders[i];
        const struct order_column *column = &order_columns[order->column];

        if (!order_query_has_order(query, i) || !strcmp(column->name, "id"))
            continue;
        if (column->type == COLUMN_TEXT)
            put(sql, column, true, order->descending, ++n);
        put(sql, column, false, order->descending, ++n);
    }
}

static void put_order(struct query_sql *sql, key_fn *put, const char *id)
{
    bool is_down = order_query_is_id_down(sql->query) != sql->is_from_end;

    buf_put_text(&sql->text, " ORDER BY ");
    each_key(sql, put);
    buf_printf(&sql->text, "%s%s", id, is_down ? " DESC" : " ASC");
}

void query_put_limit(struct query_sql *sql)
{
    buf_put_text(&sql->text, " LIMIT ?");
    buf_put_int(&sql->text, bind_number(sql, sql->limit));
    buf_put_text(&sql->text, " OFFSET ?");
    buf_put_int(&sql->text, bind_number(sql, sql->offset));
}

/* Looks at each row once: what matches is kept aside, counted and ordered. */
static void put_page_count(struct query_sql *sql)
{
    buf_put_text(&sql->text, "WITH m AS MATERIALIZED (SELECT o.id AS id");
    each_key(sql, name_key);
    query_put_from(sql);
    buf_put_text(&sql->text,
                 ") SELECT p.id, c.n FROM (SELECT COUNT(*) AS n FROM m) c "
                 "LEFT JOIN (SELECT m.* FROM m");
    put_order(sql, order_by_named, "id");
    query_put_limit(sql);
    buf_put_text(&sql->text, ") p ON 1 = 1");
    put_order(sql, order_by_named, "id");
}

static void put_page(struct query_sql *sql)
{
    buf_put_text(&sql->text, "SELECT o.id");
    query_put_from(sql);
    put_order(sql, order_by_key, "o.id");
    query_put_limit(sql);
}

static void put_rows(struct query_sql *sql)
{
    buf_put_text(&sql->text, ORDER_SELECT "WHERE o.id IN (");
    put_page(sql);
    buf_put_text(&sql->text, order_query_is_id_down(sql->query)
                                 ? ") ORDER BY o.id DESC"
                                 : ") ORDER BY o.id ASC");
}

static void put_values(struct query_sql *sql)
{
    const struct order_column *column = &order_columns[sql->column];

    buf_put_text(&sql->text, "SELECT ");
    put_key(sql, column, false);
    buf_put_text(&sql->text, ", COUNT(*)");
    query_put_from(sql);
    buf_put_text(&sql->text, " GROUP BY 1 LIMIT ");
    buf_printf(&sql->text, "?%d", bind_number(sql, sql->query->limit));
}

static void put_shape(struct query_sql *sql, enum query_sql_shape shape)
{
    switch (shape) {
    case QUERY_PAGE:
        if (sql->index_key)
            query_put_index_page(sql, "SELECT o.id");
        else
            put_page(sql);
        break;
    case QUERY_ROWS:
        if (sql->index_key)
            query_put_index_rows(sql);
        else
            put_rows(sql);
        break;
    case QUERY_STREAM_ROWS: query_put_stream_rows(sql); break;
    case QUERY_COUNT:
        buf_put_text(&sql->text, "SELECT COUNT(*)");
        query_put_from(sql);
        break;
    case QUERY_PAGE_COUNT: put_page_count(sql); break;
    case QUERY_VALUES: put_values(sql); break;
    }
}

int query_sql_prepare(struct query_sql *sql, enum query_sql_shape shape,
                      struct db *db, struct db_stmt **stmt, struct err *err)
{
    buf_clear(&sql->text);
    sql->bind_count = 0;
    sql->index_key = NULL;
    if (db_is_server(db) && (shape == QUERY_PAGE || shape == QUERY_ROWS ||
                             shape == QUERY_STREAM_ROWS))
        sql->index_key = query_index_key(sql->query);
    put_shape(sql, shape);
    if (buf_check(&sql->text, err) < 0 ||
        db_prepare(db, buf_text(&sql->text), stmt, err) < 0)
        return -1;
    for (size_t i = 0; i < sql->bind_count; i++) {
        const struct query_bind *bind = &sql->binds[i];

        if (bind->text)
            db_bind_text(*stmt, (int)i + 1, bind->text, bind->len);
        else
            db_bind_int(*stmt, (int)i + 1, bind->number);
    }
    return 0;
}
