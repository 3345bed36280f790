#pragma once
#include "engines/cluster.h"
#include "store/db.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* Needs those above it. */
#include <cmocka.h>
/*
 * Where a test of both engines has its database: each test an empty one, and a
 * connection that writes to it.
 */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
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

int batches_suite(void);
int contract_suite(void);
int foresee_suite(void);
int foresee_server_suite(void);
int ids_suite(void);
int many_suite(void);
int memory_suite(void);
int merge_suite(void);
int postgres_suite(void);
int sql_suite(void);
