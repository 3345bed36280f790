#pragma once
#include "base/err.h"
#include "model/orders/history.h"
#include "store/db.h"
#include <stdint.h>
/*
 * Who did what, when and from where, as one list: the events of orders and the
 * rows of the audit, newest first. Each of the two is in the order of its ids;
 * between them the time decides.
 * Thread: the caller's. Blocks on the database.
 */
#define AUDIT_ACTION_MAX 32

struct audit_query {
    int64_t actor;   /* who did it; 0: anybody */
    int64_t subject; /* whom it was done to, an order's owner; 0: anybody */
    int64_t order;   /* this order's events alone; 0: all there is */
    /* "order.update", or "order" for whatever begins so; "": all. */
    char action[AUDIT_ACTION_MAX];
    int64_t since_us; /* INT64_MIN: from the first on */
    int64_t until_us; /* INT64_MAX: up to now */
    /* Where a page begins: only ids below these; 0: the newest. */
    int64_t before_event;
    int64_t before_audit;
    int max; /* rows, at most HISTORY_MAX */
};
struct audit_row {
    const struct history_row *event; /* NULL: a row of the audit */
    int64_t id;
    int64_t time_us;
    const char *actor;   /* NULL: a command, or not known */
    const char *address; /* these are borrowed */
    const char *action;
    const char *subject; /* NULL: none */
    const char *detail;  /* of the audit: {"field":[before,after]} */
    size_t detail_len;
};
typedef int audit_fn(void *arg, const struct audit_row *row, struct err *err);

/* query's two ids are moved to where the next page begins. *more: there may be
 * one. No index finds events by who did them: what one call looks through is
 * bounded, so it may give less than max, even nothing, and say that there is
 * more. Times are those that were stamped: an event of a clock that was set
 * back is found by its order, but may be missed by since and until. */
int audit_query_run(struct db *db, struct audit_query *query, bool *more,
                    audit_fn *fn, void *arg, struct err *err);
