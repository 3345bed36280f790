#pragma once
#include "base/err.h"
#include "commands/serve/lock.h"
#include "store/db.h"
/* What is moved nobody may serve. A file has lock_database() for that. */

/* Of a server: by what daemons tell of themselves there. ERR_CONFLICT names
 * one. */
int check_unserved(struct db *db, struct err *err);
