#pragma once
#include "store/db.h"
/*
 * A small service to be fuzzed: its database, always the same, with users whose
 * logins are known.
 */
/* What an Authorization header holds: staff and superuser; trader; a trader's
 * that may only read. */
#define WORLD_BOSS "boss-token"
#define WORLD_TRADER "trader-token"
#define WORLD_READER "reader-token"
/* A session cookie of the boss. */
#define WORLD_COOKIE "boss-cookie"
#define WORLD_EPOCH "0123456789abcdef0123456789abcdef"

/* Makes all of it in an empty database. */
void world_make(struct db *db);
/* schema.sql, read once. */
const char *world_schema(void);
