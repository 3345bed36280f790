#pragma once
#include "base/err.h"
#include "web/http/request.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What the head of a request says of the message: how long its body is, whether
 * the connection goes on behind it, and lists of tokens (RFC 9110, 5.6.1; RFC
 * 9112, 6 and 9.3). Two readers of one message must agree on where it ends, so
 * what could be read two ways is refused.
 * Thread: any. Never blocks.
 */
enum body_kind {
    BODY_NONE,
    BODY_LENGTH,
    BODY_CHUNKED,
};
struct framing {
    enum body_kind kind;
    size_t length; /* BODY_LENGTH: may be 0 */
};

/* length, coding: the values of Content-Length and Transfer-Encoding, several
 * of one name joined by ","; NULL: not there. is_1_0: by HTTP/1.0.
 * ERR_MALFORMED, ERR_LENGTH (POST, PUT and PATCH say how much comes),
 * ERR_TOO_LARGE (more than REQUEST_BODY_MAX), ERR_UNSUPPORTED. */
int framing_read(enum http_method method, bool is_1_0, const char *length,
                 const char *coding, struct framing *framing, struct err *err);

/* The next element of a list of tokens at *at, which moves on: its length, and
 * *token where it begins. 0: the end; -1: something that is no token. Empty
 * elements are passed over. */
int token_next(const char **at, const char **token);
/* Whether the list holds the token, whatever its case. False too where it is
 * no list of tokens up to there. */
bool token_is_listed(const char *list, const char *token);
