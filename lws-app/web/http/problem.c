#include "web/http/problem.h"
#include "base/json.h"
#include "web/http/input.h"
#include "web/http/reason.h"

#include <stdio.h>

#include "base/banned.h"

struct problem {
    int status;
    const char *code; /* for programs, where the status leaves it open */
};

/* No default, so that -Wswitch finds a code without an answer. */
static struct problem problem_for(enum err_code code)
{
    switch (code) {
    case ERR_INVALID: return (struct problem){400, NULL};
    case ERR_MALFORMED: return (struct problem){400, NULL};
    case ERR_UNAUTHENTICATED: return (struct problem){401, NULL};
    case ERR_SECOND_FACTOR: return (struct problem){401, "second_factor"};
    case ERR_SETUP: return (struct problem){403, "second_factor_required"};
    case ERR_CSRF:
    case ERR_ORIGIN:
    case ERR_FORBIDDEN: return (struct problem){403, NULL};
    case ERR_CONFIRM: return (struct problem){403, "confirm"};
    case ERR_MISSING: return (struct problem){404, NULL};
    case ERR_METHOD: return (struct problem){405, NULL};
    case ERR_LATE: return (struct problem){408, NULL};
    case ERR_CONFLICT: return (struct problem){409, NULL};
    case ERR_STALE: return (struct problem){412, NULL};
    case ERR_LENGTH: return (struct problem){411, NULL};
    case ERR_TOO_LARGE: return (struct problem){413, NULL};
    case ERR_TARGET_LONG: return (struct problem){414, NULL};
    case ERR_MEDIA_TYPE: return (struct problem){415, NULL};
    case ERR_ENCODING: return (struct problem){415, NULL};
    case ERR_EXPECTATION: return (struct problem){417, NULL};
    case ERR_MISDIRECTED: return (struct problem){421, NULL};
    case ERR_UPGRADE: return (struct problem){426, NULL};
    case ERR_THROTTLED: return (struct problem){429, NULL};
    case ERR_HEADERS_LARGE: return (struct problem){431, NULL};
    case ERR_UNSUPPORTED: return (struct problem){501, NULL};
    case ERR_UNAVAILABLE: return (struct problem){503, NULL};
    case ERR_UNSURE: return (struct problem){503, NULL};
    case ERR_BUDGET: return (struct problem){503, NULL};
    case ERR_NOMEM: return (struct problem){503, NULL};
    case ERR_STORE: return (struct problem){500, NULL};
    case ERR_NONE: break;
    case ERR_INTERNAL: break;
    }
    return (struct problem){500, NULL};
}

int problem_status(enum err_code code)
{
    return problem_for(code).status;
}

/* RFC 9110, sections 10.2.3, 11.6.1 and 15.5.16. */
void problem_put_headers(struct response *response, const struct err *err)
{
    char seconds[24];

    if (err->retry_after_s > 0) {
        snprintf(seconds, sizeof(seconds), "%d", err->retry_after_s);
        response_header(response, "retry-after", seconds);
    }
    if (err->code == ERR_UNAUTHENTICATED || err->code == ERR_SECOND_FACTOR)
        response_header(response, "www-authenticate", "Token");
    if (err->code == ERR_UPGRADE) {
        response_header(response, "upgrade", "websocket");
        response_header(response, "sec-websocket-version", "13");
    }
    if (err->code == ERR_MEDIA_TYPE)
        response_header(response, "accept", INPUT_TYPES);
    if (err->code == ERR_ENCODING)
        response_header(response, "accept-encoding", "identity");
}

void problem_respond(struct response *response, const struct err *err)
{
    struct problem problem = problem_for(err->code);
    struct buf *body = &response->body;

    response_begin(response, problem.status, "application/problem+json");
    problem_put_headers(response, err);
    json_open(body);
    json_put_str(body, "title", http_reason(problem.status));
    json_put_int(body, "status", problem.status);
    if (problem.code)
        json_put_str(body, "code", problem.code);
    json_put_str(body, "detail", err_public_text(err));
    if (err->field_count)
        json_put_errors(body, "errors", err);
    json_close(body);
}
