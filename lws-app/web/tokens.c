#include "base/json.h"
#include "base/mem.h"
#include "model/audit.h"
#include "model/ticket.h"
#include "model/token.h"
#include "web/auth.h"
#include "web/handlers.h"
#include "web/input.h"
#include "web/login.h"

#include <string.h>

#include "base/banned.h"

static bool sent_password(const struct input *input)
{
    return input_text(input, "username") || input_text(input, "password");
}

/* Without a password it is a cookie login that asks, and nothing to hash. */
int token_prepare(struct call *call, struct err *err)
{
    struct input input = {.json = NULL};
    const char *username;
    const char *password;
    int rc = -1;

    if (input_read(call->request, &input, err) < 0)
        goto out;
    if (!sent_password(&input)) {
        rc = 0;
        goto out;
    }
    username = input_text(&input, "username");
    password = input_text(&input, "password");
    if (!username || !*username)
        err_field(err, "username", "is required");
    if (!password || !*password)
        err_field(err, "password", "is required");
    if (err->code)
        goto out;
    rc = login_look(call, username, password, err);
out:
    input_release(&input);
    return rc;
}

static int ask_cookie(struct call *call, const struct input *input,
                      struct err *err)
{
    if (auth_actor(call->db, call->request, &call->actor, &call->by_cookie,
                   &call->response->touch_session, &call->response->touch_token,
                   err) < 0) {
        if (err->code == ERR_UNAUTHENTICATED &&
            !call->request->headers[HEADER_AUTHORIZATION]) {
            err_clear(err);
            err_field(err, "username", "is required");
            err_field(err, "password", "is required");
        }
        return -1;
    }
    if (!call->by_cookie)
        return err_set(err, ERR_FORBIDDEN,
                       "a token can't make tokens: log in by password");
    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    return csrf_check(call->web, call->request, true,
                      input_text(input, "csrfmiddlewaretoken"), err);
}

static int answer_wrong(struct call *call)
{
    struct buf *body = &call->response->body;

    response_begin(call->response, 401, "application/problem+json");
    response_header(call->response, "www-authenticate", "Token");
    json_open(body);
    json_put_str(body, "title", "Log in first");
    json_put_int(body, "status", 401);
    json_put_str(body, "detail", "the username or the password is wrong");
    json_close(body);
    return 0;
}

static void put_token(struct buf *body, const char *key,
                      const struct token *token, const char *secret)
{
    if (key)
        json_open_key(body, key);
    else
        json_open(body);
    if (secret)
        json_put_str(body, "token", secret);
    json_put_int(body, "id", token->id);
    json_put_str(body, "name", token->name);
    json_put_time(body, "created", token->created_us);
    if (token->last_used_us)
        json_put_time(body, "last_used", token->last_used_us);
    else
        json_put_null(body, "last_used");
    json_put_time(body, "expires", token->expires_us);
    json_close(body);
}

int token_submit(struct call *call, struct err *err)
{
    struct input input = {.json = NULL};
    struct token token;
    char secret[SECRET_TEXT_MAX];
    const char *name;
    bool ok = true;
    int rc = -1;

    if (input_read(call->request, &input, err) < 0)
        goto out;
    if (call->login.done) {
        if (login_decide(call, &ok, err) < 0)
            goto out;
    } else if (ask_cookie(call, &input, err) < 0) {
        goto out;
    }
    if (!ok) {
        /* Answered here, so that the failure stays counted. */
        rc = answer_wrong(call);
        goto out;
    }
    name = input_text(&input, "name");
    if (token_create(call->db, call->actor.user, name ? name : "",
                     TOKEN_LIFETIME_S, secret, &token, err) < 0)
        goto out;
    response_begin(call->response, 200, "application/json");
    put_token(&call->response->body, NULL, &token, secret);
    rc = 0;
out:
    input_release(&input);
    return rc;
}

static int put_list(struct call *call, int64_t user, struct err *err)
{
    struct buf *body = &call->response->body;
    struct token *tokens = mem_alloc(TOKEN_MAX * sizeof(*tokens));
    int count;

    if (!tokens)
        return err_set(err, ERR_NOMEM, "no memory for tokens");
    count = token_list(call->db, user, tokens, TOKEN_MAX, err);
    if (count >= 0) {
        response_begin(call->response, 200, "application/json");
        json_open(body);
        json_put_int(body, "count", count);
        json_open_array(body, "results");
        for (int i = 0; i < count; i++)
            put_token(body, NULL, &tokens[i], NULL);
        json_close_array(body);
        json_close(body);
    }
    mem_free(tokens);
    return count < 0 ? -1 : 0;
}

int tokens_list(struct call *call, struct err *err)
{
    return put_list(call, call->actor.user, err);
}

int user_tokens_list(struct call *call, struct err *err)
{
    struct user user;

    if (user_get(call->db, call->id, &user, err) < 0)
        return -1;
    return put_list(call, user.id, err);
}

static int end(struct call *call, int64_t user, int64_t id, struct err *err)
{
    struct buf detail;
    int rc;

    if (token_end(call->db, user, id, err) < 0)
        return -1;
    buf_init(&detail, 256);
    json_open(&detail);
    audit_put_int(&detail, "token", id, 0);
    json_close(&detail);
    rc = audit_append(call->db, &call->actor, AUDIT_TOKEN_END, user, &detail,
                      err);
    buf_release(&detail);
    response_begin(call->response, 204, NULL);
    return rc;
}

int token_delete(struct call *call, struct err *err)
{
    return end(call, call->actor.user, call->id, err);
}

int user_token_delete(struct call *call, struct err *err)
{
    return end(call, call->id, call->sub_id, err);
}

int ticket_submit(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    char secret[SECRET_TEXT_MAX];
    int64_t expires_us;

    if (ticket_create(call->db, &call->actor, secret, &expires_us, err) < 0)
        return -1;
    response_begin(call->response, 201, "application/json");
    json_open(body);
    json_put_str(body, "ticket", secret);
    json_put_time(body, "expires", expires_us);
    json_close(body);
    return 0;
}
