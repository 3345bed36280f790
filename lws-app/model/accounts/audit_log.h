#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"
#include <stdint.h>
/*
 * The rows of the audit in the order in which they were written, one JSON
 * object a line, for whatever keeps them elsewhere.
 * Thread: the caller's. Blocks on the database.
 */
/* The newest row's id, of those there are or were; 0: there has been none. */
int audit_log_newest(struct db *db, int64_t *id, struct err *err);
/* Appends lines of at most max rows behind *after, which moves on. Where rows
 * behind it are not kept any more, a line says so first. Returns how many. */
int audit_log_read(struct db *db, int64_t *after, int max, struct buf *out,
                   struct err *err);
