#include "web/browse.h"
#include "web/accept.h"
#include "web/auth.h"
#include "web/handlers.h"
#include "web/page.h"

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
    char token[CSRF_TEXT_MAX] = "";
    const struct page_slot slots[] = {
        {"path", call->request->path},
        {"username", call->actor.username},
        {"csrf_token", token},
        {NULL, NULL},
    };

    if (call->by_cookie && csrf_own_token(call, token, err) < 0)
        return -1;
    return page_respond(call->response, status, "/assets/pages/browse.html",
                        slots, err);
}

int docs_page(struct call *call, struct err *err)
{
    static const struct page_slot slots[] = {{NULL, NULL}};

    return page_respond(call->response, 200, "/assets/pages/docs.html", slots,
                        err);
}
