#pragma once
#include "base/err.h"
#include "base/totp.h"
#include "model/accounts/actor.h"
#include "model/accounts/recovery_code.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * The second factor of an account: codes of an authenticator app
 * (base/totp.h), each good once, or in their place recovery codes, likewise.
 * Thread: the caller's. Blocks on the database.
 */
/* Must this user have one? staff_must: of staff that is demanded. */
bool second_factor_is_required(const struct actor *actor, bool staff_must);
/* Must this login set one up before it may do anything else? */
bool second_factor_is_due(const struct actor *actor, bool staff_must);
/* The same as a rule: ERR_SETUP. */
int second_factor_check(const struct actor *actor, bool staff_must,
                        struct err *err);

/* After so many wrong codes in a row one may be tried every so many seconds;
 * after as many more every twice as many, and so on, up to an hour. They count
 * whatever address they come from. */
struct second_factor_limits {
    int failures;
    int wait_s;
};

/* A new secret, to be shown to its user: it counts once a code of it came.
 * ERR_CONFIRM (model/accounts/confirm.h); ERR_CONFLICT: there is one that
 * counts. */
int second_factor_begin(struct db *db, const struct actor *actor,
                        uint8_t secret[TOTP_SECRET], struct err *err);
/* It counts from now on, if the code is of it (*is_right; else that is counted,
 * so to be committed); ends the actor's other sessions, which came by password
 * alone. ERR_CONFLICT, ERR_THROTTLED. */
int second_factor_confirm(struct db *db, const struct actor *actor,
                          const char *code,
                          const struct second_factor_limits *limits,
                          bool *is_right, struct recovery_codes *codes,
                          struct err *err);
/* Of one that counts: others in the place of its recovery codes.
 * ERR_CONFLICT. */
int second_factor_new_codes(struct db *db, const struct actor *actor,
                            struct recovery_codes *codes, struct err *err);
/* One's own is taken away, with its recovery codes. ERR_CONFLICT: there is
 * none. */
int second_factor_remove(struct db *db, const struct actor *actor,
                         struct err *err);
/* Somebody else's (actor NULL: by a command); the user's sessions end too. By
 * whom: user_check_right(), but not of oneself, since it asks for no code
 * (ERR_FORBIDDEN). ERR_CONFIRM, ERR_MISSING. */
int second_factor_reset(struct db *db, const struct actor *actor, int64_t id,
                        struct err *err);

enum second_factor_answer {
    SECOND_FACTOR_NONE,    /* this user has none: nothing is asked */
    SECOND_FACTOR_MISSING, /* there is no code */
    SECOND_FACTOR_WRONG,   /* counted, so to be committed */
    SECOND_FACTOR_RIGHT,   /* and used up */
};
/* code: as somebody typed it, with blanks and dashes; NULL: none. actor: whose
 * it is, and from where. ERR_THROTTLED, but not for recovery codes, which
 * nobody guesses. */
int second_factor_try(struct db *db, const struct actor *actor,
                      const char *code,
                      const struct second_factor_limits *limits,
                      enum second_factor_answer *answer, struct err *err);
