#include "commands/import/django.h"
#include "base/decimal.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* By the user and by a group. */
#define HAS_PERMISSION(codename)                                               \
    "(SELECT count(*) FROM auth_permission p JOIN django_content_type c ON "   \
    "c.id = p.content_type_id WHERE c.app_label = 'generic' AND "              \
    "c.model = 'data' AND p.codename = '" codename "' AND (EXISTS (SELECT 1 "  \
    "FROM auth_user_user_permissions x WHERE x.user_id = u.id AND "            \
    "x.permission_id = p.id) OR EXISTS (SELECT 1 FROM auth_user_groups g "     \
    "JOIN auth_group_permissions y ON y.group_id = g.group_id WHERE "          \
    "g.user_id = u.id AND y.permission_id = p.id)))"

static const char users_sql[] =
    "SELECT u.id, u.username, u.password, u.email, u.first_name, u.last_name, "
    "u.is_active, u.is_staff, u.is_superuser, "
    /* clang-format off */
    HAS_PERMISSION("add_data") ", "
    HAS_PERMISSION("change_data") ", "
    HAS_PERMISSION("delete_data")
    /* clang-format on */
    " FROM auth_user u WHERE u.id > ?1 ORDER BY u.id LIMIT ?2";

static void copy_field(const struct db_stmt *stmt, int col, char *out,
                       size_t max, const char *name, struct err *err)
{
    size_t len;
    const char *text = db_text(stmt, col, &len);

    if (len >= max)
        err_field(err, name, "is too long");
    else if (memchr(text, '\0', len))
        err_field(err, name, "must be text without control characters");
    db_copy_text(stmt, col, out, max);
}

/* A hash that can't be verified lets nobody in. */
static void take_password(const struct db_stmt *stmt, int col,
                          struct django_user *row)
{
    size_t len;
    const char *hash = db_text(stmt, col, &len);
    const char *dollar = memchr(hash, '$', len);
    size_t name_len = dollar ? (size_t)(dollar - hash) : 0;

    if (len < sizeof(row->user.password) && strlen(hash) == len &&
        password_is_known(hash)) {
        memcpy(row->user.password, hash, len + 1);
        return;
    }
    memcpy(row->user.password, "!", 2);
    row->has_no_password = len == 0 || hash[0] == '!';
    if (!row->has_no_password)
        snprintf(row->algorithm, sizeof(row->algorithm), "%.*s",
                 name_len && name_len < 32 ? (int)name_len : 7,
                 name_len && name_len < 32 ? hash : "unknown");
}

static void take_user(const struct db_stmt *stmt, struct django_user *row)
{
    struct user *user = &row->user;

    memset(row, 0, sizeof(*row));
    row->id = db_int(stmt, 0);
    copy_field(stmt, 1, user->username, sizeof(user->username), "username",
               &row->fault);
    take_password(stmt, 2, row);
    copy_field(stmt, 3, user->email, sizeof(user->email), "email", &row->fault);
    copy_field(stmt, 4, user->first_name, sizeof(user->first_name),
               "first_name", &row->fault);
    copy_field(stmt, 5, user->last_name, sizeof(user->last_name), "last_name",
               &row->fault);
    user->is_active = db_int(stmt, 6) != 0;
    user->is_staff = db_int(stmt, 7) != 0;
    user->is_superuser = db_int(stmt, 8) != 0;
    user->may_add = user->is_superuser || db_int(stmt, 9);
    user->may_change = user->is_superuser || db_int(stmt, 10);
    user->may_delete = user->is_superuser || db_int(stmt, 11);
    memcpy(user->market_symbols, "*", sizeof("*"));
}

int django_read_users(struct db *db, int64_t after, struct django_user *rows,
                      size_t max, size_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *count = 0;
    if (db_prepare(db, users_sql, &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, after);
    db_bind_int(stmt, 2, (int64_t)max);
    while ((rc = db_step(stmt, err)) == 1)
        take_user(stmt, &rows[(*count)++]);
    db_done(&stmt);
    return rc;
}

static void take_text(const struct db_stmt *stmt, int col,
                      struct django_order *row, const char *name)
{
    size_t len;
    const char *text = db_text(stmt, col, &len);

    if (db_is_null(stmt, col))
        err_field(&row->fault, name, "is required");
    else
        order_draft_set(&row->draft, name, text, len, &row->fault);
}

static void take_number(const struct db_stmt *stmt, int col,
                        struct django_order *row, const char *name)
{
    char text[DECIMAL_TEXT_MAX];
    enum decimal_fault fault = DECIMAL_SYNTAX;
    bool is_rounded = false;
    int64_t value = 0;
    double number;

    if (db_real(stmt, col, &number))
        fault = decimal_from_double(number, &value, &is_rounded);
    if (fault != DECIMAL_OK) {
        err_field(&row->fault, name, "%s", decimal_fault_text(fault));
        return;
    }
    row->rounded += is_rounded;
    order_draft_set(&row->draft, name, text, decimal_format(value, text),
                    &row->fault);
}

static void take_owner(const struct db_stmt *stmt, struct django_order *row)
{
    struct order_draft *draft = &row->draft;

    if (db_is_null(stmt, 2)) {
        err_field(&row->fault, "owner", "there is no user %" PRId64,
                  db_int(stmt, 1));
        return;
    }
    copy_field(stmt, 2, draft->owner_name, sizeof(draft->owner_name), "owner",
               &row->fault);
    draft->has |= HAS_OWNER;
}

static void take_order(const struct db_stmt *stmt, struct django_order *row)
{
    char id[40];

    memset(row, 0, sizeof(*row));
    row->id = db_int(stmt, 0);
    take_owner(stmt, row);
    take_text(stmt, 3, row, "instrument");
    take_number(stmt, 4, row, "quantity");
    take_number(stmt, 5, row, "price");
    snprintf(id, sizeof(id), "django-%" PRId64, row->id);
    order_draft_set(&row->draft, "client_order_id", id, strlen(id),
                    &row->fault);
}

int django_read_orders(struct db *db, int64_t after, struct django_order *rows,
                       size_t max, size_t *count, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    *count = 0;
    if (db_prepare(db,
                   "SELECT d.id, d.user_id, u.username, d.instrument, "
                   "d.quantity, d.initial_price FROM generic_data d LEFT JOIN "
                   "auth_user u ON u.id = d.user_id WHERE d.id > ?1 "
                   "ORDER BY d.id LIMIT ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, after);
    db_bind_int(stmt, 2, (int64_t)max);
    while ((rc = db_step(stmt, err)) == 1)
        take_order(stmt, &rows[(*count)++]);
    db_done(&stmt);
    return rc;
}

int django_put_order(struct db *db, int64_t id, struct buf *out,
                     struct err *err)
{
    static const char *const names[] = {"user_id", "username", "instrument",
                                        "quantity", "initial_price"};
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db,
                   "SELECT d.user_id, u.username, d.instrument, d.quantity, "
                   "d.initial_price FROM generic_data d LEFT JOIN auth_user u "
                   "ON u.id = d.user_id WHERE d.id = ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    rc = db_step(stmt, err);
    for (int i = 0; rc == 1 && i < (int)(sizeof(names) / sizeof(names[0]));
         i++) {
        size_t len;
        const char *text = db_text(stmt, i, &len);

        if (db_is_null(stmt, i))
            json_put_null(out, names[i]);
        else
            json_put_str_len(out, names[i], text, len);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}
