#pragma once
#include "base/err.h"
#include "web/http/request.h"
#include <stdbool.h>
#include <stddef.h>
/*
 * What a request may be logged in by, as it was sent: nobody has looked yet
 * whether there is a login behind any of it.
 * Thread: any. Never blocks.
 */
/* Over https no other site, a sibling domain or plain http included, can set a
 * cookie of such a name: and none without it counts there. */
#define SECURE_PREFIX "__Host-"
#define SESSION_COOKIE "sessionid"
#define CREDENTIAL_MAX 128 /* more is none of ours */
/* A browser sends a cookie of one name once for each path and domain that it
 * was set for; beyond these none is looked at. */
#define CREDENTIALS_MAX 9

enum credentials_scheme {
    SCHEME_NONE,    /* no Authorization */
    SCHEME_FOREIGN, /* Basic, Negotiate, ...: meant for a proxy before us */
    SCHEME_BEARER,  /* ours or a proxy's */
    SCHEME_TOKEN,   /* ours: beside it no cookie counts */
};

/* In the order in which they are tried: the first with a live login behind it
 * counts. */
struct credentials {
    enum credentials_scheme scheme;
    size_t count;
    struct credential {
        bool is_token; /* else a session cookie's value */
        char text[CREDENTIAL_MAX];
    } of[CREDENTIALS_MAX];
};

/* The name of the session's cookie, as this request brings and is given it. */
const char *credentials_cookie(const struct request *request);
/* ERR_MALFORMED: Authorization holds more than one login, one of them of a
 * scheme of ours: a proxy may take another one than we would. */
int credentials_read(const struct request *request,
                     struct credentials *credentials, struct err *err);
