#include "base/json.h"
#include "base/text.h"
#include "commands/import/django.h"
#include "target.h"

#include <stdio.h>

#include "base/banned.h"

/*
 * A Django database with any values in its columns: one user and one order,
 * each column in turn of a kind (the first byte), a length and bytes.
 */
#define TABLES                                                                 \
    "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username, password, "     \
    "email, first_name, last_name, is_active, is_staff, is_superuser);"        \
    "CREATE TABLE generic_data (id INTEGER PRIMARY KEY, user_id, instrument, " \
    "quantity, initial_price);"                                                \
    "CREATE TABLE django_content_type (id, app_label, model);"                 \
    "CREATE TABLE auth_permission (id, content_type_id, codename);"            \
    "CREATE TABLE auth_group_permissions (group_id, permission_id);"           \
    "CREATE TABLE auth_user_groups (user_id, group_id);"                       \
    "CREATE TABLE auth_user_user_permissions (user_id, permission_id);"        \
    "INSERT INTO django_content_type VALUES (2, 'generic', 'data');"           \
    "INSERT INTO auth_permission VALUES (5, 2, 'add_data');"                   \
    "INSERT INTO auth_user_user_permissions VALUES (1, 5)"

struct values {
    const uint8_t *data;
    size_t size;
};

static void add_value(struct db *db, const char *table, const char *column,
                      struct values *values)
{
    const uint8_t *bytes = values->data + 2;
    size_t len = values->size > 2 ? values->data[1] : 0;
    struct db_stmt *stmt = NULL;
    struct err err = ERR_INIT;
    int64_t number = 0;
    char sql[128];
    unsigned kind;

    if (values->size < 2)
        return;
    kind = values->data[0] % 5;
    len = len > values->size - 2 ? values->size - 2 : len;
    snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s", table, column,
             kind == 4 ? "CAST(?1 AS REAL)" : "?1");
    must(db_prepare(db, sql, &stmt, &err) == 0);
    memcpy(&number, bytes, len < sizeof(number) ? len : sizeof(number));
    if (kind == 0)
        db_bind_int(stmt, 1, number);
    else if (kind == 1)
        db_bind_null(stmt, 1);
    else if (kind == 2)
        db_bind_blob(stmt, 1, bytes, len);
    else
        db_bind_text(stmt, 1, (const char *)bytes, len);
    must(db_run(&stmt, &err) == 0);
    values->data += 2 + len;
    values->size -= 2 + len;
}

static void check_text(const char *text, size_t max)
{
    must(memchr(text, '\0', max) != NULL);
}

static void check_user(struct db *db)
{
    static struct django_user row;
    struct err err = ERR_INIT;
    size_t count = 0;

    must(django_read_users(db, 0, &row, 1, &count, &err) == 0 && count == 1);
    check_text(row.user.username, sizeof(row.user.username));
    check_text(row.user.email, sizeof(row.user.email));
    check_text(row.user.first_name, sizeof(row.user.first_name));
    check_text(row.user.password, sizeof(row.user.password));
    check_text(row.algorithm, sizeof(row.algorithm));
    must(!strcmp(row.user.password, "!") ||
         password_is_known(row.user.password));
    must(row.user.may_add && row.user.may_change == row.user.is_superuser);
    if (user_check(&row.user, &row.fault) == 0)
        must(utf8_is_valid(row.user.username, strlen(row.user.username)));
    else
        must(row.fault.code == ERR_INVALID && row.fault.field_count > 0);
}

static void check_order(struct db *db)
{
    static struct django_order row;
    const struct order_draft *draft = &row.draft;
    struct err err = ERR_INIT;
    struct buf out;
    cJSON *tree = NULL;
    size_t count = 0;

    must(django_read_orders(db, 0, &row, 1, &count, &err) == 0 && count == 1);
    check_text(draft->instrument, sizeof(draft->instrument));
    check_text(draft->owner_name, sizeof(draft->owner_name));
    must(!(draft->has & HAS_QUANTITY) || draft->quantity > 0);
    must(row.rounded >= 0 && row.rounded <= 2);
    must(row.fault.code == ERR_NONE || row.fault.field_count > 0);
    buf_init(&out, 1 << 20);
    json_open(&out);
    must(django_put_order(db, 1, &out, &err) == 0);
    json_close(&out);
    must(utf8_is_valid(buf_text(&out), out.len));
    /* A NUL is written so that it can be seen; no JSON of ours holds one. */
    if (!memmem(out.data, out.len, "\\u0000", 6))
        must(json_parse(out.data, out.len, &tree, &err) == 0);
    cJSON_Delete(tree);
    buf_release(&out);
}

static struct db *open_tables(void)
{
    static struct db *db;
    struct err err = ERR_INIT;

    if (!db) {
        must(db_open(&db, ":memory:", DB_WRITE, &err) == 0);
        must(db_exec(db, TABLES, &err) == 0);
    }
    return db;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const user[] = {"username",  "password",
                                       "email",     "first_name",
                                       "is_active", "is_superuser"};
    static const char *const order[] = {"user_id", "instrument", "quantity",
                                        "initial_price"};
    struct values values = {data, size};
    struct db *db = open_tables();
    struct err err = ERR_INIT;

    must(db_begin(db, &err) == 0);
    must(db_exec(db,
                 "INSERT INTO auth_user (id) VALUES (1); INSERT INTO "
                 "generic_data (id, user_id) VALUES (1, 1)",
                 &err) == 0);
    for (size_t i = 0; i < 4; i++)
        add_value(db, "generic_data", order[i], &values);
    for (size_t i = 0; i < 6; i++)
        add_value(db, "auth_user", user[i], &values);
    check_order(db);
    check_user(db);
    db_abort(db);
    return 0;
}
