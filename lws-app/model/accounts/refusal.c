#include "model/accounts/refusal.h"
#include "base/json.h"
#include "model/accounts/audit.h"

#include <string.h>

#include "base/banned.h"

/* Minutes that are over for so long are: every worker has told of them. */
#define LATE_US INT64_C(5000000)

#define ACTION_MAX 32

static const char *const actions[] = {
    [REFUSAL_LOGIN] = "refused.login",
    [REFUSAL_FORBIDDEN] = "refused.forbidden",
    [REFUSAL_CONFIRM] = "refused.confirm",
    [REFUSAL_SETUP] = "refused.second_factor_required",
    [REFUSAL_CSRF] = "refused.csrf",
    [REFUSAL_ORIGIN] = "refused.origin",
    [REFUSAL_THROTTLED] = "refused.throttled",
    [REFUSAL_EXPORT] = "export",
};

const char *refusal_action(enum refusal_kind kind)
{
    return actions[kind];
}

int refusal_add(struct db *db, const struct refusal *refusal, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "INSERT INTO refusal (minute, action, address, actor, "
                   "times) VALUES (?1, ?2, ?3, ?4, ?5) "
                   "ON CONFLICT (minute, action, address, actor) "
                   "DO UPDATE SET times = refusal.times + excluded.times",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, refusal->minute);
    db_bind_str(stmt, 2, actions[refusal->kind]);
    db_bind_str(stmt, 3, refusal->address);
    db_bind_int(stmt, 4, refusal->actor);
    db_bind_int(stmt, 5, refusal->times);
    return db_run(&stmt, err);
}

struct counted {
    struct actor actor;
    char action[ACTION_MAX];
    int64_t minute, times;
};

/* 1: there is one; 0: none is over. */
static int oldest(struct db *db, struct counted *counted, struct err *err)
{
    struct db_stmt *stmt = NULL;
    int64_t now = db_time_us(db);
    int rc;

    /* One of a time to come is of a clock that was set back since. */
    if (db_prepare(db,
                   "SELECT minute, action, address, actor, times FROM refusal "
                   "WHERE minute < ?1 OR minute > ?2 "
                   "ORDER BY minute, action, address, actor LIMIT 1",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, (now - LATE_US) / REFUSAL_MINUTE_US);
    db_bind_int(stmt, 2, now / REFUSAL_MINUTE_US + 1);
    rc = db_step(stmt, err);
    memset(counted, 0, sizeof(*counted));
    if (rc == 1) {
        counted->minute = db_int(stmt, 0);
        db_copy_text(stmt, 1, counted->action, sizeof(counted->action));
        db_copy_text(stmt, 2, counted->actor.address,
                     sizeof(counted->actor.address));
        counted->actor.user = db_int(stmt, 3);
        counted->times = db_int(stmt, 4);
    }
    db_done(&stmt);
    return rc;
}

static int forget(struct db *db, const struct counted *counted, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db,
                   "DELETE FROM refusal WHERE minute = ?1 AND action = ?2 AND "
                   "address = ?3 AND actor = ?4",
                   &stmt, err) < 0)
        return -1;
    db_bind_int(stmt, 1, counted->minute);
    db_bind_str(stmt, 2, counted->action);
    db_bind_str(stmt, 3, counted->actor.address);
    db_bind_int(stmt, 4, counted->actor.user);
    return db_run(&stmt, err);
}

static int note(struct db *db, const struct counted *counted, struct err *err)
{
    struct buf detail;
    int rc;

    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    audit_put_int(&detail, "count", 0, counted->times);
    audit_put_time(&detail, "minute", 0, counted->minute * REFUSAL_MINUTE_US);
    json_close(&detail);
    rc = audit_append(db, &counted->actor, counted->action, 0, &detail, err);
    buf_release(&detail);
    return rc;
}

int refusal_settle(struct db *db, int limit, struct err *err)
{
    struct counted counted;
    int count = 0;
    int rc = 0;

    while (count < limit && (rc = oldest(db, &counted, err)) == 1) {
        if (note(db, &counted, err) < 0 || forget(db, &counted, err) < 0)
            return -1;
        count++;
    }
    return rc < 0 ? -1 : count;
}
