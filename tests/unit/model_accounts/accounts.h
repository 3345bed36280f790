#pragma once
#include "base/clock.h"
#include "base/secret.h"
#include "model/accounts/token.h"
#include "model/accounts/user.h"
#include "support/world.h"
/*
 * What the tests of accounts share: users with logins, and time.
 */
#define HOUR_S 3600

struct logins {
    int64_t user;
    int64_t session;
    struct token token;
    char session_secret[SECRET_TEXT_MAX];
    char token_secret[SECRET_TEXT_MAX];
};

struct user draft(const char *username);
int64_t made(struct world *w, const char *username);
/* The six rights of *user, by a command. */
int set_rights(struct world *w, const struct user *user, struct err *err);
/* A new user with a session and a token of an hour. */
struct logins logged_in(struct world *w, const char *username);
bool session_is_live(struct world *w, const char *secret);
bool token_is_live(struct world *w, const char *secret);
/* 0: each of these logins is dead; 2: both live. Also by their ids. */
int live_logins(struct world *w, const struct logins *logins);

/* A new transaction, so many seconds on. */
void later(struct world *w, int64_t seconds);
/* Runs SQL text that numbers are printed into. */
void change(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int64_t rows(struct world *w, const char *table);
/* Commits; what was announced since the last time must be these control
 * entries, as "kind user which; " each, and so must the rows be. */
void expect_controls(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* No column of any table holds the text. */
void assert_not_stored(struct world *w, const char *text);
void assert_field(const struct err *err, const char *name);
