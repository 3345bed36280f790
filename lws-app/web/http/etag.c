#include "web/http/etag.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

/* What is left of a list. */
struct rest {
    const char *at;
    const char *end;
};

static void skip_blanks(struct rest *rest)
{
    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
        rest->at++;
}

static bool is_etag_char(unsigned char c)
{
    return c == 0x21 || (c >= 0x23 && c != 0x7f);
}

/* Takes a tag off the front; *opaque: what stands in its quotes, and these. */
static bool take_tag(struct rest *rest, struct rest *opaque)
{
    if (rest->end - rest->at >= 2 && !memcmp(rest->at, "W/", 2))
        rest->at += 2;
    opaque->at = rest->at;
    if (rest->at == rest->end || *rest->at++ != '"')
        return false;
    while (rest->at < rest->end && is_etag_char((unsigned char)*rest->at))
        rest->at++;
    if (rest->at == rest->end || *rest->at++ != '"')
        return false;
    opaque->end = rest->at;
    return true;
}

static bool is_same(const struct rest *opaque, const char *tag)
{
    size_t len = (size_t)(opaque->end - opaque->at);

    return tag && strlen(tag) == len && !memcmp(opaque->at, tag, len);
}

static bool is_star(struct rest rest)
{
    if (rest.at == rest.end || *rest.at++ != '*')
        return false;
    skip_blanks(&rest);
    return rest.at == rest.end;
}

/* Empty elements are let be (RFC 9110, section 5.6.1.2). */
enum etag_list etag_list_find(const char *list, size_t len, const char *tag)
{
    struct rest rest = {list, list + len};
    size_t count = 0;
    bool found = false;

    skip_blanks(&rest);
    if (is_star(rest))
        return ETAG_LIST_WITH;
    while (rest.at < rest.end) {
        struct rest opaque;

        if (*rest.at != ',') {
            if (!take_tag(&rest, &opaque))
                return ETAG_LIST_BAD;
            count++;
            found = found || is_same(&opaque, tag);
            skip_blanks(&rest);
        }
        if (rest.at < rest.end && *rest.at++ != ',')
            return ETAG_LIST_BAD;
        skip_blanks(&rest);
    }
    if (!count)
        return ETAG_LIST_BAD;
    return found ? ETAG_LIST_WITH : ETAG_LIST_WITHOUT;
}
