#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
#include <stdbool.h>
/*
 * What was refused, and what may be too often to be noted each time: counted by
 * kind, address, user and minute. When a minute is over, its counts become rows
 * of the audit.
 * Thread: the caller's. Blocks on the database.
 */
enum refusal_kind {
    REFUSAL_LOGIN,     /* a failed login by a name that nobody has */
    REFUSAL_FORBIDDEN, /* 403, as the next four */
    REFUSAL_CONFIRM,   /* the password was not given lately */
    REFUSAL_SETUP,     /* a second factor must be set up first */
    REFUSAL_CSRF,
    REFUSAL_ORIGIN,
    REFUSAL_THROTTLED, /* 429 */
    REFUSAL_EXPORT,    /* none: an export that was made */
    REFUSAL_KINDS,
};
struct refusal {
    enum refusal_kind kind;
    int64_t minute;            /* since 1970 */
    char address[ADDRESS_MAX]; /* IPv6: its /64 */
    int64_t actor;             /* 0: nobody known */
    int64_t times;
};
#define REFUSAL_MINUTE_US INT64_C(60000000)

/* As in the audit. */
const char *refusal_action(enum refusal_kind kind);
/* Adds to what is counted of that minute. */
int refusal_add(struct db *db, const struct refusal *refusal, struct err *err);
/* Moves at most limit counts of minutes that are over into the audit. Returns
 * how many, or -1. */
int refusal_settle(struct db *db, int limit, struct err *err);
