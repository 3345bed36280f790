#include "base/base32.h"
#include "base/json.h"
#include "model/accounts/second_factor.h"
#include "web/access/login.h"
#include "web/api/handlers.h"
#include "web/api/user_input.h"
#include "web/http/params.h"
#include "web/http/problem.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/banned.h"

/* What apps call it, beside the name of the user. */
#define ISSUER "lws-app"
#define URI_MAX 4096

int factor_read(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    struct user user;
    int left;

    if (user_get(call->db, call->actor.user, &user, err) < 0 ||
        recovery_codes_left(call->db, user.id, &left, err) < 0)
        return -1;
    response_begin(call->response, 200, "application/json");
    json_open(body);
    if (user.second_factor_us)
        json_put_time(body, "since", user.second_factor_us);
    else
        json_put_null(body, "since");
    json_put_bool(body, "required",
                  second_factor_is_required(&call->actor,
                                            call->web->staff_second_factor));
    json_put_int(body, "recovery_codes_left", left);
    json_close(body);
    return 0;
}

/* Setting it up */

/* As apps read it off a QR code: otpauth://totp/ISSUER:USER?... */
static void put_uri(struct buf *body, const char *username, const char *secret)
{
    struct buf uri;

    buf_init(&uri, URI_MAX);
    buf_put_text(&uri, "otpauth://totp/" ISSUER ":");
    params_encode(&uri, username, strlen(username));
    buf_printf(&uri, "?secret=%s&issuer=" ISSUER, secret);
    json_put_str(body, "uri", buf_text(&uri));
    buf_release(&uri);
}

int factor_begin(struct call *call, struct err *err)
{
    struct buf *body = &call->response->body;
    uint8_t secret[TOTP_SECRET];
    char text[BASE32_TEXT(TOTP_SECRET)];

    if (second_factor_begin(call->db, &call->actor, secret, err) < 0)
        return -1;
    base32_encode(secret, sizeof(secret), text);
    response_begin(call->response, 201, "application/json");
    json_open(body);
    json_put_str(body, "secret", text);
    put_uri(body, call->actor.username, text);
    json_close(body);
    OPENSSL_cleanse(secret, sizeof(secret));
    OPENSSL_cleanse(text, sizeof(text));
    return 0;
}

static void answer_codes(struct call *call, const struct recovery_codes *codes)
{
    struct buf *body = &call->response->body;

    response_begin(call->response, 200, "application/json");
    json_open(body);
    json_open_array(body, "recovery_codes");
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        json_put_str(body, NULL, codes->code[i]);
    json_close_array(body);
    json_close(body);
}

int factor_verify(struct call *call, struct err *err)
{
    static const char *const names[] = {"code"};
    const struct input *input;
    struct recovery_codes codes;
    struct err wrong = ERR_INIT;
    const char *code;
    bool is_right = false;
    int rc = -1;

    if (call_input(call, &input, err) == 0 &&
        user_input_texts(input, names, &code, 1, 1, err) == 0)
        rc = second_factor_confirm(call->db, &call->actor, code,
                                   &call->web->code_limits, &is_right, &codes,
                                   err);
    if (rc == 0 && is_right) {
        answer_codes(call, &codes);
    } else if (rc == 0) {
        /* Answered, so that the failure stays counted. */
        err_field(&wrong, names[0],
                  "is not the one that the app shows now: check that its "
                  "device's clock is right");
        problem_respond(call->response, &wrong);
    }
    return rc;
}

/* What needs both again, looked at as at a login, and throttled with those. */

static const char *const both_names[] = {"password", "code"};
enum { PASSWORD, CODE, BOTH_COUNT };

int factor_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    const char *texts[BOTH_COUNT];

    if (call_input(call, &input, err) < 0 ||
        user_input_texts(input, both_names, texts, BOTH_COUNT, BOTH_COUNT,
                         err) < 0)
        return -1;
    login_take_code(call, texts[CODE]);
    return login_look(call, call->actor.username, texts[PASSWORD], err);
}

/* 1: both are right; 0: it is answered; -1. */
static int check_both(struct call *call, struct err *err)
{
    struct actor actor = call->actor;
    struct err wrong = ERR_INIT;
    bool ok = false;

    if (!actor.has_second_factor)
        return err_set(err, ERR_CONFLICT, "there is no second factor");
    if (login_decide(call, &ok, err) < 0)
        return -1;
    call->actor = actor;
    if (ok)
        return 1;
    /* Answered, so that the failure stays counted. */
    if (call->login.ok)
        err_field(&wrong, both_names[CODE], "is wrong, or was used before");
    else
        err_field(&wrong, both_names[PASSWORD], "is not your password");
    problem_respond(call->response, &wrong);
    return 0;
}

int factor_codes_submit(struct call *call, struct err *err)
{
    struct recovery_codes codes;
    int rc = check_both(call, err);

    if (rc < 1)
        return rc;
    if (second_factor_new_codes(call->db, &call->actor, &codes, err) < 0)
        return -1;
    answer_codes(call, &codes);
    return 0;
}

int factor_remove_submit(struct call *call, struct err *err)
{
    int rc = check_both(call, err);

    if (rc < 1)
        return rc;
    if (second_factor_remove(call->db, &call->actor, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
}

/* Somebody else's */

int user_factor_delete(struct call *call, struct err *err)
{
    if (second_factor_reset(call->db, &call->actor, call->id, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
}
