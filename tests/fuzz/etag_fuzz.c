#include "target.h"
#include "web/http/etag.h"

#include <string.h>

#include "base/banned.h"

/* The list stands in a block of its own size, so that a step beyond its end is
 * seen. Whether it can be read does not hang on what is looked for in it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tags[] = {"\"7\"", "\"\"", "\"a,b\"", NULL};
    char *list = malloc(size ? size : 1);
    enum etag_list none;

    must(list != NULL);
    if (size)
        memcpy(list, data, size);
    none = etag_list_find(list, size, NULL);
    for (size_t i = 0; i < 4; i++) {
        enum etag_list found = etag_list_find(list, size, tags[i]);

        must((found == ETAG_LIST_BAD) == (none == ETAG_LIST_BAD));
        must(none != ETAG_LIST_WITH || found == ETAG_LIST_WITH);
    }
    free(list);
    return 0;
}
