#include "protocols/orders/lookup.h"
#include "model/accounts/scopes.h"
#include "model/accounts/session.h"
#include "model/accounts/user.h"
#include "model/log/event.h"

#include <string.h>

#include "base/banned.h"

#define USER_PREFIX "user:"

bool orders_is_label(const char *stream)
{
    size_t prefix = strlen(USER_PREFIX);

    return !strcmp(stream, "orders") || !strcmp(stream, "all") ||
           (!strncmp(stream, USER_PREFIX, prefix) && stream[prefix]);
}

bool orders_owner_of_label(const char *label, int64_t user, int64_t *owner)
{
    *owner = strcmp(label, "all") == 0 ? STREAM_ALL : user;
    return !strcmp(label, "orders") || !strcmp(label, "all");
}

int orders_lookup(struct db *db, const struct server *server,
                  const struct orders_login *login, const char *label,
                  int64_t *owner, struct err *err)
{
    struct actor actor;
    struct user user;

    if (session_reread(db, login->session, login->token, &actor, err) < 0 ||
        scope_check(&actor, SCOPE_ORDERS_READ, err) < 0 ||
        second_factor_check(&actor, server->web->staff_second_factor, err) < 0)
        return -1;
    if (!actor.is_staff && strcmp(label, "orders") != 0)
        return err_set(err, ERR_FORBIDDEN, "only staff follow this stream");
    if (orders_owner_of_label(label, actor.user, owner))
        return 0;
    if (user_find(db, label + strlen(USER_PREFIX), &user, err) < 0)
        return -1;
    *owner = user.id;
    return 0;
}
