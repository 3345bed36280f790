#include "base/text.h"
#include "target.h"
#include "web/api/order_input.h"
#include "web/api/user_input.h"

#include "base/banned.h"

static void check_refusal(const struct err *err)
{
    must(err->code == ERR_INVALID || err->code == ERR_MALFORMED ||
         err->code == ERR_TOO_LARGE || err->code == ERR_MEDIA_TYPE);
    must(err->code != ERR_INVALID || err->field_count > 0);
    for (size_t i = 0; i < err->field_count; i++)
        must(*err->fields[i].text != '\0');
}

static void check_text(const char *text, size_t max)
{
    must(memchr(text, '\0', max) != NULL);
    must(utf8_is_valid(text, strlen(text)));
}

static void check_order(const struct input *input)
{
    static struct order_draft draft;
    struct err err = ERR_INIT;
    int rc;

    memset(&draft, 0, sizeof(draft));
    rc = input->json ? order_input_json(input->json, &draft, &err)
                     : order_input_form(&input->form, &draft, &err);
    must(rc == (err.code == ERR_NONE ? 0 : -1));
    if (rc < 0)
        check_refusal(&err);
    check_text(draft.instrument, sizeof(draft.instrument));
    check_text(draft.client_order_id, sizeof(draft.client_order_id));
    check_text(draft.owner_name, sizeof(draft.owner_name));
    if (rc < 0)
        return;
    if (draft.has & HAS_INSTRUMENT)
        must(*draft.instrument &&
             utf8_count(draft.instrument, strlen(draft.instrument)) <=
                 INSTRUMENT_CHARS);
    if (draft.has & HAS_QUANTITY)
        must(draft.quantity > 0);
    if (draft.has & HAS_FILLED_QUANTITY)
        must(draft.filled_quantity >= 0);
}

static void check_user(const struct input *input)
{
    static const char *const names[] = {"password", "old_password"};
    static struct user_draft draft;
    const char *values[2];
    struct err err = ERR_INIT;

    memset(&draft, 0, sizeof(draft));
    if (user_input_read(input, USER_CREATE | USER_WRITE | USER_WRITE_OWN,
                        &draft, &err) < 0)
        check_refusal(&err);
    check_text(draft.user.username, sizeof(draft.user.username));
    check_text(draft.user.email, sizeof(draft.user.email));
    check_text(draft.user.first_name, sizeof(draft.user.first_name));
    check_text(draft.password, sizeof(draft.password));
    err_clear(&err);
    if (user_input_texts(input, names, values, 2, 2, &err) < 0)
        check_refusal(&err);
    else
        must(values[0] && values[1]);
    input_text(input, "username");
}

/* The first line is the content type, the rest the body, as an order's and as
 * a user's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *type = target_line(&data, &size);
    struct request request;
    struct input input;
    struct err err = ERR_INIT;

    request_init(&request);
    if (type && *type)
        must(request_set_header(&request, HEADER_CONTENT_TYPE, type,
                                strlen(type), &err) == 0);
    buf_put(&request.body, data, size);
    if (!request.body.failed) {
        if (input_read(&request, &input, &err) < 0) {
            check_refusal(&err);
        } else {
            check_order(&input);
            check_user(&input);
        }
        input_release(&input);
    }
    request_release(&request);
    free(type);
    return 0;
}
