#include "base/json.h"
#include "model/accounts/session.h"
#include "model/accounts/user.h"
#include "web/api/handlers.h"
#include "web/query/args.h"

#include "base/banned.h"

/* The newest; nobody looks through more. */
#define SHOWN_MAX 1000

static int put_session(void *arg, const struct session *session,
                       struct err *err)
{
    struct call *call = arg;
    struct buf *body = &call->response->body;

    json_open(body);
    json_put_int(body, "id", session->id);
    json_put_str(body, "address", session->address);
    json_put_str(body, "user_agent", session->user_agent);
    json_put_time(body, "created", session->created_us);
    json_put_time(body, "last_used", session->last_used_us);
    json_put_time(body, "expires", session->expires_us);
    json_put_bool(body, "current", session->id == call->actor.session);
    json_close(body);
    return buf_check(body, err);
}

static int put_list(struct call *call, int64_t user, struct err *err)
{
    struct buf *body = &call->response->body;
    int count;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_open_array(body, "results");
    count = session_each(call->db, user, SHOWN_MAX, put_session, call, err);
    if (count < 0)
        return -1;
    json_close_array(body);
    json_put_int(body, "count", count);
    json_close(body);
    return 0;
}

int sessions_list(struct call *call, struct err *err)
{
    return put_list(call, call->actor.user, err);
}

int user_sessions_list(struct call *call, struct err *err)
{
    struct user user;

    if (user_get(call->db, call->id, &user, err) < 0)
        return -1;
    return put_list(call, user.id, err);
}

static int end_one(struct call *call, int64_t user, int64_t id, struct err *err)
{
    if (session_end_own(call->db, &call->actor, user, id, err) < 0)
        return -1;
    if (id == call->actor.session)
        call->response->touch_session = 0;
    response_begin(call->response, 204, NULL);
    return 0;
}

int session_delete(struct call *call, struct err *err)
{
    return end_one(call, call->actor.user, call->id, err);
}

int user_session_delete(struct call *call, struct err *err)
{
    return end_one(call, call->id, call->sub_id, err);
}

static int end_all(struct call *call, int64_t user, int64_t keep,
                   struct err *err)
{
    if (session_end_all(call->db, &call->actor, user, keep, err) < 0)
        return -1;
    if (!keep && user == call->actor.user)
        call->response->touch_session = 0;
    response_begin(call->response, 204, NULL);
    return 0;
}

/* Log out everywhere, or everywhere else. */
int sessions_delete(struct call *call, struct err *err)
{
    const struct params *args = &call->request->args;

    if (args_check(args, call->route->query, err) < 0)
        return -1;
    return end_all(call, call->actor.user,
                   args_text(args, "keep") ? call->actor.session : 0, err);
}

int user_sessions_delete(struct call *call, struct err *err)
{
    struct user user;

    if (user_get(call->db, call->id, &user, err) < 0)
        return -1;
    return end_all(call, user.id, 0, err);
}
