#pragma once
#include "base/err.h"
#include "model/accounts/refusal.h"
#include <stddef.h>
/*
 * One worker's counts of what was refused (model/accounts/refusal.h), until
 * they are written: in a table of fixed size, so that no stranger decides how
 * much is kept. Beyond it, a minute's are counted under one address. Thread:
 * any. Never blocks for longer than a look through the table.
 */
#define REFUSALS_MAX 512
#define REFUSALS_OTHERS "others" /* the address beyond it */

struct refusals;
struct refusals *refusals_new(void); /* NULL: out of memory */
void refusals_free(struct refusals *refusals);
/* refusals NULL: nobody counts. actor 0: nobody known. */
void refusals_note(struct refusals *refusals, enum refusal_kind kind,
                   const char *address, int64_t actor);
/* The kind of err, where it is one that counts. */
void refusals_note_err(struct refusals *refusals, const struct err *err,
                       const char *address, int64_t actor);
/* Moves what has been counted since the last time into out, which holds
 * REFUSALS_TAKEN_MAX. Returns how many there are. */
#define REFUSALS_TAKEN_MAX (REFUSALS_MAX + REFUSAL_KINDS)
size_t refusals_take(struct refusals *refusals, struct refusal *out);
/* What could not be written counts on. */
void refusals_give_back(struct refusals *refusals, const struct refusal *taken,
                        size_t count);
