#include "web/query/scope.h"
#include "model/orders/stream.h"

#include <string.h>

#include "base/banned.h"

int scope_read(struct call *call, struct order_query *query, struct err *err)
{
    const char *owner = params_get(&call->request->args, "owner");
    const char *scope = params_get(&call->request->args, "scope");
    struct user user;

    query->owner = call->actor.user;
    if (scope && strcmp(scope, "all") != 0 && strcmp(scope, "own") != 0)
        return err_field(err, "scope", "must be own or all");
    if (scope && !strcmp(scope, "all")) {
        if (!call->actor.is_staff)
            return err_set(err, ERR_FORBIDDEN,
                           "only staff see everybody's orders");
        query->owner = STREAM_ALL;
    }
    if (!owner || !strcmp(owner, call->actor.username))
        return 0;
    if (!call->actor.is_staff)
        return err_set(err, ERR_FORBIDDEN, "only staff see others' orders");
    if (user_find(call->db, owner, &user, err) < 0) {
        if (err->code != ERR_MISSING)
            return -1;
        err_clear(err);
        return err_field(err, "owner", "there is no such user");
    }
    query->owner = user.id;
    return 0;
}
