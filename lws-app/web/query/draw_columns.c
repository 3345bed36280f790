#include "web/query/draw_columns.h"
#include "model/orders/order_column.h"

#include <string.h>

#include "base/banned.h"

#define BIT(column) (1UL << (column))

size_t draw_column_named(struct draw_text text)
{
    const struct order_column *column =
        text.len ? order_column_find(text.text, text.len) : NULL;

    return column ? (size_t)(column - order_columns) : NO_COLUMN;
}

size_t draw_column_at(const struct draw *draw, size_t index)
{
    const struct draw_column *column;
    size_t found;

    if (index >= draw->column_count)
        return NO_COLUMN;
    column = &draw->columns[index];
    found = draw_column_named(column->data);
    if (found == NO_COLUMN)
        found = draw_column_named(column->data_default);
    if (found == NO_COLUMN)
        found = draw_column_named(column->name);
    return found;
}

const char *draw_column_word(const struct draw *draw, size_t index)
{
    const struct draw_column *column;

    if (index >= draw->column_count)
        return "it";
    column = &draw->columns[index];
    if (column->data.len)
        return column->data.text;
    return column->name.len ? column->name.text : "it";
}

static bool is_search_column(size_t column)
{
    return column != NO_COLUMN && (order_columns[column].flags & COLUMN_SEARCH);
}

/* A draw that names none (by hand, say) means all of ours. */
unsigned long draw_searchable(const struct draw *draw)
{
    unsigned long columns = 0;

    for (size_t i = 0; i < draw->column_count; i++) {
        size_t column = draw_column_at(draw, i);

        if (draw->columns[i].is_searchable && is_search_column(column))
            columns |= BIT(column);
    }
    for (size_t i = 0; draw->column_count == 0 && i < order_columns_count; i++)
        columns |= is_search_column(i) ? BIT(i) : 0;
    return columns;
}

unsigned long draw_own_column(const struct draw *draw, size_t index,
                              const char *field, struct err *err)
{
    size_t column = draw_column_at(draw, index);

    if (is_search_column(column) && draw->columns[index].is_searchable)
        return BIT(column);
    err_field(err, field, "column %zu: %.80s is not searchable", index,
              draw_column_word(draw, index));
    return 0;
}

static bool is_same(struct draw_text a, struct draw_text b)
{
    return a.len && a.len == b.len && !memcmp(a.text, b.text, a.len);
}

size_t draw_column_of(const struct draw *draw, struct draw_text data)
{
    for (size_t i = 0; i < draw->column_count; i++) {
        const struct draw_column *column = &draw->columns[i];

        if (is_same(column->data, data) || is_same(column->data_default, data))
            return draw_column_at(draw, i);
    }
    return draw_column_named(data);
}
