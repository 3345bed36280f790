#include "model/accounts/confirm.h"
#include "model/accounts/audit.h"

#include "base/banned.h"

int confirm_check(const struct actor *actor, struct err *err)
{
    if (!actor || actor->is_confirmed)
        return 0;
    if (actor->token)
        return err_set(err, ERR_CONFIRM,
                       "this needs the password, so a token can't do it: log "
                       "in by cookie");
    return err_set(err, ERR_CONFIRM,
                   "this needs your password again: POST /api/confirm/");
}

int confirm_note(struct db *db, const struct actor *actor, struct err *err)
{
    struct db_stmt *stmt = NULL;

    if (db_prepare(db, "UPDATE session SET confirmed = ?2 WHERE id = ?1", &stmt,
                   err) < 0)
        return -1;
    db_bind_int(stmt, 1, actor->session);
    db_bind_int(stmt, 2, db_time_us(db));
    if (db_run(&stmt, err) < 0)
        return -1;
    return audit_append(db, actor, AUDIT_CONFIRM, actor->user, NULL, err);
}
