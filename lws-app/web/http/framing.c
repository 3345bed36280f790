#include "web/http/framing.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* Digits of a length; more are too large whatever they are. */
#define LENGTH_DIGITS_MAX 18

static bool is_token_char(char c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    return isalnum((unsigned char)c) || (c && strchr(marks, c));
}

int token_next(const char **at, const char **token)
{
    const char *c = *at + strspn(*at, ", \t");
    const char *end = c;

    *token = c;
    while (is_token_char(*end))
        end++;
    c = end + strspn(end, " \t");
    if ((*c && *c != ',') || end - *token > INT_MAX)
        return -1;
    *at = c;
    return (int)(end - *token);
}

bool token_is_listed(const char *list, const char *token)
{
    size_t wanted = strlen(token);
    const char *found;
    int len;

    while ((len = token_next(&list, &found)) > 0) {
        if ((size_t)len == wanted && !strncasecmp(found, token, wanted))
            return true;
    }
    return false;
}

static int read_length(const char *text, size_t *length, struct err *err)
{
    size_t digits = strspn(text, "0123456789");

    if (!digits || text[digits])
        return err_set(err, ERR_MALFORMED, "invalid Content-Length");
    *length = digits > LENGTH_DIGITS_MAX ? SIZE_MAX
                                         : (size_t)strtoull(text, NULL, 10);
    if (*length > REQUEST_BODY_MAX)
        return err_set(err, ERR_TOO_LARGE, "a body may have at most %d bytes",
                       REQUEST_BODY_MAX);
    return 0;
}

static int read_coding(const char *coding, bool is_1_0, struct err *err)
{
    if (is_1_0)
        return err_set(err, ERR_MALFORMED,
                       "there is no Transfer-Encoding in HTTP/1.0");
    if (!*coding)
        return err_set(err, ERR_MALFORMED, "Transfer-Encoding names no coding");
    if (strcasecmp(coding, "chunked") != 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "the only Transfer-Encoding accepted is chunked");
    return 0;
}

int framing_read(enum http_method method, bool is_1_0, const char *length,
                 const char *coding, struct framing *framing, struct err *err)
{
    *framing = (struct framing){.kind = BODY_NONE};
    if (coding && length)
        return err_set(err, ERR_MALFORMED,
                       "Transfer-Encoding and Content-Length exclude each "
                       "other");
    if (coding) {
        framing->kind = BODY_CHUNKED;
        return read_coding(coding, is_1_0, err);
    }
    if (length) {
        framing->kind = BODY_LENGTH;
        return read_length(length, &framing->length, err);
    }
    if (method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH)
        return err_set(err, ERR_LENGTH,
                       "send Content-Length, or Transfer-Encoding: chunked");
    return 0;
}
