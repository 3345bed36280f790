#pragma once
#include "base/err.h"
#include "store/db.h"
/*
 * Brings a database up to the newest step of schema.sql, which is an ordered
 * list of steps, each after a line "-- step N" (N from 1, without gaps). Each
 * step and its mark are one transaction. A database newer than the program is
 * refused.
 * Thread: the caller's. Blocks.
 */
/* schema: the whole text of schema.sql. *applied: how many steps ran now.
 * Safe to run from two processes at once. */
int migrate_run(struct db *db, const char *schema, int *applied,
                struct err *err);
/* As migrate_run(), no further than step last (tests). */
int migrate_run_to(struct db *db, const char *schema, int last, int *applied,
                   struct err *err);
/* The database's step (0: empty) and the schema's newest. ERR_UNAVAILABLE with
 * a clear text when the database is newer. */
int migrate_state(struct db *db, const char *schema, int *have, int *want,
                  struct err *err);
