#include "protocols/host/server.h"

#include "base/banned.h"

void server_kill(struct lws *wsi)
{
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    /* Outside an lws callback its timer would wait for the next lws event. */
    lws_cancel_service(lws_get_context(wsi));
}
