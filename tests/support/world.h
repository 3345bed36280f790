#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
#include "support/suite.h"
/*
 * A database in memory, or an empty one of PostgreSQL, with the schema in
 * place, four users and one open write transaction.
 */
#define WORLD_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, world_open, world_close)

struct world {
    struct db *db;
    struct actor ann; /* traders */
    struct actor bob;
    struct actor sue; /* staff */
    struct actor command;
    bool is_purged; /* the log no longer begins at 1 */
};

/* cmocka's. The teardown checks what must be true of any database. */
int world_open(void **state);
int world_close(void **state);
void world_check(struct world *w);

/* Commits, and gives what was announced since the last time. */
void world_commit(struct world *w, struct buf *outbox);
int64_t world_int(struct world *w, const char *sql);
void world_exec(struct world *w, const char *sql);
