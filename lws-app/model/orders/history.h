#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include "model/log/event.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * The log read by people: who did what to an order, when and from where, and
 * what it was before. An order's history is the chain of its events, each of
 * which names the one before it; events no longer kept end it.
 * Thread: the caller's. Blocks on the database.
 */
#define HISTORY_MAX 1000 /* rows of one answer at most */

struct history_row {
    int64_t id; /* the event's */
    enum event_kind kind;
    int64_t order_id;
    int64_t owner;
    int64_t position; /* in its owner's stream */
    int64_t time_us;
    int64_t previous;   /* the order's event before it; 0: none */
    bool is_correction; /* of what was final, by staff */
    char owner_name[USERNAME_MAX];
    bool has_actor; /* else it was a command */
    /* Somebody else than the owner who reads it: neither the name nor the
     * address below are theirs to know. */
    bool is_by_staff;
    int64_t actor_id;     /* 0: a command */
    int64_t before_owner; /* of before; 0: there is none */
    char actor[USERNAME_MAX];
    char address[ADDRESS_MAX];
    /* The order after it and before it; before NULL: there was none, or the
     * log has it no more. Borrowed. */
    const char *body;
    size_t body_len;
    const char *before;
    size_t before_len;
    const char *changed; /* as in struct event */
    size_t changed_len;
};
typedef int history_fn(void *arg, const struct history_row *row,
                       struct err *err);

/* One event. ERR_MISSING. */
int history_read(struct db *db, int64_t event, history_fn *fn, void *arg,
                 struct err *err);
/* The newest event of an order, removed ones too; 0: the log knows of none. */
int history_newest(struct db *db, int64_t order_id, int64_t *event,
                   struct err *err);
/* Calls fn for at most max events of an order, newest first, from the event
 * `from` on (0: the newest): those that the actor may see, which are all for
 * staff, else those in the actor's own stream, which say nothing of what the
 * order was before it came there, nor who of the staff it was. *next: where the
 * rest begins; 0: there is none. ERR_MISSING: the actor may see none at all, or
 * from is none of this order. */
int history_of_order(struct db *db, const struct actor *actor, int64_t order_id,
                     int64_t from, int max, int64_t *next, history_fn *fn,
                     void *arg, struct err *err);
/* {"price":["1","2"]} under key: each field of a changed order that somebody
 * chose, before and after. Empty where nothing is known of before. An update
 * tells it by itself; a move, and what was written by a release that did not,
 * are compared with the event before. */
int history_put_changes(struct buf *out, const char *key,
                        const struct history_row *row, struct err *err);
