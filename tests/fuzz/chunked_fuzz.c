#include "target.h"
#include "web/http/chunked.h"

#include "base/banned.h"

#define BODY_MAX 4096

struct body {
    char bytes[BODY_MAX];
    size_t len;
    size_t used; /* of the message */
    enum err_code code;
    bool is_done;
};

/* step: as many bytes come at once. */
static void read_body(const char *text, size_t len, size_t step,
                      struct body *body)
{
    struct chunked chunked;
    struct err err = ERR_INIT;
    size_t at = 0;

    memset(body, 0, sizeof(*body));
    chunked_init(&chunked, BODY_MAX);
    while (at < len && !chunked_is_done(&chunked)) {
        size_t piece = len - at < step ? len - at : step;
        const char *data = NULL;
        size_t data_len = 0;
        size_t used = 0;

        if (chunked_read(&chunked, text + at, piece, &used, &data, &data_len,
                         &err) < 0) {
            body->code = err.code;
            must(err.code == ERR_MALFORMED || err.code == ERR_TOO_LARGE);
            return;
        }
        must(used > 0 && used <= piece);
        must(!data_len ||
             (data >= text + at && data + data_len <= text + at + used));
        must(body->len + data_len <= BODY_MAX);
        if (data_len)
            memcpy(body->bytes + body->len, data, data_len);
        body->len += data_len;
        at += used;
    }
    body->used = at;
    body->is_done = chunked_is_done(&chunked);
}

/* However it is cut, it is the same body, with the same end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct body whole;
    static struct body pieces;
    char *text = target_text(data, size);
    static const size_t steps[] = {1, 2, 3, 7};

    read_body(text, size, size ? size : 1, &whole);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        read_body(text, size, steps[i], &pieces);
        must(pieces.code == whole.code && pieces.is_done == whole.is_done);
        if (whole.code)
            continue;
        must(pieces.len == whole.len && pieces.used == whole.used);
        must(!memcmp(pieces.bytes, whole.bytes, whole.len));
    }
    free(text);
    return 0;
}
