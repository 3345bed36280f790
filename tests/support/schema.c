#include "support/schema.h"
#include "support/suite.h"

#include <stdio.h>

#include "base/banned.h"

void schema_read(const char *path, struct buf *text)
{
    FILE *file = fopen(path, "rb");
    char bytes[4096];
    size_t len;

    assert_non_null(file);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(text, bytes, len);
    fclose(file);
}
