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

/* A row of order_columns.h, and what is special to each kind. */
#define COLUMN(kind, NAME, wire_name, member, bound, may, text)                \
    {.name = #wire_name,                                                       \
     .has = HAS_##NAME,                                                        \
     .place = offsetof(struct order, member),                                  \
     .size = sizeof(((struct order *)NULL)->member),                           \
     .help = text,                                                             \
     COLUMN_OF_##kind(member, bound, may)},
#define COLUMN_OF_KEY(member, bound, may) .type = COLUMN_INT, .flags = may
#define COLUMN_OF_INT(member, bound, may) .type = COLUMN_INT, .flags = may
#define COLUMN_OF_TIME(member, bound, may) .type = COLUMN_TIME, .flags = may
#define COLUMN_OF_DECIMAL(member, bound, may)                                  \
    .type = COLUMN_DECIMAL, .flags = may, .least = LEAST_##bound
#define COLUMN_OF_DECIMAL_OR_NULL(member, bound, may)                          \
    .type = COLUMN_DECIMAL, .flags = may | COLUMN_NULL,                        \
    .least = LEAST_##bound, .has_place = offsetof(struct order, has_##member)
#define COLUMN_OF_CHOICE(member, bound, may)                                   \
    .type = COLUMN_CHOICE, .flags = may, .choices = bound##_names
#define COLUMN_OF_TEXT(member, bound, may)                                     \
    .type = COLUMN_TEXT, .flags = may, .max_length = bound
#define COLUMN_OF_TEXT_OR_NULL(member, bound, may)                             \
    .type = COLUMN_TEXT, .flags = may | COLUMN_NULL, .max_length = bound
#define COLUMN_OF_OWNER(member, bound, may) COLUMN_OF_TEXT(member, bound, may)
#define LEAST_ANY INT64_MIN
#define LEAST_NOT_NEGATIVE 0
#define LEAST_POSITIVE 1

const struct order_column order_columns[] = {ORDER_COLUMNS(COLUMN)};
const size_t order_columns_count = ORDER_COLUMNS_COUNT;

_Static_assert(ORDER_COLUMNS_COUNT <= ORDER_COLUMNS_MAX,
               "every column has a place of its own wherever they are counted");

/* In a draft each has the same place. */
#define SAME_PLACE(kind, NAME, wire_name, member, bound, may, text)            \
    _Static_assert(offsetof(struct order, member) ==                           \
                       offsetof(struct order_draft, member),                   \
                   "the place of " #member);
ORDER_COLUMNS(SAME_PLACE)

bool order_column_is_chosen(const struct order_column *column)
{
    return (column->flags & (COLUMN_WRITE | COLUMN_WRITE_STAFF)) != 0;
}

int64_t order_column_number(const struct order_column *column,
                            const struct order *order)
{
    const char *at = (const char *)order + column->place;

    if (column->has_place &&
        !*(const bool *)((const char *)order + column->has_place))
        return ORDER_NULL;
    if (column->type == COLUMN_CHOICE)
        return *(const int *)at;
    return *(const int64_t *)at;
}

void order_column_copy(const struct order_column *column, struct order *order,
                       const struct order_draft *draft)
{
    memcpy((char *)order + column->place, (const char *)draft + column->place,
           column->size);
    if (column->has_place)
        *(bool *)((char *)order + column->has_place) =
            *(const bool *)((const char *)draft + column->has_place);
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

static void row_text(const struct db_stmt *stmt, int col, char *out,
                     size_t size)
{
    out[0] = '\0';
    if (!db_is_null(stmt, col))
        db_copy_text(stmt, col, out, size);
}

#define READ(kind, NAME, wire_name, member, bound, may, text)                  \
    READ_##kind(member, bound);
#define READ_KEY(member, bound) order->member = db_int(stmt, col++)
#define READ_INT(member, bound) order->member = db_int(stmt, col++)
#define READ_TIME(member, bound) order->member = db_int(stmt, col++)
#define READ_DECIMAL(member, bound) order->member = db_int(stmt, col++)
#define READ_DECIMAL_OR_NULL(member, bound)                                    \
    order->has_##member = !db_is_null(stmt, col);                              \
    order->member = order->has_##member ? db_int(stmt, col) : 0;               \
    col++
#define READ_CHOICE(member, bound)                                             \
    order->member = (enum order_##bound)row_choice(stmt, col++, bound##_names)
#define READ_TEXT(member, bound)                                               \
    db_copy_text(stmt, col++, order->member, sizeof(order->member))
#define READ_TEXT_OR_NULL(member, bound)                                       \
    row_text(stmt, col++, order->member, sizeof(order->member))
#define READ_OWNER(member, bound) READ_TEXT(member, bound)

void order_from_row(const struct db_stmt *stmt, struct order *order)
{
    int col = 0;

    order->owner = db_int(stmt, col++);
    order->all_position = db_int(stmt, col++);
    ORDER_COLUMNS(READ)
}

#define IS_SAME(kind, member)                                                  \
    ORDER_IF_NUMBER_##kind(a->member == b->member IS_SAME_NULL_##kind(member)) \
        ORDER_IF_TEXT_##kind(!strcmp(a->member, b->member))
#define IS_SAME_NULL_KEY(member)
#define IS_SAME_NULL_INT(member)
#define IS_SAME_NULL_TIME(member)
#define IS_SAME_NULL_DECIMAL(member)
#define IS_SAME_NULL_DECIMAL_OR_NULL(member)                                   \
    &&a->has_##member == b->has_##member
#define IS_SAME_NULL_CHOICE(member)
#define COMPARE(kind, NAME, wire_name, member, bound, may, text)               \
    if (!(IS_SAME(kind, member)))                                              \
        changed |= 1UL << ORDER_COLUMN_##NAME;

unsigned long order_columns_changed(const struct order *a,
                                    const struct order *b)
{
    unsigned long changed = 0;

    ORDER_COLUMNS(COMPARE)
    return changed;
}
