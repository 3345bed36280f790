#include "model/accounts/user_column.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/text.h"
#include "model/accounts/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TEXT(field)                                                            \
    .type = USER_TEXT, .offset = offsetof(struct user, field),                 \
    .size = sizeof(((struct user *)NULL)->field)
#define FLAG(field) .type = USER_BOOL, .offset = offsetof(struct user, field)
#define AMOUNT(field)                                                          \
    .type = USER_AMOUNT, .offset = offsetof(struct user, field)
#define ASK (USER_SORT | USER_FILTER)

const struct user_column user_columns[] = {
    {"id", .type = USER_INT, .offset = offsetof(struct user, id),
     .flags = USER_SORT, .help = "Id of the user"},
    {"username", TEXT(username), .max_length = USERNAME_CHARS,
     .flags = USER_SORT | USER_SEARCH | USER_CREATE | USER_REQUIRED,
     .help = "Never changes; unique regardless of case"},
    {"password", .type = USER_TEXT, .size = PASSWORD_MAX,
     .flags = USER_CREATE | USER_REQUIRED | USER_SECRET,
     .help = "Given at creation, changed by a route of its own"},
    {"email", TEXT(email), .max_length = USER_EMAIL_CHARS,
     .flags = USER_SORT | USER_SEARCH | USER_WRITE_OWN,
     .help = "Email address"},
    {"first_name", TEXT(first_name), .max_length = USER_NAME_CHARS,
     .flags = USER_SORT | USER_SEARCH | USER_WRITE_OWN, .help = "First name"},
    {"last_name", TEXT(last_name), .max_length = USER_NAME_CHARS,
     .flags = USER_SORT | USER_SEARCH | USER_WRITE_OWN, .help = "Last name"},
    {"is_active", FLAG(is_active), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "Whether the user may log in; users are deactivated, not deleted"},
    {"is_staff", FLAG(is_staff), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May see and change everybody's orders, and see users"},
    {"is_superuser", FLAG(is_superuser), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May also create and change users"},
    {"may_add", FLAG(may_add), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May place orders"},
    {"may_change", FLAG(may_change), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May change their orders"},
    {"may_delete", FLAG(may_delete), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May remove their orders as long as nothing is filled"},
    {"may_feed", FLAG(may_feed), .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "May feed market data, as staff may"},
    {"market_symbols", TEXT(market_symbols),
     .max_length = MARKET_SYMBOLS_MAX - 1, .flags = USER_WRITE | USER_RIGHT,
     .help = "The market data they may see: symbols, and prefixes like EDF*, "
             "separated by commas; *: all"},
    {"max_quantity", AMOUNT(limits.max_quantity),
     .flags = USER_SORT | USER_WRITE,
     .help = "The largest quantity of one of their orders; null: no limit"},
    {"max_notional", AMOUNT(limits.max_notional),
     .flags = USER_SORT | USER_WRITE,
     .help = "The largest value of one of their orders (quantity times price, "
             "regardless of sign); null: no limit"},
    {"second_factor_required", FLAG(second_factor_required),
     .flags = ASK | USER_WRITE | USER_RIGHT,
     .help = "They may do nothing before they have set up a second factor"},
    {"second_factor", .type = USER_TIME,
     .offset = offsetof(struct user, second_factor_us), .flags = USER_SORT,
     .help = "When the user set up a second factor, UTC; null: there is none"},
    {"last_login", .type = USER_TIME,
     .offset = offsetof(struct user, last_login_us), .flags = USER_SORT,
     .help = "When the user last logged in, UTC"},
    {"date_joined", .type = USER_TIME,
     .offset = offsetof(struct user, date_joined_us), .flags = USER_SORT,
     .help = "When the user was created, UTC"},
};
const size_t user_columns_count =
    sizeof(user_columns) / sizeof(user_columns[0]);

const struct user_column *user_column_find(const char *name, size_t len)
{
    for (size_t i = 0; i < user_columns_count; i++) {
        const char *known = user_columns[i].name;

        if (strlen(known) == len && !memcmp(known, name, len))
            return &user_columns[i];
    }
    return NULL;
}

static const void *value_of(const struct user_column *column,
                            const struct user *user)
{
    return (const char *)user + column->offset;
}

const char *user_column_text(const struct user_column *column,
                             const struct user *user)
{
    return value_of(column, user);
}

bool user_column_bool(const struct user_column *column, const struct user *user)
{
    return *(const bool *)value_of(column, user);
}

static int64_t number_of(const struct user_column *column,
                         const struct user *user)
{
    int64_t number;

    memcpy(&number, value_of(column, user), sizeof(number));
    return number;
}

static void put_value(struct buf *out, const struct user_column *column,
                      const struct user *user)
{
    int64_t number;

    switch (column->type) {
    case USER_TEXT:
        json_put_str(out, column->name, user_column_text(column, user));
        return;
    case USER_BOOL:
        json_put_bool(out, column->name, user_column_bool(column, user));
        return;
    case USER_INT:
    case USER_TIME:
    case USER_AMOUNT: break;
    }
    number = number_of(column, user);
    if (column->type == USER_INT)
        json_put_int(out, column->name, number);
    else if (!number)
        json_put_null(out, column->name);
    else if (column->type == USER_TIME)
        json_put_time(out, column->name, number);
    else
        json_put_decimal(out, column->name, number);
}

void user_put_json(struct buf *out, const char *key, const struct user *user)
{
    if (key)
        json_open_key(out, key);
    else
        json_open(out);
    for (size_t i = 0; i < user_columns_count; i++) {
        if (!(user_columns[i].flags & USER_SECRET))
            put_value(out, &user_columns[i], user);
    }
    json_close(out);
}

/* True where the column says something that the audit keeps. */
static bool has_changed(const struct user_column *column,
                        const struct user *before, const struct user *after)
{
    if (column->flags & USER_SECRET)
        return false;
    if (column->type == USER_TEXT)
        return strcmp(user_column_text(column, after),
                      before ? user_column_text(column, before) : "") != 0;
    if (column->type == USER_AMOUNT)
        return number_of(column, after) !=
               (before ? number_of(column, before) : 0);
    return column->type == USER_BOOL &&
           user_column_bool(column, after) !=
               (before && user_column_bool(column, before));
}

size_t user_put_changes(struct buf *out, const struct user *before,
                        const struct user *after)
{
    size_t count = 0;

    for (size_t i = 0; i < user_columns_count; i++) {
        const struct user_column *column = &user_columns[i];

        if (!has_changed(column, before, after))
            continue;
        count++;
        if (column->type == USER_BOOL)
            audit_put_bool(out, column->name,
                           before && user_column_bool(column, before),
                           user_column_bool(column, after));
        else if (column->type == USER_AMOUNT)
            audit_put_amount(out, column->name,
                             before ? number_of(column, before) : 0,
                             number_of(column, after));
        else
            audit_put_text(out, column->name,
                           before ? user_column_text(column, before) : NULL,
                           user_column_text(column, after));
    }
    return count;
}

void user_from_row(const struct db_stmt *stmt, struct user *user)
{
    memset(user, 0, sizeof(*user));
    user->id = db_int(stmt, 0);
    db_copy_text(stmt, 1, user->username, sizeof(user->username));
    db_copy_text(stmt, 2, user->password, sizeof(user->password));
    user->password_is_default = db_int(stmt, 3) != 0;
    db_copy_text(stmt, 4, user->email, sizeof(user->email));
    db_copy_text(stmt, 5, user->first_name, sizeof(user->first_name));
    db_copy_text(stmt, 6, user->last_name, sizeof(user->last_name));
    user->is_active = db_int(stmt, 7) != 0;
    user->is_staff = db_int(stmt, 8) != 0;
    user->is_superuser = db_int(stmt, 9) != 0;
    user->may_add = db_int(stmt, 10) != 0;
    user->may_change = db_int(stmt, 11) != 0;
    user->may_delete = db_int(stmt, 12) != 0;
    user->last_login_us = db_int(stmt, 13);
    user->date_joined_us = db_int(stmt, 14);
    user->limits.max_quantity = db_int(stmt, 15);
    user->limits.max_notional = db_int(stmt, 16);
    user->second_factor_required = db_int(stmt, 17) != 0;
    user->second_factor_us = db_int(stmt, 18);
    user->may_feed = db_int(stmt, 19) != 0;
    db_copy_text(stmt, 20, user->market_symbols, sizeof(user->market_symbols));
}

/* Input */

static char *draft_text(struct user_draft *draft,
                        const struct user_column *column)
{
    if (column->flags & USER_SECRET)
        return draft->password;
    return (char *)&draft->user + column->offset;
}

/* The column, where it may be set here. */
static const struct user_column *find_settable(unsigned may, const char *name,
                                               struct err *err)
{
    const unsigned writes = USER_CREATE | USER_WRITE | USER_WRITE_OWN;
    const struct user_column *column = user_column_find(name, strlen(name));

    if (!column)
        err_field(err, name, "unknown field");
    else if (!(column->flags & writes))
        err_field(err, name, "read-only");
    else if (!(column->flags & may))
        err_field(err, name,
                  column->flags & USER_CREATE ? "can't be changed here"
                                              : "you may not set this");
    else
        return column;
    return NULL;
}

static int set_text(struct user_draft *draft, const struct user_column *column,
                    const char *text, size_t len, struct err *err)
{
    char *out = draft_text(draft, column);

    if (column->max_length && utf8_is_valid(text, len) &&
        utf8_count(text, len) > (size_t)column->max_length)
        return err_field(err, column->name, "must be at most %d characters",
                         column->max_length);
    if (len >= column->size || memchr(text, '\0', len))
        return err_field(err, column->name, "must be at most %zu bytes of text",
                         column->size - 1);
    memcpy(out, text, len);
    out[len] = '\0';
    return 0;
}

static int set_bool(struct user_draft *draft, const struct user_column *column,
                    const char *text, size_t len, struct err *err)
{
    bool is_true = len == 4 && !memcmp(text, "true", 4);

    if (!is_true && !(len == 5 && !memcmp(text, "false", 5)))
        return err_field(err, column->name, "must be true or false");
    *(bool *)((char *)&draft->user + column->offset) = is_true;
    return 0;
}

static int set_amount(struct user_draft *draft,
                      const struct user_column *column, const char *text,
                      size_t len, struct err *err)
{
    enum decimal_fault fault;
    int64_t amount = 0;

    if (len) {
        fault = decimal_parse(text, len, &amount);
        if (fault != DECIMAL_OK)
            return err_field(err, column->name, "%s",
                             decimal_fault_text(fault));
        if (amount < 1)
            return err_field(err, column->name, "must be greater than 0");
    }
    *(int64_t *)(void *)((char *)&draft->user + column->offset) = amount;
    return 0;
}

static int set_value(struct user_draft *draft, const struct user_column *column,
                     const char *text, size_t len, struct err *err)
{
    switch (column->type) {
    case USER_BOOL: return set_bool(draft, column, text, len, err);
    case USER_AMOUNT: return set_amount(draft, column, text, len, err);
    case USER_TEXT:
    case USER_INT:
    case USER_TIME: break;
    }
    return set_text(draft, column, text, len, err);
}

int user_draft_set_text(struct user_draft *draft, unsigned may,
                        const char *name, const char *text, size_t len,
                        struct err *err)
{
    const struct user_column *column = find_settable(may, name, err);

    if (!column || set_value(draft, column, text, len, err) < 0)
        return -1;
    draft->has |= 1UL << (column - user_columns);
    return 0;
}

static int refuse_type(const struct user_column *column, struct err *err)
{
    return err_field(err, column->name,
                     column->type == USER_AMOUNT
                         ? "must be a number, as a string or not, or null"
                     : column->type == USER_BOOL ? "must be true or false"
                                                 : "must be a string");
}

int user_draft_set_null(struct user_draft *draft, unsigned may,
                        const char *name, struct err *err)
{
    const struct user_column *column = find_settable(may, name, err);

    if (!column)
        return -1;
    if (column->type != USER_AMOUNT)
        return refuse_type(column, err);
    return user_draft_set_text(draft, may, name, "", 0, err);
}

/* json_parse() has refused numbers of more than 15 significant digits, so the
 * text of a double is the number that was sent. */
int user_draft_set_number(struct user_draft *draft, unsigned may,
                          const char *name, double number, struct err *err)
{
    const struct user_column *column = find_settable(may, name, err);
    char text[40];
    int len;

    if (!column)
        return -1;
    if (column->type != USER_AMOUNT)
        return refuse_type(column, err);
    len = snprintf(text, sizeof(text), "%.15g", number);
    return user_draft_set_text(draft, may, name, text, (size_t)len, err);
}

int user_draft_set_bool(struct user_draft *draft, unsigned may,
                        const char *name, bool value, struct err *err)
{
    const struct user_column *column = find_settable(may, name, err);

    if (!column)
        return -1;
    if (column->type != USER_BOOL)
        return refuse_type(column, err);
    *(bool *)((char *)&draft->user + column->offset) = value;
    draft->has |= 1UL << (column - user_columns);
    return 0;
}

static size_t value_size(const struct user_column *column)
{
    switch (column->type) {
    case USER_BOOL: return sizeof(bool);
    case USER_AMOUNT: return sizeof(int64_t);
    case USER_TEXT:
    case USER_INT:
    case USER_TIME: break;
    }
    return column->size;
}

void user_draft_apply(const struct user_draft *draft, struct user *user)
{
    for (size_t i = 0; i < user_columns_count; i++) {
        const struct user_column *column = &user_columns[i];

        if (!(draft->has & 1UL << i) || column->flags & USER_SECRET)
            continue;
        memcpy((char *)user + column->offset, value_of(column, &draft->user),
               value_size(column));
    }
}
