#pragma once
#include "store/db.h"
#include "support/suite.h"
/*
 * Each test has a folder of its own, and a connection that writes to a database
 * in it.
 */
#define SCRATCH_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

struct scratch {
    char folder[64];
    char path[96];
    struct db *db;
};

int scratch_open(void **state);
int scratch_close(void **state);
/* The path of another file of the folder; good until the next call. */
const char *scratch_path(struct scratch *s, const char *name);
void exec(struct db *db, const char *sql);
/* The one number that sql selects. */
int64_t number(struct db *db, const char *sql);
/* Runs one statement that must fail; which code it fails with. */
enum err_code fault(struct db *db, const char *sql, struct err *err);
