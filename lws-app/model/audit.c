#include "model/audit.h"
#include "base/json.h"

#include "base/banned.h"

#define COMMAND_ADDRESS "command"

static void bind_user(struct db_stmt *stmt, int n, int64_t id)
{
    if (id)
        db_bind_int(stmt, n, id);
    else
        db_bind_null(stmt, n);
}

int audit_append(struct db *db, const struct actor *actor, const char *action,
                 int64_t subject, const struct buf *detail, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (detail && buf_check(detail, err) < 0)
        return -1;
    if (db_prepare(db,
                   "INSERT INTO audit (time, actor, address, action, subject, "
                   "detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db));
    bind_user(stmt, 2, actor ? actor->user : 0);
    db_bind_str(stmt, 3, actor ? actor->address : COMMAND_ADDRESS);
    db_bind_str(stmt, 4, action);
    bind_user(stmt, 5, subject);
    if (detail)
        db_bind_text(stmt, 6, buf_text(detail), detail->len);
    else
        db_bind_str(stmt, 6, "{}");
    return db_run(&stmt, err);
}

int audit_purge(struct db *db, int64_t kept_s, int limit, struct err *err)
{
    struct db_stmt *stmt = NULL;

    /* Ids and times grow together, so no index is needed to find the oldest. */
    if (db_prepare(db,
                   "DELETE FROM audit WHERE time < ?1 AND id IN "
                   "(SELECT id FROM audit ORDER BY id LIMIT ?2)",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db) - kept_s * INT64_C(1000000));
    db_bind_int(stmt, 2, limit);
    if (db_run(&stmt, err) < 0)
        return -1;
    return (int)db_changes(db);
}

void audit_put_text(struct buf *detail, const char *field, const char *before,
                    const char *after)
{
    json_open_array(detail, field);
    json_put_str(detail, NULL, before);
    json_put_str(detail, NULL, after);
    json_close_array(detail);
}

void audit_put_bool(struct buf *detail, const char *field, bool before,
                    bool after)
{
    json_open_array(detail, field);
    json_put_bool(detail, NULL, before);
    json_put_bool(detail, NULL, after);
    json_close_array(detail);
}

static void put_int(struct buf *detail, int64_t value)
{
    if (value)
        json_put_int(detail, NULL, value);
    else
        json_put_null(detail, NULL);
}

void audit_put_int(struct buf *detail, const char *field, int64_t before,
                   int64_t after)
{
    json_open_array(detail, field);
    put_int(detail, before);
    put_int(detail, after);
    json_close_array(detail);
}

static void put_amount(struct buf *detail, int64_t value)
{
    if (value)
        json_put_decimal(detail, NULL, value);
    else
        json_put_null(detail, NULL);
}

void audit_put_amount(struct buf *detail, const char *field, int64_t before,
                      int64_t after)
{
    json_open_array(detail, field);
    put_amount(detail, before);
    put_amount(detail, after);
    json_close_array(detail);
}

static void put_time(struct buf *detail, int64_t us)
{
    if (us)
        json_put_time(detail, NULL, us);
    else
        json_put_null(detail, NULL);
}

void audit_put_time(struct buf *detail, const char *field, int64_t before_us,
                    int64_t after_us)
{
    json_open_array(detail, field);
    put_time(detail, before_us);
    put_time(detail, after_us);
    json_close_array(detail);
}
