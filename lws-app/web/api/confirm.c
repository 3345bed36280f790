#include "model/accounts/confirm.h"
#include "web/access/login.h"
#include "web/api/handlers.h"
#include "web/api/user_input.h"
#include "web/http/problem.h"

#include "base/banned.h"

/* The password again, and a code where there is a second factor, in two halves
 * as at a login and throttled with those. */

static const char *const names[] = {"password", "code"};
enum { PASSWORD, CODE, COUNT };

int confirm_prepare(struct call *call, struct err *err)
{
    const struct input *input;
    const char *texts[COUNT];
    size_t required = call->actor.has_second_factor ? COUNT : CODE;

    if (call_input(call, &input, err) < 0 ||
        user_input_texts(input, names, texts, COUNT, required, err) < 0)
        return -1;
    login_take_code(call, texts[CODE]);
    return login_look(call, call->actor.username, texts[PASSWORD], err);
}

int confirm_submit(struct call *call, struct err *err)
{
    const struct actor actor = call->actor;
    struct err wrong = ERR_INIT;
    bool ok = false;

    if (login_decide(call, &ok, err) < 0)
        return -1;
    call->actor = actor;
    if (!ok) {
        /* Answered, so that the failure stays counted. */
        if (call->login.ok)
            err_field(&wrong, names[CODE], "is wrong, or was used before");
        else
            err_field(&wrong, names[PASSWORD], "is not your password");
        problem_respond(call->response, &wrong);
        return 0;
    }
    if (confirm_note(call->db, &actor, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
}
