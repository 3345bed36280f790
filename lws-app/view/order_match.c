#include "view/order_match.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/sort_key.h"
#include "model/orders/stream.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct order_match {
    const struct order_query *query;
    struct pattern **patterns; /* one per node; NULL: it has none */
    size_t order_count;
    struct query_order orders[QUERY_ORDERS]; /* those that count */
    bool is_id_down;
    unsigned long filter_columns; /* bit i: order_columns[i] counts there */
    unsigned long sort_columns;
};

static struct pattern *compile(const struct order_filter *filter,
                               const struct filter_node *node, struct err *err)
{
    struct pattern *pattern;
    char why[96];

    pattern = pattern_new(order_filter_text(filter, node), node->text_len, why,
                          sizeof(why));
    if (!pattern && why[0])
        err_field(err, "search", "%s", why);
    else if (!pattern)
        err_set(err, ERR_NOMEM, "no memory for a pattern");
    return pattern;
}

static int compile_all(struct order_match *match,
                       const struct order_filter *filter, struct err *err)
{
    for (size_t i = 0; i < filter->node_count; i++) {
        const struct filter_node *node = &filter->nodes[i];

        if (node->kind == FILTER_TERM)
            match->filter_columns |= node->columns;
        if (node->kind != FILTER_TERM || node->op != QUERY_MATCHES)
            continue;
        match->patterns[i] = compile(filter, node, err);
        if (!match->patterns[i])
            return -1;
    }
    return 0;
}

static void keep_orders(struct order_match *match)
{
    const struct order_query *query = match->query;
    size_t id = (size_t)(order_column_find("id", 2) - order_columns);

    for (size_t i = 0; i < query->order_count; i++) {
        if (!order_query_has_order(query, i) || query->orders[i].column == id)
            continue;
        match->orders[match->order_count++] = query->orders[i];
        match->sort_columns |= 1UL << query->orders[i].column;
    }
    match->is_id_down = order_query_is_id_down(query);
}

int order_match_new(const struct order_query *query, struct order_match **match,
                    struct err *err)
{
    struct order_match *made = mem_zalloc(sizeof(*made));

    assert(query->filter.depth == 0);
    if (!made)
        return err_set(err, ERR_NOMEM, "no memory for a query");
    made->query = query;
    made->patterns =
        mem_zalloc(query->filter.node_count * sizeof(*made->patterns));
    if (!made->patterns) {
        err_set(err, ERR_NOMEM, "no memory for a query");
        goto fail;
    }
    if (compile_all(made, &query->filter, err) < 0)
        goto fail;
    keep_orders(made);
    *match = made;
    return 0;
fail:
    order_match_free(made);
    return -1;
}

void order_match_free(struct order_match *match)
{
    if (!match)
        return;
    for (size_t i = 0; match->patterns && i < match->query->filter.node_count;
         i++)
        pattern_free(match->patterns[i]);
    mem_free(match->patterns);
    mem_free(match);
}

/* One question about one order. */
struct question {
    const struct order_match *match;
    const struct order_filter *filter;
    struct order_ready *order;
    enum pattern_result fault; /* PATTERN_NO: none so far */
};

static bool finds_pattern(struct question *question,
                          const struct filter_node *node,
                          const struct order_ready_text *text)
{
    enum pattern_result found =
        pattern_find(question->match->patterns[node - question->filter->nodes],
                     text->shown, text->shown_len);

    if (found != PATTERN_NO && found != PATTERN_YES)
        question->fault = found;
    return found == PATTERN_YES;
}

static bool meets_shown(struct question *question,
                        const struct filter_node *node, size_t column)
{
    const struct order_ready_text *text =
        order_ready_text(question->order, column);

    if (!text->shown)
        return false;
    if (node->op == QUERY_MATCHES)
        return finds_pattern(question, node, text);
    return query_op_finds(node->op, text->folded, text->folded_len,
                          order_filter_text(question->filter, node),
                          node->text_len);
}

static bool meets_number(const struct filter_node *node, int64_t number)
{
    if (node->is_null || number == ORDER_NULL)
        return node->is_null && number == ORDER_NULL;
    switch (node->op) {
    case QUERY_EQUAL: return number == node->number;
    case QUERY_AT_LEAST: return number >= node->number;
    case QUERY_AT_MOST: return number <= node->number;
    case QUERY_ABOVE: return number > node->number;
    case QUERY_BELOW: return number < node->number;
    default: break; /* not of values */
    }
    return false;
}

static bool meets_column(struct question *question,
                         const struct filter_node *node, size_t column)
{
    const struct order_column *of = &order_columns[column];
    const struct order *order = question->order->order;
    const char *text;

    if (!query_op_is_typed(node->op))
        return meets_shown(question, node, column);
    if (of->type != COLUMN_TEXT)
        return meets_number(node, order_column_number(of, order));
    text = order_column_text(of, order);
    if (node->is_null && (of->flags & COLUMN_NULL))
        return !text;
    return text && !strcmp(text, order_filter_text(question->filter, node));
}

static bool meets_term(struct question *question,
                       const struct filter_node *node)
{
    /* What is said beside a fault does not count. */
    for (unsigned long left = node->columns;
         left && question->fault == PATTERN_NO; left &= left - 1) {
        if (meets_column(question, node, (size_t)__builtin_ctzl(left)))
            return true;
    }
    return false;
}

static bool meets(struct question *question, const struct filter_node *node);

/* Whether the first one that is met, or the first one that is not, is among the
 * nodes from first on up to end. */
static bool has_one(struct question *question, const struct filter_node *first,
                    const struct filter_node *end, bool is_met)
{
    for (; first < end; first += first->span) {
        if (meets(question, first) == is_met)
            return true;
    }
    return false;
}

static bool meets(struct question *question, const struct filter_node *node)
{
    switch (node->kind) {
    case FILTER_TERM: return meets_term(question, node);
    case FILTER_AND:
        return !has_one(question, node + 1, node + node->span, false);
    case FILTER_OR: return has_one(question, node + 1, node + node->span, true);
    case FILTER_NOT: return !meets(question, node + 1);
    }
    return false;
}

bool order_match_may_differ(const struct order_match *match,
                            unsigned long columns)
{
    return (match->filter_columns & columns) != 0;
}

bool order_match_may_move(const struct order_match *match,
                          unsigned long columns)
{
    return (match->sort_columns & columns) != 0;
}

int order_match_test(struct order_match *match, struct order_ready *order,
                     bool *is_met, struct err *err)
{
    const struct order_filter *filter = &match->query->filter;
    struct question question = {
        .match = match, .filter = filter, .order = order};

    *is_met = match->query->owner == STREAM_ALL ||
              match->query->owner == order->order->owner;
    if (*is_met && filter->node_count)
        *is_met = !has_one(&question, filter->nodes,
                           filter->nodes + filter->node_count, false);
    if (question.fault == PATTERN_COSTLY)
        return err_field(err, "search", "%s", pattern_costly_text());
    if (question.fault == PATTERN_NO_MEMORY)
        return err_set(err, ERR_NOMEM, "no memory for a pattern");
    return 0;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* ORDER_NULL is below every number, and no text is "" or less. */
static int compare_column(struct order_ready *a, struct order_ready *b,
                          size_t column)
{
    const struct order_column *of = &order_columns[column];
    const struct order_ready_text *x;
    const struct order_ready_text *y;
    int sign;

    if (of->type != COLUMN_TEXT && of->type != COLUMN_CHOICE)
        return compare_numbers(order_column_number(of, a->order),
                               order_column_number(of, b->order));
    x = order_ready_text(a, column);
    y = order_ready_text(b, column);
    if (!x->shown || !y->shown)
        return (x->shown != NULL) - (y->shown != NULL);
    sign = strcmp(x->folded, y->folded);
    return sign ? sign : strcmp(x->shown, y->shown);
}

int order_match_compare(const struct order_match *match, struct order_ready *a,
                        struct order_ready *b)
{
    int sign;

    for (size_t i = 0; i < match->order_count; i++) {
        sign = compare_column(a, b, match->orders[i].column);
        if (sign)
            return match->orders[i].descending ? -sign : sign;
    }
    sign = compare_numbers(a->order->id, b->order->id);
    return match->is_id_down ? -sign : sign;
}

/* No text is "" or less. */
static void put_text(struct buf *key, const struct order_ready_text *text)
{
    sort_key_put_text(key, text->shown ? text->folded : "", text->folded_len);
    sort_key_put_text(key, text->shown ? text->shown : "", text->shown_len);
}

/* Turned around, a number is another number. */
static void put_number(struct buf *key, int64_t number, bool descending)
{
    sort_key_put_int(key, descending ? ~number : number);
}

void order_match_put_key(const struct order_match *match,
                         struct order_ready *order, struct buf *key)
{
    for (size_t i = 0; i < match->order_count; i++) {
        const struct order_column *of = &order_columns[match->orders[i].column];
        bool descending = match->orders[i].descending;
        size_t start = key->len;

        if (of->type != COLUMN_TEXT && of->type != COLUMN_CHOICE) {
            put_number(key, order_column_number(of, order->order), descending);
            continue;
        }
        put_text(key, order_ready_text(order, match->orders[i].column));
        if (descending)
            sort_key_turn(key, start);
    }
    put_number(key, order->order->id, match->is_id_down);
}
