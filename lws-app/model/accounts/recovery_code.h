#pragma once
#include "base/err.h"
#include "store/db.h"
#include <stdbool.h>
#include <stdint.h>
/*
 * The recovery codes of a second factor: random digits, which the keypad of a
 * phone has, each good once. Only a digest of each is stored.
 * Thread: the caller's. Blocks on the database.
 */
#define RECOVERY_CODES 10
#define RECOVERY_DIGITS 16
#define RECOVERY_CODE_MAX 20 /* "1234-5678-9012-3456" and NUL */

struct recovery_codes {
    char code[RECOVERY_CODES][RECOVERY_CODE_MAX];
};

/* New ones in the place of all there were. */
int recovery_codes_make(struct db *db, int64_t user,
                        struct recovery_codes *codes, struct err *err);
int recovery_codes_end(struct db *db, int64_t user, struct err *err);
int recovery_codes_left(struct db *db, int64_t user, int *left,
                        struct err *err);
/* digits: RECOVERY_DIGITS of them. *is_one: it was one, and is one no more. */
int recovery_code_use(struct db *db, int64_t user, const char *digits,
                      bool *is_one, struct err *err);
