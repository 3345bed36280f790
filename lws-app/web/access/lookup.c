#include "web/access/lookup.h"
#include "base/mem.h"
#include "web/access/auth.h"
#include "web/access/login.h"
#include "web/access/logins.h"

#include <string.h>

#include "base/banned.h"

struct lookup {
    struct actor actor;
    char session[CREDENTIAL_MAX];
    int64_t touch_session;
    int64_t touch_token;
    struct err err; /* of the login */
};

int lookup_login(struct call *call, struct db *db, struct logins *logins,
                 struct err *err)
{
    struct lookup *lookup = mem_zalloc(sizeof(*lookup));

    mem_free(call->lookup);
    call->lookup = lookup;
    if (!lookup)
        return err_set(err, ERR_NOMEM, "no memory to look up a login");
    if (logins)
        logins_actor(logins, call->request, &lookup->actor, lookup->session,
                     &lookup->touch_session, &lookup->touch_token,
                     &lookup->err);
    else
        auth_actor(db, call->request, &lookup->actor, lookup->session,
                   &lookup->touch_session, &lookup->touch_token, &lookup->err);
    /* A connection that breaks is opened anew by whoever has it. */
    if (lookup->err.code != ERR_STORE)
        return 0;
    *err = lookup->err;
    return -1;
}

int lookup_for_run(struct call *call, struct db *db, struct logins *logins,
                   struct err *err)
{
    if (call->route->role != ROLE_NONE &&
        lookup_login(call, db, logins, err) < 0)
        return -1;
    return call->route->run == RUN_HASH ? login_find_delay(call, db, err) : 0;
}

bool lookup_is_needed(const struct call *call)
{
    switch (call->route->run) {
    case RUN_LOOP: return call->route->role != ROLE_NONE;
    case RUN_HASH:
        return call->route->role == ROLE_NONE ||
               call->route->role == ROLE_COOKIE;
    case RUN_READ:
    case RUN_WRITE:
    case RUN_EXPORT: break;
    }
    return false;
}

int lookup_take(struct call *call, struct err *err)
{
    struct lookup *lookup = call->lookup;
    int rc = 0;

    *call->session = '\0';
    if (!lookup)
        return err_set(err, ERR_INTERNAL, "the login was not looked up");
    if (lookup->err.code) {
        *err = lookup->err;
        rc = -1;
    } else {
        call->actor = lookup->actor;
        memcpy(call->session, lookup->session, sizeof(call->session));
        call->response->touch_session = lookup->touch_session;
        call->response->touch_token = lookup->touch_token;
    }
    mem_free(lookup);
    call->lookup = NULL;
    return rc;
}

const struct actor *lookup_actor(const struct call *call)
{
    const struct lookup *lookup = call->lookup;

    return lookup && !lookup->err.code ? &lookup->actor : NULL;
}
