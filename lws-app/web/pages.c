#include "base/json.h"
#include "store/migrate.h"
#include "web/auth.h"
#include "web/condition.h"
#include "web/handlers.h"
#include "web/page.h"
#include "web/shapes.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* What each path of the desk shows; the page reads the rest from the API. */
static const char *page_asset(const char *path)
{
    static const struct {
        const char *path;
        const char *asset;
    } pages[] = {
        {"/", "/assets/pages/dashboard.html"},
        {"/accounts/", "/assets/pages/account.html"},
        {"/admin/", "/assets/pages/admin.html"},
        {"/admin/orders/", "/assets/pages/admin_orders.html"},
        {"/admin/users/", "/assets/pages/admin_users.html"},
        {"/admin/users/<id>/", "/assets/pages/admin_user.html"},
        {"/api/docs/", "/assets/pages/docs.html"},
        {"/admin/audit/", "/assets/pages/admin_audit.html"},
    };

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (!strcmp(pages[i].path, path))
            return pages[i].asset;
    }
    return path;
}

static const char *role_word(const struct actor *actor)
{
    return actor->is_superuser ? "superuser"
           : actor->is_staff   ? "staff"
           : actor->user       ? "user"
                               : "";
}

int desk_respond(struct call *call, int status, const char *asset,
                 struct err *err)
{
    const struct actor *actor = &call->actor;
    char token[CSRF_TEXT_MAX] = "";
    char rights[32];
    bool is_due = second_factor_is_due(actor, call->web->staff_second_factor);
    const struct page_slot slots[] = {
        {"username", actor->username},
        {"role", role_word(actor)},
        {"rights", rights},
        {"csrf_token", token},
        {"setup", is_due ? "due" : ""},
        {"path", call->request->path},
        {NULL, NULL},
    };

    if (call->by_cookie &&
        csrf_token(call->web, call->request, call->session, token, err) < 0)
        return -1;
    snprintf(rights, sizeof(rights), "%s %s %s", actor->may_add ? "add" : "",
             actor->may_change ? "change" : "",
             actor->may_delete ? "delete" : "");
    return page_respond(call->response, status, asset, slots, err);
}

int desk_page(struct call *call, struct err *err)
{
    return desk_respond(call, 200, page_asset(call->route->path), err);
}

int api_root(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    char name[ROUTE_RESOURCE_MAX];

    (void)err;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    for (size_t i = 0; route_resource(i, name); i++) {
        struct buf text;

        buf_init(&text, 400);
        buf_printf(&text, "%s/api/%s/", call->web->base_url, name);
        json_put_str(body, name, buf_text(&text));
        buf_release(&text);
    }
    json_close(body);
    return 0;
}

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

    json_open_key(body, "limits");
    put_count(body, "requests_per_minute", limit_count(limits->user));
    put_count(body, "requests_per_minute_and_login",
              limit_count(limits->token));
    put_count(body, "profile_changes_per_hour", limit_count(limits->profile));
    put_count(body, "login_changes_per_minute", limit_count(limits->logins));
    put_count(body, "sockets", limits->sockets_per_user);
    put_count(body, "commands_per_second", limit_count(limits->commands));
    put_count(body, "commands_per_second_and_socket",
              limits->commands_per_socket);
    put_count(body, "rows_per_day", most.rows);
    put_count(body, "bytes_per_day", most.bytes);
    json_put_int(body, "rows_today", used.rows);
    json_put_int(body, "bytes_today", used.bytes);
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

int stream_hint(struct call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_UPGRADE,
                   "open it with the websocket protocol, subprotocol orders");
}

int healthz(struct call *call, struct err *err)
{
    (void)err;
    response_begin(call->response, 200, "application/json");
    json_open(&call->response->body);
    json_put_str(&call->response->body, "status", "ok");
    json_close(&call->response->body);
    return 0;
}

int readyz(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    int redis = atomic_load(&call->web->redis_up);
    bool no_save = atomic_load(&call->web->writes_fail);
    int have = 0;
    int want = 0;
    bool ready;

    if (migrate_state(call->db, call->web->schema, &have, &want, err) < 0)
        return -1;
    ready = have == want && !atomic_load(&call->web->draining);
    response_begin(call->response, ready ? 200 : 503, "application/json");
    json_open(body);
    json_put_str(body, "status",
                 !ready                  ? "not ready"
                 : redis == 0 || no_save ? "degraded"
                                         : "ready");
    json_put_str(body, "database", "ok");
    json_put_str(body, "writes", no_save ? "failing" : "ok");
    json_put_int(body, "schema_step", have);
    json_put_int(body, "schema_step_wanted", want);
    json_put_str(body, "redis",
                 redis < 0    ? "not configured"
                 : redis == 0 ? "down"
                              : "up");
    json_close(body);
    return 0;
}

static bool takes_gzip(const struct request *request)
{
    const char *header = request->headers[HEADER_ACCEPT_ENCODING];

    return header && strstr(header, "gzip") && !strstr(header, "gzip;q=0");
}

/* A file, or what is made once and served like one. */
static int answer_asset(struct call *call, const struct asset *asset,
                        const char *vary, struct err *err)
{
    enum condition condition;

    if (condition_check(call->request, asset->etag, &condition, err) < 0)
        return -1;
    if (condition == CONDITION_FAILS)
        return err_set(err, ERR_STALE, "this is not what If-Match names");
    if (condition == CONDITION_UNMODIFIED) {
        response_begin(call->response, 304, NULL);
    } else {
        response_begin(call->response, 200, asset->type);
        call->response->gzip = asset->gzip && takes_gzip(call->request);
    }
    call->response->asset = asset;
    response_header(call->response, "etag", asset->etag);
    response_header(call->response, "cache-control", "no-cache");
    response_header(call->response, "vary", vary);
    return 0;
}

int asset_read(struct call *call, struct err *err)
{
    if (!asset_is_served(call->request->path))
        return err_set(err, ERR_MISSING, "there is nothing here");
    return answer_asset(call, asset_find(call->request->path),
                        "Accept-Encoding", err);
}

int description_read(struct call *call, struct err *err)
{
    return answer_asset(call, &call->web->description, "Accept", err);
}

bool resource_shape_field(size_t i, struct shape_field *field,
                          char name[SHAPE_NAME_MAX])
{
    if (!route_resource(i, name))
        return false;
    field->name = name;
    field->type = SHAPE_URL;
    return true;
}
