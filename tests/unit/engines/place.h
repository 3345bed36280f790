#pragma once
#include "store/db.h"
#include "support/cluster.h"
#include "support/suite.h"
/*
 * Where a test of both engines has its database: each test an empty one, and a
 * connection that writes to it.
 */
enum { BOTH_ENGINES, SERVER_ALONE }; /* SUITE(), SUITE_OF() */
#define PLACE_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, place_open, place_close)

struct place {
    const char *where; /* for db_open() */
    struct db *db;
    char folder[32]; /* of a file; "": none */
    char path[48];
};

/* The PostgreSQL that the next places are in; NULL: they are files. */
void place_use(const struct cluster *cluster);
const struct cluster *place_cluster(void);
bool place_is_file(void);
int place_open(void **state);
int place_close(void **state);
struct db *place_connect(const struct place *place, enum db_mode mode);

void exec(struct db *db, const char *sql);
/* Runs one statement without parameters, as those whose rows nobody reads. */
void run(struct db *db, const char *sql);
/* The one number that sql selects. */
int64_t number(struct db *db, const char *sql);
void begin(struct db *db);
void commit(struct db *db);
