#include "protocols/http/http.h"
#include "base/mem.h"

#include "base/banned.h"

int http_open(struct server *server, size_t held_bytes, int64_t least_rate,
              struct err *err)
{
    struct http *http = mem_zalloc(sizeof(*http));

    server->http = http;
    if (!http)
        return err_set(err, ERR_NOMEM, "no memory for HTTP");
    buf_init(&http->scratch, RESPONSE_BODY_MAX + 65536);
    http->least_rate = least_rate;
    return holds_new(&http->holds, held_bytes, err);
}

void http_close(struct server *server)
{
    if (!server->http)
        return;
    holds_free(server->http->holds);
    buf_release(&server->http->scratch);
    mem_free(server->http);
    server->http = NULL;
}
