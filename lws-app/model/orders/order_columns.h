#pragma once
#include "model/accounts/actor.h"
#include "model/desk/instrument.h"
#include <stdint.h>
/*
 * Every column of an order, in the order of the wire. A row here, and a step of
 * the schema, is all that a column takes: struct order, SQL, JSON, CSV, rows in
 * memory, drafts, filters, sorting, search, what describes them and the pages'
 * columns are made of these rows.
 *   X(KIND, NAME, name, member, bound, flags, help)
 * NAME: behind HAS_, NUMBER_ and TEXT_; name: on the wire and in the table;
 * member: of struct order; help: for people. KIND and bound:
 *   KEY                    the id
 *   INT                    int64_t; bound 0; no draft may set it
 *   TIME                   the same, in UTC microseconds
 *   DECIMAL                int64_t; bound: ANY, NOT_NEGATIVE or POSITIVE
 *   DECIMAL_OR_NULL        bool has_member, too
 *   TEXT                   bound: so many characters
 *   TEXT_OR_NULL           "": null
 *   OWNER                  a text of another table
 *   CHOICE                 enum order_bound; its words are bound_names
 * In a step of the schema a column that is never null has a default.
 */
#define CLIENT_ORDER_ID_CHARS 64
#define ORDER_TEXT_MAX(chars) ((chars)*4 + 1) /* bytes, NUL included */
#define CLIENT_ORDER_ID_MAX ORDER_TEXT_MAX(CLIENT_ORDER_ID_CHARS)
#define OWNER_CHARS 150

#define COLUMN_ASK (COLUMN_SORT | COLUMN_FILTER)
#define COLUMN_SHOWN (COLUMN_ASK | COLUMN_SEARCH)
#define COLUMN_NEEDED (COLUMN_SHOWN | COLUMN_WRITE | COLUMN_REQUIRED)

/* What a test adds: rows of its own. */
#ifdef LWSAPP_ORDER_COLUMNS_MORE
#include LWSAPP_ORDER_COLUMNS_MORE
#else
#define ORDER_COLUMNS_MORE(X)
#endif

/* clang-format off */
#define ORDER_COLUMNS(X)                                                       \
    X(KEY, ID, id, id, 0, COLUMN_SHOWN, "Id of the order")                     \
    X(OWNER, OWNER, owner, owner_name, OWNER_CHARS,                            \
      COLUMN_SHOWN | COLUMN_WRITE_STAFF,                                       \
      "Username of the user it belongs to")                                    \
    X(TEXT, INSTRUMENT, instrument, instrument, INSTRUMENT_CHARS,              \
      COLUMN_NEEDED, "What is bought or sold")                                 \
    X(CHOICE, SIDE, side, side, side, COLUMN_SHOWN | COLUMN_WRITE,             \
      "buy (default) or sell")                                                 \
    X(DECIMAL, QUANTITY, quantity, quantity, POSITIVE, COLUMN_NEEDED,          \
      "How much, above 0, up to 8 decimals")                                   \
    X(DECIMAL, PRICE, price, price, ANY, COLUMN_NEEDED,                        \
      "Limit price, up to 8 decimals; may be negative")                        \
    X(CHOICE, STATUS, status, status, status,                                  \
      COLUMN_SHOWN | COLUMN_WRITE_STAFF,                                       \
      "Set by staff; its owner may set canceled")                              \
    X(DECIMAL, FILLED_QUANTITY, filled_quantity, filled_quantity,              \
      NOT_NEGATIVE, COLUMN_SHOWN | COLUMN_WRITE_STAFF,                         \
      "How much of the quantity is filled")                                    \
    X(DECIMAL_OR_NULL, AVERAGE_PRICE, average_price, average_price, ANY,       \
      COLUMN_SHOWN | COLUMN_WRITE_STAFF, "Average price of what is filled")    \
    X(TEXT_OR_NULL, CLIENT_ORDER_ID, client_order_id, client_order_id,         \
      CLIENT_ORDER_ID_CHARS, COLUMN_SHOWN | COLUMN_WRITE,                      \
      "The client's own reference for it, unique per owner")                   \
    X(INT, VERSION, version, version, 0, COLUMN_ASK,                           \
      "Increases by one with each change")                                     \
    X(INT, POSITION, position, position, 0, COLUMN_ASK,                        \
      "Position of its last change in its owner's stream")                     \
    ORDER_COLUMNS_MORE(X)                                                      \
    X(TIME, CREATED, created, created_us, 0, COLUMN_SHOWN,                     \
      "When it was placed, UTC")                                               \
    X(TIME, UPDATED, updated, updated_us, 0, COLUMN_SHOWN,                     \
      "When it last changed, UTC")
/* clang-format on */

/* Their places in order_columns[]. */
#define ORDER_PLACE(kind, NAME, name, member, bound, flags, help)              \
    ORDER_COLUMN_##NAME,
enum order_place { ORDER_COLUMNS(ORDER_PLACE) ORDER_COLUMNS_COUNT };

/* More, of the kinds that are a number in memory, or that are a text. */
#define ORDER_IF_NUMBER_KEY(...) __VA_ARGS__
#define ORDER_IF_NUMBER_INT(...) __VA_ARGS__
#define ORDER_IF_NUMBER_TIME(...) __VA_ARGS__
#define ORDER_IF_NUMBER_DECIMAL(...) __VA_ARGS__
#define ORDER_IF_NUMBER_DECIMAL_OR_NULL(...) __VA_ARGS__
#define ORDER_IF_NUMBER_CHOICE(...) __VA_ARGS__
#define ORDER_IF_NUMBER_TEXT(...)
#define ORDER_IF_NUMBER_TEXT_OR_NULL(...)
#define ORDER_IF_NUMBER_OWNER(...)

#define ORDER_IF_TEXT_KEY(...)
#define ORDER_IF_TEXT_INT(...)
#define ORDER_IF_TEXT_TIME(...)
#define ORDER_IF_TEXT_DECIMAL(...)
#define ORDER_IF_TEXT_DECIMAL_OR_NULL(...)
#define ORDER_IF_TEXT_CHOICE(...)
#define ORDER_IF_TEXT_TEXT(...) __VA_ARGS__
#define ORDER_IF_TEXT_TEXT_OR_NULL(...) __VA_ARGS__
#define ORDER_IF_TEXT_OWNER(...) __VA_ARGS__

/* What struct order has of each. */
#define ORDER_MEMBER(kind, NAME, name, member, bound, flags, help)             \
    ORDER_MEMBER_##kind(member, bound)
#define ORDER_MEMBER_KEY(member, bound) int64_t member;
#define ORDER_MEMBER_INT(member, bound) int64_t member;
#define ORDER_MEMBER_TIME(member, bound) int64_t member;
#define ORDER_MEMBER_DECIMAL(member, bound) int64_t member;
#define ORDER_MEMBER_DECIMAL_OR_NULL(member, bound)                            \
    int64_t member;                                                            \
    bool has_##member;
#define ORDER_MEMBER_CHOICE(member, bound) enum order_##bound member;
#define ORDER_MEMBER_TEXT(member, bound) char member[ORDER_TEXT_MAX(bound)];
#define ORDER_MEMBER_TEXT_OR_NULL(member, bound)                               \
    char member[ORDER_TEXT_MAX(bound)];
#define ORDER_MEMBER_OWNER(member, bound) char member[ORDER_TEXT_MAX(bound)];
