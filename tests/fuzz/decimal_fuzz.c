#include "base/decimal.h"
#include "target.h"

#include <string.h>

#include "base/banned.h"

/* A text that is read is written in its one canonical form, and that is read
 * as the same value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[DECIMAL_TEXT_MAX];
    char again[DECIMAL_TEXT_MAX];
    int64_t value = 0;
    int64_t back = 0;
    enum decimal_fault fault = decimal_parse((const char *)data, size, &value);
    size_t len;

    must(strlen(decimal_fault_text(fault)) > 0 || fault == DECIMAL_OK);
    if (fault == DECIMAL_OK) {
        must(value != INT64_MIN);
        len = decimal_format(value, text);
        must(len < sizeof(text) && text[len] == '\0');
        must(decimal_parse(text, len, &back) == DECIMAL_OK && back == value);
        must(decimal_format(back, again) == len);
        must(memcmp(text, again, len) == 0 && strcmp(text, "-0") != 0);
        must(!strchr(text, '.') || text[len - 1] != '0');
    }
    /* Any eight bytes are a value, too. */
    if (size == sizeof(value)) {
        memcpy(&value, data, sizeof(value));
        len = decimal_format(value, text);
        must(decimal_parse(text, len, &back) ==
             (value == INT64_MIN ? DECIMAL_RANGE : DECIMAL_OK));
        must(value == INT64_MIN || back == value);
    }
    return 0;
}
