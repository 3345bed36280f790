#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include "store/db.h"
#include <stdbool.h>
/*
 * What was done to accounts and logins, and by whom: one row per change, in the
 * change's own transaction. Orders have the log (model/log/event.h) for that.
 * action: two words at most, "what.done"; those of accounts are below.
 * detail: one JSON object, a changed field each: {"email":["old","new"]}. Never
 * a secret, nor what one could be found from.
 * Thread: the caller's. Blocks on the database.
 */
#define AUDIT_USER_CREATE "user.create"
#define AUDIT_USER_CHANGE "user.change"
#define AUDIT_PASSWORD_SET "password.set"       /* by somebody else */
#define AUDIT_PASSWORD_CHANGE "password.change" /* by the user */
#define AUDIT_FACTOR_ADD "factor.add"           /* a second one, by the user */
#define AUDIT_FACTOR_CODES "factor.codes"       /* new recovery codes */
#define AUDIT_FACTOR_RECOVER "factor.recover"   /* a recovery code was used */
#define AUDIT_FACTOR_REMOVE "factor.remove"     /* by the user */
#define AUDIT_FACTOR_RESET "factor.reset"       /* by somebody else */
#define AUDIT_LOGIN "login"
#define AUDIT_LOGIN_FAILED "login.failed" /* to a user there is */
/* Refusals, and failed logins by names that nobody has: model/refusal.h */
#define AUDIT_CONFIRM "login.confirm" /* the password again */
#define AUDIT_SESSION_END "session.end"
#define AUDIT_SOCKET_END "socket.end"
#define AUDIT_VIEW_END "view.end"
#define AUDIT_TOKEN_CREATE "token.create"
#define AUDIT_TOKEN_END "token.end"

#define AUDIT_COMMAND_ADDRESS "command" /* where commands are */
#define AUDIT_DETAIL_MAX 65536

/* actor NULL: a command; one without a user: nobody yet known, from its
 * address. subject: the user it was done to; 0: none. detail NULL: {}. */
int audit_append(struct db *db, const struct actor *actor, const char *action,
                 int64_t subject, const struct buf *detail, struct err *err);
/* Deletes rows older than kept_s, oldest first, at most limit and up to the
 * first that is not; the chain (model/accounts/audit_chain.h) then begins
 * behind them. Returns how many, or -1. */
int audit_purge(struct db *db, int64_t kept_s, int limit, struct err *err);

/* "field":[before,after] into an object that is open. */
void audit_put_text(struct buf *detail, const char *field, const char *before,
                    const char *after); /* NULL: null */
void audit_put_bool(struct buf *detail, const char *field, bool before,
                    bool after);
/* 0: null. */
void audit_put_int(struct buf *detail, const char *field, int64_t before,
                   int64_t after);
/* Decimals; 0: null. */
void audit_put_amount(struct buf *detail, const char *field, int64_t before,
                      int64_t after);
/* The time at which it ends or ended; 0: null. */
void audit_put_time(struct buf *detail, const char *field, int64_t before_us,
                    int64_t after_us);
