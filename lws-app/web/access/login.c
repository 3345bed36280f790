#include "web/access/login.h"
#include "base/address.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "model/accounts/audit.h"
#include "model/accounts/session.h"
#include "model/accounts/throttle.h"
#include "model/accounts/user.h"
#include "web/access/auth.h"
#include "web/access/device.h"
#include "web/access/lookup.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static int too_often(const char *who, int wait_s, struct err *err)
{
    err_set(err, ERR_THROTTLED, "too many logins %s: wait, then try again",
            who);
    err->retry_after_s = wait_s;
    return -1;
}

/* The site and the account, as one text. */
static int admit_account(struct call *call, const char *username,
                         struct err *err)
{
    char site[ADDRESS_TEXT_MAX];
    struct buf key;
    int wait_s = 0;

    address_site_text(call->request->address, site);
    buf_init(&key, ADDRESS_TEXT_MAX + USERNAME_FOLDED_MAX);
    buf_printf(&key, "%s ", site);
    text_fold(&key, username, strlen(username));
    /* A name that is no one's: the hash that it costs counts for the address.
     */
    if (!key.failed) {
        wait_s = limit_take(call->web->limits.login_account, key.data, key.len);
        call->account =
            secret_siphash(call->web->meta.secret, key.data, key.len);
    }
    buf_release(&key);
    return wait_s ? too_often("of this account", wait_s, err) : 0;
}

/* NULL: none was given, or none that can be read, which costs no hash, and is
 * told later. */
static const char *typed_username(struct call *call)
{
    const struct input *input;
    struct err unreadable = ERR_INIT;
    const char *username;

    if (call_input(call, &input, &unreadable) < 0)
        return NULL;
    username = input_text(input, "username");
    return username && *username ? username : NULL;
}

static bool has_pending(struct call *call)
{
    const struct input *input;
    struct err unreadable = ERR_INIT;

    return call_input(call, &input, &unreadable) == 0 &&
           input_text(input, "pending");
}

static int admit_address(const struct call *call, struct err *err)
{
    int wait_s = limit_take_address(call->web->limits.login_address,
                                    call->request->address);

    return wait_s ? too_often("from one address", wait_s, err) : 0;
}

int login_admit(struct call *call, struct err *err)
{
    const char *username = typed_username(call);

    if ((username || has_pending(call)) && admit_address(call, err) < 0)
        return -1;
    return username ? admit_account(call, username, err) : 0;
}

int login_admit_again(struct call *call, struct err *err)
{
    const struct actor *actor = lookup_actor(call);

    /* Told later, and before any hash. */
    if (!actor)
        return 0;
    return admit_address(call, err) < 0
               ? -1
               : admit_account(call, actor->username, err);
}

int login_find_delay(struct call *call, struct db *db, struct err *err)
{
    const struct actor *actor = lookup_actor(call);
    const char *username = actor ? actor->username : NULL;

    if (call->route->role == ROLE_NONE)
        username = typed_username(call);
    if (!username)
        return 0;
    if (throttle_delay(db, &call->web->login_limits, username, &call->delay_s,
                       err) < 0)
        return -1;
    /* Not in a browser that the account is known to come from. */
    if (call->delay_s && device_is_known(call, username))
        call->delay_s = 0;
    return 0;
}

/* The two halves of a login by password, for the form and for tokens: the slow
 * one, on a hashing thread, only reads; the other decides and writes. */
int login_look(struct call *call, const char *username, const char *password,
               struct err *err)
{
    struct login_check *login = &call->login;
    struct user user;
    struct err found = ERR_INIT;
    bool known;
    bool may;
    int work;

    login->done = true;
    snprintf(login->username, sizeof(login->username), "%s", username);
    if (throttle_check(call->db, &call->web->login_limits,
                       call->request->address, username, err) < 0)
        return -1;
    known = user_find(call->db, username, &user, &found) == 0;
    if (!known && found.code != ERR_MISSING) {
        *err = found;
        return -1;
    }
    login->tried = known ? user.id : 0;
    if (user_dearest_work(call->db, &work, err) < 0)
        return -1;
    if (work < call->web->password_iterations)
        work = call->web->password_iterations;
    /* Nobody, somebody who may not log in, and a wrong password by whichever
     * hash cost the same work. */
    may = known && user.is_active;
    login->ok =
        password_verify(password, may ? user.password : NULL, work) && may;
    if (!login->ok)
        return 0;
    login->user = user.id;
    snprintf(login->hash, sizeof(login->hash), "%s", user.password);
    if (password_needs_rehash(user.password, call->web->password_iterations))
        return password_hash(password, call->web->password_iterations,
                             login->new_hash, err);
    return 0;
}

void login_take_code(struct call *call, const char *code)
{
    struct login_check *login = &call->login;

    snprintf(login->code, sizeof(login->code), "%s", code ? code : "");
}

/* Of those there are: what strangers type may be anything, a password too. */
static int note_failure(struct call *call, bool by_code, struct err *err)
{
    struct actor stranger = {.user = 0};
    struct buf detail;
    int rc;

    if (!call->login.tried) {
        refusals_note(call->web->refusals, REFUSAL_LOGIN,
                      call->request->address, 0);
        return 0;
    }
    snprintf(stranger.address, sizeof(stranger.address), "%s",
             call->request->address);
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    if (by_code)
        audit_put_text(&detail, "second_factor", NULL, "wrong code");
    json_close(&detail);
    rc = audit_append(call->db, &stranger, AUDIT_LOGIN_FAILED,
                      call->login.tried, &detail, err);
    buf_release(&detail);
    return rc;
}

static int decide_code(struct call *call, const struct user *user, bool *ok,
                       struct err *err)
{
    enum second_factor_answer answer;
    struct actor actor;

    user_to_actor(user, &actor);
    snprintf(actor.address, sizeof(actor.address), "%s",
             call->request->address);
    if (second_factor_try(call->db, &actor, call->login.code,
                          &call->web->code_limits, &answer, err) < 0)
        return -1;
    if (answer == SECOND_FACTOR_MISSING)
        return err_set(err, ERR_SECOND_FACTOR,
                       "send the code that the app shows, or a recovery code, "
                       "as code");
    *ok = answer != SECOND_FACTOR_WRONG;
    return 0;
}

static int decide(struct call *call, bool with_code, bool *ok, struct err *err)
{
    struct login_check *login = &call->login;
    const char *address = call->request->address;
    bool by_code = false;
    struct user user;

    *ok = false;
    /* Again, since others may have failed while this one was hashed. */
    if (throttle_check(call->db, &call->web->login_limits, address,
                       login->username, err) < 0)
        return -1;
    if (login->ok) {
        if (user_get(call->db, login->user, &user, err) < 0)
            return -1;
        *ok = user.is_active && !strcmp(user.password, login->hash);
    }
    if (*ok && with_code) {
        by_code = true;
        if (decide_code(call, &user, ok, err) < 0)
            return -1;
    }
    if (!*ok) {
        log_info("login.failed", "address=%s", address);
        if (note_failure(call, by_code, err) < 0)
            return -1;
        return throttle_fail(call->db, &call->web->login_limits, address,
                             login->username, err);
    }
    user_to_actor(&user, &call->actor);
    call->actor.is_confirmed = true;
    snprintf(call->actor.address, sizeof(call->actor.address), "%s", address);
    if (login->new_hash[0] &&
        user_rehash(call->db, user.id, login->new_hash, err) < 0)
        return -1;
    return throttle_forget(call->db, address, login->username, err);
}

int login_decide(struct call *call, bool *ok, struct err *err)
{
    return decide(call, true, ok, err);
}

int login_decide_password(struct call *call, bool *ok, struct err *err)
{
    return decide(call, false, ok, err);
}

void login_set_cookie(struct call *call, const char *name, const char *value,
                      int max_age_s, bool http_only)
{
    char text[512];

    snprintf(text, sizeof(text), "%s=%s; Path=%s; Max-Age=%d; SameSite=Lax%s%s",
             name, value, *call->web->base ? call->web->base : "/", max_age_s,
             http_only ? "; HttpOnly" : "",
             call->request->secure_cookies ? "; Secure" : "");
    response_header(call->response, "set-cookie", text);
}

/* All that the browser brought: one that lives on would be sent beside the new
 * one, and might count in its place. */
static int end_sent_sessions(struct call *call, struct err *err)
{
    const char *at = NULL;
    char secret[CREDENTIAL_MAX];

    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        struct actor before;
        struct err gone = ERR_INIT;
        bool touch;

        if (!request_cookie_next(call->request,
                                 credentials_cookie(call->request), &at, secret,
                                 sizeof(secret)))
            return 0;
        if (session_find(call->db, secret, &before, &touch, &gone) == 0 &&
            session_end_own(call->db, &call->actor, before.user, before.session,
                            err) < 0)
            return -1;
    }
    return 0;
}

int login_start_session(struct call *call, struct err *err)
{
    const struct web *web = call->web;
    const char *agent = call->request->headers[HEADER_USER_AGENT];
    char secret[SECRET_TEXT_MAX];
    char token[CSRF_TEXT_MAX];
    int64_t id;

    if (end_sent_sessions(call, err) < 0 ||
        session_create(call->db, call->actor.user, call->request->address,
                       agent ? agent : "",
                       session_lifetime_s(&web->session_limits, &call->actor),
                       secret, &id, err) < 0 ||
        csrf_token(web, call->request, secret, token, err) < 0)
        return -1;
    login_set_cookie(call, credentials_cookie(call->request), secret,
                     web->session_limits.lifetime_s, true);
    login_set_cookie(call, csrf_cookie(call->request), token,
                     web->session_limits.lifetime_s, false);
    call->actor.session = id;
    if (device_remember(call, err) < 0)
        return -1;
    log_info("login.ok", "user=%lld session=%lld address=%s",
             (long long)call->actor.user, (long long)id,
             call->request->address);
    return 0;
}
