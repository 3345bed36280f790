#include "web/query/instrument_list.h"
#include "base/mem.h"
#include "web/query/args.h"
#include "web/query/draw.h"
#include "web/query/words.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PAGE_SIZE 20
#define NO_COLUMN SIZE_MAX
#define LIST_SHAPE "InstrumentListArguments"
#define TABLE_SHAPE "InstrumentTableArguments"

static size_t column_named(const char *name, size_t len)
{
    const struct instrument_column *column = instrument_column_find(name, len);

    return column ? (size_t)(column - instrument_columns) : NO_COLUMN;
}

static int add_words(struct instrument_query *query, unsigned columns,
                     const char *text, size_t len, const char *field,
                     struct err *err)
{
    const char *end = text + len;
    struct word word;

    while (words_next(&text, end, &word)) {
        if (!word.len)
            continue;
        if (query->word_count == INSTRUMENT_QUERY_WORDS)
            return err_field(err, field, "more than %d words",
                             INSTRUMENT_QUERY_WORDS);
        if (word.len > INSTRUMENT_QUERY_WORD_MAX)
            return err_field(err, field, "a word is longer than %d bytes",
                             INSTRUMENT_QUERY_WORD_MAX);
        query->words[query->word_count++] = (struct instrument_word){
            word.text, word.len, columns, word.is_negated};
    }
    return 0;
}

static int add_symbol(struct instrument_query *query, const char *symbol,
                      size_t len, const char *field, struct err *err)
{
    if (query->symbol_count == INSTRUMENT_QUERY_SYMBOLS)
        return err_field(err, field, "more than %d symbols",
                         INSTRUMENT_QUERY_SYMBOLS);
    query->symbols[query->symbol_count].text = symbol;
    query->symbols[query->symbol_count++].len = len;
    return 0;
}

static int add_symbols(struct instrument_query *query, const char *list,
                       struct err *err)
{
    while (list && *list) {
        size_t len = strcspn(list, ",");

        if (len && add_symbol(query, list, len, "symbols", err) < 0)
            return -1;
        list += len;
        list += *list == ',';
    }
    return 0;
}

static void add_filters(const struct params *args,
                        struct instrument_query *query, struct err *err)
{
    const char *symbol = args_text(args, "symbol");

    if (symbol)
        add_symbol(query, symbol, strlen(symbol), "symbol", err);
    add_symbols(query, args_text(args, "symbols"), err);
    query->currency = args_text(args, "currency");
    for (size_t i = 0; i < instrument_columns_count; i++) {
        int wanted = instrument_columns[i].type == INSTRUMENT_BOOL
                         ? args_bool(args, instrument_columns[i].name)
                         : -1;

        if (wanted >= 0)
            query->filters |= 1U << i;
        if (wanted > 0)
            query->wanted |= 1U << i;
    }
}

static int add_order(struct instrument_query *query, size_t column,
                     bool descending, const char *field, struct err *err)
{
    if (query->order_count == INSTRUMENT_QUERY_ORDERS)
        return err_field(err, field, "at most %d columns",
                         INSTRUMENT_QUERY_ORDERS);
    query->orders[query->order_count].column = column;
    query->orders[query->order_count++].descending = descending;
    return 0;
}

static int read_ordering(struct instrument_query *query, const char *text,
                         struct err *err)
{
    while (text && *text) {
        size_t len = strcspn(text, ",");
        size_t skip = len > 0 && text[0] == '-' ? 1 : 0;
        size_t column = column_named(text + skip, len - skip);

        if (column == NO_COLUMN)
            return err_field(err, "ordering", "cannot sort by %.*s",
                             (int)(len < 64 ? len : 64), text);
        if (add_order(query, column, skip, "ordering", err) < 0)
            return -1;
        text += len;
        text += *text == ',';
    }
    return 0;
}

int instrument_list_read(const struct params *args,
                         struct instrument_query *query, struct err *err)
{
    const char *search = args_text(args, "search");

    memset(query, 0, sizeof(*query));
    if (args_check(args, LIST_SHAPE, err) < 0)
        return -1;
    if (search)
        add_words(query, instrument_query_searchable(), search, strlen(search),
                  "search", err);
    add_filters(args, query, err);
    read_ordering(query, args_text(args, "ordering"), err);
    query->limit = args_int(args, "page_size", PAGE_SIZE);
    query->offset = (args_int(args, "page", 1) - 1) * query->limit;
    return err->code ? -1 : 0;
}

/* As DataTables asks */

static size_t column_at(const struct draw *draw, size_t index)
{
    const struct draw_column *column = &draw->columns[index];
    const struct draw_text names[] = {column->data, column->data_default,
                                      column->name};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t found = names[i].len ? column_named(names[i].text, names[i].len)
                                    : NO_COLUMN;

        if (found != NO_COLUMN)
            return found;
    }
    return NO_COLUMN;
}

static bool is_searched(const struct draw *draw, size_t index)
{
    size_t column = column_at(draw, index);

    return draw->columns[index].is_searchable && column != NO_COLUMN &&
           instrument_columns[column].flags & INSTRUMENT_SEARCH;
}

/* A draw that names none means all of ours. */
static unsigned searchable(const struct draw *draw)
{
    unsigned columns = 0;

    if (!draw->column_count)
        return instrument_query_searchable();
    for (size_t i = 0; i < draw->column_count; i++) {
        if (is_searched(draw, i))
            columns |= 1U << column_at(draw, i);
    }
    return columns;
}

static void add_own_search(const struct draw *draw, size_t index,
                           struct instrument_query *query, struct err *err)
{
    const struct draw_column *column = &draw->columns[index];
    char field[48];

    snprintf(field, sizeof(field), "columns[%zu][search][value]", index);
    if (!column->value.len)
        return;
    if (column->is_regex)
        err_field(err, field, "regular expressions are not accepted here");
    else if (!is_searched(draw, index))
        err_field(err, field, "this column is not searchable");
    else
        add_words(query, 1U << column_at(draw, index), column->value.text,
                  column->value.len, field, err);
}

static void add_searches(const struct draw *draw,
                         struct instrument_query *query, struct err *err)
{
    unsigned columns = searchable(draw);

    if (draw->value.len && draw->is_regex)
        err_field(err, "search[value]",
                  "regular expressions are not accepted here");
    else if (draw->value.len && !columns)
        err_field(err, "search[value]", "no column is searchable");
    else if (draw->value.len)
        add_words(query, columns, draw->value.text, draw->value.len,
                  "search[value]", err);
    for (size_t i = 0; i < draw->column_count; i++)
        add_own_search(draw, i, query, err);
}

/* A first order by a column of buttons is none. */
static bool is_no_order(const struct draw *draw, size_t index)
{
    const struct draw_column *column = &draw->columns[index];

    return !column->data.len && !column->data_default.len && !column->name.len;
}

static void add_draw_order(const struct draw *draw,
                           const struct draw_order *order, const char *field,
                           struct instrument_query *query, struct err *err)
{
    bool is_down = draw_text_is(order->dir, "desc");
    size_t index = order->column < 0 ? SIZE_MAX : (size_t)order->column;
    size_t column;

    if (index >= draw->column_count) {
        err_field(err, field, "there is no such column");
        return;
    }
    column = column_at(draw, index);
    if (order->dir.len && !is_down && !draw_text_is(order->dir, "asc"))
        err_field(err, field, "must be asc or desc");
    else if (column == NO_COLUMN && order == draw->orders &&
             is_no_order(draw, index))
        return;
    else if (column == NO_COLUMN)
        err_field(err, field, "cannot sort by this column");
    else
        add_order(query, column, is_down, field, err);
}

static void add_draw_orders(const struct draw *draw,
                            struct instrument_query *query, struct err *err)
{
    for (size_t i = 0; i < DRAW_ORDERS; i++) {
        char field[24];

        snprintf(field, sizeof(field), "order[%zu]", i);
        if (draw->orders[i].is_given)
            add_draw_order(draw, &draw->orders[i], field, query, err);
    }
}

/* To ignore a condition would show rows that were not asked for. */
static void refuse_extensions(const struct draw *draw,
                              const struct params *args, struct err *err)
{
    static const char builder[] = "searchBuilder[criteria]";

    if (draw->search_count)
        err_field(err, draw->searches[0].field, "is not understood here");
    if (draw->pick_count)
        err_field(err, draw->picks[0].field, "is not understood here");
    for (size_t i = 0; i < draw->column_count; i++) {
        if (draw->columns[i].control.value.len)
            err_field(err, draw->columns[i].control.field,
                      "is not understood here");
    }
    if (args_text(args, "search"))
        err_field(err, "search", "is not understood here");
    for (size_t i = 0; i < params_count(args); i++) {
        const char *name = params_at(args, i)->name;

        if (!strncmp(name, builder, sizeof(builder) - 1)) {
            err_field(err, "searchBuilder", "is not understood here");
            return;
        }
    }
}

/* What is not DataTables' own must be a filter. */
static int check_others(const struct params *args, struct err *err)
{
    struct params others;
    int rc = 0;

    params_init(&others);
    for (size_t i = 0; rc == 0 && i < params_count(args); i++) {
        const struct param *param = params_at(args, i);

        if (!draw_has(param))
            rc = params_add(&others, param->name, param->name_len, param->value,
                            param->value_len, err);
    }
    if (rc == 0)
        rc = args_check(&others, TABLE_SHAPE, err);
    params_release(&others);
    return rc;
}

int instrument_table_read(const struct params *args,
                          struct instrument_table *table, struct err *err)
{
    struct draw *draw = mem_alloc(sizeof(*draw));
    int rc = -1;

    memset(table, 0, sizeof(*table));
    if (!draw)
        return err_set(err, ERR_NOMEM, "no memory for a draw");
    rc = draw_read(draw, args, err);
    table->draw = draw->draw;
    table->is_all = draw->length < 0;
    if (check_others(args, err) < 0 || rc < 0)
        goto out;
    add_searches(draw, &table->query, err);
    add_filters(args, &table->query, err);
    add_draw_orders(draw, &table->query, err);
    refuse_extensions(draw, args, err);
    table->query.offset = draw->start;
    table->query.limit = table->is_all ? DRAW_ROWS_MAX : draw->length;
out:
    mem_free(draw);
    return err->code ? -1 : 0;
}

/* For the API's description */

bool instrument_filter_field(size_t i, struct shape_field *field,
                             char name[SHAPE_NAME_MAX])
{
    static const struct shape_field more[] = {
        {.name = "symbols",
         .type = SHAPE_TEXT,
         .flags = SHAPE_OPTIONAL,
         .help = "Those of these symbols, at most 100, separated by commas"},
    };

    (void)name;
    for (size_t at = 0; at < instrument_columns_count; at++) {
        const struct instrument_column *column = &instrument_columns[at];

        if (!(column->flags & INSTRUMENT_FILTER) || i-- > 0)
            continue;
        *field = (struct shape_field){
            .name = column->name,
            .type = column->type == INSTRUMENT_BOOL ? SHAPE_BOOL : SHAPE_TEXT,
            .flags = SHAPE_OPTIONAL,
            .help = "Only these"};
        return true;
    }
    if (i >= sizeof(more) / sizeof(more[0]))
        return false;
    *field = more[i];
    return true;
}

/* What of DataTables' own is taken here. */
static bool is_taken(const char *name)
{
    static const char *const names[] = {
        "draw",
        "start",
        "length",
        "search[value]",
        "search[regex]",
        "columns[0][data]",
        "columns[0][name]",
        "columns[0][searchable]",
        "columns[0][orderable]",
        "columns[0][search][value]",
        "columns[0][search][regex]",
        "order[0][column]",
        "order[0][dir]",
        "order[0][name]",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(names[i], name))
            return true;
    }
    return false;
}

bool instrument_table_field(size_t i, struct shape_field *field,
                            char name[SHAPE_NAME_MAX])
{
    size_t filters = 0;
    struct shape_field other;

    while (instrument_filter_field(filters, &other, name))
        filters++;
    if (i < filters)
        return instrument_filter_field(i, field, name);
    i -= filters;
    for (size_t at = 0;; at++) {
        *field = (struct shape_field){.name = NULL};
        if (!draw_field(at, field, name))
            return false;
        if (is_taken(field->name) && i-- == 0)
            return true;
    }
}
