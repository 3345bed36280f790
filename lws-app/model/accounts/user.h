#pragma once
#include "base/err.h"
#include "model/accounts/actor.h"
#include "model/accounts/password.h"
#include "store/db.h"
/*
 * Accounts. A username never changes and is unique regardless of case; users
 * are deactivated, never deleted.
 * Thread: the caller's. Blocks on the database.
 */
#define USERNAME_CHARS 150
#define USER_NAME_CHARS 150
#define USER_EMAIL_CHARS 320

struct user {
    int64_t id;
    char username[USERNAME_MAX];
    char password[PASSWORD_HASH_MAX]; /* the hash */
    bool password_is_default;         /* equal to the username, in any case */
    char email[USER_EMAIL_CHARS * 4 + 1];
    char first_name[601];
    char last_name[601];
    bool is_active, is_staff, is_superuser;
    bool may_add, may_change, may_delete, may_feed;
    char market_symbols[MARKET_SYMBOLS_MAX]; /* "*" unless said otherwise */
    struct order_limits limits;
    bool second_factor_required;
    int64_t second_factor_us; /* since when there is one; 0: none */
    int64_t last_login_us;    /* 0: never */
    int64_t date_joined_us;
};

/* Who may make and change users, said once for all that does: superusers, and
 * commands (actor NULL); of oneself one's own name, email and password. Those
 * below give ERR_FORBIDDEN by it. id 0: a user not made yet.
 * Beside that, what could take an account over needs a confirmation
 * (model/accounts/confirm.h), else ERR_CONFIRM: a new user who is staff or
 * superuser; a password; another's rights and limits, save for is_active;
 * whatever is changed of a superuser by another; and one's own email and
 * rights. */
int user_check_right(const struct actor *actor, int64_t id, struct err *err);
/* ERR_INVALID names every field at fault that err does not name yet: username
 * 1-150 characters, none of them control characters or spaces at either end;
 * email at most 320, names at most 150. */
int user_check(const struct user *user, struct err *err);
/* The same of characters that show nothing, in what differs from before (NULL:
 * a user not made yet): older users keep theirs. */
int user_check_hidden(const struct user *user, const struct user *before,
                      struct err *err);
/* Beside that, the username must not be taken yet. password: as made by
 * password_hash(); typed: what it was made from, so that one equal to the name
 * is marked; NULL: nobody knows. *id gets the new one. actor: who does it, for
 * the audit, as below; NULL: a command. */
int user_create(struct db *db, const struct actor *actor,
                const struct user *draft, const char *typed, int64_t *id,
                struct err *err);
/* What user_create() says of the rights that the draft gives: ERR_CONFIRM. */
int user_check_creation(const struct actor *actor, const struct user *draft,
                        struct err *err);
/* ERR_MISSING. By name: regardless of case. */
int user_get(struct db *db, int64_t id, struct user *user, struct err *err);
int user_find(struct db *db, const char *username, struct user *user,
              struct err *err);
/* The new hash and, as above, what it was made from; ends the user's sessions
 * and tokens by a control entry "password". */
int user_set_password(struct db *db, const struct actor *actor, int64_t id,
                      const char *hash, const char *typed, struct err *err);
/* The same password hashed anew at login: nothing ends. */
int user_rehash(struct db *db, int64_t id, const char *hash, struct err *err);
/* What the draft holds; *user: the user after it. A change of rights leaves a
 * control entry ("rights", or "active" when is_active changed; a deactivation
 * also ends sessions and tokens). ERR_INVALID, ERR_MISSING; ERR_CONFLICT where
 * no active superuser would be left. */
struct user_draft;
int user_change(struct db *db, const struct actor *actor, int64_t id,
                const struct user_draft *draft, struct user *user,
                struct err *err);
/* The most iterations behind any user's hash; 0: there is none. */
int user_dearest_work(struct db *db, int *iterations, struct err *err);
int user_record_login(struct db *db, int64_t id, struct err *err);
/* How many users there are; *with_default: active superusers whose password is
 * marked as default. */
int user_count(struct db *db, int64_t *all, int64_t *with_default,
               struct err *err);
/* The rights of a user as an actor (session, token, address left empty). */
void user_to_actor(const struct user *user, struct actor *actor);
