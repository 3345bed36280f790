#pragma once
#include "base/buf.h"
#include "model/orders/order.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The columns of an order (order_columns.h) as a table: whoever does something
 * with each, or with one that a client has named, finds it here, so that a name
 * of a client never reaches SQL.
 */
enum column_type {
    COLUMN_INT,
    COLUMN_TEXT,
    COLUMN_DECIMAL,
    COLUMN_TIME,
    COLUMN_CHOICE,
};
enum column_flag {
    COLUMN_SORT = 1 << 0,
    COLUMN_SEARCH = 1 << 1,
    COLUMN_FILTER = 1 << 2,
    COLUMN_WRITE = 1 << 3,       /* by its owner */
    COLUMN_WRITE_STAFF = 1 << 4, /* by staff alone */
    COLUMN_REQUIRED = 1 << 5,    /* on creation */
    COLUMN_NULL = 1 << 6,        /* may be null */
};
struct order_column {
    const char *name; /* on the wire and in the table */
    enum column_type type;
    unsigned flags;
    unsigned has;               /* its bit in struct order_draft */
    const char *const *choices; /* NULL-terminated, for COLUMN_CHOICE */
    int max_length;             /* characters, for COLUMN_TEXT */
    int64_t least;              /* for COLUMN_DECIMAL */
    size_t place;               /* in struct order, and in its draft */
    size_t size;                /* there, in bytes */
    size_t has_place;           /* of the bool beside a number; 0: none */
    const char *help;           /* for people, in OPTIONS */
};
#define ORDER_COLUMNS_MAX 16
#define ORDER_NULL INT64_MIN /* no number of an order is this one */

extern const struct order_column order_columns[];
extern const size_t order_columns_count;

const struct order_column *order_column_find(const char *name, size_t len);
/* Somebody's choice, not what each change moves by itself or can't change. */
bool order_column_is_chosen(const struct order_column *column);
/* Its number; of a choice the index of its word; ORDER_NULL: there is none. Not
 * of COLUMN_TEXT. */
int64_t order_column_number(const struct order_column *column,
                            const struct order *order);
/* In which of them two orders differ: bit i, order_columns[i]. */
unsigned long order_columns_changed(const struct order *a,
                                    const struct order *b);
/* What a draft has of it, to an order. */
void order_column_copy(const struct order_column *column, struct order *order,
                       const struct order_draft *draft);
/* Of COLUMN_TEXT, borrowed; NULL: there is none. */
const char *order_column_text(const struct order_column *column,
                              const struct order *order);

/* What order_from_row() reads of "orders o" and "\"user\" u", in its order. */
#define ORDER_FIELD(kind, NAME, name, member, bound, flags, help)              \
    ORDER_FIELD_##kind(#name)
#define ORDER_FIELD_KEY(name) ", o." name
#define ORDER_FIELD_INT(name) ", o." name
#define ORDER_FIELD_TIME(name) ", o." name
#define ORDER_FIELD_DECIMAL(name) ", o." name
#define ORDER_FIELD_DECIMAL_OR_NULL(name) ", o." name
#define ORDER_FIELD_CHOICE(name) ", o." name
#define ORDER_FIELD_TEXT(name) ", o." name
#define ORDER_FIELD_TEXT_OR_NULL(name) ", o." name
#define ORDER_FIELD_OWNER(name) ", u.username"
#define ORDER_FIELDS "o.owner, o.all_position" ORDER_COLUMNS(ORDER_FIELD)
#define ORDER_FIELDS_COUNT (2 + ORDER_COLUMNS_COUNT)
#define ORDER_SELECT                                                           \
    "SELECT " ORDER_FIELDS " FROM orders o JOIN \"user\" u ON u.id = o.owner "
void order_from_row(const struct db_stmt *stmt, struct order *order);
