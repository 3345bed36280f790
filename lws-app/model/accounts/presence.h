#pragma once
#include "base/err.h"
#include "store/db.h"
#include <stddef.h>
#include <stdint.h>
/*
 * Who has been here lately, as the sessions tell it: their last use is written
 * at most once a minute.
 * Thread: the caller's. Blocks on the database.
 */
struct presence {
    int64_t sessions; /* live ones, of all users */
    int64_t *users;   /* each once, ascending; the caller's, for mem_free() */
    size_t count;
};
/* users: those with a session used since. ERR_NOMEM. */
int presence_read(struct db *db, int64_t since_us, struct presence *presence,
                  struct err *err);
