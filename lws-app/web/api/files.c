#include "web/api/handlers.h"
#include "web/http/condition.h"
#include "web/http/pack.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ETAG_MAX 128

/* A weak one of the compressed form, whose bytes it does not stand for. */
static void put_etag(struct call *call, const struct asset *asset)
{
    char weak[ETAG_MAX];

    snprintf(weak, sizeof(weak), "%s%s",
             asset->gzip && pack_is_wanted(call->request) ? "W/" : "",
             asset->etag);
    response_header(call->response, "etag", weak);
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
        call->response->gzip = asset->gzip && pack_is_wanted(call->request);
    }
    call->response->asset = asset;
    put_etag(call, asset);
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
    return answer_asset(call, &call->web->description,
                        call->web->cors_origin_count
                            ? "Accept, Accept-Encoding, Origin"
                            : "Accept, Accept-Encoding",
                        err);
}
