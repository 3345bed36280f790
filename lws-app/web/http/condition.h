#pragma once
#include "base/err.h"
#include "web/http/request.h"
/*
 * What a request demands of the version that there is before it is carried out:
 * If-Match, then If-None-Match (RFC 9110, section 13.2.2).
 * Thread: any. Never blocks.
 */
enum condition {
    CONDITION_HOLDS,
    CONDITION_FAILS,      /* 412 */
    CONDITION_UNMODIFIED, /* of GET and HEAD: 304 */
};

bool condition_is_there(const struct request *request);
/* etag: of the version there is; NULL: it is not known yet, so only whether the
 * headers can be read. ERR_INVALID names the header that can't. */
int condition_check(const struct request *request, const char *etag,
                    enum condition *condition, struct err *err);
