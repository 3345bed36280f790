#include "base/log.h"
#include "protocols/http.h"
#include "protocols/orders.h"
#include "protocols/upgrade.h"

#include "base/banned.h"

/*
 * The first protocol of the context: it is told what concerns no other, and
 * serves what is on no mount (absolute targets, "*", CONNECT).
 */

static int host_use_tls(const struct server *server, SSL_CTX *context)
{
    struct err err = ERR_INIT;

    if (!server->tls || tls_pair_use(server->tls, context, &err) == 0)
        return SOCKET_KEEP;
    log_error("tls.unusable", "text=\"%s\"", err.text);
    return SOCKET_DROP;
}

static int host_finish_jobs(const struct server *server)
{
    if (server->jobs)
        jobs_finish(server->jobs);
    return SOCKET_KEEP;
}

/* Of the connections of all protocols. */
static int host_forget(struct lws *wsi, void *user)
{
    listener_forget(wsi);
    orders_forget(wsi, user);
    return SOCKET_KEEP;
}

/* What lws could not read. 1: it is answered. */
static int host_refuse(struct lws *wsi, size_t status)
{
    struct err err = ERR_INIT;

    switch (status) {
    case 414:
        err_set(&err, ERR_TARGET_LONG, "path and query are at most %d bytes",
                REQUEST_TARGET_MAX);
        break;
    case 431:
        err_set(&err, ERR_HEADERS_LARGE,
                "the headers are too large or too "
                "many");
        break;
    case 501:
        err_set(&err, ERR_UNSUPPORTED, "this method is not known here");
        break;
    default:
        err_set(&err, ERR_MALFORMED,
                "the request line or a header can't be read");
    }
    answer_refuse(wsi, &err);
    return 1;
}

static int host_callback(struct lws *wsi, enum lws_callback_reasons reason,
                         void *user, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_WSI_DESTROY: return host_forget(wsi, user);
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return host_use_tls(server_of(wsi), user);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        return host_finish_jobs(server_of(wsi));
    case LWS_CALLBACK_HTTP_REFUSED: return host_refuse(wsi, len);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return upgrade_confirm(wsi, in);
    default: return http_callback(wsi, reason, user, in, len);
    }
}

const struct lws_protocols protocol_host = {
    .name = PROTOCOL_HOST,
    .callback = host_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};
