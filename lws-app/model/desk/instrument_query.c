#include "model/desk/instrument_query.h"
#include "base/text.h"

#include <string.h>

#include "base/banned.h"

#define SQL_MAX 32768
/* The fold of a word may be longer than the word, and each byte of it may take
 * a mark. */
#define FOLDED_MAX (INSTRUMENT_QUERY_WORD_MAX * 18)
#define PATTERNS_MAX (INSTRUMENT_QUERY_WORDS * (FOLDED_MAX * 2 + 2))

/* A query on its way: its words folded, as patterns, one behind the other. */
struct run {
    struct db *db;
    const struct instrument_query *query;
    struct buf patterns;
    size_t ends[INSTRUMENT_QUERY_WORDS]; /* of each word in it */
};

unsigned instrument_query_searchable(void)
{
    unsigned columns = 0;

    for (size_t i = 0; i < instrument_columns_count; i++) {
        if (instrument_columns[i].flags & INSTRUMENT_SEARCH)
            columns |= 1U << i;
    }
    return columns;
}

/* Of LIKE: contains. */
static void put_pattern(struct buf *out, const struct buf *folded)
{
    const char *text = buf_text(folded);

    buf_put_char(out, '%');
    for (size_t i = 0; i < folded->len; i++) {
        if (memchr("%_!", text[i], 3))
            buf_put_char(out, '!');
        buf_put_char(out, text[i]);
    }
    buf_put_char(out, '%');
}

static int fold_words(struct run *run, struct err *err)
{
    const struct instrument_query *query = run->query;
    struct buf folded;
    int rc = 0;

    buf_init(&folded, FOLDED_MAX);
    for (size_t i = 0; rc == 0 && i < query->word_count; i++) {
        buf_clear(&folded);
        text_fold(&folded, query->words[i].text, query->words[i].len);
        put_pattern(&run->patterns, &folded);
        run->ends[i] = run->patterns.len;
        rc = buf_check(&folded, err);
    }
    buf_release(&folded);
    return rc < 0 ? -1 : buf_check(&run->patterns, err);
}

/* The names below are the column table's own. */
static void put_word(struct buf *sql, const struct instrument_word *word,
                     int number)
{
    const char *between = word->is_negated ? " AND NOT (" : " AND (";

    for (size_t i = 0; i < instrument_columns_count; i++) {
        if (!(word->columns & 1U << i))
            continue;
        buf_put_text(sql, between);
        buf_printf(sql, "%s_folded LIKE ?%d ESCAPE '!'", /* column table */
                   instrument_columns[i].name, number);
        between = " OR ";
    }
    buf_put_text(sql, ")");
}

/* The next parameter; *number: how many there are by then. */
static void put_parameter(struct buf *sql, const char *before, int *number)
{
    buf_put_text(sql, before);
    buf_put_char(sql, '?');
    buf_put_int(sql, ++*number);
}

static void put_filter(struct buf *sql, const struct instrument_column *column,
                       bool wanted)
{
    buf_put_text(sql, " AND ");
    buf_put_text(sql, column->name);
    buf_put_text(sql, wanted ? " = 1" : " = 0");
}

static void put_where(struct buf *sql, const struct instrument_query *query,
                      int *number)
{
    buf_put_text(sql, " WHERE id > 0");
    for (size_t i = 0; i < query->word_count; i++)
        put_word(sql, &query->words[i], ++*number);
    for (size_t i = 0; i < query->symbol_count; i++)
        put_parameter(sql, i ? ", " : " AND symbol IN (", number);
    if (query->symbol_count)
        buf_put_text(sql, ")");
    if (query->currency)
        put_parameter(sql, " AND currency = ", number);
    for (size_t i = 0; i < instrument_columns_count; i++) {
        if (query->filters & 1U << i)
            put_filter(sql, &instrument_columns[i], query->wanted & 1U << i);
    }
}

static void put_order(struct buf *sql, const struct instrument_column *column,
                      bool descending)
{
    const char *way = descending ? " DESC, " : ", ";

    if (column->type == INSTRUMENT_TEXT)
        buf_printf(sql, "%s_folded%s", column->name, way);
    buf_printf(sql, "%s%s", column->name, way);
}

static void put_orders(struct buf *sql, const struct instrument_query *query)
{
    bool descending = false;

    buf_put_text(sql, " ORDER BY ");
    for (size_t i = 0; i < query->order_count; i++) {
        descending = query->orders[i].descending;
        put_order(sql, &instrument_columns[query->orders[i].column],
                  descending);
    }
    if (!query->order_count)
        buf_put_text(sql, "symbol, ");
    buf_put_text(sql, descending ? "id DESC" : "id");
}

/* Returns how many parameters there are. */
static int bind_query(struct db_stmt *stmt, const struct run *run)
{
    const struct instrument_query *query = run->query;
    const char *patterns = buf_text(&run->patterns);
    size_t from = 0;
    int n = 0;

    for (size_t i = 0; i < query->word_count; i++) {
        db_bind_text(stmt, ++n, patterns + from, run->ends[i] - from);
        from = run->ends[i];
    }
    for (size_t i = 0; i < query->symbol_count; i++)
        db_bind_text(stmt, ++n, query->symbols[i].text, query->symbols[i].len);
    if (query->currency)
        db_bind_str(stmt, ++n, query->currency);
    return n;
}

static int read_count(struct run *run, int64_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf sql;
    int number = 0;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, "SELECT count(*) FROM instrument");
    put_where(&sql, run->query, &number);
    if (buf_check(&sql, err) < 0 ||
        db_prepare(run->db, buf_text(&sql), &stmt, err) < 0)
        goto out;
    (void)bind_query(stmt, run);
    rc = db_step(stmt, err);
    if (rc == 1)
        *count = db_int(stmt, 0);
out:
    db_done(&stmt);
    buf_release(&sql);
    return rc < 0 ? -1 : 0;
}

static bool is_all(const struct instrument_query *query)
{
    return !query->word_count && !query->symbol_count && !query->currency &&
           !query->filters;
}

static int read_counts(struct run *run, struct instrument_counts *counts,
                       struct err *err)
{
    static const struct instrument_query all;
    struct run whole = {.db = run->db, .query = &all};

    if (read_count(&whole, &counts->total, err) < 0)
        return -1;
    counts->matching = counts->total;
    return is_all(run->query) ? 0 : read_count(run, &counts->matching, err);
}

static int read_page(struct run *run, instrument_row_fn *fn, void *arg,
                     struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct instrument instrument;
    struct buf sql;
    int number = 0;
    int rc = -1;

    buf_init(&sql, SQL_MAX);
    buf_put_text(&sql, INSTRUMENT_SELECT);
    put_where(&sql, run->query, &number);
    put_orders(&sql, run->query);
    put_parameter(&sql, " LIMIT ", &number);
    put_parameter(&sql, " OFFSET ", &number);
    if (buf_check(&sql, err) < 0 ||
        db_prepare(run->db, buf_text(&sql), &stmt, err) < 0)
        goto out;
    number = bind_query(stmt, run);
    db_bind_int(stmt, number + 1, run->query->limit);
    db_bind_int(stmt, number + 2, run->query->offset);
    while ((rc = db_step(stmt, err)) == 1) {
        instrument_from_row(stmt, &instrument);
        rc = fn(arg, &instrument, err);
        if (rc < 0)
            goto out;
    }
out:
    db_done(&stmt);
    buf_release(&sql);
    return rc;
}

int instrument_query_run(struct db *db, const struct instrument_query *query,
                         struct instrument_counts *counts,
                         instrument_row_fn *fn, void *arg, struct err *err)
{
    struct run run = {.db = db, .query = query};
    int rc = -1;

    buf_init(&run.patterns, PATTERNS_MAX);
    if (fold_words(&run, err) < 0 || db_read_begin(db, err) < 0)
        goto out;
    rc = read_counts(&run, counts, err);
    if (rc == 0)
        rc = read_page(&run, fn, arg, err);
    db_read_end(db);
out:
    buf_release(&run.patterns);
    return rc;
}
