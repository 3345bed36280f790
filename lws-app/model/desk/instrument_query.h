#pragma once
#include "base/err.h"
#include "model/desk/instrument_column.h"
#include "store/db.h"
/*
 * The list of instruments: words, each contained in one of some columns of text
 * (folded by base/text), filters, sorting (text by its fold, ties by id), exact
 * counts and page from one snapshot. Thread: the caller's. Blocks on the
 * database.
 */
#define INSTRUMENT_QUERY_ORDERS 4
#define INSTRUMENT_QUERY_WORDS 32
#define INSTRUMENT_QUERY_WORD_MAX 256 /* bytes */
#define INSTRUMENT_QUERY_SYMBOLS 100

struct instrument_word {
    const char *text; /* borrowed */
    size_t len;
    unsigned columns; /* bit i: of instrument_columns[i], of text */
    bool is_negated;  /* it is in none of them */
};
struct instrument_query {
    size_t word_count;
    struct instrument_word words[INSTRUMENT_QUERY_WORDS];
    size_t symbol_count; /* one of these exactly; 0: any */
    struct {
        const char *text; /* borrowed */
        size_t len;
    } symbols[INSTRUMENT_QUERY_SYMBOLS];
    const char *currency; /* exactly; NULL: any. Borrowed */
    unsigned filters;     /* bit i: instrument_columns[i] is asked for */
    unsigned wanted;      /* and must be this */
    size_t order_count;   /* none: by symbol */
    struct {
        size_t column;
        bool descending;
    } orders[INSTRUMENT_QUERY_ORDERS];
    int64_t offset;
    int64_t limit;
};
struct instrument_counts {
    int64_t total; /* all there are */
    int64_t matching;
};
/* Called per row; borrowed. */
typedef int instrument_row_fn(void *arg, const struct instrument *instrument,
                              struct err *err);

/* *counts is set before the first row. ERR_BUDGET. */
int instrument_query_run(struct db *db, const struct instrument_query *query,
                         struct instrument_counts *counts,
                         instrument_row_fn *fn, void *arg, struct err *err);
/* The columns that a search over all of them looks in, as bits. */
unsigned instrument_query_searchable(void);
