#include "base/json.h"
#include "web/access/auth.h"
#include "web/api/handlers.h"

#include "base/banned.h"

static void put_count(struct buf *body, const char *name, int64_t count)
{
    if (count)
        json_put_int(body, name, count);
    else
        json_put_null(body, name);
}

/* Of this worker. */
static void put_limits(struct call *call)
{
    const struct web_limits *limits = &call->web->limits;
    struct buf *body = &call->response->body;
    struct quota_use most = quota_most(limits->quota);
    struct quota_use used = quota_used(limits->quota, call->actor.user);
    struct quota_use unwritten =
        quota_unwritten(limits->quota, call->actor.user);

    json_open_key(body, "limits");
    put_count(body, "requests_per_minute", limit_count(limits->user));
    put_count(body, "requests_per_minute_and_login",
              limit_count(limits->token));
    put_count(body, "profile_changes_per_hour", limit_count(limits->profile));
    put_count(body, "login_changes_per_minute", limit_count(limits->logins));
    put_count(body, "tickets_per_minute", limit_count(limits->tickets));
    put_count(body, "page_changes_per_minute", limit_count(limits->pages));
    put_count(body, "admin_changes_per_minute", limit_count(limits->admin));
    put_count(body, "sockets", limits->sockets_per_user);
    put_count(body, "commands_per_second", limit_count(limits->commands));
    put_count(body, "commands_per_second_and_socket",
              limits->commands_per_socket);
    put_count(body, "rows_per_day", most.rows);
    put_count(body, "bytes_per_day", most.bytes);
    json_put_int(body, "rows_today", used.rows);
    json_put_int(body, "bytes_today", used.bytes);
    json_put_int(body, "unwritten_rows_today", unwritten.rows);
    json_put_int(body, "unwritten_bytes_today", unwritten.bytes);
    json_put_time(body, "today_ends", quota_until_us());
    json_close(body);
}

static void put_limit(struct buf *body, const char *name, int64_t limit)
{
    if (limit)
        json_put_decimal(body, name, limit);
    else
        json_put_null(body, name);
}

int me_read(struct call *call, struct err *err)
{
    const struct actor *actor = &call->actor;
    struct buf *body = &call->response->body;
    char token[CSRF_TEXT_MAX];
    struct user user;

    if ((call->by_cookie &&
         csrf_token(call->web, call->request, call->session, token, err) < 0) ||
        user_get(call->db, actor->user, &user, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_put_int(body, "id", actor->user);
    json_put_str(body, "username", actor->username);
    json_put_str(body, "email", user.email);
    json_put_str(body, "first_name", user.first_name);
    json_put_str(body, "last_name", user.last_name);
    json_put_bool(body, "is_staff", actor->is_staff);
    json_put_bool(body, "is_superuser", actor->is_superuser);
    json_put_bool(body, "may_add", actor->may_add);
    json_put_bool(body, "may_change", actor->may_change);
    json_put_bool(body, "may_delete", actor->may_delete);
    json_put_bool(body, "may_feed", actor->may_feed);
    json_put_str(body, "market_symbols", actor->market_symbols);
    put_limit(body, "max_quantity", actor->limits.max_quantity);
    put_limit(body, "max_notional", actor->limits.max_notional);
    json_put_bool(body, "has_second_factor", actor->has_second_factor);
    json_put_bool(
        body, "second_factor_required",
        second_factor_is_required(actor, call->web->staff_second_factor));
    if (call->by_cookie)
        json_put_str(body, "csrf_token", token);
    else
        json_put_null(body, "csrf_token");
    put_limits(call);
    json_close(body);
    return 0;
}
