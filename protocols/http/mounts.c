#include "protocols/http/mounts.h"
#include "protocols/host/server.h"
#include "protocols/http/exchange.h"

#include "base/banned.h"

/* The API and health. */
const struct lws_protocols protocol_api = {
    .name = PROTOCOL_API,
    .callback = http_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};

/* The pages and their files. */
const struct lws_protocols protocol_pages = {
    .name = PROTOCOL_PAGES,
    .callback = http_callback,
    .per_session_data_size = sizeof(struct http_slot),
    .tx_packet_size = SEND_MAX,
};

static const struct lws_http_mount mount_api = {
    .mountpoint = "/api",
    .mountpoint_len = 4,
    .origin = "callback://" PROTOCOL_API,
    .origin_protocol = LWSMPRO_CALLBACK,
    .protocol = PROTOCOL_API,
};

static const struct lws_http_mount mount_pages = {
    .mount_next = &mount_api,
    .mountpoint = "/",
    .mountpoint_len = 1,
    .origin = "callback://" PROTOCOL_PAGES,
    .origin_protocol = LWSMPRO_CALLBACK,
    .protocol = PROTOCOL_PAGES,
};

const struct lws_http_mount *const http_mounts = &mount_pages;

/* No inline script or style, nothing from elsewhere, in nobody's frame. */
static const struct lws_protocol_vhost_options headers[] = {
    {&headers[1], NULL, "x-content-type-options:", "nosniff"},
    {&headers[2], NULL, "x-frame-options:", "DENY"},
    {&headers[3], NULL, "referrer-policy:", "same-origin"},
    {&headers[4], NULL, "cross-origin-opener-policy:", "same-origin"},
    {&headers[5], NULL, "cross-origin-resource-policy:", "same-origin"},
    {NULL, NULL, "content-security-policy:",
     "default-src 'self'; img-src 'self' data:; "
     "object-src 'none'; base-uri 'none'; "
     "form-action 'self'; frame-ancestors 'none'"},
};

/* A year, for this host alone: others below it are not ours to speak for. */
static const struct lws_protocol_vhost_options headers_tls = {
    headers, NULL, "strict-transport-security:", HSTS};

const struct lws_protocol_vhost_options *http_headers(bool is_tls)
{
    return is_tls ? &headers_tls : headers;
}
