#include "base/text.h"
#include "target.h"

#include "base/banned.h"

/* Character by character it is what it is as a whole. */
static void check_characters(const char *text, size_t len)
{
    size_t at = 0;
    size_t count = 0;
    uint32_t point = 0;
    char bytes[4];

    while (at < len) {
        size_t step = utf8_char(text + at, len - at, &point);

        if (!step)
            break;
        must(step <= 4 && at + step <= len);
        must(utf8_encode(point, bytes) == step);
        must(!memcmp(bytes, text + at, step));
        at += step;
        count++;
    }
    must(utf8_is_valid(text, len) == (at == len));
    if (at == len)
        must(utf8_count(text, len) == count);
}

/* What is folded stays as it is, and each text holds its own beginning. */
static void check_fold(const char *text, size_t len)
{
    struct buf once;
    struct buf twice;
    bool is_text = utf8_is_valid(text, len);

    buf_init(&once, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    text_fold(&once, text, len);
    text_fold(&twice, buf_text(&once), once.len);
    must(!once.failed && !twice.failed);
    must(utf8_is_valid(buf_text(&once), once.len) == is_text);
    must(once.len <= len * 18);
    must(once.len == twice.len);
    must(!once.len || !memcmp(once.data, twice.data, once.len));
    must(text_contains(text, len, buf_text(&once), once.len));
    must(text_contains(text, len, "", 0));
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);

    check_characters(text, size);
    check_fold(text, size);
    text_has_control(text, size);
    free(text);
    return 0;
}
