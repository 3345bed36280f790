#pragma once
#include "base/err.h"
#include "base/json.h"
#include "model/accounts/actor.h"
#include "model/desk/kept.h"
/*
 * How a user wants the pages: looks, formats, what tickets begin with, the
 * watch list. One JSON object each; what it does not have is as the page has
 * it. Thread: the caller's. Blocks on the database.
 */
#define SETTINGS_NONE 1

/* Without any it is {}, of the version SETTINGS_NONE, which no other has. kept:
 * initialised. */
int settings_get(struct db *db, int64_t user, struct kept *kept,
                 struct err *err);
/* wanted: as kept_check_version() has it; *kept is what there is by then.
 * is_merge: only the members that are given are changed, null takes one away,
 * and objects are merged likewise (RFC 7396). ERR_INVALID names every member at
 * fault; ERR_STALE. */
int settings_put(struct db *db, const struct actor *actor,
                 const cJSON *settings, bool is_merge, int64_t wanted,
                 struct kept *kept, struct err *err);
/* Back to none. ERR_STALE. */
int settings_remove(struct db *db, const struct actor *actor, int64_t wanted,
                    struct kept *kept, struct err *err);
