#include "model/orders/order_column.h"
#include <stddef.h>
#include <string.h>

#include "base/banned.h"

/* The words of enum order_side and enum order_status, in their order. */
static const char *const side_names[] = {"buy", "sell", NULL};
static const char *const status_names[] = {
    "new",      "partially_filled", "filled", "canceled",
    "rejected", "expired",          NULL,
};

#define ASK (COLUMN_SORT | COLUMN_FILTER)
#define SHOWN (ASK | COLUMN_SEARCH)

#define PLACE(member) offsetof(struct order, member)

const struct order_column order_columns[] = {
    {"id", COLUMN_INT, SHOWN, 0, NULL, 0, PLACE(id), "Id of the order"},
    {"owner", COLUMN_TEXT, SHOWN | COLUMN_WRITE_STAFF, HAS_OWNER, NULL, 150,
     PLACE(owner_name), "Username of the user it belongs to"},
    {"instrument", COLUMN_TEXT, SHOWN | COLUMN_WRITE | COLUMN_REQUIRED,
     HAS_INSTRUMENT, NULL, INSTRUMENT_CHARS, PLACE(instrument),
     "What is bought or sold"},
    {"side", COLUMN_CHOICE, SHOWN | COLUMN_WRITE, HAS_SIDE, side_names, 0,
     PLACE(side), "buy (default) or sell"},
    {"quantity", COLUMN_DECIMAL, SHOWN | COLUMN_WRITE | COLUMN_REQUIRED,
     HAS_QUANTITY, NULL, 0, PLACE(quantity),
     "How much, above 0, up to 8 decimals"},
    {"price", COLUMN_DECIMAL, SHOWN | COLUMN_WRITE | COLUMN_REQUIRED, HAS_PRICE,
     NULL, 0, PLACE(price), "Limit price, up to 8 decimals; may be negative"},
    {"status", COLUMN_CHOICE, SHOWN | COLUMN_WRITE_STAFF, HAS_STATUS,
     status_names, 0, PLACE(status),
     "Set by staff; its owner may set canceled"},
    {"filled_quantity", COLUMN_DECIMAL, SHOWN | COLUMN_WRITE_STAFF,
     HAS_FILLED_QUANTITY, NULL, 0, PLACE(filled_quantity),
     "How much of the quantity is filled"},
    {"average_price", COLUMN_DECIMAL, SHOWN | COLUMN_WRITE_STAFF | COLUMN_NULL,
     HAS_AVERAGE_PRICE, NULL, 0, PLACE(average_price),
     "Average price of what is filled"},
    {"client_order_id", COLUMN_TEXT, SHOWN | COLUMN_WRITE | COLUMN_NULL,
     HAS_CLIENT_ORDER_ID, NULL, CLIENT_ORDER_ID_CHARS, PLACE(client_order_id),
     "The client's own reference for it, unique per owner"},
    {"version", COLUMN_INT, ASK, 0, NULL, 0, PLACE(version),
     "Increases by one with each change"},
    {"position", COLUMN_INT, ASK, 0, NULL, 0, PLACE(position),
     "Position of its last change in its owner's stream"},
    {"created", COLUMN_TIME, SHOWN, 0, NULL, 0, PLACE(created_us),
     "When it was placed, UTC"},
    {"updated", COLUMN_TIME, SHOWN, 0, NULL, 0, PLACE(updated_us),
     "When it last changed, UTC"},
};
const size_t order_columns_count =
    sizeof(order_columns) / sizeof(order_columns[0]);

_Static_assert(sizeof(order_columns) / sizeof(order_columns[0]) <=
                   ORDER_COLUMNS_MAX,
               "every column has a place of its own wherever they are counted");

bool order_column_is_chosen(const struct order_column *column)
{
    return (column->flags & (COLUMN_WRITE | COLUMN_WRITE_STAFF)) != 0;
}

int64_t order_column_number(const struct order_column *column,
                            const struct order *order)
{
    const char *at = (const char *)order + column->place;

    /* The only number that may be missing. */
    if ((column->flags & COLUMN_NULL) && !order->has_average_price)
        return ORDER_NULL;
    if (column->type == COLUMN_CHOICE)
        return *(const int *)at;
    return *(const int64_t *)at;
}

const char *order_column_text(const struct order_column *column,
                              const struct order *order)
{
    const char *text = (const char *)order + column->place;

    return !*text && (column->flags & COLUMN_NULL) ? NULL : text;
}

const struct order_column *order_column_find(const char *name, size_t len)
{
    for (size_t i = 0; i < order_columns_count; i++) {
        const char *known = order_columns[i].name;

        if (strlen(known) == len && !memcmp(known, name, len))
            return &order_columns[i];
    }
    return NULL;
}

const char *order_side_name(enum order_side side)
{
    return side_names[side];
}

const char *order_status_name(enum order_status status)
{
    return status_names[status];
}

/* Only these words are ever written; the first stands in for anything else. */
static int row_choice(const struct db_stmt *stmt, int col,
                      const char *const *names)
{
    size_t len;
    const char *text = db_text(stmt, col, &len);

    for (int i = 0; text && names[i]; i++) {
        if (strlen(names[i]) == len && !memcmp(names[i], text, len))
            return i;
    }
    return 0;
}

void order_from_row(const struct db_stmt *stmt, struct order *order)
{
    order->id = db_int(stmt, 0);
    order->owner = db_int(stmt, 1);
    db_copy_text(stmt, 2, order->owner_name, sizeof(order->owner_name));
    db_copy_text(stmt, 3, order->instrument, sizeof(order->instrument));
    order->side = (enum order_side)row_choice(stmt, 4, side_names);
    order->quantity = db_int(stmt, 5);
    order->price = db_int(stmt, 6);
    order->status = (enum order_status)row_choice(stmt, 7, status_names);
    order->filled_quantity = db_int(stmt, 8);
    order->has_average_price = !db_is_null(stmt, 9);
    order->average_price = order->has_average_price ? db_int(stmt, 9) : 0;
    order->client_order_id[0] = '\0';
    if (!db_is_null(stmt, 10))
        db_copy_text(stmt, 10, order->client_order_id,
                     sizeof(order->client_order_id));
    order->version = db_int(stmt, 11);
    order->position = db_int(stmt, 12);
    order->all_position = db_int(stmt, 13);
    order->created_us = db_int(stmt, 14);
    order->updated_us = db_int(stmt, 15);
}

static bool is_same(const struct order_column *column, const struct order *a,
                    const struct order *b)
{
    const char *x;
    const char *y;

    if (column->type != COLUMN_TEXT)
        return order_column_number(column, a) == order_column_number(column, b);
    x = order_column_text(column, a);
    y = order_column_text(column, b);
    return x && y ? !strcmp(x, y) : !x && !y;
}

unsigned long order_columns_changed(const struct order *a,
                                    const struct order *b)
{
    unsigned long changed = 0;

    for (size_t i = 0; i < order_columns_count; i++) {
        if (!is_same(&order_columns[i], a, b))
            changed |= 1UL << i;
    }
    return changed;
}
