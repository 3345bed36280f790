#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * What staff say of instruments: in which steps they are traded, and what one
 * of them is worth. An order may name an instrument that nobody has said
 * anything of. Every change is a row of the audit, in the caller's transaction
 * (a writer's job). Who may change them is the caller's to see to. Tick, lot
 * and multiplier: decimals (base/decimal.h). Times: UTC microseconds. Thread:
 * the caller's. Blocks on the database.
 */
#define INSTRUMENT_CHARS 255
#define INSTRUMENT_MAX 1021 /* bytes, NUL included */
#define INSTRUMENT_NAME_CHARS 255
#define INSTRUMENT_NAME_MAX (INSTRUMENT_NAME_CHARS * 4 + 1)
#define CURRENCY_MAX 13 /* likewise */

struct instrument {
    int64_t id;
    char symbol[INSTRUMENT_MAX]; /* as orders name it; never changes */
    char name[INSTRUMENT_NAME_MAX];
    char currency[CURRENCY_MAX]; /* "": not said */
    int64_t tick;                /* prices are multiples of it; 0: any price */
    int64_t lot;                 /* quantities likewise */
    int64_t multiplier;          /* of quantity times price, for its value */
    bool active;                 /* it is traded now */
    bool strict; /* orders that break tick or lot, and new ones while it is not
                    active, are refused */
    int64_t version; /* one more with each change */
    int64_t created_us;
    int64_t updated_us;
};
/* Input not yet accepted. has, bit i: instrument_columns[i] was given. */
struct instrument_draft {
    unsigned has;
    struct instrument instrument;
};
enum instrument_outcome {
    INSTRUMENT_CREATED,
    INSTRUMENT_CHANGED,
    INSTRUMENT_UNCHANGED,
};

/* ERR_MISSING. */
int instrument_get(struct db *db, int64_t id, struct instrument *instrument,
                   struct err *err);
/* 1: found; 0: nothing has been said of it. */
int instrument_find(struct db *db, const char *symbol,
                    struct instrument *instrument, struct err *err);
/* What is not given is as in instrument_new(). err may hold faults of the draft
 * already: then nothing is written, and what is missing is told beside them.
 * ERR_INVALID: a field, symbol also where it is taken. */
int instrument_create(struct db *db, const struct actor *actor,
                      const struct instrument_draft *draft,
                      struct instrument *instrument, struct err *err);
/* version 0: any; else ERR_STALE where the row has another (*instrument shows
 * it). A change that changes nothing writes nothing. ERR_MISSING, ERR_INVALID.
 */
int instrument_change(struct db *db, const struct actor *actor, int64_t id,
                      const struct instrument_draft *draft, int64_t version,
                      struct instrument *instrument, struct err *err);
/* Makes the one of that symbol, or changes what the draft has of it. */
int instrument_put(struct db *db, const struct actor *actor,
                   const struct instrument_draft *draft,
                   enum instrument_outcome *outcome, struct err *err);
/* Orders keep its symbol. version as above. */
int instrument_remove(struct db *db, const struct actor *actor, int64_t id,
                      int64_t version, struct instrument *instrument,
                      struct err *err);
/* One of which nothing has been said but that it is there. */
void instrument_new(struct instrument *instrument);

/* What an order is held to by its instrument. */
struct instrument_terms {
    int64_t tick; /* 0: any, as of one that is not strict */
    int64_t lot;
    int64_t multiplier;
    bool is_closed; /* no new orders */
};
/* Of an instrument that nobody has said anything of: no bounds, multiplier 1.
 */
int instrument_terms_of(struct db *db, const char *symbol,
                        struct instrument_terms *terms, struct err *err);
/* That is likely to come: see db_foresee(). */
void instrument_foresee_terms(struct db *db, const char *symbol);
