#include "view/order_filter.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

bool query_op_is_typed(enum query_op op)
{
    return op >= QUERY_EQUAL;
}

bool query_op_is_folded(enum query_op op)
{
    return op < QUERY_MATCHES;
}

bool query_op_finds(enum query_op op, const char *text, size_t len,
                    const char *needle, size_t needle_len)
{
    if (needle_len > len || (op == QUERY_IS && needle_len != len))
        return false;
    if (op == QUERY_CONTAINS)
        return memmem(text, len, needle, needle_len) != NULL;
    if (op == QUERY_ENDS)
        text += len - needle_len;
    return !memcmp(text, needle, needle_len);
}

/* No number of an order is negative, and 18 digits are enough for all. */
static bool read_digits(const char *text, size_t len, int64_t *number)
{
    int64_t value = 0;

    if (len == 0 || len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *number = value;
    return true;
}

bool order_filter_number(enum column_type type, const char *text, size_t len,
                         int64_t *number)
{
    switch (type) {
    case COLUMN_INT: return read_digits(text, len, number);
    case COLUMN_DECIMAL: return decimal_parse(text, len, number) == DECIMAL_OK;
    case COLUMN_TIME: return clock_parse(text, len, number) == 0;
    case COLUMN_TEXT:
    case COLUMN_CHOICE: break;
    }
    return false;
}

static int read_choice(const struct order_column *column, const char *text,
                       size_t len, int64_t *number, const char *field,
                       struct err *err)
{
    for (int i = 0; column->choices[i]; i++) {
        if (strlen(column->choices[i]) == len &&
            !memcmp(column->choices[i], text, len)) {
            *number = i;
            return 0;
        }
    }
    return err_field(err, field, "is not a valid %s", column->name);
}

/* The text as a value of this column, for an operation of its type. */
static int read_value(struct filter_node *node,
                      const struct order_column *column, const char *text,
                      size_t len, const char *field, struct err *err)
{
    static const char *const wanted[] = {
        [COLUMN_INT] = "must be a whole number",
        [COLUMN_DECIMAL] = "must be a number with at most 8 decimals",
        [COLUMN_TIME] = "must be a time, like 2026-01-31T23:59:59Z",
    };
    bool is_number =
        column->type != COLUMN_TEXT && column->type != COLUMN_CHOICE;

    if (node->op != QUERY_EQUAL && !is_number)
        return err_field(err, field, "%s has no range", column->name);
    if (len == 0 && node->op == QUERY_EQUAL && (column->flags & COLUMN_NULL)) {
        node->is_null = true;
        return 0;
    }
    if (is_number &&
        !order_filter_number(column->type, text, len, &node->number))
        return err_field(err, field, "%s", wanted[column->type]);
    return column->type == COLUMN_CHOICE
               ? read_choice(column, text, len, &node->number, field, err)
               : 0;
}

static int read_values(struct filter_node *node, const char *text, size_t len,
                       const char *field, struct err *err)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        if ((node->columns & 1UL << i) &&
            read_value(node, &order_columns[i], text, len, field, err) < 0)
            return -1;
    }
    return 0;
}

/* Whether the condition's text is its operand. */
static bool has_text(const struct filter_node *node)
{
    if (!query_op_is_typed(node->op))
        return true;
    for (size_t i = 0; i < order_columns_count; i++) {
        if (node->columns & 1UL << i)
            return order_columns[i].type == COLUMN_TEXT && !node->is_null;
    }
    return false;
}

static bool make_room(struct order_filter *filter, size_t len)
{
    if (filter->node_count == filter->node_cap) {
        size_t cap = filter->node_cap ? filter->node_cap * 2 : 2;
        struct filter_node *nodes =
            mem_realloc(filter->nodes, cap * sizeof(*nodes));

        if (!nodes)
            return false;
        filter->nodes = nodes;
        filter->node_cap = cap;
    }
    if (filter->text_len + len + 1 > filter->text_cap) {
        size_t cap = filter->text_cap * 2 + len + 1;
        char *text = mem_realloc(filter->text, cap);

        if (!text)
            return false;
        filter->text = text;
        filter->text_cap = cap;
    }
    return true;
}

static int put_node(struct order_filter *filter, struct filter_node *node,
                    const char *text, size_t len, struct err *err)
{
    if (!make_room(filter, len))
        return err_set(err, ERR_NOMEM, "no memory for a filter");
    node->span = 1;
    node->text = filter->text_len;
    node->text_len = len;
    if (len)
        memcpy(filter->text + filter->text_len, text, len);
    filter->text[filter->text_len + len] = '\0';
    filter->text_len += len + 1;
    filter->nodes[filter->node_count++] = *node;
    return 0;
}

static int put_term(struct order_filter *filter, struct filter_node *node,
                    const char *text, size_t len, const char *field,
                    struct err *err)
{
    struct buf operand;
    int rc = -1;

    buf_init(&operand, QUERY_TEXT_MAX - 1);
    if (query_op_is_folded(node->op))
        text_fold(&operand, text, len);
    else
        buf_put(&operand, text, len);
    /* What shows nothing is in nothing that is shown. */
    if (query_op_is_folded(node->op) && len && !operand.len)
        node->columns = 0;
    if (operand.too_large)
        err_field(err, field, "must be at most %d bytes", QUERY_TEXT_MAX - 1);
    else if (buf_check(&operand, err) == 0)
        rc = put_node(filter, node, buf_text(&operand),
                      has_text(node) ? operand.len : 0, err);
    buf_release(&operand);
    return rc;
}

static int check_room(const struct order_filter *filter, const char *field,
                      struct err *err)
{
    if (filter->term_count == QUERY_TERMS)
        return err_field(err, field, "more than %d conditions", QUERY_TERMS);
    return 0;
}

int order_filter_add_number(struct order_filter *filter, enum query_op op,
                            unsigned long columns, int64_t number,
                            const char *field, struct err *err)
{
    struct filter_node node = {
        .kind = FILTER_TERM, .op = op, .columns = columns, .number = number};

    assert(query_op_is_typed(op));
    if (check_room(filter, field, err) < 0 ||
        put_node(filter, &node, NULL, 0, err) < 0)
        return -1;
    filter->term_count++;
    return 0;
}

int order_filter_add(struct order_filter *filter, enum query_op op,
                     unsigned long columns, const char *text, size_t len,
                     const char *field, struct err *err)
{
    struct filter_node node = {
        .kind = FILTER_TERM, .op = op, .columns = columns};

    if (check_room(filter, field, err) < 0)
        return -1;
    if (!utf8_is_valid(text, len) || memchr(text, '\0', len))
        return err_field(err, field, "must be plain text");
    if ((query_op_is_typed(op) &&
         read_values(&node, text, len, field, err) < 0) ||
        put_term(filter, &node, text, len, field, err) < 0)
        return -1;
    filter->term_count++;
    return 0;
}

int order_filter_open(struct order_filter *filter, enum filter_kind kind,
                      const char *field, struct err *err)
{
    struct filter_node node = {.kind = kind};

    assert(kind != FILTER_TERM);
    if (filter->node_count - filter->term_count == QUERY_GROUPS)
        return err_field(err, field, "more than %d groups of conditions",
                         QUERY_GROUPS);
    if (filter->depth == QUERY_DEPTH)
        return err_field(err, field, "groups more than %d deep", QUERY_DEPTH);
    if (put_node(filter, &node, NULL, 0, err) < 0)
        return -1;
    filter->open[filter->depth++] = filter->node_count - 1;
    return 0;
}

void order_filter_close(struct order_filter *filter)
{
    struct filter_node *group = filter->nodes + filter->open[--filter->depth];

    group->span = filter->node_count - (size_t)(group - filter->nodes);
    assert(group->kind != FILTER_NOT ||
           (group->span > 1 && group[1].span + 1 == group->span));
}

void order_filter_release(struct order_filter *filter)
{
    mem_free(filter->nodes);
    mem_free(filter->text);
    memset(filter, 0, sizeof(*filter));
}

int order_filter_copy(struct order_filter *to, const struct order_filter *from,
                      struct err *err)
{
    assert(from->depth == 0);
    memset(to, 0, sizeof(*to));
    if (order_filter_is_empty(from))
        return 0;
    to->nodes = mem_alloc(from->node_count * sizeof(*to->nodes));
    to->text = mem_alloc(from->text_len);
    if (!to->nodes || !to->text) {
        order_filter_release(to);
        return err_set(err, ERR_NOMEM, "no memory for a filter");
    }
    memcpy(to->nodes, from->nodes, from->node_count * sizeof(*to->nodes));
    memcpy(to->text, from->text, from->text_len);
    to->node_count = to->node_cap = from->node_count;
    to->text_len = to->text_cap = from->text_len;
    to->term_count = from->term_count;
    return 0;
}

bool order_filter_is_empty(const struct order_filter *filter)
{
    return filter->node_count == 0;
}

const char *order_filter_text(const struct order_filter *filter,
                              const struct filter_node *node)
{
    return filter->text + node->text;
}

static bool is_same(const struct order_filter *a, const struct filter_node *x,
                    const struct order_filter *b, const struct filter_node *y)
{
    return x->kind == y->kind && x->span == y->span && x->op == y->op &&
           x->columns == y->columns && x->is_null == y->is_null &&
           x->number == y->number && x->text_len == y->text_len &&
           !memcmp(order_filter_text(a, x), order_filter_text(b, y),
                   x->text_len);
}

bool order_filter_equal(const struct order_filter *a,
                        const struct order_filter *b)
{
    if (a->node_count != b->node_count)
        return false;
    for (size_t i = 0; i < a->node_count; i++) {
        if (!is_same(a, &a->nodes[i], b, &b->nodes[i]))
            return false;
    }
    return true;
}

/* FNV-1a. */
uint64_t query_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t order_filter_hash(const struct order_filter *filter, uint64_t hash)
{
    for (size_t i = 0; i < filter->node_count; i++) {
        const struct filter_node *node = &filter->nodes[i];
        uint64_t plain[] = {node->kind,    node->span,
                            node->op,      node->columns,
                            node->is_null, (uint64_t)node->number,
                            node->text_len};

        hash = query_hash_bytes(hash, plain, sizeof(plain));
        hash = query_hash_bytes(hash, order_filter_text(filter, node),
                                node->text_len);
    }
    return hash;
}
