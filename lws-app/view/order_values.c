#include "view/order_values.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/orders/stream.h"
#include "view/order_scan.h"
#include "view/order_walk.h"
#include "view/query_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define BITS_FIRST 6

void order_values_init(struct order_values *values, size_t column, size_t most)
{
    memset(values, 0, sizeof(*values));
    values->column = column;
    values->number = order_rows_number(&order_columns[column]);
    values->text = order_rows_text(&order_columns[column]);
    values->most = most;
    buf_init(&values->texts, SIZE_MAX);
}

void order_values_release(struct order_values *values)
{
    mem_free(values->list);
    mem_free(values->table);
    buf_release(&values->texts);
    values->list = NULL;
    values->table = NULL;
    values->count = values->cap = 0;
}

/* What is looked for, or added. */
struct key {
    const char *text; /* NULL: a number, or nothing at all */
    bool is_null;
    int64_t number;
};

static uint64_t hash_of(const struct key *key)
{
    uint64_t hash = key->is_null ? 1 : (uint64_t)key->number;

    if (key->text)
        hash = query_hash_bytes(QUERY_HASH, key->text, strlen(key->text));
    /* Short texts differ in few bits: spread to the upper ones. */
    hash ^= hash >> 32;
    return hash * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_key(const struct order_values *values,
                   const struct order_value *value, const struct key *key)
{
    if (value->is_null || key->is_null)
        return value->is_null == key->is_null;
    return key->text ? !strcmp(values->texts.data + value->text, key->text)
                     : value->number == key->number;
}

static struct key key_of(const struct order_values *values,
                         const struct order_value *value)
{
    bool is_text = order_columns[values->column].type == COLUMN_TEXT;

    return (struct key){.text = is_text && !value->is_null
                                    ? values->texts.data + value->text
                                    : NULL,
                        .is_null = value->is_null,
                        .number = value->number};
}

static uint32_t *find_place(const struct order_values *values,
                            const struct key *key)
{
    size_t mask = ((size_t)1 << values->bits) - 1;
    size_t at = (size_t)(hash_of(key) >> (64 - values->bits));

    while (values->table[at] &&
           !is_key(values, &values->list[values->table[at] - 1], key))
        at = (at + 1) & mask;
    return &values->table[at];
}

static bool grow_table(struct order_values *values)
{
    unsigned bits = values->table ? values->bits + 1 : BITS_FIRST;
    uint32_t *table;

    if (values->table && (values->count + 1) * 2 <= (size_t)1 << values->bits)
        return true;
    table = mem_zalloc(sizeof(*table) << bits);
    if (!table)
        return false;
    mem_free(values->table);
    values->table = table;
    values->bits = bits;
    for (size_t i = 0; i < values->count; i++) {
        struct key key = key_of(values, &values->list[i]);

        *find_place(values, &key) = (uint32_t)i + 1;
    }
    return true;
}

static bool grow_list(struct order_values *values)
{
    size_t cap = values->cap ? values->cap * 2 : 16;
    struct order_value *list;

    if (values->count < values->cap)
        return true;
    list = mem_realloc(values->list, cap * sizeof(*list));
    if (!list)
        return false;
    values->list = list;
    values->cap = cap;
    return true;
}

static bool add(struct order_values *values, const struct key *key,
                size_t which, int64_t count)
{
    struct order_value *value;
    uint32_t *place;

    if (values->is_over)
        return true;
    if (!grow_table(values) || !grow_list(values))
        return false;
    place = find_place(values, key);
    if (!*place) {
        values->is_over = values->count == values->most;
        if (values->is_over)
            return true;
        value = &values->list[values->count];
        *value = (struct order_value){.is_null = key->is_null,
                                      .number = key->number,
                                      .text = values->texts.len};
        if (key->text)
            buf_put(&values->texts, key->text, strlen(key->text) + 1);
        if (values->texts.failed)
            return false;
        *place = (uint32_t)++values->count;
    }
    values->list[*place - 1].counts[which] += count;
    return true;
}

/* One count. */
struct counting {
    struct db *db;
    const struct order_query *query;
    const struct order_rows *rows;
    struct order_values *values;
    size_t n;
    size_t which;
};

static bool add_slot(void *arg, const struct order_slot *slot)
{
    struct counting *counting = arg;

    for (size_t i = 0; i < counting->n; i++) {
        struct order_values *values = &counting->values[i];
        struct key key = {.text = NULL};

        if (values->is_over)
            continue;
        if (values->number >= 0) {
            key.number = slot->numbers[values->number];
            key.is_null = key.number == NUMBER_NULL;
        } else {
            key.text = order_slot_text(counting->rows, slot,
                                       (enum order_text)values->text);
            key.is_null = !*key.text;
        }
        if (key.is_null)
            key = (struct key){.is_null = true};
        if (!add(values, &key, counting->which, 1))
            return false;
    }
    return true;
}

static int64_t choice_of(const struct order_column *column, const char *word)
{
    int64_t i = 0;

    while (column->choices[i + 1] && strcmp(column->choices[i], word) != 0)
        i++;
    return i;
}

static bool add_row(struct counting *counting, struct order_values *values,
                    const struct db_stmt *stmt)
{
    const struct order_column *column = &order_columns[values->column];
    struct key key = {.is_null = db_is_null(stmt, 0)};
    size_t len;

    if (key.is_null)
        return add(values, &key, counting->which, db_int(stmt, 1));
    if (column->type == COLUMN_CHOICE)
        key.number = choice_of(column, db_text(stmt, 0, &len));
    else if (column->type == COLUMN_TEXT)
        key.text = db_text(stmt, 0, &len);
    else
        key.number = db_int(stmt, 0);
    return add(values, &key, counting->which, db_int(stmt, 1));
}

static int count_in_database(struct counting *counting,
                             struct order_values *values, struct err *err)
{
    struct order_query query = *counting->query; /* borrows its filter */
    struct db_stmt *stmt = NULL;
    struct query_sql sql;
    int rc = -1;

    query.before_id = 0;
    query.limit = (int64_t)values->most + 1;
    query_sql_init(&sql, &query);
    sql.column = values->column;
    if (query_sql_prepare(&sql, QUERY_VALUES, counting->db, &stmt, err) == 0)
        rc = db_step(stmt, err);
    while (rc == 1 && !values->is_over) {
        if (!add_row(counting, values, stmt))
            rc = err_set(err, ERR_NOMEM, "no memory for a list of values");
        else
            rc = db_step(stmt, err);
    }
    db_done(&stmt);
    query_sql_release(&sql);
    return rc < 0 ? -1 : 0;
}

static int add_order(void *arg, struct order_ready *order, struct err *err)
{
    const struct counting *counting = arg;

    for (size_t i = 0; i < counting->n; i++) {
        struct order_values *values = &counting->values[i];
        const struct order_column *column = &order_columns[values->column];
        struct key key = {.text = NULL};

        if (column->type == COLUMN_TEXT)
            key.text = order_column_text(column, order->order);
        else
            key.number = order_column_number(column, order->order);
        if (column->type == COLUMN_TEXT ? !key.text : key.number == ORDER_NULL)
            key = (struct key){.is_null = true};
        if (!add(values, &key, counting->which, 1))
            return err_set(err, ERR_NOMEM, "no memory for a list of values");
    }
    return 0;
}

static int count_by_walk(struct counting *counting, struct err *err)
{
    struct order_match *match = NULL;
    int rc;

    if (order_match_new(counting->query, &match, err) < 0)
        return -1;
    rc = order_walk_run(counting->db, counting->query, match, true, add_order,
                        counting, err);
    order_match_free(match);
    return rc;
}

/* counting->rows stays NULL where the rows are not in memory. */
static int find_rows(struct counting *counting, struct order_cached *cached,
                     struct err *err)
{
    int64_t position;
    int64_t total;

    if (!cached)
        return 0;
    if (stream_position(counting->db, counting->query->owner, &position, &total,
                        err) < 0)
        return -1;
    return order_cache_rows(cached, counting->db, position, total,
                            &counting->rows, err);
}

static int count_all(struct counting *counting, struct order_cached *cached,
                     struct err *err)
{
    if (find_rows(counting, cached, err) < 0)
        return -1;
    if (counting->rows) {
        if (!order_scan_each(counting->rows, counting->query, add_slot,
                             counting))
            return err_set(err, ERR_NOMEM, "no memory for a list of values");
        return 0;
    }
    if (order_walk_is_needed(counting->db, counting->query))
        return count_by_walk(counting, err);
    for (size_t i = 0; i < counting->n; i++) {
        if (!counting->values[i].is_over &&
            count_in_database(counting, &counting->values[i], err) < 0)
            return -1;
    }
    return 0;
}

int order_values_count(struct db *db, struct order_cache *cache,
                       const struct order_query *query,
                       struct order_values *values, size_t n, size_t which,
                       struct err *err)
{
    struct counting counting = {
        .db = db, .query = query, .values = values, .n = n, .which = which};
    struct order_cached *cached = NULL;
    int rc = -1;

    if (order_scan_can(query))
        cached = order_cache_lock(cache, query->owner);
    if (db_read_begin(db, err) == 0) {
        rc = count_all(&counting, cached, err);
        db_read_end(db);
    }
    order_cache_unlock(cached);
    return rc;
}

static int compare_texts(const char *a, const char *b)
{
    struct buf x;
    struct buf y;
    int sign;

    buf_init(&x, SIZE_MAX);
    buf_init(&y, SIZE_MAX);
    text_fold(&x, a, strlen(a));
    text_fold(&y, b, strlen(b));
    sign = strcmp(buf_text(&x), buf_text(&y));
    buf_release(&x);
    buf_release(&y);
    return sign ? sign : strcmp(a, b);
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct order_values *values = arg;
    const struct order_value *a = left;
    const struct order_value *b = right;
    struct key x = key_of(values, a);
    struct key y = key_of(values, b);

    if (a->is_null || b->is_null)
        return b->is_null - a->is_null;
    if (x.text)
        return compare_texts(x.text, y.text);
    return (a->number > b->number) - (a->number < b->number);
}

void order_values_sort(struct order_values *values)
{
    mem_free(values->table);
    values->table = NULL;
    if (values->count && !values->is_over)
        qsort_r(values->list, values->count, sizeof(*values->list), compare,
                values);
}

const char *order_value_text(const struct order_values *values, size_t i,
                             char room[64])
{
    const struct order_column *column = &order_columns[values->column];
    const struct order_value *value = &values->list[i];

    if (value->is_null)
        return "";
    switch (column->type) {
    case COLUMN_TEXT: return values->texts.data + value->text;
    case COLUMN_CHOICE: return column->choices[value->number];
    case COLUMN_DECIMAL: decimal_format(value->number, room); break;
    case COLUMN_TIME: clock_format(value->number, room); break;
    case COLUMN_INT:
        snprintf(room, 64, "%lld", (long long)value->number);
        break;
    }
    return room;
}
