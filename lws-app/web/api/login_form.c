#include "base/json.h"
#include "model/accounts/audit.h"
#include "model/accounts/pending_login.h"
#include "model/accounts/session.h"
#include "model/accounts/user.h"
#include "web/access/auth.h"
#include "web/access/login.h"
#include "web/api/handlers.h"
#include "web/http/page.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The login by the pages: that of the password and that of the code. */

/* Bytes of it, in the audit. */
#define AGENT_SHOWN 256
#define NEXT_MAX 3000 /* of the address to go on to; fits into a header */

/* A path of ours, as if there were no base: "/x", but neither "//host" nor
 * "/\host" nor anything a browser would read as one. */
static const char *local_path(const struct call *call, const char *next)
{
    if (next)
        next = path_below(next, call->web->base);
    if (!next || strlen(next) > NEXT_MAX || next[0] != '/' || next[1] == '/' ||
        next[1] == '\\')
        return "/";
    for (const char *c = next; *c; c++) {
        if ((unsigned char)*c <= 0x20 || *c == '\\' || *c == 0x7f)
            return "/";
    }
    return next;
}

/* What the pages of a login are filled with: that of the password, and that of
 * the code, which bears the pending login in its place. */
struct login_form {
    const char *next;
    const char *username;
    const char *pending; /* NULL: the password is still to come */
};

/* The login page's own CSRF token: the session's while there is one (its
 * csrftoken cookie then stays good for other pages), else a signed random
 * value, kept while it is. */
static int form_token(struct call *call, char token[CSRF_TEXT_MAX], bool *set,
                      struct err *err)
{
    const char *at = NULL;
    char session[CREDENTIAL_MAX];

    *set = false;
    if (request_cookie_next(call->request, credentials_cookie(call->request),
                            &at, session, sizeof(session)))
        return csrf_token(call->web, call->request, session, token, err);
    if (csrf_kept(call->web, call->request, token))
        return 0;
    *set = true;
    return csrf_token(call->web, call->request, NULL, token, err);
}

static int show(struct call *call, int status, const char *asset,
                const struct login_form *form, const char *reason,
                struct err *err)
{
    char token[CSRF_TEXT_MAX];
    bool set;
    const struct page_slot slots[] = {
        {"csrf_token", token},      {"next", form->next},
        {"pending", form->pending}, {"username", form->username},
        {"error", reason},          {NULL, NULL},
    };

    if (form_token(call, token, &set, err) < 0 ||
        page_respond(call->response, status, asset, slots, err) < 0)
        return -1;
    if (set)
        login_set_cookie(call, csrf_cookie(call->request), token, 31536000,
                         false);
    if (status == 401)
        response_header(call->response, "www-authenticate", "Token");
    return 0;
}

static int show_form(struct call *call, int status,
                     const struct login_form *form, const char *reason,
                     struct err *err)
{
    return show(call, status, "/assets/pages/login.html", form, reason, err);
}

static int show_code_form(struct call *call, int status,
                          const struct login_form *form, const char *reason,
                          struct err *err)
{
    return show(call, status, "/assets/pages/login_code.html", form, reason,
                err);
}

int login_page(struct call *call, struct err *err)
{
    const struct login_form form = {
        .next = local_path(call, params_get(&call->request->args, "next"))};

    return show_form(call, 200, &form, "", err);
}

int login_check_form(struct call *call, const char *field, struct err *err)
{
    if (auth_check_origin(call->web, call->request, err) < 0)
        return -1;
    return csrf_check_stranger(call->web, call->request, field, err);
}

int login_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    const char *username;
    const char *password;

    if (call_input(call, &input, err) < 0 ||
        login_check_form(call, input_text(input, "csrfmiddlewaretoken"), err) <
            0)
        return -1;
    login_take_code(call, input_text(input, "code"));
    if (input_text(input, "pending")) {
        /* Nothing to hash: the second half looks at it. */
        call->login.done = true;
        return 0;
    }
    username = input_text(input, "username");
    password = input_text(input, "password");
    if (!username || !*username || !password || !*password)
        return 0;
    if (login_look(call, username, password, err) == 0)
        return 0;
    if (err->code != ERR_THROTTLED)
        return -1;
    /* The second half answers with the form. */
    err_clear(err);
    return 0;
}

static int note_login(struct call *call, struct err *err)
{
    const char *agent = call->request->headers[HEADER_USER_AGENT];
    char shown[AGENT_SHOWN];
    struct buf detail;
    int rc;

    snprintf(shown, sizeof(shown), "%s", agent ? agent : "");
    buf_init(&detail, AUDIT_DETAIL_MAX);
    json_open(&detail);
    audit_put_int(&detail, "session", 0, call->actor.session);
    audit_put_text(&detail, "user_agent", NULL, shown);
    json_close(&detail);
    rc = audit_append(call->db, &call->actor, AUDIT_LOGIN, call->actor.user,
                      &detail, err);
    buf_release(&detail);
    return rc;
}

static int let_in(struct call *call, struct err *err)
{
    if (user_record_login(call->db, call->actor.user, err) < 0 ||
        pending_login_end_all(call->db, call->actor.user, err) < 0 ||
        login_start_session(call, err) < 0)
        return -1;
    return note_login(call, err);
}

/* The password was right when the form of the code was made, and another one
 * would have ended that. */
static int resume(struct call *call, const char *pending, struct err *err)
{
    struct login_check *login = &call->login;
    struct user user;

    if (pending_login_find(call->db, pending, &login->user, err) < 0 ||
        user_get(call->db, login->user, &user, err) < 0)
        return -1;
    login->ok = true;
    login->tried = user.id;
    memcpy(login->hash, user.password, sizeof(login->hash));
    memcpy(login->username, user.username, sizeof(login->username));
    return 0;
}

static int ask_code(struct call *call, struct login_form *form, struct err *err)
{
    char secret[SECRET_TEXT_MAX];

    err_clear(err);
    if (form->pending)
        return show_code_form(call, 401, form, "Enter a code.", err);
    if (pending_login_create(call->db, call->login.user, secret, err) < 0)
        return -1;
    form->pending = secret;
    return show_code_form(call, 401, form, "", err);
}

static int say_wrong(struct call *call, const struct login_form *form,
                     struct err *err)
{
    if (form->pending)
        return show_code_form(call, 401, form,
                              "This code is wrong, or was used before.", err);
    return show_form(call, 401, form,
                     *call->login.code
                         ? "The username, the password or the code is wrong."
                         : "The username or the password is wrong.",
                     err);
}

static int say_throttled(struct call *call, const struct login_form *form,
                         struct err *err)
{
    char seconds[24];
    int rc;

    refusals_note_err(call->web->refusals, err, call->request->address, 0);
    snprintf(seconds, sizeof(seconds), "%d", err->retry_after_s);
    err_clear(err);
    rc = form->pending
             ? show_code_form(call, 429, form,
                              "Too many wrong codes. Wait some minutes, then "
                              "try again, or use a recovery code.",
                              err)
             : show_form(call, 429, form,
                         "Too many failed logins. Wait some minutes, then try "
                         "again.",
                         err);
    response_header(call->response, "retry-after", seconds);
    return rc;
}

static int submit(struct call *call, struct login_form *form, struct err *err)
{
    bool ok = false;

    if (form->pending && resume(call, form->pending, err) < 0) {
        if (err->code != ERR_UNAUTHENTICATED)
            return -1;
        err_clear(err);
        form->pending = NULL;
        return show_form(call, 401, form,
                         "The login took too long. Start again.", err);
    }
    form->username = call->login.username;
    if (login_decide(call, &ok, err) == 0) {
        if (!ok)
            return say_wrong(call, form, err);
        response_redirect(call->response, 302, form->next);
        return let_in(call, err);
    }
    switch (err->code) {
    case ERR_SECOND_FACTOR: return ask_code(call, form, err);
    case ERR_THROTTLED: return say_throttled(call, form, err);
    default: return -1;
    }
}

int login_submit(struct call *call, struct err *err)
{
    const struct input *input;
    struct login_form form;

    if (call_input(call, &input, err) < 0)
        return -1;
    form.next = local_path(call, input_text(input, "next"));
    form.username = input_text(input, "username");
    form.pending = input_text(input, "pending");
    return call->login.done
               ? submit(call, &form, err)
               : show_form(call, 401, &form, "Enter a username and a password.",
                           err);
}

int logout_submit(struct call *call, struct err *err)
{
    if (!call->by_cookie)
        return err_set(err, ERR_FORBIDDEN, "a token has no session to end");
    if (session_end_own(call->db, &call->actor, call->actor.user,
                        call->actor.session, err) < 0)
        return -1;
    response_redirect(call->response, 302, "/accounts/login/");
    login_set_cookie(call, credentials_cookie(call->request), "", 0, true);
    login_set_cookie(call, csrf_cookie(call->request), "", 0, false);
    call->response->touch_session = 0;
    return 0;
}
