#include "web/query/condition.h"
#include "base/decimal.h"
#include "web/query/period.h"
#include "web/query/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

struct condition {
    const char *builder; /* NULL: not one of its */
    const char *control;
    enum { BY_OP, BETWEEN, WORDS, EMPTY } kind;
    enum query_op op; /* BY_OP; QUERY_EQUAL: of texts QUERY_IS */
    bool is_negated;
};

static const struct condition conditions[] = {
    {"=", "equal", BY_OP, QUERY_EQUAL, false},
    {"!=", "notEqual", BY_OP, QUERY_EQUAL, true},
    {"<", "less", BY_OP, QUERY_BELOW, false},
    {"<=", "lessOrEqual", BY_OP, QUERY_AT_MOST, false},
    {">", "greater", BY_OP, QUERY_ABOVE, false},
    {">=", "greaterOrEqual", BY_OP, QUERY_AT_LEAST, false},
    {"between", NULL, BETWEEN, QUERY_EQUAL, false},
    {"!between", NULL, BETWEEN, QUERY_EQUAL, true},
    {"contains", NULL, BY_OP, QUERY_CONTAINS, false},
    {NULL, "contains", WORDS, QUERY_CONTAINS, false},
    {"!contains", NULL, BY_OP, QUERY_CONTAINS, true},
    {NULL, "notContains", WORDS, QUERY_CONTAINS, true},
    {"without", NULL, BY_OP, QUERY_CONTAINS, true},
    {"starts", "starts", BY_OP, QUERY_STARTS, false},
    {"!starts", NULL, BY_OP, QUERY_STARTS, true},
    {"ends", "ends", BY_OP, QUERY_ENDS, false},
    {"!ends", NULL, BY_OP, QUERY_ENDS, true},
    {"null", "empty", EMPTY, QUERY_EQUAL, false},
    {"!null", "notEmpty", EMPTY, QUERY_EQUAL, true},
};
#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

const struct condition *condition_of_builder(struct draw_text name)
{
    for (size_t i = 0; i < CONDITIONS; i++) {
        if (conditions[i].builder && draw_text_is(name, conditions[i].builder))
            return &conditions[i];
    }
    return NULL;
}

const struct condition *condition_of_control(struct draw_text name)
{
    for (size_t i = 0; i < CONDITIONS; i++) {
        if (conditions[i].control && draw_text_is(name, conditions[i].control))
            return &conditions[i];
    }
    return NULL;
}

size_t condition_values(const struct condition *condition)
{
    switch (condition->kind) {
    case EMPTY: return 0;
    case BETWEEN: return 2;
    default: return 1;
    }
}

/* What goes into a filter, and how it is called when it is at fault. */
struct target {
    struct order_filter *filter;
    size_t column;
    const struct zone *zone;
    const char *field;
};

static int add_time(const struct target *to, enum query_op op,
                    struct draw_text value, struct err *err)
{
    struct period period;

    if (!period_read_day(to->zone, value.text, value.len, &period))
        return err_field(err, to->field,
                         "must be a day, like 2026-01-31, or a time");
    return period_add(to->filter, op, 1UL << to->column, &period, to->field,
                      err);
}

static int add_never(const struct target *to, struct err *err)
{
    if (order_filter_open(to->filter, FILTER_OR, to->field, err) < 0)
        return -1;
    order_filter_close(to->filter);
    return 0;
}

/* Ids and the like are whole, what they are compared with need not be. */
static int add_fraction(const struct target *to, enum query_op op,
                        int64_t number, struct err *err)
{
    int64_t whole = number / DECIMAL_ONE;

    if (number % DECIMAL_ONE != 0) {
        if (number < 0)
            whole--;
        if (op == QUERY_EQUAL)
            return add_never(to, err);
        op = op == QUERY_ABOVE || op == QUERY_AT_LEAST ? QUERY_ABOVE
                                                       : QUERY_AT_MOST;
    }
    return order_filter_add_number(to->filter, op, 1UL << to->column, whole,
                                   to->field, err);
}

/* A status of several words is shown with blanks between them. */
static int add_choice(const struct target *to, enum query_op op,
                      struct draw_text value, struct err *err)
{
    char stored[QUERY_TEXT_MAX];

    if (value.len < sizeof(stored)) {
        for (size_t i = 0; i < value.len; i++)
            stored[i] = value.text[i] == ' ' ? '_' : value.text[i];
        value.text = stored;
    }
    return order_filter_add(to->filter, op, 1UL << to->column, value.text,
                            value.len, to->field, err);
}

static int add_op(const struct target *to, enum query_op op,
                  struct draw_text value, struct err *err)
{
    enum column_type type = order_columns[to->column].type;
    int64_t number;

    if (op == QUERY_EQUAL && (type == COLUMN_TEXT || type == COLUMN_CHOICE))
        op = QUERY_IS;
    if (value.len == 0)
        return err_field(err, to->field, "needs a value");
    if (!query_op_is_typed(op) &&
        !(order_columns[to->column].flags & COLUMN_SEARCH))
        return err_field(err, to->field, "%s is not searchable",
                         order_columns[to->column].name);
    if (type == COLUMN_TIME && query_op_is_typed(op))
        return add_time(to, op, value, err);
    if (type == COLUMN_CHOICE)
        return add_choice(to, op, value, err);
    if (type == COLUMN_INT && query_op_is_typed(op) &&
        !order_filter_number(type, value.text, value.len, &number) &&
        decimal_parse(value.text, value.len, &number) == DECIMAL_OK)
        return add_fraction(to, op, number, err);
    return order_filter_add(to->filter, op, 1UL << to->column, value.text,
                            value.len, to->field, err);
}

static int add_between(const struct target *to,
                       const struct draw_text values[2], struct err *err)
{
    if (order_filter_open(to->filter, FILTER_AND, to->field, err) < 0 ||
        add_op(to, QUERY_AT_LEAST, values[0], err) < 0 ||
        add_op(to, QUERY_AT_MOST, values[1], err) < 0)
        return -1;
    order_filter_close(to->filter);
    return 0;
}

/* Of several words all must be met, and be one node. */
static int add_words(const struct target *to, struct draw_text value,
                     struct err *err)
{
    if (order_filter_open(to->filter, FILTER_AND, to->field, err) < 0 ||
        words_add(to->filter, 1UL << to->column, value.text, value.len,
                  to->field, err) < 0)
        return -1;
    order_filter_close(to->filter);
    return 0;
}

/* Most columns are never empty. */
static int add_empty(const struct target *to, struct err *err)
{
    if (order_columns[to->column].flags & COLUMN_NULL)
        return order_filter_add(to->filter, QUERY_EQUAL, 1UL << to->column, "",
                                0, to->field, err);
    return add_never(to, err);
}

static int add_kind(const struct target *to, const struct condition *condition,
                    const struct draw_text values[2], struct err *err)
{
    switch (condition->kind) {
    case BY_OP: return add_op(to, condition->op, values[0], err);
    case BETWEEN: return add_between(to, values, err);
    case WORDS: return add_words(to, values[0], err);
    case EMPTY: break;
    }
    return add_empty(to, err);
}

static bool has_words(struct draw_text text)
{
    const char *at = text.text;
    struct word word;

    while (words_next(&at, text.text + text.len, &word)) {
        if (word.len)
            return true;
    }
    return false;
}

int condition_add(struct order_filter *filter,
                  const struct condition *condition, size_t column,
                  const struct draw_text values[2], const struct zone *zone,
                  const char *field, struct err *err)
{
    struct target to = {filter, column, zone, field};

    if (condition->kind == WORDS && !has_words(values[0]))
        return 0; /* says nothing, also where it is negated */
    if (condition->is_negated &&
        order_filter_open(filter, FILTER_NOT, field, err) < 0)
        return -1;
    if (add_kind(&to, condition, values, err) < 0)
        return -1;
    if (condition->is_negated)
        order_filter_close(filter);
    return 0;
}
