#include "target.h"
#include "web/http/framing.h"

#include "base/banned.h"

static void check_framing(bool is_1_0, const char *length, const char *coding)
{
    struct framing framing = {.kind = BODY_NONE};
    struct err err = ERR_INIT;

    if (framing_read(HTTP_POST, is_1_0, length, coding, &framing, &err) < 0) {
        must(err.code == ERR_MALFORMED || err.code == ERR_LENGTH ||
             err.code == ERR_TOO_LARGE || err.code == ERR_UNSUPPORTED);
        return;
    }
    /* Two readers of one message agree: never both, and digits alone. */
    must(!length || !coding);
    must(!coding || (framing.kind == BODY_CHUNKED && !is_1_0));
    if (framing.kind == BODY_LENGTH) {
        must(length && framing.length <= REQUEST_BODY_MAX);
        must(strspn(length, "0123456789 \t,") == strlen(length));
    }
}

static void check_tokens(const char *list)
{
    const char *at = list;
    const char *token = NULL;
    const char *end = list + strlen(list);
    int len;

    while ((len = token_next(&at, &token)) > 0) {
        must(token >= list && token + len <= end && at <= end);
        for (int i = 0; i < len; i++)
            must(!strchr(" \t,;\"()", token[i]));
    }
    token_is_listed(list, "close");
}

/* A line each: Content-Length, Transfer-Encoding, Connection. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *length = target_line(&data, &size);
    char *coding = target_line(&data, &size);
    char *list = target_line(&data, &size);

    if (list) {
        for (int i = 0; i < 4; i++)
            check_framing(i % 2, *length ? length : NULL,
                          *coding && i / 2 ? coding : NULL);
        check_tokens(list);
    }
    free(length);
    free(coding);
    free(list);
    return 0;
}
