#pragma once
#include "base/err.h"
#include "store/db.h"
/*
 * Failed logins, form and token together, counted per address (of IPv6: per
 * /64), per account and address, and per account, in the database (so that all
 * workers share them). A window begins with its first failure. Thread: the
 * caller's. Blocks on the database.
 */
struct throttle_limits {
    int per_account; /* failures of one account from one address */
    int per_address;
    int window_s;
};

/* 0, or ERR_THROTTLED with retry_after_s: the rest of the window. */
int throttle_check(struct db *db, const struct throttle_limits *limits,
                   const char *address, const char *username, struct err *err);
int throttle_fail(struct db *db, const struct throttle_limits *limits,
                  const char *address, const char *username, struct err *err);
/* How long somebody who has never logged in from there is to wait before this
 * account is tried again: once so many have failed in the window, from
 * whichever addresses, 1 s, and twice as long with each further one. Nobody is
 * refused by it: the user too may come from elsewhere. */
#define THROTTLE_FREE 20
#define THROTTLE_DELAY_MAX_S 30
int throttle_delay(struct db *db, const struct throttle_limits *limits,
                   const char *username, int *delay_s, struct err *err);
/* A success forgets the account's failures from this address. */
int throttle_forget(struct db *db, const char *address, const char *username,
                    struct err *err);
