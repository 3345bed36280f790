#include "base/symbols.h"

#include <string.h>

#include "base/banned.h"

bool symbols_is_prefix(const char *name, size_t len)
{
    return len > 0 && name[len - 1] == '*';
}

bool symbols_fits(const char *name, size_t len, const char *symbol,
                  size_t symbol_len)
{
    if (symbols_is_prefix(name, len))
        return symbol_len >= len - 1 && !memcmp(name, symbol, len - 1);
    return symbol_len == len && !memcmp(name, symbol, len);
}

uint64_t symbols_hash(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

const char *symbols_next(const char **at, size_t *len)
{
    const char *name;

    while (**at == ',')
        ++*at;
    name = *at;
    *len = strcspn(name, ",");
    *at += *len;
    return *len ? name : NULL;
}

bool symbols_has(const char *list, const char *symbol, size_t symbol_len)
{
    const char *name;
    size_t len;

    while ((name = symbols_next(&list, &len))) {
        if (symbols_fits(name, len, symbol, symbol_len))
            return true;
    }
    return false;
}
