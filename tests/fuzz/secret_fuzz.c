#include "base/secret.h"
#include "target.h"

#include "base/banned.h"

/* Text that is base64url is that of its bytes; bytes come back from their
 * text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    size_t max = size * 3 / 4 + 1;
    uint8_t *bytes = malloc(max);
    char *back = malloc(size * 2 + 4);
    int len;

    must(bytes && back);
    len = secret_decode(text, size, bytes, max);
    if (len >= 0) {
        must((size_t)len <= max);
        must(secret_encode(bytes, (size_t)len, back) == size);
        must(!memcmp(back, text, size));
    }
    must(secret_decode(text, size, bytes, size / 8) <= (int)(size / 8));
    free(bytes);
    bytes = malloc(size + 1);
    must(bytes != NULL);
    max = secret_encode(data, size, back);
    must(secret_decode(back, max, bytes, size) == (int)size);
    must(!size || secret_equal(bytes, data, size));
    free(bytes);
    free(back);
    free(text);
    return 0;
}
