#include "web/browse.h"
#include "web/api/handlers.h"
#include "web/http/accept.h"

#include <string.h>

#include "base/banned.h"

/* A format that was asked for is what is answered with. */
bool browse_wanted(const struct request *request)
{
    return (request->method == HTTP_GET || request->method == HTTP_HEAD) &&
           !strncmp(request->path, "/api/", 5) &&
           !params_get(&request->args, "format") &&
           accept_prefers_html(request->headers[HEADER_ACCEPT]);
}

int browse_respond(struct call *call, int status, struct err *err)
{
    return desk_respond(call, status, "/assets/pages/browse.html", err);
}
