#include "web/import/import_kind.h"
#include "model/desk/instrument_column.h"
#include "model/orders/order_column.h"
#include "web/api/instrument_input.h"
#include "web/api/order_input.h"

#include "base/banned.h"

/* Orders */

static bool order_field(size_t i, struct import_field *field)
{
    const struct order_column *column = &order_columns[i];

    if (i >= order_columns_count)
        return false;
    field->name = column->name;
    field->choices = column->choices;
    if (column->type == COLUMN_CHOICE)
        field->type = IMPORT_CHOICE;
    else if (column->type == COLUMN_DECIMAL)
        field->type = IMPORT_NUMBER;
    field->is_required = column->flags & COLUMN_REQUIRED;
    field->is_given = column->flags & (COLUMN_WRITE | COLUMN_WRITE_STAFF);
    return true;
}

static void set_order(void *draft, const char *name, const char *text,
                      size_t len, struct err *err)
{
    order_draft_set(draft, name, text, len, err);
}

static void set_order_json(void *draft, const cJSON *object, struct err *err)
{
    order_input_json(object, draft, err);
}

const struct import_kind import_orders = {
    .draft_size = sizeof(struct order_draft),
    .field = order_field,
    .set = set_order,
    .set_json = set_order_json,
};

/* Instruments */

static bool instrument_field(size_t i, struct import_field *field)
{
    static const char *const bools[] = {"true", "false", NULL};
    const struct instrument_column *column = &instrument_columns[i];

    if (i >= instrument_columns_count)
        return false;
    field->name = column->name;
    if (column->type == INSTRUMENT_BOOL) {
        field->type = IMPORT_CHOICE;
        field->choices = bools;
    } else if (column->type == INSTRUMENT_AMOUNT) {
        field->type = IMPORT_NUMBER;
    }
    field->is_required = column->flags & INSTRUMENT_CREATE;
    field->is_given = column->flags & (INSTRUMENT_CREATE | INSTRUMENT_WRITE);
    return true;
}

static void set_instrument(void *draft, const char *name, const char *text,
                           size_t len, struct err *err)
{
    instrument_draft_set(draft, true, name, text, len, err);
}

static void set_instrument_json(void *draft, const cJSON *object,
                                struct err *err)
{
    instrument_input_json(object, true, draft, err);
}

const struct import_kind import_instruments = {
    .draft_size = sizeof(struct instrument_draft),
    .field = instrument_field,
    .set = set_instrument,
    .set_json = set_instrument_json,
};
