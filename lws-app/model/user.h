#pragma once
#include "base/err.h"
#include "model/actor.h"
#include "model/password.h"
#include "store/db.h"
/*
 * Accounts. A username never changes and is unique regardless of case; users
 * are deactivated, never deleted.
 * Thread: the caller's. Blocks on the database.
 */
struct user {
    int64_t id;
    char username[USERNAME_MAX];
    char password[PASSWORD_HASH_MAX]; /* the hash */
    bool password_is_default;         /* equal to the username, in any case */
    char email[321];
    char first_name[601];
    char last_name[601];
    bool is_active, is_staff, is_superuser;
    bool may_add, may_change, may_delete;
    int64_t last_login_us; /* 0: never */
    int64_t date_joined_us;
};

/* ERR_INVALID names every field at fault: username 1-150 characters, none of
 * them control characters or spaces at either end, and not yet taken; names at
 * most 150 characters; password as made by password_hash(). typed: what it was
 * made from, so that one equal to the name is marked; NULL: nobody knows. *id
 * gets the new one. */
int user_create(struct db *db, const struct user *draft, const char *typed,
                int64_t *id, struct err *err);
/* ERR_MISSING. By name: regardless of case. */
int user_get(struct db *db, int64_t id, struct user *user, struct err *err);
int user_find(struct db *db, const char *username, struct user *user,
              struct err *err);
/* The new hash and, as above, what it was made from; ends the user's sessions
 * and tokens by a control entry "password". */
int user_set_password(struct db *db, int64_t id, const char *hash,
                      const char *typed, struct err *err);
/* The same password hashed anew at login: nothing ends. */
int user_rehash(struct db *db, int64_t id, const char *hash, struct err *err);
/* Rights and flags; a change leaves a control entry ("rights", or "active" when
 * is_active changed; a deactivation also ends sessions and tokens). */
int user_set_rights(struct db *db, const struct user *user, struct err *err);
int user_record_login(struct db *db, int64_t id, struct err *err);
/* How many users there are; *with_default: active superusers whose password is
 * marked as default. */
int user_count(struct db *db, int64_t *all, int64_t *with_default,
               struct err *err);
/* The rights of a user as an actor (session, token, address left empty). */
void user_to_actor(const struct user *user, struct actor *actor);
