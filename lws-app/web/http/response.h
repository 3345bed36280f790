#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "web/http/asset.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * One answer: status, headers, body. Made by a handler on any thread, sent by
 * the protocol layer on the loop.
 * Thread: one at a time.
 */
#define RESPONSE_BODY_MAX (64 * 1024 * 1024)
#define RESPONSE_HEADERS_MAX 4096

struct response {
    /* The path that ours are below, for those who use the answer: "", or a
     * prefix ("/desk"). Borrowed; stays. */
    const char *base;
    int status;
    const char *type; /* content type; NULL: no body */
    struct buf body;  /* unless asset is set */
    /* More of the body, borrowed until the answer is sent; NULL: none. */
    const char *rest;
    size_t rest_len;
    /* All of the body, from its beginning; -1: none. Closed by
     * response_release(). */
    int file;
    int64_t file_len;
    _Atomic int64_t *file_user; /* set to 0 when it is closed; NULL: none */
    struct buf headers;         /* "name:" NUL value NUL, repeated */
    const struct asset *asset;  /* the body, borrowed for ever */
    bool gzip;                  /* compressed: the asset's other form is sent */
    bool header_failed;         /* one could not be added */
    bool close;                 /* close the connection behind it */
    /* A login whose last use should be noted, by the loop. */
    int64_t touch_session;
    int64_t touch_token;
};

void response_init(struct response *response);
void response_release(struct response *response); /* safe twice */
/* Begins anew: whatever was half written is gone. Cookies and other headers
 * too. */
void response_begin(struct response *response, int status, const char *type);
/* name in lower case, without colon. Where it does not fit, or its value holds
 * a control character, header_failed is set: the answer must not go out, for it
 * may be one that protects, or a login. */
void response_header(struct response *response, const char *name,
                     const char *value);
/* location: a path of ours, as if there were no base; what no URI can hold is
 * escaped. */
void response_redirect(struct response *response, int status,
                       const char *location);
