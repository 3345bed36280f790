#include "model/accounts/scopes.h"
#include "base/json.h"

#include <string.h>

#include "base/banned.h"

const char *const scope_names[] = {"orders:read", "orders:write", "admin",
                                   "market:read", "market:write", NULL};

unsigned scope_parse(const char *word, size_t len)
{
    for (size_t i = 0; scope_names[i]; i++) {
        if (strlen(scope_names[i]) == len && !memcmp(scope_names[i], word, len))
            return 1U << i;
    }
    return SCOPE_UNKNOWN;
}

unsigned scopes_parse(const char *text, size_t len)
{
    const char *end = text + len;
    unsigned scopes = 0;

    while (text < end) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        const char *stop = space ? space : end;

        if (stop > text)
            scopes |= scope_parse(text, (size_t)(stop - text));
        text = stop + (space ? 1 : 0);
    }
    return !scopes && len ? SCOPE_UNKNOWN : scopes;
}

const char *scope_name(unsigned scope)
{
    for (size_t i = 0; scope_names[i]; i++) {
        if (scope & 1U << i)
            return scope_names[i];
    }
    return "unknown";
}

void scopes_write(struct buf *out, unsigned scopes)
{
    for (unsigned bit = 1; bit <= SCOPE_UNKNOWN; bit <<= 1) {
        if (scopes & bit)
            buf_printf(out, "%s ", scope_name(bit));
    }
}

void scopes_put_json(struct buf *out, const char *key, unsigned scopes)
{
    json_open_array(out, key);
    for (unsigned bit = 1; bit <= SCOPE_UNKNOWN; bit <<= 1) {
        if (scopes & bit)
            json_put_str(out, NULL, scope_name(bit));
    }
    json_close_array(out);
}

bool scope_has(const struct actor *actor, unsigned needed)
{
    return !needed || !actor->scopes || actor->scopes & needed;
}

int scope_check(const struct actor *actor, unsigned needed, struct err *err)
{
    if (scope_has(actor, needed))
        return 0;
    if (needed & (needed - 1))
        return err_set(err, ERR_FORBIDDEN,
                       "this token has neither the scope \"%s\" nor \"%s\"",
                       scope_name(needed), scope_name(needed & (needed - 1)));
    return err_set(err, ERR_FORBIDDEN,
                   "this token does not have the scope \"%s\"",
                   scope_name(needed));
}
