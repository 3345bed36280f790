#include "model/accounts/scopes.h"
#include "target.h"

#include "base/banned.h"

/* Words that are not known fit nothing, and never come to mean "all". */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = target_text(data, size);
    unsigned scopes = scopes_parse(text, size);
    unsigned known = scopes & ~(unsigned)SCOPE_UNKNOWN;
    struct buf out;

    buf_init(&out, 4096);
    must(scopes != 0 || size == 0);
    must(scope_parse(text, size) != 0);
    if (known) {
        scopes_write(&out, known);
        must(!out.failed);
        must(scopes_parse(buf_text(&out), out.len) == known);
    }
    buf_release(&out);
    free(text);
    return 0;
}
