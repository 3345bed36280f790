#include "web/access/credentials.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define BLANKS " \t"

const char *credentials_cookie(const struct request *request)
{
    return request->host_cookies ? SECURE_PREFIX SESSION_COOKIE
                                 : SESSION_COOKIE;
}

static enum credentials_scheme scheme_at(const char *text, size_t *len)
{
    *len = strcspn(text, BLANKS ",");
    if (*len == 5 && !strncasecmp(text, "Token", *len))
        return SCHEME_TOKEN;
    if (*len == 6 && !strncasecmp(text, "Bearer", *len))
        return SCHEME_BEARER;
    return SCHEME_FOREIGN;
}

/* Behind the next comma that stands in no quotes; NULL: there is none. */
static const char *next_part(const char *text)
{
    bool quoted = false;

    for (; *text; text++) {
        if (quoted && *text == '\\' && text[1])
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (*text == ',' && !quoted)
            return text + 1;
    }
    return NULL;
}

/* Several headers come joined by commas. One of a foreign scheme may hold some,
 * too, between its parameters (token = "x"). */
static bool is_ambiguous(const char *header, enum credentials_scheme first)
{
    const char *part = next_part(header);
    size_t len;

    if (part && first != SCHEME_FOREIGN)
        return true;
    for (; part; part = next_part(part)) {
        part += strspn(part, BLANKS);
        if (scheme_at(part, &len) != SCHEME_FOREIGN &&
            part[len + strspn(part + len, BLANKS)] != '=')
            return true;
    }
    return false;
}

static void add_token(struct credentials *credentials, const char *text)
{
    struct credential *one = &credentials->of[credentials->count];
    size_t len;

    text += strspn(text, BLANKS);
    len = strcspn(text, BLANKS);
    if (!len || len >= sizeof(one->text) ||
        text[len + strspn(text + len, BLANKS)])
        return;
    one->is_token = true;
    memcpy(one->text, text, len);
    one->text[len] = '\0';
    credentials->count++;
}

static bool is_known(const struct credentials *credentials, const char *text)
{
    for (size_t i = 0; i < credentials->count; i++) {
        if (!credentials->of[i].is_token &&
            !strcmp(credentials->of[i].text, text))
            return true;
    }
    return false;
}

static void add_cookies(struct credentials *credentials,
                        const struct request *request)
{
    const char *at = NULL;

    while (credentials->count < CREDENTIALS_MAX) {
        struct credential *one = &credentials->of[credentials->count];

        if (!request_cookie_next(request, credentials_cookie(request), &at,
                                 one->text, sizeof(one->text)))
            return;
        one->is_token = false;
        if (*one->text && !is_known(credentials, one->text))
            credentials->count++;
    }
}

int credentials_read(const struct request *request,
                     struct credentials *credentials, struct err *err)
{
    const char *header = request->headers[HEADER_AUTHORIZATION];
    size_t len = 0;

    credentials->scheme = SCHEME_NONE;
    credentials->count = 0;
    if (header) {
        header += strspn(header, BLANKS);
        credentials->scheme = scheme_at(header, &len);
        if (is_ambiguous(header, credentials->scheme))
            return err_set(err, ERR_MALFORMED,
                           "Authorization contains more than one login");
    }
    if (credentials->scheme == SCHEME_TOKEN ||
        credentials->scheme == SCHEME_BEARER)
        add_token(credentials, header + len);
    if (credentials->scheme != SCHEME_TOKEN)
        add_cookies(credentials, request);
    return 0;
}
