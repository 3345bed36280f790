#include "model/desk/instrument_column.h"
#include "web/schema/shapes.h"

#include "base/banned.h"

static enum shape_type type_of(const struct instrument_column *column,
                               bool is_input)
{
    switch (column->type) {
    case INSTRUMENT_INT: return SHAPE_INT;
    case INSTRUMENT_BOOL: return SHAPE_BOOL;
    case INSTRUMENT_TIME: return SHAPE_TIME;
    case INSTRUMENT_AMOUNT: return is_input ? SHAPE_AMOUNT : SHAPE_DECIMAL;
    case INSTRUMENT_TEXT: break;
    }
    return SHAPE_TEXT;
}

static void describe(const struct instrument_column *column, bool is_input,
                     struct shape_field *field)
{
    *field = (struct shape_field){.name = column->name,
                                  .type = type_of(column, is_input),
                                  .help = column->help};
    if (column->type == INSTRUMENT_TEXT)
        field->most = column->max_length;
    if (column->flags & INSTRUMENT_CREATE)
        field->least = 1;
    if (column->flags & INSTRUMENT_NULL)
        field->flags |= SHAPE_NULL;
}

bool instrument_shape_field(size_t i, struct shape_field *field,
                            char name[SHAPE_NAME_MAX])
{
    (void)name;
    if (i >= instrument_columns_count)
        return false;
    describe(&instrument_columns[i], false, field);
    return true;
}

bool instrument_row_shape_field(size_t i, struct shape_field *field,
                                char name[SHAPE_NAME_MAX])
{
    if (instrument_shape_field(i, field, name))
        return true;
    if (i > instrument_columns_count)
        return false;
    *field = (struct shape_field){.name = "DT_RowId",
                                  .type = SHAPE_TEXT,
                                  .help = "The row's id in the page"};
    return true;
}

static bool settable(unsigned flags, size_t i, struct shape_field *field)
{
    for (size_t at = 0; at < instrument_columns_count; at++) {
        const struct instrument_column *column = &instrument_columns[at];

        if (!(column->flags & flags) || i-- > 0)
            continue;
        describe(column, true, field);
        if (!(column->flags & INSTRUMENT_CREATE))
            field->flags |= SHAPE_OPTIONAL;
        return true;
    }
    return false;
}

bool instrument_input_shape_field(size_t i, struct shape_field *field,
                                  char name[SHAPE_NAME_MAX])
{
    (void)name;
    return settable(INSTRUMENT_CREATE | INSTRUMENT_WRITE, i, field);
}

bool instrument_change_shape_field(size_t i, struct shape_field *field,
                                   char name[SHAPE_NAME_MAX])
{
    (void)name;
    return settable(INSTRUMENT_WRITE, i, field);
}

const struct shape_field instrument_list_fields[] = {
    {"count", SHAPE_INT, HELP("How many match, exactly")},
    {"next", SHAPE_URL, MAY_BE_NULL, HELP("The next page")},
    {"previous", SHAPE_URL, MAY_BE_NULL, HELP("The page before")},
    {"results", SHAPE_OF, OF("Instrument[]")},
    END,
};

const struct shape_field instrument_table_fields[] = {
    {"draw", SHAPE_INT, HELP("As it was sent")},
    {"recordsTotal", SHAPE_INT, NONE},
    {"recordsFiltered", SHAPE_INT, NONE},
    {"data", SHAPE_OF, OF("InstrumentRow[]")},
    {"error", SHAPE_TEXT, OPTIONAL,
     HELP("What was wrong with the request; data is empty then")},
    END,
};

const struct shape_field instrument_list_arguments_fields[] = {
    {"search", SHAPE_TEXT, OPTIONAL,
     HELP("Words, separated by spaces: each must be in the symbol, the name or "
          "the currency, regardless of case; \"...\" is one word, !word must "
          "be in none")},
    {"ordering", SHAPE_TEXT, OPTIONAL,
     HELP("Fields, separated by commas; a minus before one for descending "
          "order")},
    {"page", SHAPE_INT, OPTIONAL, RANGE(1, 1000000), .otherwise = "1",
     HELP("The page, from 1")},
    {"page_size", SHAPE_INT, OPTIONAL, RANGE(1, 1000), .otherwise = "20",
     HELP("Instruments per page")},
    END,
};
