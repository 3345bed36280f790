#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "model/accounts/actor.h"
#include "web/http/params.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/*
 * One HTTP request, as plain data: what the protocol layer took off the wire,
 * copied, so that any thread may read it. Memory is the request's own.
 * Thread: one at a time (loop, then the job's thread, then loop).
 */
enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER,
};
enum request_header {
    HEADER_HOST,
    HEADER_COOKIE,
    HEADER_AUTHORIZATION,
    HEADER_ORIGIN,
    HEADER_PREFLIGHT, /* Access-Control-Request-Method */
    HEADER_CSRF,      /* X-CSRFToken */
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_ENCODING,
    HEADER_ACCEPT,
    HEADER_ACCEPT_ENCODING,
    HEADER_IF_MATCH,
    HEADER_IF_NONE_MATCH,
    HEADER_USER_AGENT,
    HEADER_COUNT,
};
#define REQUEST_BODY_MAX (1024 * 1024)
#define REQUEST_TARGET_MAX (32 * 1024)  /* bytes of path and query */
#define REQUEST_HEADERS_MAX (16 * 1024) /* bytes of all headers */
/* An argument of any address that needs a login: only that user gets the
 * answer. */
#define ARG_ASKED_BY "asked_by"

struct request {
    enum http_method method;
    char *path; /* decoded, normalised, without arguments; or "*" */
    char *headers[HEADER_COUNT]; /* NULL: not sent */
    char address[ADDRESS_MAX];   /* the client's, as text */
    bool is_https;               /* between the client and us, or our proxy */
    /* Its cookies are those of https: a browser's connection is by it, to us or
     * to a proxy of ours (public_url), whatever reaches us. */
    bool secure_cookies;
    /* And their names say so (__Host-), which no cookie of a path can. */
    bool host_cookies;
    bool is_1_0;      /* HTTP/1.0, not 1.1 */
    bool wants_close; /* behind the answer */
    struct params args;
    struct buf body;
    int64_t received_us; /* monotonic */
};

void request_init(struct request *request);
void request_release(struct request *request); /* safe twice */
int request_set_path(struct request *request, const char *path, size_t len,
                     struct err *err);
/* path without base ("/desk"; "": none), where it begins with that, else as it
 * is; of "/desk" itself "". */
const char *path_below(const char *path, const char *base);
/* The same of the request. */
void request_strip_base(struct request *request, const char *base);
/* Whether it is for the API, or something below; not where that is unknown. */
bool request_is_of_api(const struct request *request);
int request_set_header(struct request *request, enum request_header header,
                       const char *value, size_t len, struct err *err);
/* The values of all cookies of a name into out, one with each call, in the
 * order in which they were sent; those that are too long are left out. *at:
 * NULL at first. False: there are no more. */
bool request_cookie_next(const struct request *request, const char *name,
                         const char **at, char *out, size_t max);
const char *http_method_name(enum http_method method);
