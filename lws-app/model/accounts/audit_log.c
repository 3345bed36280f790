#include "model/accounts/audit_log.h"
#include "base/json.h"
#include "model/accounts/audit_chain.h"

#include "base/banned.h"

int audit_log_newest(struct db *db, int64_t *id, struct err *err)
{
    return audit_chain_head(db, id, err);
}

static void put_name(struct buf *out, const char *key,
                     const struct db_stmt *stmt, int col)
{
    json_put_str(out, key,
                 db_is_null(stmt, col) ? NULL : db_text(stmt, col, NULL));
}

static void put_missing(struct buf *out, int64_t from, int64_t to)
{
    json_open(out);
    json_open_key(out, "missing");
    json_put_int(out, "from", from);
    json_put_int(out, "to", to);
    json_close(out);
    json_close(out);
    buf_put_char(out, '\n');
}

static void put_row(struct buf *out, const struct db_stmt *stmt)
{
    size_t len;
    const char *detail = db_text(stmt, 6, &len);

    json_open(out);
    json_put_int(out, "id", db_int(stmt, 0));
    json_put_time(out, "time", db_int(stmt, 1));
    put_name(out, "actor", stmt, 2);
    put_name(out, "address", stmt, 3);
    put_name(out, "action", stmt, 4);
    put_name(out, "subject", stmt, 5);
    json_put_raw(out, "changes", detail, len);
    put_name(out, "hash", stmt, 7);
    json_close(out);
    buf_put_char(out, '\n');
}

int audit_log_read(struct db *db, int64_t *after, int max, struct buf *out,
                   struct err *err)
{
    struct db_stmt *stmt = NULL;
    int count = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT l.id, l.time, a.username, l.address, l.action, "
                   "s.username, l.detail, l.hash FROM audit l "
                   "LEFT JOIN \"user\" a ON a.id = l.actor "
                   "LEFT JOIN \"user\" s ON s.id = l.subject "
                   "WHERE l.id > ?1 ORDER BY l.id LIMIT ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, *after);
    db_bind_int(stmt, 2, max);
    while ((rc = db_step(stmt, err)) == 1) {
        int64_t id = db_int(stmt, 0);

        if (id > *after + 1)
            put_missing(out, *after + 1, id - 1);
        put_row(out, stmt);
        *after = id;
        count++;
    }
    db_done(&stmt);
    return rc < 0 || buf_check(out, err) < 0 ? -1 : count;
}
