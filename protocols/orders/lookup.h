#pragma once
#include "base/err.h"
#include "protocols/host/server.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * Whose stream a label names, and whether a login may follow it.
 * Thread: any. orders_lookup() blocks on the database: a reader's.
 */
struct orders_login {
    int64_t session; /* one of these two is 0 */
    int64_t token;
};

/* As the database has it now. label: "orders", "all", "user:<name>".
 * ERR_UNAUTHENTICATED: the login has ended; ERR_FORBIDDEN, ERR_MISSING. */
int orders_lookup(struct db *db, const struct server *server,
                  const struct orders_login *login, const char *label,
                  int64_t *owner, struct err *err);
bool orders_is_label(const char *stream);
/* False: the database has to say whose it is. user: who asks; whether he may
 * follow it is not looked at. */
bool orders_owner_of_label(const char *label, int64_t user, int64_t *owner);
