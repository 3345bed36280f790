#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "view/order_query.h"
#include "view/order_ready.h"
#include <stdbool.h>
/*
 * What a query means, said of one order at a time: whether it is meant, and
 * which of two comes first. The SQL of query_sql.h and the rows in memory of
 * order_scan.h are faster ways to the same answer; a test holds all three
 * against each other.
 * - "contains" is over the text of a column as it is shown, folded by
 *   base/text; a pattern is a PCRE2 regular expression over that text.
 * - Numbers and times compare as such, text and choices are equal exactly.
 * - A condition is met or it is not, and "not" turns that around: what is null
 *   meets no condition but being equal to nothing, so it does meet "not above
 *   5".
 * Thread: its owner's, and one at a time. Never blocks.
 */
struct order_match;

/* query is borrowed for as long as *match lives. ERR_INVALID (field "search")
 * for a bad pattern, ERR_NOMEM. */
int order_match_new(const struct order_query *query, struct order_match **match,
                    struct err *err);
void order_match_free(struct order_match *match); /* NULL is fine */
/* Whether the order is one of those whose orders are asked for, and the filter
 * means it; offset, limit and cursor do not matter. ERR_INVALID (field
 * "search") for a pattern that takes too long, ERR_NOMEM. */
int order_match_test(struct order_match *match, struct order_ready *order,
                     bool *is_met, struct err *err);
/* Whether an order's answer, and its place among the others, can be another
 * after a change of these columns (bit i: order_columns[i]). */
bool order_match_may_differ(const struct order_match *match,
                            unsigned long columns);
bool order_match_may_move(const struct order_match *match,
                          unsigned long columns);
/* Below 0: a comes before b; 0 for the same id alone. */
int order_match_compare(const struct order_match *match, struct order_ready *a,
                        struct order_ready *b);
/* Appends bytes by which orders stand as they do by order_match_compare(): in
 * order of memcmp(), and no one's are the beginning of another's. */
void order_match_put_key(const struct order_match *match,
                         struct order_ready *order, struct buf *key);
