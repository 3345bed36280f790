#include "model/accounts/activity.h"
#include "model/accounts/audit.h"

#include <string.h>

#include "base/banned.h"

static enum activity_by who(const struct db_stmt *stmt, int64_t user)
{
    const char *address = db_text(stmt, 3, NULL);

    if (!db_is_null(stmt, 2))
        return db_int(stmt, 2) == user ? ACTIVITY_BY_USER : ACTIVITY_BY_STAFF;
    return address && !strcmp(address, AUDIT_COMMAND_ADDRESS)
               ? ACTIVITY_BY_COMMAND
               : ACTIVITY_BY_NOBODY;
}

static void from_row(const struct db_stmt *stmt, int64_t user,
                     struct activity_row *row)
{
    row->id = db_int(stmt, 0);
    row->time_us = db_int(stmt, 1);
    row->by = who(stmt, user);
    row->address = row->by == ACTIVITY_BY_STAFF ? NULL : db_text(stmt, 3, NULL);
    row->action = db_text(stmt, 4, NULL);
    row->detail = db_text(stmt, 5, &row->detail_len);
}

int activity_read(struct db *db, int64_t user, int64_t before, int max,
                  int64_t *next, activity_fn *fn, void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t last = 0;
    int count = 0;
    int rc;

    *next = 0;
    if (db_prepare(db,
                   "SELECT id, time, actor, address, action, detail FROM audit "
                   "WHERE subject = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, before ? before : INT64_MAX);
    db_bind_int(stmt, 3, max + 1);
    while ((rc = db_step(stmt, err)) == 1) {
        struct activity_row row;

        if (count++ == max) {
            *next = last;
            break;
        }
        from_row(stmt, user, &row);
        last = row.id;
        if (fn(arg, &row, err) < 0) {
            rc = -1;
            break;
        }
    }
    db_done(&stmt);
    return rc < 0 ? -1 : 0;
}
