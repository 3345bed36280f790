#include "web/http/condition.h"
#include "web/http/etag.h"

#include <string.h>

#include "base/banned.h"

bool condition_is_there(const struct request *request)
{
    return request->headers[HEADER_IF_MATCH] ||
           request->headers[HEADER_IF_NONE_MATCH];
}

static int find(const struct request *request, enum request_header header,
                const char *name, const char *etag, enum etag_list *found,
                struct err *err)
{
    const char *list = request->headers[header];

    *found = etag_list_find(list, strlen(list), etag);
    if (*found == ETAG_LIST_BAD)
        return err_field(err, name, "must be ETags, as \"7\", or *");
    return 0;
}

int condition_check(const struct request *request, const char *etag,
                    enum condition *condition, struct err *err)
{
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;
    enum etag_list wanted = ETAG_LIST_WITH;
    enum etag_list known = ETAG_LIST_WITHOUT;

    if (request->headers[HEADER_IF_MATCH] &&
        find(request, HEADER_IF_MATCH, "If-Match", etag, &wanted, err) < 0)
        return -1;
    if (request->headers[HEADER_IF_NONE_MATCH] &&
        find(request, HEADER_IF_NONE_MATCH, "If-None-Match", etag, &known,
             err) < 0)
        return -1;
    *condition = CONDITION_HOLDS;
    if (wanted == ETAG_LIST_WITHOUT)
        *condition = CONDITION_FAILS;
    else if (known == ETAG_LIST_WITH)
        *condition = is_read ? CONDITION_UNMODIFIED : CONDITION_FAILS;
    return 0;
}
