#include "protocols/orders/user.h"
#include "model/accounts/scopes.h"

#include <string.h>
#include <utlist.h>

#include "base/banned.h"

struct orders_user *orders_user_find(const struct server *server, int64_t id)
{
    struct orders_user *user;

    HASH_FIND(hh, server->orders->users, &id, sizeof(id), user);
    return user;
}

static struct orders_user *user_get_or_new(struct server *server, int64_t id)
{
    struct orders_user *user = orders_user_find(server, id);

    if (user)
        return user;
    user = mem_zalloc(sizeof(*user));
    if (!user)
        return NULL;
    user->id = id;
    HASH_ADD(hh, server->orders->users, id, sizeof(user->id), user);
    if (!user->hh.tbl) {
        mem_free(user);
        return NULL;
    }
    return user;
}

int orders_set_login(struct orders_socket *s, const struct actor *actor)
{
    struct orders_user *user = user_get_or_new(s->server, actor->user);

    if (!user)
        return -1;
    if (user->count >= s->server->web->limits.sockets_per_user)
        return -1;
    if (strcmp(actor->market_symbols, "*") != 0) {
        s->market_names = mem_strdup(actor->market_symbols);
        if (!s->market_names)
            return -1;
    }
    s->may_watch = scope_has(actor, SCOPE_MARKET_READ);
    s->user = actor->user;
    s->session = actor->session;
    s->token = actor->token;
    s->expires_us = actor->expires_us;
    s->is_staff = actor->is_staff;
    roster_login(s->server->web->roster, s->server->worker, s->place, actor);
    DL_APPEND(user->sockets, s);
    user->count++;
    return 0;
}

void orders_leave_user(struct orders_socket *s)
{
    struct orders_user *user = orders_user_find(s->server, s->user);

    if (!user)
        return;
    s->user = 0;
    DL_DELETE(user->sockets, s);
    if (--user->count)
        return;
    HASH_DEL(s->server->orders->users, user);
    mem_free(user);
}
