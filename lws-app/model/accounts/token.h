#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/accounts/actor.h"
#include "store/db.h"
/*
 * API tokens. Only the SHA-256 is stored; at most TOKEN_MAX live ones per user.
 * Thread: the caller's. Blocks on the database.
 */
#define TOKEN_MAX 50
#define TOKEN_LIFETIME_S (90 * 24 * 3600)
#define TOKEN_LEAST_S 60
#define TOKEN_MOST_S (365 * 24 * 3600)
#define TOKEN_NAME_MAX 257 /* 64 characters of UTF-8 and NUL */

struct token {
    int64_t id;
    int64_t user;
    char name[TOKEN_NAME_MAX];
    unsigned scopes; /* model/scopes.h */
    int64_t created_us, last_used_us /* 0: never */, expires_us;
};

struct token_draft {
    int64_t user;
    const char *name;
    int64_t lifetime_s;
    unsigned scopes;
};

/* ERR_INVALID names every field at fault that err does not name yet: the name,
 * and expires_in. */
int token_check(const struct token_draft *draft, struct err *err);
/* ERR_CONFLICT beyond TOKEN_MAX live ones; ERR_CONFIRM
 * (model/accounts/confirm.h). actor: who does it, for the audit; NULL: a
 * command. */
int token_create(struct db *db, const struct actor *actor,
                 const struct token_draft *draft, char secret[SECRET_TEXT_MAX],
                 struct token *token, struct err *err);
/* As session_find(). */
int token_find(struct db *db, const char *secret, struct actor *actor,
               bool *touch, struct err *err);
int token_touch(struct db *db, int64_t id, struct err *err);
/* Up to max live ones of a user, newest first. Returns how many, or -1. */
int token_list(struct db *db, int64_t user, struct token *tokens, int max,
               struct err *err);
/* Ends one of this user's, with a control entry "token_ended". ERR_MISSING. */
int token_end(struct db *db, const struct actor *actor, int64_t user,
              int64_t id, struct err *err);
