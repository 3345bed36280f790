#include "base/proxy_header.h"
#include "target.h"

#include <string.h>

#include "base/banned.h"

/* What it says of a part of a header, all but the last byte of it, is that more
 * is to come; and what stands behind a header changes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    struct proxy_header header;
    struct proxy_header again;
    ssize_t len;

    must(bytes != NULL);
    if (size)
        memcpy(bytes, data, size);
    len = proxy_header_read(bytes, size, &header);
    must(len >= -1 && len <= (ssize_t)size && len <= PROXY_HEADER_MAX);
    if (len > 0) {
        must(proxy_header_read(bytes, (size_t)len, &again) == len);
        must(!memcmp(&header, &again, sizeof(header)));
        must(proxy_header_read(bytes, (size_t)len - 1, &again) == 0);
    }
    free(bytes);
    return 0;
}
