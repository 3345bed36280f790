#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
#include <stdint.h>
/*
 * What was done to one's own account and logins lately, of the audit: those
 * rows alone that are about this user. Who of the staff did something, and from
 * where, is not theirs to know.
 * Thread: the caller's. Blocks on the database.
 */
#define ACTIVITY_MAX 100 /* rows of one answer at most */

enum activity_by {
    ACTIVITY_BY_NOBODY, /* that is known: a failed login */
    ACTIVITY_BY_USER,
    ACTIVITY_BY_STAFF,
    ACTIVITY_BY_COMMAND,
};
struct activity_row {
    int64_t id;
    int64_t time_us;
    enum activity_by by;
    const char *action;  /* these are borrowed */
    const char *address; /* NULL: where staff were */
    const char *detail;  /* {"field":[before,after]} */
    size_t detail_len;
};
typedef int activity_fn(void *arg, const struct activity_row *row,
                        struct err *err);
/* Calls fn for at most max rows below `before` (0: the newest), newest first.
 * *next: where the rest begins; 0: there is none. */
int activity_read(struct db *db, int64_t user, int64_t before, int max,
                  int64_t *next, activity_fn *fn, void *arg, struct err *err);
