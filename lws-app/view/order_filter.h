#pragma once
#include "base/err.h"
#include "model/orders/order_column.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Which orders are meant, as a value: conditions, joined by "and", "or" and
 * "not". What one of them means is said in order_match.h.
 * The nodes stand in one array, each group before what is in it; all that
 * stand at the top must be met, so that an empty filter means every order.
 * A filter owns its nodes and texts: order_filter_release() gives them back,
 * order_filter_copy() makes another value, and an assignment moves it. All
 * bytes 0 is an empty one.
 * Thread: its owner's. Never blocks.
 */
#define QUERY_TERMS 128    /* conditions at most */
#define QUERY_GROUPS 128   /* "and", "or" and "not" at most */
#define QUERY_DEPTH 8      /* groups in each other at most */
#define QUERY_TEXT_MAX 257 /* bytes of a needle or pattern, NUL included */

enum query_op {
    /* Of the text as it is shown, folded: */
    QUERY_CONTAINS,
    QUERY_STARTS,
    QUERY_ENDS,
    QUERY_IS,
    /* Of that text as it is: */
    QUERY_MATCHES, /* regular expression */
    /* Typed: numbers as numbers, text exactly */
    QUERY_EQUAL,
    QUERY_AT_LEAST,
    QUERY_AT_MOST,
    QUERY_ABOVE,
    QUERY_BELOW,
};
enum filter_kind {
    FILTER_TERM, /* a condition */
    FILTER_AND,  /* of none: met */
    FILTER_OR,   /* of none: not met */
    FILTER_NOT,  /* of just one */
};
struct filter_node {
    enum filter_kind kind;
    size_t span; /* nodes, itself included: its next sibling is so far away */
    /* Of a condition: */
    enum query_op op;
    unsigned long columns; /* bit i: order_columns[i]; one that meets it is
                              enough. None: it is never met */
    bool is_null;          /* QUERY_EQUAL: to nothing at all */
    int64_t number;        /* typed, of numbers, times and choices (their
                              index); else 0 */
    size_t text; /* of all else: where it begins in the filter's text, with a
                    NUL behind it */
    size_t text_len;
};
struct order_filter {
    struct filter_node *nodes;
    size_t node_count;
    size_t node_cap;
    char *text;
    size_t text_len;
    size_t text_cap;
    size_t term_count;
    size_t depth; /* groups that are open */
    size_t open[QUERY_DEPTH];
};

/* Adds a condition where the next node goes. Typed operations: all columns are
 * of one type. ERR_INVALID under field for a value that is not of the column's
 * type (QUERY_EQUAL and ranges), too long, or one condition too many. */
int order_filter_add(struct order_filter *filter, enum query_op op,
                     unsigned long columns, const char *text, size_t len,
                     const char *field, struct err *err);
/* A typed one by the number itself: of COLUMN_TIME microseconds. */
int order_filter_add_number(struct order_filter *filter, enum query_op op,
                            unsigned long columns, int64_t number,
                            const char *field, struct err *err);
/* What is added up to its order_filter_close() is in the group. ERR_INVALID
 * under field: too many groups, or too deep; nothing is open then. */
int order_filter_open(struct order_filter *filter, enum filter_kind kind,
                      const char *field, struct err *err);
void order_filter_close(struct order_filter *filter);
void order_filter_release(struct order_filter *filter); /* empty afterwards */
/* to: is overwritten; of no more bytes than it takes. ERR_NOMEM: empty. */
int order_filter_copy(struct order_filter *to, const struct order_filter *from,
                      struct err *err);
/* The same conditions joined in the same way: 10 and 10.0 are one number. */
bool order_filter_equal(const struct order_filter *a,
                        const struct order_filter *b);
/* hash: of what goes before; at first QUERY_HASH. Equal ones hash alike. */
uint64_t order_filter_hash(const struct order_filter *filter, uint64_t hash);
#define QUERY_HASH UINT64_C(14695981039346656037)
uint64_t query_hash_bytes(uint64_t hash, const void *bytes, size_t len);

bool order_filter_is_empty(const struct order_filter *filter);
/* Of a condition; borrowed until the next change. */
const char *order_filter_text(const struct order_filter *filter,
                              const struct filter_node *node);
/* The value that text stands for in a column of numbers or times. */
bool order_filter_number(enum column_type type, const char *text, size_t len,
                         int64_t *number);
/* Whether the operation compares values, not text as it is shown. */
bool query_op_is_typed(enum query_op op);
/* Whether it looks for a folded needle in folded text. */
bool query_op_is_folded(enum query_op op);
/* Whether it does so here. Both are folded already. */
bool query_op_finds(enum query_op op, const char *text, size_t len,
                    const char *needle, size_t needle_len);
