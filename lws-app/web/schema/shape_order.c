#include "model/orders/order_column.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

static enum shape_type type_of(enum column_type type, bool is_input)
{
    switch (type) {
    case COLUMN_INT: return SHAPE_INT;
    case COLUMN_TEXT: return SHAPE_TEXT;
    case COLUMN_DECIMAL: return is_input ? SHAPE_AMOUNT : SHAPE_DECIMAL;
    case COLUMN_TIME: return is_input ? SHAPE_WHEN : SHAPE_TIME;
    case COLUMN_CHOICE: break;
    }
    return SHAPE_CHOICE;
}

static void describe(const struct order_column *column, bool is_input,
                     struct shape_field *field)
{
    field->name = column->name;
    field->type = type_of(column->type, is_input);
    field->choices = column->choices;
    field->help = column->help;
    if (column->flags & COLUMN_NULL)
        field->flags |= SHAPE_NULL;
    if (column->type == COLUMN_TEXT) {
        field->least = 1;
        field->most = column->max_length;
    }
}

bool order_shape_field(size_t i, struct shape_field *field,
                       char name[SHAPE_NAME_MAX])
{
    (void)name;
    if (i >= order_columns_count)
        return false;
    describe(&order_columns[i], false, field);
    return true;
}

bool order_row_shape_field(size_t i, struct shape_field *field,
                           char name[SHAPE_NAME_MAX])
{
    if (order_shape_field(i, field, name))
        return true;
    if (i > order_columns_count)
        return false;
    *field = (struct shape_field){.name = "DT_RowId",
                                  .type = SHAPE_TEXT,
                                  .help = "The row's id in the page"};
    return true;
}

bool order_input_shape_field(size_t i, struct shape_field *field,
                             char name[SHAPE_NAME_MAX])
{
    (void)name;
    for (size_t at = 0; at < order_columns_count; at++) {
        const struct order_column *column = &order_columns[at];

        if (!(column->flags & (COLUMN_WRITE | COLUMN_WRITE_STAFF)) || i-- > 0)
            continue;
        describe(column, true, field);
        if (!(column->flags & COLUMN_REQUIRED))
            field->flags |= SHAPE_OPTIONAL;
        if (!(column->flags & COLUMN_WRITE))
            field->flags |= SHAPE_STAFF;
        return true;
    }
    return false;
}
