#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/user.h"
#include "store/db.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * The one table of a user's columns. It drives the JSON, filters, sorting,
 * search, OPTIONS, the fields of a draft and what the audit says of a change,
 * so a name sent by a client is looked up here and never reaches SQL.
 * Thread: any. Never blocks.
 */
enum user_column_type {
    USER_INT,
    USER_TEXT,
    USER_BOOL,
    USER_TIME,   /* 0: null */
    USER_AMOUNT, /* a decimal above 0; 0: null */
};
enum user_column_flag {
    USER_SORT = 1 << 0,
    USER_SEARCH = 1 << 1,
    USER_FILTER = 1 << 2,
    USER_CREATE = 1 << 3,    /* set by superusers, at creation alone */
    USER_WRITE = 1 << 4,     /* by superusers */
    USER_WRITE_OWN = 1 << 5, /* by superusers and by the user */
    USER_REQUIRED = 1 << 6,  /* at creation */
    USER_SECRET = 1 << 7,    /* taken, never shown */
    USER_RIGHT = 1 << 8,     /* sockets end when it changes */
};
struct user_column {
    const char *name; /* on the wire and in the table */
    enum user_column_type type;
    unsigned flags;
    size_t offset;    /* of its value in struct user, save for a secret's */
    size_t size;      /* of the array, for USER_TEXT */
    int max_length;   /* characters, likewise; 0: bytes count */
    const char *help; /* for people, in OPTIONS */
};

extern const struct user_column user_columns[];
extern const size_t user_columns_count;

const struct user_column *user_column_find(const char *name, size_t len);
const char *user_column_text(const struct user_column *column,
                             const struct user *user);
bool user_column_bool(const struct user_column *column,
                      const struct user *user);
void user_put_json(struct buf *out, const char *key, const struct user *user);
/* What differs, for the audit: a field each, into an object that is open.
 * before NULL: a user just made. Returns how many. */
size_t user_put_changes(struct buf *out, const struct user *before,
                        const struct user *after);

/* What user_from_row() reads, in its order. */
#define USER_SELECT                                                            \
    "SELECT id, username, password, password_is_default, email, first_name, "  \
    "last_name, is_active, is_staff, is_superuser, may_add, may_change, "      \
    "may_delete, last_login, date_joined, max_quantity, max_notional, "        \
    "second_factor_required, second_factor, may_feed, market_symbols "         \
    "FROM \"user\" "
void user_from_row(const struct db_stmt *stmt, struct user *user);

/* Input not yet accepted. has, bit i: user_columns[i] was given. */
struct user_draft {
    unsigned long has;
    struct user user;            /* holds the values, save for the password */
    char password[PASSWORD_MAX]; /* in clear */
};
/* may: USER_* of the columns that may be set here; of others ERR_INVALID, as of
 * a value that is of another type or too long. Text of a bool: true, false; of
 * an amount: a number, or "" for none. */
int user_draft_set_text(struct user_draft *draft, unsigned may,
                        const char *name, const char *text, size_t len,
                        struct err *err);
int user_draft_set_bool(struct user_draft *draft, unsigned may,
                        const char *name, bool value, struct err *err);
/* null, of the columns that may be null. */
int user_draft_set_null(struct user_draft *draft, unsigned may,
                        const char *name, struct err *err);
int user_draft_set_number(struct user_draft *draft, unsigned may,
                          const char *name, double number, struct err *err);
/* What was given, put into *user. */
void user_draft_apply(const struct user_draft *draft, struct user *user);
