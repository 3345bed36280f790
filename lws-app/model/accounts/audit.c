#include "model/accounts/audit.h"
#include "base/json.h"
#include "model/accounts/audit_chain.h"

#include "base/banned.h"

int audit_append(struct db *db, const struct actor *actor, const char *action,
                 int64_t subject, const struct buf *detail, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t user = actor ? actor->user : 0;
    int64_t id = 0;
    int rc;

    if (detail && buf_check(detail, err) < 0)
        return -1;
    if (db_prepare(db,
                   "INSERT INTO audit (time, actor, address, action, subject, "
                   "detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, db_time_us(db));
    db_bind_optional(stmt, 2, user, user);
    db_bind_str(stmt, 3, actor ? actor->address : AUDIT_COMMAND_ADDRESS);
    db_bind_str(stmt, 4, action);
    db_bind_optional(stmt, 5, subject, subject);
    if (detail)
        db_bind_text(stmt, 6, buf_text(detail), detail->len);
    else
        db_bind_str(stmt, 6, "{}");
    rc = db_step(stmt, err);
    if (rc == 1) {
        id = db_int(stmt, 0);
        rc = db_run(&stmt, err);
    }
    db_done(&stmt);
    return rc < 0 ? -1 : audit_chain_append(db, id, err);
}

/* The newest of those that may go, behind one another from the oldest on, so
 * that the chain is cut in one place. Returns how many. */
static int find_cut(struct db *db, int64_t before_us, int limit, int64_t *id,
                    char hash[AUDIT_HASH_MAX], struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    *id = 0;
    hash[0] = '\0';
    if (db_prepare(db, "SELECT id, time, hash FROM audit ORDER BY id LIMIT ?1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, limit);
    while ((rc = db_step(stmt, err)) == 1 && db_int(stmt, 1) < before_us) {
        *id = db_int(stmt, 0);
        hash[0] = '\0';
        if (!db_is_null(stmt, 2))
            db_copy_text(stmt, 2, hash, AUDIT_HASH_MAX);
        count++;
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

int audit_purge(struct db *db, int64_t kept_s, int limit, struct err *err)
{
    int64_t before_us = db_time_us(db) - kept_s * INT64_C(1000000);
    struct db_stmt *stmt = NULL;
    char hash[AUDIT_HASH_MAX];
    int64_t id;
    int count = find_cut(db, before_us, limit, &id, hash, err);

    if (count <= 0)
        return count;
    if (audit_chain_cut(db, id, hash, err) < 0 ||
        db_prepare(db, "DELETE FROM audit WHERE id <= ?1", &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    return db_run(&stmt, err) < 0 ? -1 : count;
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

/* As it was and as it is, by what writes one; 0: null. */
static void put_numbers(struct buf *detail, const char *field, int64_t before,
                        int64_t after,
                        void (*put)(struct buf *out, const char *key,
                                    int64_t value))
{
    const int64_t values[] = {before, after};

    json_open_array(detail, field);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (values[i])
            put(detail, NULL, values[i]);
        else
            json_put_null(detail, NULL);
    }
    json_close_array(detail);
}

void audit_put_int(struct buf *detail, const char *field, int64_t before,
                   int64_t after)
{
    put_numbers(detail, field, before, after, json_put_int);
}

void audit_put_amount(struct buf *detail, const char *field, int64_t before,
                      int64_t after)
{
    put_numbers(detail, field, before, after, json_put_decimal);
}

void audit_put_time(struct buf *detail, const char *field, int64_t before_us,
                    int64_t after_us)
{
    put_numbers(detail, field, before_us, after_us, json_put_time);
}
