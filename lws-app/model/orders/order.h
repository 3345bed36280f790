#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include "model/orders/order_columns.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * Orders, and the rules of who may do what to them. Every change is one row
 * written, one position taken, one event appended, in the caller's transaction
 * (a writer's job). Rights are those of *actor, which must have been read in
 * that same transaction. actor->user 0 (a command) may do everything.
 * Quantities and prices: decimals (base/decimal.h). Times: UTC microseconds.
 * Thread: the caller's. Blocks on the database.
 */
enum order_side { SIDE_BUY, SIDE_SELL };
enum order_status {
    STATUS_NEW,
    STATUS_PARTIALLY_FILLED,
    STATUS_FILLED,
    STATUS_CANCELED,
    STATUS_REJECTED,
    STATUS_EXPIRED,
};

/* A member for each column: order_columns.h. Texts: "" where there is none. */
struct order {
    ORDER_COLUMNS(ORDER_MEMBER)
    int64_t owner;        /* the user whose name the column is */
    int64_t all_position; /* that of its last change in the stream of all */
};

/* Input not yet accepted: has says which fields were given. What is given as
 * null is as it is in an order that has none. */
#define ORDER_HAS(kind, NAME, name, member, bound, flags, help)                \
    HAS_##NAME = 1 << ORDER_COLUMN_##NAME,
enum order_has { ORDER_COLUMNS(ORDER_HAS) };
struct order_draft {
    ORDER_COLUMNS(ORDER_MEMBER)
    unsigned has;
    bool has_correct; /* "correct" was given, which no order keeps: */
    bool correct;     /* what is final was wrong */
};

/* One field by its name on the wire, from text (a JSON string, a CSV cell, or a
 * JSON number's token). Adds a field to err for a value that breaks a rule, an
 * unknown name ("unknown field") and a read-only one ("read-only"); returns -1
 * then, without its bit set. text NULL: JSON null. */
int order_draft_set(struct order_draft *draft, const char *name,
                    const char *text, size_t len, struct err *err);
/* The same of a JSON true or false: "correct" alone may be one. */
int order_draft_set_bool(struct order_draft *draft, const char *name,
                         bool value, struct err *err);
/* What can be said without the database: required fields (whole: POST and PUT;
 * not those at fault already), and those not the actor's to set. Adds to what
 * err holds of this draft already; -1 when it then holds anything. */
int order_draft_check(const struct order_draft *draft,
                      const struct actor *actor, bool creating, bool whole,
                      struct err *err);

/*
 * The functions that write take an err that may hold faults of the draft
 * already (order_draft_set()): they add theirs, so that all are told at once,
 * and write nothing. What is refused by a rule has written nothing; when the
 * store or memory fails the caller must go back to its savepoint.
 */
/* Creates. Required: instrument, quantity, price; side defaults to buy. The
 * owner is the actor unless a staff actor (or a command) names another.
 * *existing: a repeated client_order_id with the same content; *order is the
 * first one as it stands now and nothing is written; with other content, or of
 * a deleted order: ERR_CONFLICT. ERR_FORBIDDEN, ERR_INVALID (all fields).
 * Whoever places or changes: the order stays within its owner's limits; a
 * change of neither instrument, quantity, price nor owner is not held to them.
 * Nor is what stays as it is to what staff say of its instrument. */
int order_place(struct db *db, const struct actor *actor,
                const struct order_draft *draft, struct order *order,
                bool *existing, struct err *err);
/* What order_place() refuses before it looks for a repeated client_order_id.
 * Nothing is written, and *order is only what the draft makes of nothing.
 * ERR_FORBIDDEN, ERR_INVALID (all fields). */
int order_place_check(struct db *db, const struct actor *actor,
                      const struct order_draft *draft, struct order *order,
                      struct err *err);
/* Changes what the draft has (PATCH); with replace (PUT) instrument, quantity
 * and price are required, and side and client_order_id go back to their
 * defaults when absent. version 0: any; else ERR_STALE when the row has another
 * (*order then shows the current row). ERR_MISSING when the actor may not see
 * it; ERR_CONFLICT (*order shows the current row) when its owner may not change
 * it any more, and for staff too when it sets what is filled, rejected or
 * expired to canceled without saying "correct". To set what is canceled to
 * canceled and nothing else is a change that changes nothing, which writes
 * nothing. Naming another owner (staff): a move, two events. */
int order_change(struct db *db, const struct actor *actor, int64_t id,
                 const struct order_draft *draft, bool replace, int64_t version,
                 struct order *order, struct err *err);
/* A change of the status alone, to canceled. */
int order_cancel(struct db *db, const struct actor *actor, int64_t id,
                 int64_t version, struct order *order, struct err *err);
/* Removes, leaving tombstones. version as above. ERR_CONFLICT for its owner
 * when something of it is filled. */
int order_remove(struct db *db, const struct actor *actor, int64_t id,
                 int64_t version, struct order *order, struct err *err);
/* One that the actor may see (its own; any for staff when all is true). */
int order_get(struct db *db, const struct actor *actor, int64_t id, bool all,
              struct order *order, struct err *err);

/* order_put_json() of an order as it was last written: by the bytes of its
 * event, if that is the one announced last in this transaction. */
void order_put_written(const struct db *db, struct buf *out,
                       const struct order *order);
const char *order_side_name(enum order_side side);
const char *order_status_name(enum order_status status);
