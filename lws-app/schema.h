#pragma once
#include "store/db.h"
/* schema.sql and schema-postgres.sql, built in: the one for this database. */
const char *schema_for(const struct db *db);
