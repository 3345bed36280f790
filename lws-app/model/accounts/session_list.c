#include "base/json.h"
#include "model/accounts/audit.h"
#include "model/accounts/session.h"

#include <string.h>

#include "base/banned.h"

/* Of one user, ended by one statement each. */
#define END_TURN 500

static void from_row(const struct db_stmt *stmt, struct session *session)
{
    session->id = db_int(stmt, 0);
    db_copy_text(stmt, 1, session->address, sizeof(session->address));
    db_copy_text(stmt, 2, session->user_agent, sizeof(session->user_agent));
    session->created_us = db_int(stmt, 3);
    session->last_used_us = db_int(stmt, 4);
    session->expires_us = db_int(stmt, 5);
}

int session_each(struct db *db, int64_t user, int max, session_fn *fn,
                 void *arg, struct err *err)
{
    struct db_stmt *stmt = NULL;
    struct session session;
    int count = 0;
    int rc;

    if (db_prepare(db,
                   "SELECT id, address, user_agent, created, last_used, "
                   "expires FROM session WHERE \"user\" = ?1 AND expires > ?2 "
                   "ORDER BY id DESC LIMIT ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, db_time_us(db));
    db_bind_int(stmt, 3, max);
    while ((rc = db_step(stmt, err)) == 1) {
        from_row(stmt, &session);
        count++;
        rc = fn(arg, &session, err);
        if (rc < 0)
            break;
    }
    db_done(&stmt);
    return rc < 0 ? -1 : count;
}

static int audit(struct db *db, const struct actor *actor, int64_t user,
                 int64_t id, struct err *err)
{
    struct buf detail;
    int rc;

    buf_init(&detail, 256);
    json_open(&detail);
    audit_put_int(&detail, "session", id, 0);
    json_close(&detail);
    rc = audit_append(db, actor, AUDIT_SESSION_END, user, &detail, err);
    buf_release(&detail);
    return rc;
}

int session_end_own(struct db *db, const struct actor *actor, int64_t user,
                    int64_t id, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    if (db_prepare(db, "SELECT 1 FROM session WHERE id = ?1 AND \"user\" = ?2",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, user);
    rc = db_step(stmt, err);
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_MISSING, "there is no such session");
    if (rc < 0 || session_end(db, id, err) < 0)
        return -1;
    return audit(db, actor, user, id, err);
}

struct found {
    int64_t ids[END_TURN];
    int count;
};

static int find(struct db *db, int64_t user, int64_t keep, struct found *found,
                struct err *err)
{
    struct db_stmt *stmt = NULL;
    int rc;

    found->count = 0;
    if (db_prepare(db,
                   "SELECT id FROM session WHERE \"user\" = ?1 AND id <> ?2 "
                   "LIMIT ?3",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, user);
    db_bind_int(stmt, 2, keep);
    db_bind_int(stmt, 3, END_TURN);
    while ((rc = db_step(stmt, err)) == 1)
        found->ids[found->count++] = db_int(stmt, 0);
    db_done(&stmt);
    return rc;
}

int session_end_all(struct db *db, const struct actor *actor, int64_t user,
                    int64_t keep, struct err *err)
{
    struct found found;

    do {
        if (find(db, user, keep, &found, err) < 0)
            return -1;
        for (int i = 0; i < found.count; i++) {
            if (session_end(db, found.ids[i], err) < 0 ||
                audit(db, actor, user, found.ids[i], err) < 0)
                return -1;
        }
    } while (found.count == END_TURN);
    return 0;
}
