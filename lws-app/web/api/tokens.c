#include "base/json.h"
#include "base/mem.h"
#include "model/accounts/scopes.h"
#include "model/accounts/ticket.h"
#include "model/accounts/token.h"
#include "model/accounts/user.h"
#include "web/access/admit.h"
#include "web/access/auth.h"
#include "web/access/login.h"
#include "web/api/handlers.h"
#include "web/http/reason.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool sent_password(const struct input *input)
{
    return input_text(input, "username") || input_text(input, "password");
}

/* What is asked for. */

#define EXPIRES_DIGITS 9

static const char *const text_fields[] = {
    "username", "password", "name", "csrfmiddlewaretoken", "code", NULL};

static bool is_text_field(const char *name)
{
    for (size_t i = 0; text_fields[i]; i++) {
        if (!strcmp(text_fields[i], name))
            return true;
    }
    return false;
}

static void add_scope(struct token_draft *draft, const char *word, size_t len,
                      struct err *err)
{
    unsigned scope = scope_parse(word, len);

    if (scope == SCOPE_UNKNOWN)
        err_field(err, "scopes", "there is no scope \"%.*s\"",
                  (int)(len < 64 ? len : 64), word);
    draft->scopes |= scope;
}

/* Nothing in it must not come to mean everything. */
static void check_some_scope(const struct token_draft *draft, struct err *err)
{
    if (!draft->scopes && !err->code)
        err_field(err, "scopes",
                  "name at least one; without this field the token may do "
                  "all that its user may");
}

static void read_scopes_json(const cJSON *field, struct token_draft *draft,
                             struct err *err)
{
    const cJSON *word;

    if (!cJSON_IsArray(field)) {
        err_field(err, "scopes", "must be an array of strings");
        return;
    }
    cJSON_ArrayForEach(word, field)
    {
        if (cJSON_IsString(word))
            add_scope(draft, word->valuestring, strlen(word->valuestring), err);
        else
            err_field(err, "scopes", "must be an array of strings");
    }
    check_some_scope(draft, err);
}

static void read_scopes_text(const char *text, struct token_draft *draft,
                             struct err *err)
{
    while (*text) {
        size_t len = strcspn(text, " ");

        if (len)
            add_scope(draft, text, len, err);
        text += len;
        text += *text == ' ';
    }
    check_some_scope(draft, err);
}

static void read_json(const cJSON *object, struct token_draft *draft,
                      struct err *err)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, object)
    {
        if (!strcmp(field->string, "scopes"))
            read_scopes_json(field, draft, err);
        else if (!strcmp(field->string, "expires_in")) {
            if (cJSON_IsNumber(field) && fabs(field->valuedouble) < 1e9 &&
                floor(field->valuedouble) == field->valuedouble)
                draft->lifetime_s = (int64_t)field->valuedouble;
            else
                err_field(err, "expires_in", "must be a whole number");
        } else if (!is_text_field(field->string))
            err_field(err, field->string, "unknown field");
        else if (!cJSON_IsString(field))
            err_field(err, field->string, "must be a string");
    }
}

static void read_form(const struct params *form, struct token_draft *draft,
                      struct err *err)
{
    for (size_t i = 0; i < params_count(form); i++) {
        const struct param *field = params_at(form, i);
        const char *value = field->value;
        size_t len = field->value_len;

        if (!strcmp(field->name, "scopes"))
            read_scopes_text(value, draft, err);
        else if (!strcmp(field->name, "expires_in")) {
            if (len && len <= EXPIRES_DIGITS &&
                strspn(value, "0123456789") == len)
                draft->lifetime_s = strtol(value, NULL, 10);
            else
                err_field(err, "expires_in", "must be a whole number");
        } else if (!is_text_field(field->name))
            err_field(err, field->name, "unknown field");
    }
}

static int read_draft(const struct input *input, struct token_draft *draft,
                      struct err *err)
{
    const char *name = input_text(input, "name");

    *draft = (struct token_draft){.name = name ? name : "",
                                  .lifetime_s = TOKEN_LIFETIME_S};
    if (input->json && !cJSON_IsObject(input->json))
        return err_set(err, ERR_MALFORMED, "send one JSON object");
    if (input->json)
        read_json(input->json, draft, err);
    else
        read_form(&input->form, draft, err);
    return token_check(draft, err);
}

/* Without a password it is a cookie login that asks, and nothing to hash. */
int token_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    struct token_draft draft;
    const char *username;
    const char *password;

    if (call_input(call, &input, err) < 0)
        return -1;
    if (!sent_password(input))
        return 0;
    username = input_text(input, "username");
    password = input_text(input, "password");
    login_take_code(call, input_text(input, "code"));
    read_draft(input, &draft, err);
    if (!username || !*username)
        err_field(err, "username", "is required");
    if (!password || !*password)
        err_field(err, "password", "is required");
    return err->code ? -1 : login_look(call, username, password, err);
}

/* Nobody has logged in, and nobody has tried to: then what is missing is told.
 */
static int ask_password(const struct request *request, struct err *err)
{
    struct credentials credentials;

    if (credentials_read(request, &credentials, err) < 0 ||
        credentials.scheme == SCHEME_TOKEN ||
        credentials.scheme == SCHEME_BEARER)
        return -1;
    err_clear(err);
    err_field(err, "username", "is required");
    return err_field(err, "password", "is required");
}

static int ask_cookie(struct call *call, const struct input *input,
                      struct err *err)
{
    if (auth_actor(call->db, call->request, &call->actor, call->session,
                   &call->response->touch_session, &call->response->touch_token,
                   err) < 0)
        return err->code == ERR_UNAUTHENTICATED
                   ? ask_password(call->request, err)
                   : -1;
    call->by_cookie = *call->session != '\0';
    auth_note_confirmed(call->web, &call->actor);
    if (!call->by_cookie)
        return err_set(err, ERR_FORBIDDEN,
                       "a token can't create tokens: log in by password");
    if (web_admit_logins(call, err) < 0)
        return -1;
    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    return csrf_check(call->web, call->request, call->session,
                      input_text(input, "csrfmiddlewaretoken"), err);
}

static int answer_wrong(struct call *call)
{
    struct buf *body = &call->response->body;

    response_begin(call->response, 401, "application/problem+json");
    response_header(call->response, "www-authenticate", "Token");
    json_open(body);
    json_put_str(body, "title", http_reason(401));
    json_put_int(body, "status", 401);
    json_put_str(body, "detail",
                 *call->login.code
                     ? "the username, the password or the code is wrong"
                     : "the username or the password is wrong");
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
    scopes_put_json(body, "scopes", token->scopes);
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
    const struct input *input;
    struct token_draft draft;
    struct token token;
    char secret[SECRET_TEXT_MAX];
    bool ok = true;

    if (call_input(call, &input, err) < 0)
        return -1;
    if (call->login.done) {
        if (login_decide(call, &ok, err) < 0 ||
            (ok && user_record_login(call->db, call->actor.user, err) < 0))
            return -1;
    } else if (ask_cookie(call, input, err) < 0) {
        return -1;
    }
    /* Answered here, so that the failure stays counted. */
    if (!ok)
        return answer_wrong(call);
    if (second_factor_check(&call->actor, call->web->staff_second_factor, err) <
            0 ||
        read_draft(input, &draft, err) < 0)
        return -1;
    draft.user = call->actor.user;
    if (token_create(call->db, &call->actor, &draft, secret, &token, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    put_token(&call->response->body, NULL, &token, secret);
    return 0;
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
    if (token_end(call->db, &call->actor, user, id, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
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
