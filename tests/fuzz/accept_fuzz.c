#include "target.h"
#include "web/http/accept.h"

#include <string.h>

#include "base/banned.h"

/* The bytes up to the first NUL are the header, in a block of their own size,
 * so that a step beyond its end is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/html", "application/json", "a/b"};
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    char *header = malloc(len + 1);

    must(header != NULL);
    if (len)
        memcpy(header, data, len);
    header[len] = '\0';
    for (size_t i = 0; i < 3; i++) {
        int quality = accept_quality(header, types[i]);

        must(quality >= 0 && quality <= 1000);
    }
    if (accept_prefers_html(header))
        must(accept_quality(header, "text/html") >
             accept_quality(header, "application/json"));
    free(header);
    return 0;
}
