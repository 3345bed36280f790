#pragma once
#include "store/db.h"
#include <stdbool.h>
/*
 * The database that tests of rooms above the store write to: one in memory, or
 * an empty one of the PostgreSQL that LWSAPP_TEST_DATABASE names.
 */
bool database_is_on_server(void);
/* With the schema in place. Failing to fails the test. */
struct db *database_open(void);
