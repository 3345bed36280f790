#include "model/login_row.h"

#include <string.h>

#include "base/banned.h"

void login_from_row(const struct db_stmt *stmt, struct actor *actor)
{
    memset(actor, 0, sizeof(*actor));
    actor->user = db_int(stmt, 0);
    db_copy_text(stmt, 1, actor->username, sizeof(actor->username));
    actor->is_active = true;
    actor->is_staff = db_int(stmt, 2) != 0;
    actor->is_superuser = db_int(stmt, 3) != 0;
    actor->may_add = db_int(stmt, 4) != 0;
    actor->may_change = db_int(stmt, 5) != 0;
    actor->may_delete = db_int(stmt, 6) != 0;
}

int login_take(struct db_stmt *stmt, struct actor *actor, int64_t *id,
               int64_t *last_used_us, struct err *err)
{
    int rc = db_step(stmt, err);

    if (rc == 1) {
        login_from_row(stmt, actor);
        *id = db_int(stmt, LOGIN_USER_COUNT);
        actor->expires_us = db_int(stmt, LOGIN_USER_COUNT + 1);
        *last_used_us = db_int(stmt, LOGIN_USER_COUNT + 2);
    }
    db_done(&stmt);
    if (rc == 0)
        return err_set(err, ERR_UNAUTHENTICATED,
                       "the login has ended or never was");
    return rc < 0 ? -1 : 0;
}
