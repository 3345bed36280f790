#include "protocols/context.h"
#include "base/log.h"
#include "protocols/host/listener.h"
#include "protocols/http/exchange.h"
#include "protocols/http/mounts.h"
#include "protocols/http/send.h"
#include "protocols/http/upgrade.h"
#include "protocols/orders/admit.h"
#include "protocols/orders/orders.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* lws keeps this much of a request's head; its default is 4096. */
#define HEADER_DATA_MAX (REQUEST_TARGET_MAX + REQUEST_HEADERS_MAX)

/*
 * The first protocol of the context: it is told what concerns no other, and
 * serves what is on no mount (absolute targets, "*", CONNECT).
 */

static int context_use_tls(const struct server *server, SSL_CTX *context)
{
    struct err err = ERR_INIT;

    if (!server->tls || tls_pair_use(server->tls, context, &err) == 0)
        return SOCKET_KEEP;
    log_error("tls.unusable", "text=\"%s\"", err.text);
    return SOCKET_DROP;
}

static int finish_jobs(const struct server *server)
{
    if (server->pools.jobs)
        jobs_finish(server->pools.jobs);
    return SOCKET_KEEP;
}

/* Of the connections of all protocols. */
static int forget(struct lws *wsi, void *user)
{
    orders_forget(wsi, user);
    listener_forget(wsi);
    return SOCKET_KEEP;
}

/* To something else: it goes on as a request that does not ask for it. */
static int confirm_upgrade(struct lws *wsi, const char *to)
{
    if (strcasecmp(to, "websocket") != 0)
        return 0;
    return upgrade_confirm(wsi) < 0 ? -1 : orders_confirm(wsi);
}

/* What lws could not read. 1: it is answered. */
static int refuse(struct lws *wsi, size_t status)
{
    struct err err = ERR_INIT;

    switch (status) {
    case 414:
        err_set(&err, ERR_TARGET_LONG,
                "path and query may have at most %d bytes", REQUEST_TARGET_MAX);
        break;
    case 431:
        err_set(&err, ERR_HEADERS_LARGE,
                "the headers are too large or too "
                "many");
        break;
    case 501: err_set(&err, ERR_UNSUPPORTED, "unknown method"); break;
    default:
        err_set(&err, ERR_MALFORMED,
                "the request line or a header can't be read");
    }
    send_refusal(wsi, &err);
    return 1;
}

static int first_callback(struct lws *wsi, enum lws_callback_reasons reason,
                          void *user, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_WSI_DESTROY: return forget(wsi, user);
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        return context_use_tls(server_of(wsi), user);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: return finish_jobs(server_of(wsi));
    case LWS_CALLBACK_HTTP_REFUSED: return refuse(wsi, len);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirm_upgrade(wsi, in);
    default: return http_callback(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocol_first = {
    .name = PROTOCOL_CONTEXT,
    .callback = first_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};

static void lws_log(int level, const char *line)
{
    int len = (int)strcspn(line, "\n");

    if (level == LLL_ERR)
        log_warn("lws", "text=\"%.*s\"", len, line);
    else
        log_debug("lws", "text=\"%.*s\"", len, line);
}

int context_open(struct server *server, struct err *err)
{
    static const struct lws_protocols *const protocols[] = {&protocol_first,
                                                            &protocol_orders,
                                                            &protocol_market,
                                                            &protocol_api,
                                                            &protocol_pages,
                                                            &protocol_listener,
                                                            NULL};
    /* A handshake that names no subprotocol is for orders. */
    static const struct lws_protocol_vhost_options is_default = {
        NULL, NULL, "default", "1"};
    static const struct lws_protocol_vhost_options orders = {
        NULL, &is_default, PROTOCOL_ORDERS, ""};
    /* No pings by lws: it keeps their times in a list, and walks through it
     * for each new socket. orders_sweep() pings. */
    static const lws_retry_bo_t validity = {.secs_since_valid_hangup = 0};
    static void *loops[1];
    struct lws_context_creation_info info;

    loops[0] = server->loop;
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.vhost_name = "lws-app";
    info.pprotocols = (const struct lws_protocols **)protocols;
    info.pvo = &orders;
    info.mounts = http_mounts;
    info.headers = http_headers(server->tls != NULL);
    info.foreign_loops = loops;
    info.user = server;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8;
    /* Plain HTTP gets an answer that says what is spoken: see wire_read(). */
    if (server->tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                        LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX |
                        LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT |
                        LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
    info.alpn = "http/1.1";
    info.max_http_header_data2 = HEADER_DATA_MAX;
    info.retry_and_idle_policy = &validity;
    info.keepalive_timeout = 75;
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);
    server->context = lws_create_context(&info);
    if (!server->context)
        return err_set(err, ERR_INTERNAL, "libwebsockets would not start");
    server->vhost = lws_get_vhost_by_name(server->context, info.vhost_name);
    return 0;
}
