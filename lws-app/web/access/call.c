#include "web/access/call.h"
#include "base/mem.h"

#include "base/banned.h"

int call_input(struct call *call, const struct input **input, struct err *err)
{
    if (!call->has_input) {
        if (input_read(call->request, &call->input, err) < 0) {
            input_release(&call->input);
            return -1;
        }
        call->has_input = true;
    }
    *input = &call->input;
    return 0;
}

void call_release(struct call *call)
{
    if (call->has_input)
        input_release(&call->input);
    call->has_input = false;
    mem_free(call->lookup);
    call->lookup = NULL;
}

int call_need_long(struct call *call, struct err *err)
{
    if (call->may_be_long)
        return 0;
    call->must_be_long = true;
    return err_set(err, ERR_UNAVAILABLE, "this is no thread for long reads");
}

bool call_move_long(struct call *call)
{
    if (!call->must_be_long)
        return false;
    call->must_be_long = false;
    call->may_be_long = true;
    call->response->touch_session = 0;
    call->response->touch_token = 0;
    return true;
}
