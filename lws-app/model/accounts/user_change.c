#include "base/json.h"
#include "model/accounts/audit.h"
#include "model/accounts/confirm.h"
#include "model/accounts/session.h"
#include "model/accounts/user_column.h"
#include "model/log/control.h"

#include <string.h>

#include "base/banned.h"

/* The user's logins are gone at once; the control entry closes their sockets.*/
static int end_logins(struct db *db, int64_t id, struct err *err)
{
    static const char *const deletes[] = {
        "DELETE FROM pending_login WHERE \"user\" = ?1",
        "DELETE FROM ticket WHERE \"user\" = ?1",
        "DELETE FROM session WHERE \"user\" = ?1",
        "DELETE FROM token WHERE \"user\" = ?1",
    };

    for (size_t i = 0; i < sizeof(deletes) / sizeof(deletes[0]); i++) {
        struct db_stmt *stmt = NULL;

        if (db_prepare(db, deletes[i], &stmt, err) < 0)
            return -1;
        db_bind_int(stmt, 1, id);
        if (db_run(&stmt, err) < 0)
            return -1;
    }
    return 0;
}

int user_set_password(struct db *db, const struct actor *actor, int64_t id,
                      const char *hash, const char *typed, struct err *err)
{
    struct control control = {.user = id, .kind = CONTROL_PASSWORD};
    bool is_own = actor && actor->user == id;
    struct db_stmt *stmt = NULL;
    struct user user;
    bool marked;

    /* The name is the one that is stored, however somebody spelt it. */
    if (user_check_right(actor, id, err) < 0 || confirm_check(actor, err) < 0 ||
        user_get(db, id, &user, err) < 0 ||
        password_is_default(typed, user.username, &marked, err) < 0)
        return -1;
    if (db_prepare(db,
                   "UPDATE \"user\" SET password = ?2, "
                   "password_is_default = ?3, password_work = ?4 "
                   "WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_str(stmt, 2, hash);
    db_bind_int(stmt, 3, marked);
    db_bind_int(stmt, 4, password_work(hash));
    if (db_run(&stmt, err) < 0)
        return -1;
    if (end_logins(db, id, err) < 0 || control_append(db, &control, err) < 0)
        return -1;
    return audit_append(db, actor,
                        is_own ? AUDIT_PASSWORD_CHANGE : AUDIT_PASSWORD_SET, id,
                        NULL, err);
}

int user_rehash(struct db *db, int64_t id, const char *hash, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "UPDATE \"user\" SET password = ?2, password_work = ?3 "
                   "WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_str(stmt, 2, hash);
    db_bind_int(stmt, 3, password_work(hash));
    return db_run(&stmt, err);
}

static bool rules(const struct user *user)
{
    return user->is_active && user->is_superuser;
}

static bool is_staff(const struct user *user)
{
    return user->is_staff || user->is_superuser;
}

/* A writer is alone, so two superusers who demote each other come here one
 * after the other. */
static int check_somebody_rules(struct db *db, const struct user *before,
                                const struct user *after, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (!rules(before) || rules(after))
        return 0;
    if (db_prepare(db,
                   "SELECT id FROM \"user\" WHERE is_active = 1 AND "
                   "is_superuser = 1 AND id <> ?1 LIMIT 1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, after->id);
    rc = db_step(stmt, err);
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_CONFLICT,
                       "the last active superuser stays one, and active");
    return rc < 0 ? -1 : 0;
}

static int update(struct db *db, const struct user *user, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "UPDATE \"user\" SET email = ?2, first_name = ?3, "
                   "last_name = ?4, is_active = ?5, is_staff = ?6, "
                   "is_superuser = ?7, may_add = ?8, may_change = ?9, "
                   "may_delete = ?10, max_quantity = nullif(?11, 0), "
                   "max_notional = nullif(?12, 0), "
                   "second_factor_required = ?13, may_feed = ?14, "
                   "market_symbols = ?15 WHERE id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user->id);
    db_bind_str(stmt, 2, user->email);
    db_bind_str(stmt, 3, user->first_name);
    db_bind_str(stmt, 4, user->last_name);
    db_bind_int(stmt, 5, user->is_active);
    db_bind_int(stmt, 6, user->is_staff);
    db_bind_int(stmt, 7, user->is_superuser);
    db_bind_int(stmt, 8, user->may_add);
    db_bind_int(stmt, 9, user->may_change);
    db_bind_int(stmt, 10, user->may_delete);
    db_bind_int(stmt, 11, user->limits.max_quantity);
    db_bind_int(stmt, 12, user->limits.max_notional);
    db_bind_int(stmt, 13, user->second_factor_required);
    db_bind_int(stmt, 14, user->may_feed);
    db_bind_str(stmt, 15, user->market_symbols);
    return db_run(&stmt, err);
}

static bool same_right(const struct user_column *column, const struct user *a,
                       const struct user *b)
{
    if (column->type == USER_TEXT)
        return !strcmp(user_column_text(column, a),
                       user_column_text(column, b));
    return user_column_bool(column, a) == user_column_bool(column, b);
}

static bool same_rights(const struct user *a, const struct user *b)
{
    for (size_t i = 0; i < user_columns_count; i++) {
        const struct user_column *column = &user_columns[i];

        if (column->flags & USER_RIGHT && !same_right(column, a, b))
            return false;
    }
    return true;
}

/* Open sessions read their user's rights anew with each request; sockets must
 * be told. */
static int tell_sockets(struct db *db, const struct user *before,
                        const struct user *after, struct err *err)
{
    struct control control = {.user = after->id, .kind = CONTROL_RIGHTS};

    if (same_rights(before, after))
        return 0;
    if (before->is_active != after->is_active)
        control.kind = CONTROL_ACTIVE;
    if (before->is_active && !after->is_active &&
        end_logins(db, after->id, err) < 0)
        return -1;
    return control_append(db, &control, err);
}

/* What a superuser gives or takes; to be active is none of it, so that a script
 * can let people go. */
static bool gives_rights(const struct user *before, const struct user *after)
{
    struct user active = *after;

    active.is_active = before->is_active;
    return !same_rights(before, &active) ||
           before->limits.max_quantity != after->limits.max_quantity ||
           before->limits.max_notional != after->limits.max_notional;
}

static int check_confirmed(const struct actor *actor, const struct user *before,
                           const struct user *after, struct err *err)
{
    bool is_own = actor && actor->user == after->id;

    if (gives_rights(before, after) || (!is_own && before->is_superuser) ||
        (is_own && strcmp(before->email, after->email) != 0))
        return confirm_check(actor, err);
    return 0;
}

/* Of oneself, who is no superuser: what the column table says. */
static int check_own(const struct actor *actor, const struct user_draft *draft,
                     struct err *err)
{
    if (!actor || actor->is_superuser)
        return 0;
    for (size_t i = 0; i < user_columns_count; i++) {
        if (draft->has & 1UL << i && !(user_columns[i].flags & USER_WRITE_OWN))
            err_field(err, user_columns[i].name, "you may not set this");
    }
    return err->code ? -1 : 0;
}

int user_change(struct db *db, const struct actor *actor, int64_t id,
                const struct user_draft *draft, struct user *user,
                struct err *err)
{
    struct user before;
    struct buf detail;
    int rc = -1;

    buf_init(&detail, AUDIT_DETAIL_MAX);
    if (user_check_right(actor, id, err) < 0 ||
        check_own(actor, draft, err) < 0 || user_get(db, id, &before, err) < 0)
        goto out;
    *user = before;
    user_draft_apply(draft, user);
    if (user_check(user, err) < 0 || user_check_hidden(user, &before, err) < 0)
        goto out;
    json_open(&detail);
    rc = 0;
    if (!user_put_changes(&detail, &before, user))
        goto out;
    json_close(&detail);
    rc = check_confirmed(actor, &before, user, err);
    if (rc == 0)
        rc = check_somebody_rules(db, &before, user, err);
    if (rc == 0)
        rc = update(db, user, err);
    if (rc == 0 && is_staff(user) && !is_staff(&before))
        rc = session_raise(db, id, err);
    if (rc == 0)
        rc = tell_sockets(db, &before, user, err);
    if (rc == 0)
        rc = audit_append(db, actor, AUDIT_USER_CHANGE, id, &detail, err);
out:
    buf_release(&detail);
    return rc;
}
