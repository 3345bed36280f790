#include "web/api/version.h"
#include "base/json.h"
#include "web/http/problem.h"

#include <stdio.h>

#include "base/banned.h"

void version_write_etag(int64_t version, char etag[VERSION_ETAG_MAX])
{
    snprintf(etag, VERSION_ETAG_MAX, "\"%lld\"", (long long)version);
}

void version_put_etag(struct call *call, int64_t version)
{
    char etag[VERSION_ETAG_MAX];

    version_write_etag(version, etag);
    response_header(call->response, "etag", etag);
}

/* Where there is nothing no If-Match holds, and every If-None-Match does. */
static int wanted_of_none(struct call *call, int64_t *version, struct err *err)
{
    enum condition condition;

    if (condition_check(call->request, NULL, &condition, err) < 0)
        return -1;
    if (call->request->headers[HEADER_IF_MATCH])
        *version = VERSION_OTHER;
    return 0;
}

int version_wanted(struct call *call, int64_t now, int64_t *version,
                   struct err *err)
{
    enum condition condition;
    char etag[VERSION_ETAG_MAX];

    *version = 0;
    if (!condition_is_there(call->request))
        return 0;
    if (!now)
        return wanted_of_none(call, version, err);
    version_write_etag(now, etag);
    if (condition_check(call->request, etag, &condition, err) < 0)
        return -1;
    *version = condition == CONDITION_HOLDS ? now : VERSION_OTHER;
    return 0;
}

/* A page about a thing is none of its versions. */
int version_read(struct call *call, int64_t now, enum condition *condition,
                 struct err *err)
{
    char etag[VERSION_ETAG_MAX];

    *condition = CONDITION_HOLDS;
    version_write_etag(now, etag);
    if (!call->browse &&
        condition_check(call->request, etag, condition, err) < 0)
        return -1;
    if (*condition == CONDITION_UNMODIFIED) {
        response_begin(call->response, 304, NULL);
        version_put_etag(call, now);
    }
    return 0;
}

void version_answer_stale(struct call *call, int64_t now, version_put_fn *put,
                          const void *what, struct err *err)
{
    struct buf *body = &call->response->body;

    problem_respond(call->response, err);
    buf_truncate(body, body->len - 1);
    put(body, "current", what);
    buf_put_char(body, '}');
    version_put_etag(call, now);
    err_clear(err);
}
