#pragma once
#include "base/buf.h"
#include "model/orders/order.h"
#include "model/orders/order_column.h"
#include "view/order_grams.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Orders in memory, made for a look at all of them: their numbers as such, and
 * the folded text of every column that is searched, one behind the other with
 * a NUL behind each, so that one search sees a whole row and no needle (it has
 * no NUL) is found across two columns. A row that changes takes a new slot; its
 * old one is dead.
 * Thread: its owner's. Never blocks.
 */
#define ORDER_NUMBER(kind, NAME, name, member, bound, flags, help)             \
    ORDER_IF_NUMBER_##kind(NUMBER_##NAME, )
enum order_number { ORDER_COLUMNS(ORDER_NUMBER) NUMBER_COUNT };
#define NUMBER_NULL ORDER_NULL
/* The columns of text, in the order in which a row begins with them. */
#define ORDER_TEXT(kind, NAME, name, member, bound, flags, help)               \
    ORDER_IF_TEXT_##kind(TEXT_##NAME, )
enum order_text { ORDER_COLUMNS(ORDER_TEXT) TEXT_COUNT };
struct order_slot {
    int64_t numbers[NUMBER_COUNT];
    uint32_t text;     /* where it begins; behind it, not folded, the columns of
                          text once more */
    uint32_t text_len; /* of the folded */
    bool is_dead;
};
struct order_rows {
    struct order_slot *slots;
    size_t count; /* dead ones too */
    size_t cap;
    size_t dead;
    struct buf text;
    uint32_t *by_id; /* slot + 1, 0: free; a table of hashes */
    unsigned by_id_bits;
    struct order_grams grams;
};

/* expected: about as many rows. False: no memory. */
bool order_rows_init(struct order_rows *rows, size_t expected);
void order_rows_release(struct order_rows *rows); /* safe twice */
/* In place of the order of that id, if there is one. False: no memory, or no
 * more than 4 GiB of text; rows is of no more use then. */
bool order_rows_put(struct order_rows *rows, const struct order *order);
void order_rows_remove(struct order_rows *rows, int64_t id);
size_t order_rows_bytes(const struct order_rows *rows);

/* -1: the column has none. */
int order_rows_number(const struct order_column *column);
int order_rows_text(const struct order_column *column);
/* Which of the texts of a row is the column's; -1: it is not searched. */
int order_rows_segment(const struct order_column *column);
/* Folded; n: from order_rows_segment(). */
const char *order_slot_segment(const struct order_rows *rows,
                               const struct order_slot *slot, int n,
                               size_t *len);
/* As it is. */
const char *order_slot_text(const struct order_rows *rows,
                            const struct order_slot *slot,
                            enum order_text text);
