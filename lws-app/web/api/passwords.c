#include "base/json.h"
#include "model/accounts/confirm.h"
#include "model/accounts/user.h"
#include "web/access/login.h"
#include "web/api/handlers.h"
#include "web/api/user_input.h"
#include "web/http/problem.h"

#include <string.h>

#include "base/banned.h"

/* Each in two halves: the first checks and hashes, reading only; the second
 * writes what was hashed. */

static const char *const set_names[] = {"password"};
static const char *const change_names[] = {"old_password", "new_password"};
enum { OLD, NEW, CHANGE_COUNT };

static int hash(struct call *call, const char *password, const char *username,
                const char *field, struct err *err)
{
    if (password_check(password, username, field, err) < 0)
        return -1;
    return password_hash(password, call->web->password_iterations,
                         call->login.set_hash, err);
}

/* By a superuser, who knows no old one. */

int user_password_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    const char *password;
    struct user user;

    if (confirm_check(&call->actor, err) < 0 ||
        call_input(call, &input, err) < 0 ||
        user_get(call->db, call->id, &user, err) < 0 ||
        user_input_texts(input, set_names, &password, 1, 1, err) < 0)
        return -1;
    return hash(call, password, user.username, set_names[0], err);
}

int user_password_submit(struct call *call, struct err *err)
{
    const struct input *input;
    const char *password;

    if (call_input(call, &input, err) < 0 ||
        user_input_texts(input, set_names, &password, 1, 1, err) < 0 ||
        user_set_password(call->db, &call->actor, call->id,
                          call->login.set_hash, password, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
}

/* One's own. The old one is looked at as at a login, and throttled with those.
 */

int me_password_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    const char *texts[CHANGE_COUNT];

    /* Where there is a second factor the old password is not all. */
    if ((call->actor.has_second_factor &&
         confirm_check(&call->actor, err) < 0) ||
        call_input(call, &input, err) < 0 ||
        user_input_texts(input, change_names, texts, CHANGE_COUNT, CHANGE_COUNT,
                         err) < 0 ||
        password_check(texts[NEW], call->actor.username, change_names[NEW],
                       err) < 0 ||
        login_look(call, call->actor.username, texts[OLD], err) < 0)
        return -1;
    return call->login.ok ? hash(call, texts[NEW], call->actor.username,
                                 change_names[NEW], err)
                          : 0;
}

/* An answer, and no error: that would take back the count of the failure. */
static int answer_wrong(struct call *call)
{
    struct err wrong = ERR_INIT;

    err_field(&wrong, change_names[OLD], "is not your password");
    problem_respond(call->response, &wrong);
    return 0;
}

static int replace(struct call *call, const char *password, struct err *err)
{
    struct actor actor = call->actor;
    bool ok = false;

    if (login_decide_password(call, &ok, err) < 0)
        return -1;
    call->actor = actor;
    if (!ok)
        return answer_wrong(call);
    if (!actor.has_second_factor)
        actor.is_confirmed = true; /* by the old one */
    if (user_set_password(call->db, &actor, actor.user, call->login.set_hash,
                          password, err) < 0)
        return -1;
    /* All logins have ended, this one too: so this browser gets another. */
    call->response->touch_session = 0;
    response_begin(call->response, 204, NULL);
    return login_start_session(call, err);
}

int me_password_submit(struct call *call, struct err *err)
{
    const struct input *input;
    const char *texts[CHANGE_COUNT];

    if (call_input(call, &input, err) < 0 ||
        user_input_texts(input, change_names, texts, CHANGE_COUNT, CHANGE_COUNT,
                         err) < 0)
        return -1;
    return replace(call, texts[NEW], err);
}
