#include "web/access/proxies.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define BLANKS " \t"

int proxies_read(struct proxies *proxies, const char *list, struct err *err)
{
    proxies->count = 0;
    while (*(list += strspn(list, ", \t"))) {
        size_t len = strcspn(list, ", \t");

        if (proxies->count == PROXIES_MAX)
            return err_field(err, "trusted_proxy", "at most %d", PROXIES_MAX);
        if (!cidr_parse(list, len, &proxies->of[proxies->count]))
            return err_field(err, "trusted_proxy",
                             "not an address or a prefix: %.*s", (int)len,
                             list);
        proxies->count++;
        list += len;
    }
    return 0;
}

bool proxies_trust(const struct proxies *proxies, const struct address *address)
{
    for (size_t i = 0; i < proxies->count; i++) {
        if (cidr_holds(&proxies->of[i], address))
            return true;
    }
    return false;
}

/* The last word of a list of which len characters are left; cuts it off. */
static const char *last_word(const char *list, size_t *len, size_t *word_len)
{
    size_t end = *len;
    size_t start;

    while (end && strchr(BLANKS, list[end - 1]))
        end--;
    for (start = end; start && list[start - 1] != ','; start--) {
    }
    *len = start ? start - 1 : 0;
    start += strspn(list + start, BLANKS);
    *word_len = end > start ? end - start : 0;
    return list + start;
}

bool proxies_resolve(const struct proxies *proxies, bool is_local,
                     const char *forwarded_for, char address[ADDRESS_TEXT_MAX])
{
    size_t left = forwarded_for ? strlen(forwarded_for) : 0;
    struct address at;

    if (!address_parse(address, strlen(address), &at) ||
        (!is_local && !proxies_trust(proxies, &at)))
        return false;
    while (left && (is_local || proxies_trust(proxies, &at))) {
        struct address before;
        size_t len;
        const char *word = last_word(forwarded_for, &left, &len);

        if (!address_parse(word, len, &before))
            break;
        at = before;
        is_local = false;
    }
    address_format(&at, address);
    return true;
}

bool proxies_say_https(const char *forwarded_proto)
{
    size_t left = forwarded_proto ? strlen(forwarded_proto) : 0;
    size_t len;
    const char *word;

    if (!left)
        return false;
    word = last_word(forwarded_proto, &left, &len);
    return len == 5 && !strncasecmp(word, "https", 5);
}
