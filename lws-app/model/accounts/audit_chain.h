#pragma once
#include "base/err.h"
#include "store/db.h"
#include <stdint.h>
/*
 * The chain of hashes over the rows of the audit, so that a row that was
 * changed, taken out or put in by other hands shows. It says nothing against
 * whoever may write to the database and makes the chain anew: for that its rows
 * are shipped elsewhere as they come (lws-app audit --follow), hash and all.
 * Thread: the caller's. Blocks on the database.
 */
#define AUDIT_HASH_MAX 65   /* hex digits and NUL */
#define AUDIT_FAULTS_MAX 20 /* told of at most */

/* The row of that id, the newest, becomes the chain's end. */
int audit_chain_append(struct db *db, int64_t id, struct err *err);
/* Rows up to this one are to be deleted: the chain begins behind it. hash ""
 * (older than the chain): nothing changes. */
int audit_chain_cut(struct db *db, int64_t id, const char *hash,
                    struct err *err);
/* The id at its end. */
int audit_chain_head(struct db *db, int64_t *id, struct err *err);
typedef void audit_fault_fn(void *arg, const char *fault);
/* Calls fn with what does not fit. Returns how many were told, or -1. */
int audit_chain_check(struct db *db, audit_fault_fn *fn, void *arg,
                      struct err *err);
