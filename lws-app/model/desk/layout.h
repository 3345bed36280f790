#pragma once
#include "base/err.h"
#include "base/json.h"
#include "model/accounts/actor.h"
#include "model/desk/kept.h"
/*
 * Layouts of tables: which columns, how wide, in which order, what is asked
 * for. Each user has some of their own, by name; what is shared everybody may
 * read, and staff keep. Columns that a page does not know it passes over: names
 * are not looked up here. Thread: the caller's. Blocks on the database.
 */
#define LAYOUTS_MAX 50 /* of a user, and as many that are shared */

/* The user's own of that name, else the one that is shared. kept: initialised.
 * ERR_MISSING. */
int layout_get(struct db *db, int64_t user, const char *name, struct kept *kept,
               struct err *err);
/* user: actor's, or KEPT_SHARED, for staff alone. wanted: as
 * kept_check_version() has it; *kept is what there is by then. ERR_INVALID
 * names every member at fault; ERR_CONFLICT: there are LAYOUTS_MAX; ERR_STALE,
 * ERR_FORBIDDEN. *is_new: there was none of that name. */
int layout_put(struct db *db, const struct actor *actor, int64_t user,
               const char *name, const cJSON *layout, int64_t wanted,
               struct kept *kept, bool *is_new, struct err *err);
/* ERR_MISSING, ERR_STALE, ERR_FORBIDDEN. */
int layout_remove(struct db *db, const struct actor *actor, int64_t user,
                  const char *name, int64_t wanted, struct kept *kept,
                  struct err *err);
int layout_each(struct db *db, int64_t user, kept_fn *fn, void *arg,
                struct err *err);
/* The version of the user's own, or of the one that is shared; 0: there is
 * none. */
int layout_version(struct db *db, int64_t user, const char *name,
                   int64_t *version, struct err *err);
