#include "model/accounts/user.h"
#include "base/json.h"
#include "base/text.h"
#include "model/accounts/audit.h"
#include "model/accounts/confirm.h"
#include "model/accounts/user_column.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static int take_row(struct db_stmt *stmt, struct user *user, struct err *err)
{
    int rc = db_step(stmt, err);

    if (rc == 1)
        user_from_row(stmt, user);
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no such user");
    return rc < 0 ? -1 : 0;
}

int user_get(struct db *db, int64_t id, struct user *user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, USER_SELECT "WHERE id = ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    return take_row(stmt, user, err);
}

static int fold(struct buf *out, const char *username, struct err *err)
{
    buf_init(out, USERNAME_FOLDED_MAX);
    text_fold(out, username, strlen(username));
    return buf_check(out, err);
}

int user_find(struct db *db, const char *username, struct user *user,
              struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct buf folded;
    int rc = -1;

    if (strlen(username) >= USERNAME_MAX ||
        !utf8_is_valid(username, strlen(username)))
        return err_set(err, ERR_MISSING, "there is no such user");
    if (fold(&folded, username, err) == 0 &&
        db_prepare(db, USER_SELECT "WHERE username_folded = ?1", &stmt, err) ==
            0) {
        db_bind_text(stmt, 1, buf_text(&folded), folded.len);
        rc = take_row(stmt, user, err);
    }
    buf_release(&folded);
    return rc;
}

/* folded: the name's. Seen there, a space is one of any kind, and characters
 * that show nothing are gone. */
static int check_username(const char *name, const struct buf *folded,
                          struct err *err)
{
    size_t len = strlen(name);
    const char *text = buf_text(folded);

    if (!len)
        return err_field(err, "username", "is required");
    if (!utf8_is_valid(name, len) || text_has_control(name, len) ||
        !folded->len)
        return err_field(err, "username",
                         "must be text without control characters");
    if (utf8_count(name, len) > USERNAME_CHARS)
        return err_field(err, "username", "must be at most %d characters",
                         USERNAME_CHARS);
    if (text[0] == ' ' || text[folded->len - 1] == ' ')
        return err_field(err, "username", "must not begin or end with a space");
    return 0;
}

static int check_text(const struct user_column *column, const char *text,
                      struct err *err)
{
    size_t len = strlen(text);

    if (!utf8_is_valid(text, len) || text_has_control(text, len))
        return err_field(err, column->name,
                         "must be text without control characters");
    if (utf8_count(text, len) > (size_t)column->max_length)
        return err_field(err, column->name, "must be at most %d characters",
                         column->max_length);
    return 0;
}

static int check(const struct user *user, const struct buf *folded,
                 struct err *err)
{
    for (size_t i = 0; i < user_columns_count; i++) {
        const struct user_column *column = &user_columns[i];

        if (column->type != USER_TEXT || column->flags & USER_SECRET ||
            err_has_field(err, column->name))
            continue;
        if (column->flags & USER_CREATE)
            check_username(user->username, folded, err);
        else
            check_text(column, user_column_text(column, user), err);
    }
    return err->code ? -1 : 0;
}

int user_check(const struct user *user, struct err *err)
{
    struct buf folded;
    struct err no_memory = ERR_INIT;
    int rc;

    rc = fold(&folded, user->username, &no_memory);
    if (rc < 0)
        *err = no_memory;
    else
        rc = check(user, &folded, err);
    buf_release(&folded);
    return rc;
}

int user_check_hidden(const struct user *user, const struct user *before,
                      struct err *err)
{
    for (size_t i = 0; i < user_columns_count; i++) {
        const struct user_column *column = &user_columns[i];
        const char *text;

        if (column->type != USER_TEXT || column->flags & USER_SECRET ||
            err_has_field(err, column->name))
            continue;
        text = user_column_text(column, user);
        if ((!before || strcmp(text, user_column_text(column, before)) != 0) &&
            text_has_hidden(text, strlen(text)))
            err_field(err, column->name,
                      "must not contain invisible characters");
    }
    return err->code ? -1 : 0;
}

static void bind_draft(struct db_stmt *stmt, const struct user *draft,
                       const struct buf *folded, bool marked, int64_t now)
{
    db_bind_str(stmt, 1, draft->username);
    db_bind_text(stmt, 2, buf_text(folded), folded->len);
    db_bind_str(stmt, 3, draft->password);
    db_bind_int(stmt, 4, marked);
    db_bind_str(stmt, 5, draft->email);
    db_bind_str(stmt, 6, draft->first_name);
    db_bind_str(stmt, 7, draft->last_name);
    db_bind_int(stmt, 8, draft->is_active);
    db_bind_int(stmt, 9, draft->is_staff);
    db_bind_int(stmt, 10, draft->is_superuser);
    db_bind_int(stmt, 11, draft->may_add);
    db_bind_int(stmt, 12, draft->may_change);
    db_bind_int(stmt, 13, draft->may_delete);
    db_bind_int(stmt, 14, now);
    db_bind_int(stmt, 15, draft->limits.max_quantity);
    db_bind_int(stmt, 16, draft->limits.max_notional);
    db_bind_int(stmt, 17, password_work(draft->password));
    db_bind_int(stmt, 18, draft->second_factor_required);
    db_bind_int(stmt, 19, draft->may_feed);
    db_bind_str(stmt, 20, draft->market_symbols);
}

static int insert(struct db *db, const struct user *draft,
                  const struct buf *folded, bool marked, int64_t *id,
                  struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "INSERT INTO \"user\" (username, username_folded, password, "
                   "password_is_default, email, first_name, last_name, "
                   "is_active, is_staff, is_superuser, may_add, may_change, "
                   "may_delete, date_joined, max_quantity, max_notional, "
                   "password_work, second_factor_required, may_feed, "
                   "market_symbols) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                   "?13, ?14, nullif(?15, 0), nullif(?16, 0), ?17, ?18, ?19, "
                   "?20) "
                   "ON CONFLICT (username_folded) DO NOTHING RETURNING id",
                   &stmt, err) < 0)
        return -1;
    bind_draft(stmt, draft, folded, marked, db_time_us(db));
    rc = db_step(stmt, err);
    if (rc == 1) {
        *id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    } else if (rc == 0) {
        rc = err_field(err, "username", "is taken");
    }
    db_done(&stmt);
    return rc;
}

static int note_creation(struct db *db, const struct actor *actor,
                         const struct user *draft, int64_t id, struct err *err)
{
    struct buf detail;
    int rc;

    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    user_put_changes(&detail, NULL, draft);
    json_close(&detail);
    rc = audit_append(db, actor, AUDIT_USER_CREATE, id, &detail, err);
    buf_release(&detail);
    return rc;
}

int user_check_right(const struct actor *actor, int64_t id, struct err *err)
{
    if (!actor || actor->is_superuser || (id && actor->user == id))
        return 0;
    return err_set(err, ERR_FORBIDDEN, "only superusers may do this");
}

int user_check_creation(const struct actor *actor, const struct user *draft,
                        struct err *err)
{
    return draft->is_staff || draft->is_superuser ? confirm_check(actor, err)
                                                  : 0;
}

int user_create(struct db *db, const struct actor *actor,
                const struct user *draft, const char *typed, int64_t *id,
                struct err *err)
{
    struct buf folded;
    bool marked;
    int rc = -1;

    if (user_check_right(actor, 0, err) < 0 ||
        user_check_creation(actor, draft, err) < 0)
        return -1;
    if (fold(&folded, draft->username, err) == 0 &&
        check(draft, &folded, err) == 0 &&
        user_check_hidden(draft, NULL, err) == 0 &&
        password_is_default(typed, draft->username, &marked, err) == 0 &&
        insert(db, draft, &folded, marked, id, err) == 0)
        rc = note_creation(db, actor, draft, *id, err);
    buf_release(&folded);
    return rc;
}

int user_dearest_work(struct db *db, int *iterations, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *iterations = 0;
    if (db_prepare(db, "SELECT max(password_work) FROM \"user\"", &stmt, err) <
        0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1 && !db_is_null(stmt, 0))
        *iterations = (int)db_int(stmt, 0);
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

int user_record_login(struct db *db, int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "UPDATE \"user\" SET last_login = ?2 WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, db_time_us(db));
    return db_run(&stmt, err);
}

int user_count(struct db *db, int64_t *all, int64_t *with_default,
               struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT count(*), coalesce(sum(CASE WHEN is_active = 1 AND "
                   "is_superuser = 1 AND password_is_default = 1 THEN 1 ELSE 0 "
                   "END), 0) FROM \"user\"",
                   &stmt, err) < 0)
        return -1;
    rc = db_step(stmt, err);
    if (rc == 1) {
        *all = db_int(stmt, 0);
        *with_default = db_int(stmt, 1);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}

void user_to_actor(const struct user *user, struct actor *actor)
{
    memset(actor, 0, sizeof(*actor));
    actor->user = user->id;
    snprintf(actor->username, sizeof(actor->username), "%s", user->username);
    actor->is_active = user->is_active;
    actor->is_staff = user->is_staff;
    actor->is_superuser = user->is_superuser;
    actor->may_add = user->may_add;
    actor->may_change = user->may_change;
    actor->may_delete = user->may_delete;
    actor->limits = user->limits;
    actor->may_feed = user->may_feed || user->is_staff || user->is_superuser;
    memcpy(actor->market_symbols, user->market_symbols,
           sizeof(actor->market_symbols));
    actor->is_of_staff = user->is_staff || user->is_superuser;
    actor->has_second_factor = user->second_factor_us != 0;
    actor->second_factor_required = user->second_factor_required;
}
