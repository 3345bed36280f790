#include "model/confirm.h"
#include "web/handlers.h"
#include "web/login.h"
#include "web/problem.h"
#include "web/user_input.h"

#include "base/banned.h"

/* The password again, in two halves as at a login and throttled with those. */

static const char *const names[] = {"password"};

int confirm_prepare(struct call *call, struct err *err)
{
    struct input input = {.json = NULL};
    const char *password;
    int rc = -1;

    if (input_read(call->request, &input, err) == 0 &&
        user_input_texts(&input, names, &password, 1, err) == 0)
        rc = login_look(call, call->actor.username, password, err);
    input_release(&input);
    return rc;
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
        err_field(&wrong, names[0], "is not your password");
        problem_respond(call->response, &wrong);
        return 0;
    }
    if (confirm_note(call->db, &actor, err) < 0)
        return -1;
    response_begin(call->response, 204, NULL);
    return 0;
}
