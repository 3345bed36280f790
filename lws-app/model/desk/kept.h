#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * What users keep of how their pages look: JSON texts of some kind, each with a
 * name. For layout.h and settings.h, which know what is in them.
 * Thread: the caller's. Blocks on the database.
 */
#define KEPT_NAME_CHARS 64
#define KEPT_NAME_MAX (KEPT_NAME_CHARS * 4 + 1)
#define KEPT_BODY_MAX (32 * 1024) /* bytes */
#define KEPT_SHARED 0             /* the user of what is everybody's */

struct kept {
    int64_t user;
    char name[KEPT_NAME_MAX];
    struct buf body; /* the caller's to release; empty in a list */
    int64_t version; /* a later one is greater; 0: there is none */
    int64_t created_us;
    int64_t updated_us;
};
void kept_init(struct kept *kept);
void kept_release(struct kept *kept); /* safe twice */

/* 1: found; 0: there is none. kept: initialised. */
int kept_get(struct db *db, int64_t user, const char *kind, const char *name,
             struct kept *kept, struct err *err);
/* Writes *kept's body under its user and name, and gives it its version and
 * times. now: the version there is; 0: none. */
int kept_put(struct db *db, const char *kind, struct kept *kept, int64_t now,
             struct err *err);
int kept_remove(struct db *db, int64_t user, const char *kind, const char *name,
                struct err *err);
int kept_count(struct db *db, int64_t user, const char *kind, int64_t *count,
               struct err *err);
/* Those of the user and those that are shared, by name, a user's own first;
 * without their bodies. Borrowed. */
typedef int kept_fn(void *arg, const struct kept *kept, struct err *err);
int kept_each(struct db *db, int64_t user, const char *kind, kept_fn *fn,
              void *arg, struct err *err);
/* ERR_STALE unless wanted is 0 or now. what: "layout", for people. */
int kept_check_version(const char *what, int64_t now, int64_t wanted,
                       struct err *err);
