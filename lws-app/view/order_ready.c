#include "view/order_ready.h"
#include "base/decimal.h"
#include "base/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* No text of an order folds to more. */
#define FOLDS_MAX (64 * 1024)

_Static_assert(CLOCK_TEXT_MAX >= DECIMAL_TEXT_MAX &&
                   CLOCK_TEXT_MAX > sizeof("-9223372036854775808"),
               "there is room for every number");

void order_ready_init(struct order_ready *ready)
{
    ready->order = NULL;
    ready->made = 0;
    buf_init(&ready->folds, FOLDS_MAX);
}

void order_ready_release(struct order_ready *ready)
{
    buf_release(&ready->folds);
    ready->made = 0;
}

/* folded: for now where it begins, since the buffer may move. */
static void fold(struct order_ready *ready, size_t column, size_t *start)
{
    struct order_ready_text *text = &ready->texts[column];

    text->shown = order_column_text(&order_columns[column], ready->order);
    text->shown_len = text->shown ? strlen(text->shown) : 0;
    *start = ready->folds.len;
    if (text->shown)
        text_fold(&ready->folds, text->shown, text->shown_len);
    text->folded_len = ready->folds.len - *start;
    buf_put_char(&ready->folds, '\0');
    ready->made |= 1UL << column;
}

bool order_ready_set(struct order_ready *ready, const struct order *order)
{
    size_t starts[ORDER_COLUMNS_MAX] = {0};

    ready->order = order;
    ready->made = 0;
    buf_clear(&ready->folds);
    for (size_t i = 0; i < order_columns_count; i++) {
        if (order_columns[i].type == COLUMN_TEXT)
            fold(ready, i, &starts[i]);
    }
    if (ready->folds.failed)
        return false;
    for (size_t i = 0; i < order_columns_count; i++) {
        if (order_columns[i].type == COLUMN_TEXT)
            ready->texts[i].folded =
                ready->texts[i].shown ? ready->folds.data + starts[i] : NULL;
    }
    return true;
}

/* Numbers look the same when they are folded; times have two letters. */
static void show_number(struct order_ready_text *text, enum column_type type,
                        int64_t number, char room[2][CLOCK_TEXT_MAX])
{
    text->shown = text->folded = room[0];
    if (type == COLUMN_DECIMAL) {
        text->shown_len = decimal_format(number, room[0]);
    } else if (type == COLUMN_TIME) {
        text->shown_len = clock_format(number, room[0]);
        text->folded = room[1];
        for (size_t i = 0; i <= text->shown_len; i++)
            room[1][i] = room[0][i] == 'T'   ? 't'
                         : room[0][i] == 'Z' ? 'z'
                                             : room[0][i];
    } else {
        text->shown_len = (size_t)snprintf(room[0], CLOCK_TEXT_MAX, "%lld",
                                           (long long)number);
    }
    text->folded_len = text->shown_len;
}

static void show(struct order_ready *ready, size_t column)
{
    const struct order_column *of = &order_columns[column];
    struct order_ready_text *text = &ready->texts[column];
    int64_t number = order_column_number(of, ready->order);

    memset(text, 0, sizeof(*text));
    if (number != ORDER_NULL && of->type == COLUMN_CHOICE) {
        text->shown = text->folded = of->choices[number];
        text->shown_len = text->folded_len = strlen(text->shown);
    } else if (number != ORDER_NULL) {
        show_number(text, of->type, number, ready->room[column]);
    }
    ready->made |= 1UL << column;
}

const struct order_ready_text *order_ready_text(struct order_ready *ready,
                                                size_t column)
{
    assert(ready->order);
    if (!(ready->made & 1UL << column))
        show(ready, column);
    return &ready->texts[column];
}
