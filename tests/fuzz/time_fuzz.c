#include "base/clock.h"
#include "target.h"

#include "base/banned.h"

static void check_written(int64_t us, int64_t *back)
{
    char text[CLOCK_TEXT_MAX];
    size_t len = clock_format(us, text);

    must(len == CLOCK_TEXT_MAX - 1 && strlen(text) == len);
    must(clock_parse(text, len, back) == 0);
}

/* A time that is read is written so that it is read as the same; any number of
 * microseconds is, or is clamped. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    int64_t us = 0;
    int64_t back = 0;
    int64_t again = 0;

    if (clock_parse(text, size, &us) == 0) {
        check_written(us, &back);
        must(back == us);
    }
    if (size == sizeof(us)) {
        memcpy(&us, data, sizeof(us));
        check_written(us, &back);
        check_written(back, &again);
        must(back == again);
    }
    free(text);
    return 0;
}
