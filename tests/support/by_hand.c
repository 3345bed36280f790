#include "by_hand.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/text.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* The next idea that is in no group of this one. */
static size_t after(const struct idea *ideas, size_t at)
{
    return at + 1 + ideas[at].count;
}

void by_hand_build(struct order_filter *filter, const struct idea *ideas,
                   size_t count)
{
    struct err err = ERR_INIT;
    int rc;

    for (size_t i = 0; i < count; i = after(ideas, i)) {
        const struct idea *idea = &ideas[i];

        rc = idea->kind == FILTER_TERM
                 ? order_filter_add(filter, idea->op, idea->columns, idea->text,
                                    strlen(idea->text), "a", &err)
                 : order_filter_open(filter, idea->kind, "a", &err);
        if (rc < 0)
            fail_msg("%s: %s", err.text, err.fields[0].text);
        if (idea->kind == FILTER_TERM)
            continue;
        by_hand_build(filter, idea + 1, idea->count);
        order_filter_close(filter);
    }
}

static bool is_named(const struct order_column *column, const char *name)
{
    return !strcmp(column->name, name);
}

/* INT64_MIN: null. */
static int64_t number_of(const struct order *order,
                         const struct order_column *column)
{
    if (is_named(column, "id"))
        return order->id;
    if (is_named(column, "quantity"))
        return order->quantity;
    if (is_named(column, "price"))
        return order->price;
    if (is_named(column, "filled_quantity"))
        return order->filled_quantity;
    if (is_named(column, "average_price"))
        return order->has_average_price ? order->average_price : INT64_MIN;
    if (is_named(column, "version"))
        return order->version;
    if (is_named(column, "position"))
        return order->position;
    if (is_named(column, "created"))
        return order->created_us;
    assert_string_equal(column->name, "updated");
    return order->updated_us;
}

/* The text that a person sees; NULL: nothing there. */
static const char *text_of(const struct order *order,
                           const struct order_column *column, char room[64])
{
    int64_t number;

    if (is_named(column, "owner"))
        return order->owner_name;
    if (is_named(column, "instrument"))
        return order->instrument;
    if (is_named(column, "client_order_id"))
        return order->client_order_id[0] ? order->client_order_id : NULL;
    if (is_named(column, "side"))
        return order_side_name(order->side);
    if (is_named(column, "status"))
        return order_status_name(order->status);
    number = number_of(order, column);
    if (number == INT64_MIN)
        return NULL;
    if (column->type == COLUMN_DECIMAL)
        decimal_format(number, room);
    else if (column->type == COLUMN_TIME)
        clock_format(number, room);
    else
        snprintf(room, 64, "%lld", (long long)number);
    return room;
}

/* needle: as it was typed. */
static bool finds(enum query_op op, const char *text, const char *needle)
{
    struct buf in;
    struct buf folded;
    const char *at;
    bool is_met = false;

    buf_init(&in, 4000);
    buf_init(&folded, 4000);
    text_fold(&in, text, strlen(text));
    text_fold(&folded, needle, strlen(needle));
    at = buf_text(&in);
    /* Wherever it stands, and then whether that is where it has to. What shows
     * nothing is in nothing. */
    while (at && !is_met && (!*needle || folded.len)) {
        bool is_first;
        bool is_last;

        at = strstr(at, buf_text(&folded));
        if (!at)
            break;
        is_first = at == buf_text(&in);
        is_last = !at[folded.len];
        is_met = op == QUERY_CONTAINS || (op == QUERY_STARTS && is_first) ||
                 (op == QUERY_ENDS && is_last) ||
                 (op == QUERY_IS && is_first && is_last);
        at = *at ? at + 1 : NULL;
    }
    buf_release(&folded);
    buf_release(&in);
    return is_met;
}

/* Patterns here are letters, with ^ before and $ behind them, or neither. */
static bool matches(const char *text, const char *pattern)
{
    bool is_begun = *pattern == '^';
    size_t len = strlen(pattern);
    bool is_ended = len && pattern[len - 1] == '$';
    size_t letters = len - is_begun - is_ended;

    pattern += is_begun;
    for (const char *at = text; at <= text + strlen(text); at++) {
        if (!strncasecmp(at, pattern, letters) && strlen(at) >= letters &&
            (!is_ended || !at[letters]))
            return true;
        if (is_begun)
            break;
    }
    return false;
}

static bool number_meets(const struct idea *idea, enum column_type type,
                         int64_t number)
{
    size_t len = strlen(idea->text);
    int64_t wanted = 0;

    if (!len || number == INT64_MIN)
        return !len && number == INT64_MIN;
    if (type == COLUMN_DECIMAL)
        assert_int_equal(decimal_parse(idea->text, len, &wanted), DECIMAL_OK);
    else if (type == COLUMN_TIME)
        assert_int_equal(clock_parse(idea->text, len, &wanted), 0);
    else
        wanted = strtoll(idea->text, NULL, 10);
    switch (idea->op) {
    case QUERY_EQUAL: return number == wanted;
    case QUERY_AT_LEAST: return number >= wanted;
    case QUERY_AT_MOST: return number <= wanted;
    case QUERY_ABOVE: return number > wanted;
    case QUERY_BELOW: return number < wanted;
    default: break;
    }
    fail();
    return false;
}

static bool column_meets(const struct order *order, const struct idea *idea,
                         const struct order_column *column)
{
    char room[64];
    const char *text = text_of(order, column, room);

    if (idea->op == QUERY_MATCHES)
        return text && matches(text, idea->text);
    if (idea->op < QUERY_MATCHES)
        return text && finds(idea->op, text, idea->text);
    if (column->type != COLUMN_TEXT && column->type != COLUMN_CHOICE)
        return number_meets(idea, column->type, number_of(order, column));
    return !strcmp(text ? text : "", idea->text);
}

static bool idea_meets(const struct order *order, const struct idea *idea)
{
    bool has_all = true;
    bool has_any = false;

    if (idea->kind == FILTER_TERM) {
        for (size_t i = 0; i < order_columns_count; i++)
            has_any = has_any || ((idea->columns & 1UL << i) &&
                                  column_meets(order, idea, &order_columns[i]));
        return has_any;
    }
    for (size_t i = 1; i <= idea->count; i = after(idea, i)) {
        bool is_met = idea_meets(order, &idea[i]);

        has_all = has_all && is_met;
        has_any = has_any || is_met;
    }
    if (idea->kind == FILTER_NOT)
        return !has_all;
    return idea->kind == FILTER_AND ? has_all : has_any;
}

bool by_hand_meets(const struct order *order, const struct idea *ideas,
                   size_t count)
{
    for (size_t i = 0; i < count; i = after(ideas, i)) {
        if (!idea_meets(order, &ideas[i]))
            return false;
    }
    return true;
}

static int compare_fold(const char *a, const char *b)
{
    struct buf x;
    struct buf y;
    int sign;

    buf_init(&x, 4000);
    buf_init(&y, 4000);
    text_fold(&x, a, strlen(a));
    text_fold(&y, b, strlen(b));
    sign = strcmp(buf_text(&x), buf_text(&y));
    buf_release(&x);
    buf_release(&y);
    return sign;
}

static int compare_column(const struct order *a, const struct order *b,
                          const struct order_column *column)
{
    char room_a[64];
    char room_b[64];
    const char *x = text_of(a, column, room_a);
    const char *y = text_of(b, column, room_b);
    int sign;

    if (!x || !y)
        return (x != NULL) - (y != NULL);
    if (column->type == COLUMN_CHOICE)
        return strcmp(x, y);
    if (column->type == COLUMN_TEXT) {
        sign = compare_fold(x, y);
        return sign ? sign : strcmp(x, y);
    }
    return (number_of(a, column) > number_of(b, column)) -
           (number_of(a, column) < number_of(b, column));
}

int by_hand_compare(const struct order *a, const struct order *b,
                    const struct order_query *query)
{
    bool is_down = true;
    bool is_first = true;

    for (size_t i = 0; i < query->order_count; i++) {
        const struct order_column *column =
            &order_columns[query->orders[i].column];
        int sign;

        /* The owner of one owner's orders says nothing. */
        if (query->owner && is_named(column, "owner"))
            continue;
        if (is_first)
            is_down = query->orders[i].descending;
        is_first = false;
        sign = compare_column(a, b, column);
        if (sign)
            return query->orders[i].descending ? -sign : sign;
    }
    return is_down ? (a->id < b->id) - (a->id > b->id)
                   : (a->id > b->id) - (a->id < b->id);
}
