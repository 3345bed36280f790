#include "web/api/handlers.h"
#include "web/http/condition.h"

#include <string.h>

#include "base/banned.h"

static bool takes_gzip(const struct request *request)
{
    const char *header = request->headers[HEADER_ACCEPT_ENCODING];

    return header && strstr(header, "gzip") && !strstr(header, "gzip;q=0");
}

/* A file, or what is made once and served like one. */
static int answer_asset(struct call *call, const struct asset *asset,
                        const char *vary, struct err *err)
{
    enum condition condition;

    if (condition_check(call->request, asset->etag, &condition, err) < 0)
        return -1;
    if (condition == CONDITION_FAILS)
        return err_set(err, ERR_STALE, "this is not what If-Match names");
    if (condition == CONDITION_UNMODIFIED) {
        response_begin(call->response, 304, NULL);
    } else {
        response_begin(call->response, 200, asset->type);
        call->response->gzip = asset->gzip && takes_gzip(call->request);
    }
    call->response->asset = asset;
    response_header(call->response, "etag", asset->etag);
    response_header(call->response, "cache-control", "no-cache");
    response_header(call->response, "vary", vary);
    return 0;
}

int asset_read(struct call *call, struct err *err)
{
    if (!asset_is_served(call->request->path))
        return err_set(err, ERR_MISSING, "there is nothing here");
    return answer_asset(call, asset_find(call->request->path),
                        "Accept-Encoding", err);
}

int description_read(struct call *call, struct err *err)
{
    return answer_asset(call, &call->web->description, "Accept", err);
}
