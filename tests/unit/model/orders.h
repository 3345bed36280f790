#pragma once
#include "model/log/event.h"
#include "model/orders/order.h"
#include "support/world.h"
/*
 * What the tests of orders share.
 */
/* Sets fields by pairs of name and text, the last name NULL; text NULL is JSON
 * null. */
int draft_set(struct order_draft *draft, struct err *err, ...);
/* The order EDF01, 100 at 338.67. */
struct order_draft draft_plain(void);

/* Every step of a test goes through these, which hold what is true of any: a
 * refusal has written nothing. */
int step_place(struct world *w, const struct actor *actor,
               const struct order_draft *draft, struct order *order,
               bool *existing, struct err *err);
int step_change(struct world *w, const struct actor *actor, int64_t id,
                const struct order_draft *draft, bool replace, int64_t version,
                struct order *order, struct err *err);
int step_cancel(struct world *w, const struct actor *actor, int64_t id,
                int64_t version, struct order *order, struct err *err);
int step_remove(struct world *w, const struct actor *actor, int64_t id,
                int64_t version, struct order *order, struct err *err);

void assert_same_order(const struct order *a, const struct order *b);
/* A plain order of the actor; fails the test if it is refused. */
struct order placed(struct world *w, const struct actor *actor);
/* The plain order with one more field, or one with another value. */
struct order placed_with(struct world *w, const struct actor *actor,
                         const char *name, const char *text);
/* A change of one field. */
int changed(struct world *w, const struct actor *actor, int64_t id,
            const char *name, const char *text, struct order *order,
            struct err *err);
const char *field_text(const struct err *err, const char *name); /* or NULL */
/* The newest event; body copied into text. */
void newest_event(struct world *w, struct event *event, struct buf *text);
