#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * Passwords at rest: "pbkdf2_sha256$iterations$salt$hash" (hash in base64), as
 * Django writes them, so that accounts can move.
 * Thread: any, never the loop: hashing takes hundreds of milliseconds by
 * design.
 */
#define PASSWORD_MAX 1024 /* bytes of a password, NUL included */
#define PASSWORD_HASH_MAX 256
#define PASSWORD_ITERATIONS 600000

int password_hash(const char *password, int iterations,
                  char hash[PASSWORD_HASH_MAX], struct err *err);
/* True when it fits. False only after the work that a hash of `iterations`
 * costs, hash being NULL, unusable, malformed or of fewer iterations too: let
 * it be those of the dearest hash there is (user_dearest_work()). */
bool password_verify(const char *password, const char *hash, int iterations);
/* True of a hash that password_verify() can find to fit. */
bool password_is_known(const char *hash);
/* Its iterations; 0: none that can be verified. */
int password_work(const char *hash);
/* True when hash was made with other iterations, more or fewer: what a refusal
 * costs everybody is what the dearest hash costs. */
bool password_needs_rehash(const char *hash, int iterations);
/* *same: it is the username, however either is written (as names are compared:
 * regardless of case). */
int password_is_username(const char *password, const char *username, bool *same,
                         struct err *err);
/* The same of a password that may be unknown (NULL: it is not). */
int password_is_default(const char *typed, const char *username, bool *is,
                        struct err *err);
/* Why it is weak, sentences for its owner, every reason at once. *count 0: it
 * is fine. */
#define PASSWORD_REASONS 7
int password_weaknesses(const char *password, const char *username,
                        const char *reasons[PASSWORD_REASONS], size_t *count,
                        struct err *err);
/* The same as a rule: ERR_INVALID with each reason under field. */
int password_check(const char *password, const char *username,
                   const char *field, struct err *err);
